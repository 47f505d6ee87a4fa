"""The motion graph as a player plans on it: paths from one observed frame to another, and closed paths."""

from dataclasses import dataclass

import numpy as np

STEP_COST = 0.1
"""A frame on the way costs so many median steps, so that a path prefers real motion to jumps, but not for ever."""
MOST_SEARCH = 4_000_000_000
"""The search for a path to a goal looks at no more edges than this; it would take minutes."""
RUN_UP = 20
"""A path to a goal ends with so many frames of observed motion where it can, so that its last jump is over by then."""
MOST_WORK = 150_000_000
"""The search for a closed path looks at no more edges than this, which take about a second."""
DULL = 6.0
"""Each halving of a closed path's motion below the clip's own costs so many median steps."""


@dataclass(frozen=True)
class MotionGraph:
    """The graph over N observed frames."""

    targets: np.ndarray
    """int64 [N, K]."""
    costs: np.ndarray
    """float32 [N, K], in median steps; 0 for observed motion."""
    following: np.ndarray
    """int64 [N]: the next frame, or −1."""

    def to(self, start: int, goal: int) -> list[int]:
        """The cheapest way from `start` to `goal`, without `start`; empty where they are the same or there is none."""
        costs = self.costs.astype(np.float64) + STEP_COST
        left = np.full(len(costs), np.inf)
        left[goal] = 0
        for _ in range(min(len(costs), MOST_SEARCH // costs.size)):
            through = costs + left[self.targets]
            better = np.minimum(left, through.min(1))
            if np.array_equal(better, left):
                break
            left = better
        way: list[int] = []
        if not np.isfinite(left[start]):
            return way
        here = start
        choice = (costs + left[self.targets]).argmin(1)
        while here != goal and len(way) <= len(costs):
            here = int(self.targets[here, choice[here]])
            way.append(here)
        return way

    def arriving(self, start: int, goal: int) -> list[int]:
        """A way as `to` gives it whose last frames, where there are any, are those that really led to the goal.

        So a jump's bridge has ended by then, and the goal is not only headed for but reached.
        """
        run = [goal]
        while run[0] != start and len(run) <= RUN_UP:
            before = np.flatnonzero(self.following == run[0])
            if not len(before):
                break
            run.insert(0, int(before[0]))
        return run[1:] if run[0] == start else [*self.to(start, run[0]), *run[1:]]

    def closed(self, length: int, starts: np.ndarray, lengths: np.ndarray) -> list[int] | None:
        """A way of exactly `length` ≥ 2 frames that ends where it begins: its frames, the beginning last.

        The cheapest and liveliest of those through one of the `starts` [S]; None where there is none.

        Args:
            lengths: of the motion from each frame to the next, in any unit, [N].
        """
        most = max(1, MOST_WORK // (self.costs.size * length))
        starts = starts[:most]
        rows = np.arange(len(starts))
        left = np.full((len(starts), len(self.costs)), np.inf, np.float32)
        left[rows, starts] = 0
        choices = np.empty((length, *left.shape), np.uint8)
        for step in range(length):
            through = self.costs + left[:, self.targets]  # [S, N, K]
            choices[step] = through.argmin(2)
            left = through.min(2)
        price = left[rows, starts]
        if not np.isfinite(price).any():
            return None
        ways = [self._traced(choices[:, row], int(start)) for row, start in enumerate(starts)]
        usual = max(float(lengths.mean()), 1e-9)
        motion = np.array([lengths[way].mean() for way in ways]) / usual
        return ways[int((price + DULL * np.log2(1 / np.clip(motion, 1e-3, 1))).argmin())]

    def _traced(self, choices: np.ndarray, start: int) -> list[int]:
        way: list[int] = []
        here = start
        for choice in choices[::-1]:
            here = int(self.targets[here, choice[here]])
            way.append(here)
        return way
