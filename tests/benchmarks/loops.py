"""Whether loops close in the picture: the seam that a viewer sees, of loops of several lengths.

    python tests/benchmarks/loops.py BUNDLE… --clips FOLDER_OR_CLIP… [--seconds 2 4 8] [--json FILE] [--sheets FOLDER]

Each loop is the one that `alive gif` would choose if it had the clip. `wrap_naturalness`: what no frame of the clip
explains in the eight pictures around the wrap ÷ the clip's own. `wrap_motion`: the step from the last picture to the
first ÷ the mean of its four neighbours. The next five are the worst of the wrap and all transitions, in units of what
is usual in the clip (`alive_cli/report/seam.py`). `first` says how visible the transitions of the cheapest loop are,
`best` how visible the seam of the chosen one is; up to 1 nobody sees it. `moves` is the mean step between pictures of
the loop ÷ the clip's. A sheet shows four pictures before the wrap and four after it, and below them eight of each
transition.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[2]))

from alive_cli.media.sampling import read_frames
from alive_cli.report.best_loop import best_loop
from alive_cli.report.seam import SeamJudge
from alive_cli.runtime.loops import Loop
from alive_cli.runtime.scene import Scene
from tests.benchmarks.naturalness import clip_of

SHEET_SIDE = 192
"""The longest side of a picture of a sheet, in pixels."""
SAMPLED = 40
"""The motion of a loop and of its clip is measured between so many pairs of pictures."""
COLUMNS = (
    "wrap_naturalness",
    "wrap_motion",
    "naturalness",
    "step",
    "motion",
    "direction",
    "dissolve",
    "first",
    "best",
    "moves",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundles", nargs="+", type=Path)
    parser.add_argument("--clips", nargs="+", type=Path, required=True)
    parser.add_argument("--seconds", nargs="+", type=float, default=[2, 4, 8])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--sheets", type=Path)
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    print("| clip | seconds | " + " | ".join(COLUMNS) + " | verdict |")
    print("| --- " * (len(COLUMNS) + 3) + "|")
    for bundle in arguments.bundles:
        scene = Scene.open(bundle, device="cpu")
        clip = read_frames(scene.manifest, clip_of(scene, arguments.clips), lambda text: print(text, file=sys.stderr))
        judge = SeamJudge(scene, clip.fitted)
        for seconds in arguments.seconds:
            loop, figures = measure(scene, judge, seconds, arguments.seed)
            rows.append({"clip": bundle.stem, "seconds": seconds, **figures})
            cells = " | ".join(f"{figures[name]:.2f}" for name in COLUMNS)
            print(f"| {bundle.stem} | {seconds:g} | {cells} | {figures['verdict']} |", flush=True)
            if arguments.json:
                arguments.json.write_text(json.dumps(rows, indent=1))
            if arguments.sheets:
                arguments.sheets.mkdir(parents=True, exist_ok=True)
                sheet(scene, loop).save(arguments.sheets / f"{bundle.stem}-{seconds:g}.png")


def measure(scene: Scene, judge: SeamJudge, seconds: float, seed: int) -> tuple[Loop, dict[str, Any]]:
    frames = max(3, round(seconds * scene.fps))
    first = next(scene.loops(frames=frames, seed=seed))
    loop, seam = best_loop(scene, frames=frames, seed=seed, judge=judge)
    figures: dict[str, Any] = {**seam.figures(), "joins": loop.joins.tolist()}
    figures["first"] = judge.unevenness(first, judge.pictures(first))
    figures["best"] = seam.visibility
    observed = np.arange(1, len(scene.embeddings))
    if scene.graph is not None:
        observed = observed[scene.graph.following[observed - 1] == observed]
    figures["moves"] = moves(scene, loop.embeddings, np.arange(frames)) / moves(scene, scene.embeddings, observed)
    return loop, {name: round(value, 3) if isinstance(value, float) else value for name, value in figures.items()}


def moves(scene: Scene, embeddings: np.ndarray, numbers: np.ndarray) -> float:
    """Mean absolute difference between the picture of some embeddings and the one before each."""
    size = scene.size_up_to(128)
    some = numbers[np.linspace(0, len(numbers) - 1, min(SAMPLED, len(numbers))).astype(int)]
    pairs = [[scene.draw(embeddings[each], size).astype(int) for each in (number - 1, number)] for number in some]
    return float(np.mean([np.abs(after - before).mean() for before, after in pairs]))


def sheet(scene: Scene, loop: Loop) -> Image.Image:
    """Pictures around the wrap, and of each transition below."""
    size = scene.size_within(SHEET_SIDE)
    rows = [[scene.draw(loop.embeddings[number % len(loop.embeddings)], size) for number in range(-4, 4)]]
    for first, length in loop.joins[:3]:
        numbers = np.linspace(first - 2, first + length, 8).round().astype(int)
        rows.append([scene.draw(loop.embeddings[number % len(loop.embeddings)], size) for number in numbers])
    return Image.fromarray(np.concatenate([np.concatenate(row, 1) for row in rows]))


if __name__ == "__main__":
    main()
