"""What benchmarks of several parts share: each part gives a row of its table for each scene."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from alive_cli.media.sampling import evenly_spread, read_frames
from alive_cli.report.naturalness import Reference, draw_judged, judge, reference_of
from alive_cli.runtime.scene import Scene
from tests.benchmarks.naturalness import clip_of

JUDGED = 300
"""So many pictures are judged, and as many free ones."""

Row = dict[str, float | str | None]
"""The figures of a scene by their names; None where there is none."""
Part = Callable[[Scene, Reference | None], Row]
"""A part measures a scene, with what its clip says is natural."""
ClipPart = Callable[[Scene, Path], Row]
"""A part measures a scene, with the file that its clip is a part of."""


def run(
    description: str | None,
    parts: Mapping[str, Part],
    open_scene: Callable[[Path], Scene],
    clip_parts: Mapping[str, ClipPart] | None = None,
) -> None:
    """Measure the scenes that the command line names, and print a table of each part.

    Args:
        description: the help of the command.
        open_scene: opens a bundle.
        clip_parts: parts that read more of the clip than the scene was fitted to.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundles", nargs="+", type=Path)
    parser.add_argument("--clips", nargs="+", type=Path, required=True)
    every = [*parts, *(clip_parts or {})]
    parser.add_argument("--only", nargs="+", choices=every, default=every)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    results: dict[str, dict[str, Row]] = {part: {} for part in arguments.only}
    for bundle in arguments.bundles:
        scene = open_scene(bundle)
        path = clip_of(scene, arguments.clips)
        clip = read_frames(scene.manifest, path, lambda text: print(text, file=sys.stderr))
        reference = reference_of(clip.fitted, scene.fps)
        for part in arguments.only:
            results[part][bundle.stem] = (
                parts[part](scene, reference) if part in parts else (clip_parts or {})[part](scene, path)
            )
            print(bundle.stem, part, "done", file=sys.stderr, flush=True)
            if arguments.json:
                arguments.json.write_text(json.dumps(results, indent=1))
    for part, rows in results.items():
        _print_table(part, rows)


def _print_table(part: str, rows: dict[str, Row]) -> None:
    columns = list(next(iter(rows.values())))
    print(f"\n| {part} | " + " | ".join(columns) + " |")
    print("| --- " * (len(columns) + 1) + "|")
    for name, row in rows.items():
        print(f"| {name} | " + " | ".join(_shown(row[key]) for key in columns) + " |")


def _shown(figure: float | str | None) -> str:
    if figure is None:
        return "–"
    return figure if isinstance(figure, str) else f"{figure:.3g}"


def compared(scene: Scene, embeddings: np.ndarray, free: np.ndarray, reference: Reference | None) -> Row:
    """The naturalness of some pictures beside that of free lives; None where the clip can't tell."""
    if reference is None:
        return {"natural": None, "broken": None, "free broken": None}
    chosen, own = (
        judge(draw_judged(scene, path[evenly_spread(len(path), JUDGED)], reference), reference)
        for path in (embeddings, free)
    )
    return {"natural": chosen.rollout / own.rollout, "broken": chosen.broken, "free broken": own.broken}
