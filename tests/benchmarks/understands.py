"""How well scenes understand what people mean.

    python tests/benchmarks/understands.py BUNDLE… --clips FOLDER_OR_CLIP… [--only moods] [--json FILE]

`moods`: five moods from examples of half a second, spread evenly over the clip, each at strength 1 for as long a life
as `alive eval` measures. The scenes must have been exported by this version. `share` is the mean share of the time,
after the first ten seconds, with the fifth of the frames that are most like the examples, `least` that of the worst
mood, `half` that at strength 0.5, `free` that without a mood, and `avoided` that at strength -1. `lives` is the worst
verdict at strength 1, `alive` the number of moods with the verdict alive. `replay` and `free replay` are mean shares of
frames that replay the clip, `covered` is the mean share of a mood's frames that are visited. `natural` is the
naturalness of pictures in moods ÷ that of as many pictures of free lives, `broken` and `free broken` the shares of
broken ones. `weigh` is the longest time of a core, in milliseconds, that a mood takes to be chosen.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from alive_cli.media.sampling import evenly_spread, read_frames
from alive_cli.report.liveness import frames_needed, liveness
from alive_cli.report.living import VERDICTS, observed_path
from alive_cli.report.naturalness import Reference, draw_judged, judge, reference_of
from alive_cli.runtime.mood_making import graded, likeness
from alive_cli.runtime.scene import Scene
from bundle_spec.container import read_bundle
from bundle_spec.features.moods import with_moods
from tests.benchmarks.naturalness import clip_of

PLACES = (0.1, 0.3, 0.5, 0.7, 0.9)
"""The examples of a mood begin at one of these shares of the clip …"""
EXAMPLE_SECONDS = 0.5
"""… and last so long."""
SETTLING = 10.0
"""A life may take so many seconds to come into a mood."""
JUDGED = 300
"""So many pictures of lives in moods are judged, and as many of free ones."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundles", nargs="+", type=Path)
    parser.add_argument("--clips", nargs="+", type=Path, required=True)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    results: dict[str, dict[str, Any]] = {part: {} for part in arguments.only}
    for path in arguments.bundles:
        scene = Scene(with_example_moods(path), device="cpu")
        clip = read_frames(scene.manifest, clip_of(scene, arguments.clips), lambda text: print(text, file=sys.stderr))
        reference = reference_of(clip.fitted, scene.fps)
        for part in arguments.only:
            results[part][path.stem] = PARTS[part](scene, reference)
            print(path.stem, part, "done", file=sys.stderr, flush=True)
            if arguments.json:
                arguments.json.write_text(json.dumps(results, indent=1))
    for part, rows in results.items():
        print_table(part, rows)


def print_table(part: str, rows: dict[str, dict[str, Any]]) -> None:
    columns = list(next(iter(rows.values())))
    print(f"\n| {part} | " + " | ".join(columns) + " |")
    print("| --- " * (len(columns) + 1) + "|")
    for name, row in rows.items():
        print(f"| {name} | " + " | ".join(shown(row[key]) for key in columns) + " |")


def shown(figure: float | str | None) -> str:
    if figure is None:
        return "–"
    return figure if isinstance(figure, str) else f"{figure:.3g}"


def with_example_moods(path: Path) -> Any:
    """A bundle with a mood from examples at each of PLACES, and no others."""
    bundle = read_bundle(path)
    embeddings = Scene(bundle, device="cpu").embeddings
    length = round(EXAMPLE_SECONDS * bundle.manifest.source.fps)
    moods = {}
    for place in PLACES:
        first = min(round(place * len(embeddings)), len(embeddings) - length)
        moods[f"at{100 * place:.0f}"] = graded(likeness(embeddings, [(first, first + length - 1)]))
    return with_moods(bundle, moods)


def lived(scene: Scene, moods: Mapping[str, float], seed: int) -> tuple[np.ndarray, np.ndarray, float]:
    """A life in moods: embeddings [F, D], the frames that it comes to [F], and milliseconds to choose the moods."""
    life = scene.life(seed=seed)
    began = time.thread_time()
    life.put_in(moods)
    milliseconds = 1000 * (time.thread_time() - began)
    embeddings, nodes = [], []
    for _ in range(frames_needed(len(scene.embeddings), 1.0)):
        embeddings.append(life.advance())
        nodes.append(life.node)
    return np.stack(embeddings), np.array(nodes), milliseconds


def moods(scene: Scene, reference: Reference | None) -> dict[str, float | str | None]:
    """What moods from examples do to lives."""
    observed, settled = observed_path(scene), round(SETTLING * scene.fps)
    rows: list[dict[str, float]] = []
    verdicts, moody, free = [], [], []
    for seed, (name, much) in enumerate(scene.moods.items()):
        within = much >= 0.5
        shares = {}
        for column, strength in {"share": 1.0, "half": 0.5, "free": 0.0, "avoided": -1.0}.items():
            embeddings, nodes, milliseconds = lived(scene, {name: strength}, seed)
            shares[column] = float(within[nodes[settled:]].mean())
            if strength not in (0, 1):
                continue
            figures = liveness(embeddings.astype(np.float64), observed, speed=1.0, fps=scene.fps, visited=nodes)
            (moody if strength else free).append(embeddings[settled:])
            shares["replay" if strength else "free replay"] = float(figures["replay"])
            if strength:
                verdicts.append(str(figures["verdict"]))
                visited = np.unique(nodes[settled:])
                shares |= {"covered": float(within[visited].sum() / within.sum()), "weigh": milliseconds}
        rows.append(shares)
    means = {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}
    return {
        "share": means["share"],
        "least": min(row["share"] for row in rows),
        **{key: means[key] for key in ("half", "free", "avoided")},
        "lives": min(verdicts, key=VERDICTS.index),
        "alive": verdicts.count("alive"),
        **{key: means[key] for key in ("replay", "free replay", "covered")},
        **compared(scene, np.concatenate(moody), np.concatenate(free), reference),
        "weigh": max(row["weigh"] for row in rows),
    }


def compared(
    scene: Scene, embeddings: np.ndarray, free: np.ndarray, reference: Reference | None
) -> dict[str, float | None]:
    """The naturalness of some pictures beside that of free lives; None where the clip can't tell."""
    if reference is None:
        return {"natural": None, "broken": None, "free broken": None}
    chosen, own = (
        judge(draw_judged(scene, path[evenly_spread(len(path), JUDGED)], reference), reference)
        for path in (embeddings, free)
    )
    return {"natural": chosen.rollout / own.rollout, "broken": chosen.broken, "free broken": own.broken}


PARTS: dict[str, Callable[[Scene, Reference | None], dict[str, float | str | None]]] = {"moods": moods}
"""The parts by name: each gives a row of its table for a scene."""

if __name__ == "__main__":
    main()
