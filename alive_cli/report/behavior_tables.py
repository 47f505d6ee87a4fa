"""Tables for people who study behavior: frames, a life, transitions and motifs, each a CSV file.

Everything is computed from the bundle alone. examples/BEHAVIOR.md describes the columns.
"""

import csv
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from alive_cli.errors import InputError, OutputError
from alive_cli.files.outputs import check_output
from alive_cli.progress import Progress, silent
from alive_cli.report.embedding_map import Map
from alive_cli.report.liveness import nearest_frames
from alive_cli.report.living import observed_path
from alive_cli.report.motifs import Motifs, find_motifs
from alive_cli.report.pose_space import PoseSpace
from alive_cli.runtime.controls import Controls
from alive_cli.runtime.scene import Scene
from bundle_spec.atomic import replacing

STAGE = "Counting transitions"
"""The progress bar shows this stage while a long life is followed."""
NAMES = ("observed", "rollout", "transitions", "motifs", "motif_summary", "motif_check")
"""The tables have these names, each with the suffix .csv."""
LAPS, FEWEST_FRAMES, MOST_FRAMES = 10, 3_000, 20_000
"""Transitions are counted in a life of so many frames for each observed frame, within these limits."""
UNREACHABLE = 1e5
"""A transition of such a cost, in median steps, only fills the table of the bundle, and is never chosen."""
Table = list[list[Any]]


def check_folder(folder: Path, *, force: bool) -> None:
    """Check that the tables can be written into a folder, which is made if need be.

    Raises:
        InputError: the name is that of a table.
        OutputError: a table exists already, or the folder can't be written.
    """
    if folder.suffix.lower() == ".csv":
        raise InputError(f"--csv writes {len(NAMES)} tables; give the name of a folder instead of {folder.name}.")
    if not folder.is_dir():
        if folder.exists():
            raise OutputError(f"{folder} is a file; give the name of a folder for the tables.")
        check_output(folder)
        return
    for path in paths(folder):
        check_output(path, force=force)


def paths(folder: Path) -> list[Path]:
    """The files of the tables."""
    return [folder / f"{name}.csv" for name in NAMES]


def scene_motifs(scene: Scene, seed: int, progress: Progress = silent) -> Motifs:
    """The motifs of a scene's observed frames."""
    path = PoseSpace.of(scene).poses(scene.embeddings)
    return find_motifs(path, observed_path(scene).following, scene.fps, seed, progress)


def write_tables(
    folder: Path,
    scene: Scene,
    points: Map,
    rollout: np.ndarray,
    motifs: Motifs,
    counts: Counter[tuple[int, int]],
) -> list[Path]:
    """Write all tables. Dimensions of the embedding that are 0 everywhere are left out.

    Args:
        rollout: embeddings, [M, D], those of `points.rollout`, at the scene's own rate.
        counts: those of `count_transitions`.

    Returns:
        The paths of the files.

    Raises:
        OSError: the folder can't be written.
    """
    space = PoseSpace.of(scene)
    used = np.flatnonzero(scene.embeddings.any(0) | rollout.any(0))
    tables = (
        _observed(scene, points, space, used, motifs),
        _rollout(scene, points, space, used, rollout),
        _transitions(scene, counts),
        _occurrences(scene, motifs),
        _summary(scene, motifs),
        _check(motifs),
    )
    folder.mkdir(exist_ok=True)
    for path, table in zip(paths(folder), tables, strict=True):
        with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(table)
    return paths(folder)


def count_transitions(
    scene: Scene, controls: Controls, seed: int | None, progress: Progress = silent
) -> Counter[tuple[int, int]]:
    """How often a long life goes from one observed frame to another.

    With a motion graph these are the frames that the life comes to, otherwise those that are nearest to it. A life that
    waits at a frame, or stays nearest to it, doesn't leave it.
    """
    count = max(FEWEST_FRAMES, min(MOST_FRAMES, LAPS * len(scene.embeddings)))
    life = scene.life(controls, seed=seed)
    steps = life.steps_per_frame
    clock = controls.clock / steps * (scene.manifest.behavior.steps_per_frame if scene.manifest.behavior else 1)
    came_to = [] if life.node is None else [life.node]
    embeddings = []
    for number in range(count):
        for _ in range(steps):  # at a fast clock, a life comes to several frames within one picture
            embedding = life.step(clock)
            if life.node is None:
                embeddings.append(embedding)
            else:
                came_to.append(life.node)
        if number % 100 == 0:
            progress(STAGE, number, count)
    if embeddings:
        came_to = nearest_frames(np.stack(embeddings), scene.embeddings)[0].tolist()
    return Counter((before, after) for before, after in pairwise(came_to) if before != after)


