"""How fast and how far lives move beside their clips, for values of the controls.

    python tests/benchmarks/tempo.py BUNDLE… --clips FOLDER_OR_CLIP… [--temperature 0.3 1 2] [--speed 0.5] \\
        [--seeds 3] [--frames 600] [--net fine] [--json FILE]

Any control that a scene declares is an option with one or more values; each value makes a row, with the other controls
at their defaults. Without one there is a row of the defaults. Tempo and amplitude are defined in
`alive_cli.report.tempo`. The clip's own frames, as the scene draws them in their order, come first: their figures
should be 1.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from alive_cli.media.sampling import read_frames
from alive_cli.report.tempo import PoseReference, drawn, evaluate_tempo, reference_of_scene
from alive_cli.runtime.scene import Scene
from tests.benchmarks.naturalness import clip_of

COLUMNS = ("tempo", "amplitude", "centroid", "centroid_clip", "frames", "seconds")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundles", nargs="+", type=Path)
    parser.add_argument("--clips", nargs="+", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--frames", type=int, default=600)
    parser.add_argument("--net", default="fine")
    parser.add_argument("--json", type=Path)
    arguments, rest = parser.parse_known_args()
    rows = []
    for bundle in arguments.bundles:
        scene = Scene.open(bundle, device="cpu", net=arguments.net)
        values = controls_of(scene, rest)
        clip = read_frames(scene.manifest, clip_of(scene, arguments.clips), lambda text: print(text, file=sys.stderr))
        reference = reference_of_scene(scene, clip.fitted)
        if reference is None:
            print(f"{bundle.stem}: the clip hardly moves", file=sys.stderr)
            continue
        head = {"scene": bundle.stem}
        rows.append({**head, "life": "the clip, drawn", **own_frames(scene, reference)})
        for words, setting in values:
            began = time.perf_counter()
            lives = {"seeds": range(arguments.seeds), "frames": arguments.frames}
            figures = vars(evaluate_tempo(scene, reference, controls=scene.controls(setting), **lives))
            rows.append({**head, "life": words, **figures, "seconds": round(time.perf_counter() - began, 1)})
            print(bundle.stem, words, "done", file=sys.stderr, flush=True)
        if arguments.json:
            arguments.json.write_text(json.dumps(rows, indent=1))
    print("| scene | life | " + " | ".join(COLUMNS) + " |")
    print("| --- " * (len(COLUMNS) + 2) + "|")
    for row in rows:
        cells = [f"{row[name]:g}" if name in row else "–" for name in COLUMNS]
        print(f"| {row['scene']} | {row['life']} | " + " | ".join(cells) + " |")


def controls_of(scene: Scene, rest: list[str]) -> list[tuple[str, dict[str, float]]]:
    """The settings that the remaining words of the command line name, each with words for the table."""
    parser = argparse.ArgumentParser(prog="tempo.py")
    names = [control.name for control in scene.controls().declared]
    for name in names:
        parser.add_argument(f"--{name.replace('_', '-')}", dest=name, nargs="+", type=float, default=[])
    values = parser.parse_args(rest)
    settings = [(f"{name} {value:g}", {name: value}) for name in names for value in getattr(values, name)]
    return settings or [("defaults", {})]


def own_frames(scene: Scene, reference: PoseReference) -> dict[str, Any]:
    return vars(reference.judge([reference.poses(drawn(scene, scene.embeddings))]))


if __name__ == "__main__":
    main()
