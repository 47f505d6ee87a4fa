"""Rollouts whose pictures are judged, and which of their frames belong to transitions."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from alive_cli.progress import Progress, silent
from alive_cli.runtime.controls import Controls
from alive_cli.runtime.motion_graph import MotionGraph
from alive_cli.runtime.scene import Scene

STAGE = "Letting the scene live"
"""The progress bar shows this text while the rollouts are made whose pictures are judged."""
SEEDS = (0, 1, 2)
"""The pictures of the rollouts of these seeds are judged together."""
ROLLOUT_FRAMES = 900
"""A judged rollout has at most so many frames, half a minute at 30 frames a second."""
LAPS = 12
"""A judged rollout has at most so many frames for each frame of the clip, because it has shown everything by then."""
TRANSITION_SECONDS = 0.4
"""A transition begins when the rollout jumps in the clip and lasts so many seconds, in which most jumps are eased."""
RUN_UP = 2
"""The pictures of a transition are drawn from so many frames before it on, so that its first differences are known."""


@dataclass(frozen=True)
class JudgedRollout:
    """The first F frames of a rollout."""

    seed: int
    embeddings: np.ndarray
    """float32 [F, D], unit length."""
    in_transition: np.ndarray
    """bool [F]: whether the rollout jumped in the clip a short time before."""

    def transitions(self) -> Iterator[np.ndarray]:
        """The embeddings of each transition with the frames just before it, [M, D]; two that touch are one."""
        edges = np.flatnonzero(np.diff(np.concatenate([[False], self.in_transition, [False]])))
        for first, end in edges.reshape(-1, 2):
            yield self.embeddings[max(0, first - RUN_UP) : end]


def judged_rollouts(
    scene: Scene,
    *,
    controls: Controls | None = None,
    seeds: tuple[int, ...] = SEEDS,
    within: int | None = None,
    progress: Progress = silent,
) -> list[JudgedRollout]:
    """A rollout of each seed at the scene's own rate: ROLLOUT_FRAMES frames, fewer for a very short clip.

    Args:
        controls: the scene's defaults if None.
        within: a transition lasts so many frames, that of the jump included; TRANSITION_SECONDS by default. Without a
            motion graph there are no transitions.
    """
    within = max(2, round(TRANSITION_SECONDS * scene.fps)) if within is None else within
    count = min(ROLLOUT_FRAMES, LAPS * len(scene.embeddings))
    rollouts: list[JudgedRollout] = []
    for seed in seeds:
        life = scene.life(controls, seed=seed)
        node, since = life.node, within
        embeddings, marks = [], []
        for embedding in islice(scene.live(life), count):
            before, node = node, life.node
            jumped = scene.graph is not None and is_jump(scene.graph, before, node, life.steps_per_frame)
            since = 0 if jumped else since + 1
            embeddings.append(embedding)
            marks.append(since < within)
            progress(STAGE, len(rollouts) * count + len(marks), len(seeds) * count)
        rollouts.append(JudgedRollout(seed, np.stack(embeddings), np.array(marks)))
    return rollouts


def is_jump(graph: MotionGraph, before: int | None, after: int | None, steps: int) -> bool:
    """Whether a rollout that comes to the frame `after` has left the order of the clip since it came to `before`.

    Args:
        steps: so many observed frames may have followed each other meanwhile.
    """
    if before is None or after is None or before == after:
        return False
    for _ in range(steps):
        before = int(graph.following[before])
        if before < 0 or before == after:
            return before < 0
    return True
