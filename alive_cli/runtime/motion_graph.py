"""The motion graph: a player plans paths between observed frames, and closed paths, on it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from alive_cli.runtime.goal_paths import GoalPaths
from alive_cli.runtime.moods import CHOICE

MOST_LOOP_EDGES = 150_000_000
"""The search for a closed path visits at most this many edges, which takes about a second."""
SAME_JUMP = 5
"""Two jumps look alike if both of their ends are within this many frames of each other."""
STILLNESS_COST = 6.0
"""A closed path with half the clip's motion costs this many median steps more, so that a loop doesn't stand still."""


@dataclass(frozen=True)
class MotionGraph:
    """The motion graph over N observed frames, with K transitions each."""

    targets: np.ndarray
    """int64 [N, K]: the frames that the transitions lead to."""
    costs: np.ndarray
    """float32 [N, K], in median steps; 0 for observed motion."""
    following: np.ndarray
    """int64 [N]: the next frame, or −1."""

    @cached_property
    def goal_paths(self) -> GoalPaths:
        """Plans paths to goals."""
        return GoalPaths(self.targets, self.costs, self.following)

    @cached_property
    def round(self) -> int | None:
        """Number of frames of the circle, where the graph is nothing else: each frame leads to the next one alone, and
        the last to the first."""
        count = len(self.targets)
        circle = (np.arange(count) + 1) % count
        return count if self.targets.shape[1] == 1 and (self.targets[:, 0] == circle).all() else None

    def motion(self, embeddings: np.ndarray) -> np.ndarray:
        """The length of the motion from each observed frame to the next, [N]; 0 before a cut or the end."""
        steps = np.linalg.norm(embeddings[self.following] - embeddings, axis=1)
        return np.where(self.following >= 0, steps, 0)

    def closed_paths(
        self,
        length: int,
        starts: np.ndarray,
        lengths: np.ndarray,
        most: int = 1,
        liking: np.ndarray | float = 0.0,
    ) -> list[list[int]]:
        """Paths of exactly `length` ≥ 2 frames that end at the frame where they begin, which is their last entry.

        Each is the cheapest through one of the `starts`. They are at most `most`, the cheapest and liveliest first,
        without those whose jumps are nearly the jumps of a better one. There may be none.

        Args:
            starts: the frames that a path may begin at, [S].
            lengths: the length of the motion from each frame to the next, in any unit, [N].
            liking: how much moods like each frame, in units of the walk's choice, [N].
        """
        # A frame that moods like less has a price, as its transitions have costs.
        costs = self.costs
        if isinstance(liking, np.ndarray):
            costs = (costs + CHOICE * (liking.max() - liking)[self.targets]).astype(np.float32)
        searched = max(1, MOST_LOOP_EDGES // (self.costs.size * length))
        starts = starts[:searched]
        rows = np.arange(len(starts))
        remaining = np.full((len(starts), len(self.costs)), np.inf, np.float32)  # [S, N]
        remaining[rows, starts] = 0
        choices = np.empty((length, *remaining.shape), np.uint8)
        for step in range(length):
            through = costs + remaining[:, self.targets]  # [S, N, K]
            choices[step] = through.argmin(2)
            remaining = through.min(2)
        price = remaining[rows, starts]
        closed = np.flatnonzero(np.isfinite(price))
        paths = [self._trace(choices[:, row], int(starts[row])) for row in closed]
        usual = max(float(lengths.mean()), 1e-9)
        motion = np.array([lengths[path].mean() for path in paths]) / usual
        order = np.argsort(price[closed] + STILLNESS_COST * np.log2(1 / np.clip(motion, 1e-3, 1)), kind="stable")
        chosen: list[list[int]] = []
        for number in order:
            jumps = self._jumps(paths[number])
            if len(chosen) < most and all(_apart(jumps, self._jumps(other)) for other in chosen):
                chosen.append(paths[number])
        return chosen

    def jumps(self, path: list[int]) -> np.ndarray:
        """Places in a closed path whose frame doesn't follow the one before it in the clip: int [J]."""
        return np.flatnonzero(self.following[np.roll(path, 1)] != path)

    def _jumps(self, path: list[int]) -> np.ndarray:
        """The frames before and after each jump of a closed path, [J, 2]."""
        places = self.jumps(path)
        return np.stack([np.roll(path, 1)[places], np.array(path)[places]], 1)

    def _trace(self, choices: np.ndarray, start: int) -> list[int]:
        path: list[int] = []
        frame = start
        for choice in choices[::-1]:
            frame = int(self.targets[frame, choice[frame]])
            path.append(frame)
        return path


def _apart(jumps: np.ndarray, others: np.ndarray) -> bool:
    """Whether one of some jumps, [J, 2], is far from all of the others, [L, 2]."""
    return bool((np.abs(jumps[:, None] - others).max(2).min(1, initial=SAME_JUMP + 1) > SAME_JUMP).any())