def _observed(scene: Scene, points: Map, space: PoseSpace, used: np.ndarray, motifs: Motifs) -> Table:
    bank = scene.embeddings
    poses = space.poses(bank)
    following = observed_path(scene).following
    speeds = np.linalg.norm(poses[following] - poses, axis=1) * scene.fps
    rows: Table = [["frame", "second", "x", "y", "motif", "speed", *space.names, *(f"e{number}" for number in used)]]
    for frame in range(len(bank)):
        speed = _short(speeds[frame]) if following[frame] >= 0 else ""
        place = [*_shorts(points.observed[frame]), int(motifs.labels[frame]), speed]
        rows.append([frame, _second(scene, frame), *place, *_shorts(poses[frame]), *_shorts(bank[frame, used])])
    return rows


def _rollout(scene: Scene, points: Map, space: PoseSpace, used: np.ndarray, rollout: np.ndarray) -> Table:
    nearest, distances = nearest_frames(rollout, scene.embeddings)
    poses = space.poses(rollout)
    names = ["frame", "second", "x", "y", "nearest_frame", "nearest_second", "distance"]
    rows: Table = [[*names, *space.names, *(f"e{number}" for number in used)]]
    for frame in range(len(rollout)):
        near = int(nearest[frame])
        place = [*_shorts(points.rollout[frame]), near, _second(scene, near), _short(distances[frame])]
        own = [*_shorts(poses[frame]), *_shorts(rollout[frame, used])]
        rows.append([frame, f"{frame / scene.fps:.4f}", *place, *own])
    return rows


def _transitions(scene: Scene, counts: Counter[tuple[int, int]]) -> Table:
    """A row for each transition that the bundle has or the life took."""
    following = observed_path(scene).following
    costs: dict[tuple[int, int], float | None] = dict.fromkeys(counts)
    if scene.graph is not None:
        for frame, (targets, own) in enumerate(zip(scene.graph.targets, scene.graph.costs, strict=True)):
            for after, cost in zip(targets.tolist(), own.tolist(), strict=True):
                known = costs.get((frame, after))
                if cost < UNREACHABLE and (known is None or cost < known):
                    costs[frame, after] = cost
    departures: Counter[int] = Counter()
    for (frame, _), times in counts.items():
        departures[frame] += times
    names = ["frame", "next_frame", "second", "next_second", "observed", "cost", "count", "probability"]
    rows: Table = [names]
    for (frame, after), cost in sorted(costs.items()):
        seconds = [_second(scene, frame), _second(scene, after), int(following[frame] == after)]
        times = counts[frame, after]
        share = _short(times / departures[frame]) if departures[frame] else ""
        rows.append([frame, after, *seconds, "" if cost is None else _short(cost), times, share])
    return rows


def _occurrences(scene: Scene, motifs: Motifs) -> Table:
    names = ["motif", "start_frame", "end_frame", "start_second", "end_second", "dwell", "distance", "complete"]
    rows: Table = [names]
    for each in motifs.occurrences:
        seconds = [_second(scene, each.first), _second(scene, each.end), _short((each.end - each.first) / scene.fps)]
        rows.append([each.motif, each.first, each.end - 1, *seconds, _short(each.distance), int(each.complete)])
    return rows


def _summary(scene: Scene, motifs: Motifs) -> Table:
    """A row for each motif. The next occurrence follows at once; `to_none` is for frames of no motif, cuts and ends."""
    numbers = range(1, motifs.count + 1)
    names = ["motif", "occurrences", "seconds", "share", "mean_dwell", "median_dwell", "distance", "stability"]
    rows: Table = [[*names, "to_none", *(f"to_{number}" for number in numbers)]]
    begins = {each.first: each.motif for each in motifs.occurrences}
    following = observed_path(scene).following
    for number in numbers:
        own = motifs.of(number)
        dwells = np.array([each.end - each.first for each in own]) / scene.fps
        distance = float(np.mean([each.distance for each in own]))
        after = Counter(begins.get(each.end, 0) if following[each.end - 1] >= 0 else 0 for each in own)
        times = [float(dwells.sum()), float((motifs.labels == number).mean()), float(dwells.mean())]
        shares = [after[motif] / len(own) for motif in (0, *numbers)]
        figures = [*times, float(np.median(dwells)), distance, motifs.stability[number - 1], *shares]
        rows.append([number, len(own), *_shorts(figures)])
    return rows


def _check(motifs: Motifs) -> Table:
    rows: Table = [["motifs", "agreement", "noise_mean", "noise_highest", "excess", "chance", "chosen"]]
    check = motifs.check
    if check is not None:
        for row, count in enumerate(check.counts):
            noise = check.noise[row]
            figures = [check.agreement[row], noise.mean(), noise.max(), check.excess[row], check.chance]
            rows.append([count, *_shorts(figures), int(row == check.chosen and motifs.count > 0)])
    return rows


def _second(scene: Scene, frame: int) -> str:
    return f"{scene.manifest.source.start + frame / scene.manifest.source.fps:.4f}"


def _short(value: float) -> str:
    return f"{float(value):.6g}"


def _shorts(values: Sequence[float] | np.ndarray) -> list[str]:
    return [_short(value) for value in values]
