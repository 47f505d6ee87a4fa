"""Plans on the transition graph: ways from one observed moment to another, and closed ways of a given length."""

from dataclasses import dataclass

import numpy as np

STEP_COST = 0.1
"""Cost of a frame on the way, in median steps: real motion is preferred to morphing, but not for ever."""
MOST_SEARCH = 4_000_000_000
"""Edges looked at in search of a way to a goal."""
RUN_UP = 20
"""Frames of observed motion before a goal."""
MOST_WORK = 150_000_000
"""Edges looked at in search of a closed way."""
DULL = 6.0
"""Cost of each halving of a closed way's motion below the clip's own, in median steps."""


@dataclass(frozen=True)
class Ways:
    """The transition graph over N observed moments."""

    targets: np.ndarray
    """int64 [N, K]."""
    costs: np.ndarray
    """float32 [N, K], in median steps; 0 for observed motion."""
    following: np.ndarray
    """int64 [N]: the next moment, or −1."""

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
        """A way of exactly `length` ≥ 2 moments that ends where it begins: its moments, the beginning last.

        The cheapest and liveliest of those through one of the `starts` [S]; None where there is none.

        Args:
            lengths: of the motion from each moment to the next, in any unit, [N].
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
