"""Liveness of a scene, measured on rollouts that the player itself makes."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from alive_cli.errors import InputError
from alive_cli.progress import Progress, silent
from alive_cli.report.liveness import LEAST_SPEED, ObservedPath, frames_needed, liveness, one_way
from alive_cli.runtime.controls import Controls
from alive_cli.runtime.scene import Scene
from alive_cli.threads import over_cores

STAGE = "Checking that it lives"
"""The progress bar shows this text while liveness is measured."""
BLOCK = 250
"""Progress is reported after so many frames of a rollout."""
VERDICTS = ("broken", "frozen", "drifting", "looping", "stuck", "alive")
"""The verdicts go from worst to best; of several rollouts the worst counts."""


def observed_path(scene: Scene) -> ObservedPath:
    """The path of a scene's clip through the embedding space; a behavior without a motion graph knows no cuts."""
    count = len(scene.embeddings)
    plain = np.append(np.arange(1, count), -1)
    following = plain if scene.graph is None else scene.graph.following
    return ObservedPath(scene.embeddings.astype(np.float64), following)


def evaluate_liveness(
    scene: Scene,
    *,
    controls: Controls | None = None,
    seeds: tuple[int, ...] = (0, 1, 2),
    frames: int | None = None,
    most: int | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """The figures of `liveness` over several rollouts, averaged, with the worst verdict.

    Args:
        controls: the scene's defaults if None. A clock below LEAST_SPEED is set to it.
        seeds: one rollout each; the same seeds give the same figures.
        frames: length of each rollout; `frames_needed` by default.
        most: upper limit of that default; the coverage of a long clip is then too low.

    Raises:
        InputError: the clip has no motion, because every frame stands before a cut or the end.

    Returns:
        Rounded figures by name, with `verdict`, `verdicts` by seed, `speed`, `frames` and `one_way`.
    """
    controls = scene.controls() if controls is None else controls.copy()
    if controls.clock < LEAST_SPEED:
        controls.clock = LEAST_SPEED
    observed = observed_path(scene)
    if not observed.stretches():
        raise InputError("The clip of the scene has no motion, so there is nothing to measure.")
    needed = frames_needed(len(observed.embeddings), controls.clock)
    count = frames or min(needed, most or needed)
    total = count * len(seeds)
    rollouts = [_visits(scene, controls, seed) for seed in seeds]
    paths: list[list[tuple[np.ndarray, int | None]]] = [[] for _ in seeds]
    for done in range(0, count, BLOCK):
        length = min(BLOCK, count - done)
        parts = over_cores(lambda rollout: list(islice(rollout, length)), rollouts)  # noqa: B023
        for path, part in zip(paths, parts, strict=True):
            path += part
        progress(STAGE, (done + length) * len(seeds), total)
    lives = []
    for path in paths:
        embeddings = np.stack([embedding for embedding, _ in path]).astype(np.float64)
        nodes = [node for _, node in path if node is not None]
        visited = np.array(nodes) if nodes else None
        lives.append(liveness(embeddings, observed, speed=controls.clock, fps=scene.fps, visited=visited))
    verdicts = [str(life["verdict"]) for life in lives]
    figures: dict[str, Any] = {"verdict": min(verdicts, key=VERDICTS.index), "verdicts": verdicts}
    figures |= {"speed": controls.clock, "frames": count}
    whole = [life for life in lives if len(life) > 1]
    for name in whole[0] if whole else ():
        if name != "verdict":
            figures[name] = round(float(np.mean([life[name] for life in whole])), 4)
    figures["one_way"] = round(one_way(observed), 4)
    return figures


def _visits(scene: Scene, controls: Controls, seed: int) -> Iterator[tuple[np.ndarray, int | None]]:
    """The embeddings of a rollout, and the observed frame that it comes to with each."""
    life = scene.life(controls, seed=seed)
    for embedding in scene.live(life):
        yield embedding, life.node
