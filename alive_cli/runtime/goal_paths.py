"""Paths to a goal on the motion graph: near jumps, each eased away before the next one and before the goal."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FRAME_PRICE = 0.1
"""Each frame of a path has this price, so that a path prefers observed motion to jumps, but not at any length."""
USUAL_JUMP = 5.0
"""A jump of so many median steps has its cost as its price. The price grows with the square of the cost, because two
near jumps look better than a far one."""
EASING_PACE, LONGEST_EASING = 1.5, 40
"""A jump is eased away over so many frames for each median step that it costs, but at most over so many."""
BETWEEN_JUMPS = 6
"""Two jumps of a path have at least so many frames between them, as in a free rollout, and no less than the first is
eased over, because the second takes over what is left. Only the end of the clip allows less."""
OFFSET_PRICE = 20.0
"""What is left of a jump when the goal is reached has the price of so many such jumps."""
MOST_JUMPS = 12
"""A path has at most so many jumps."""
MOST_EDGES = 400_000
"""The search considers at most so many jumps, the cheapest of each frame, so that a long clip takes some tens of
milliseconds."""
MISSING = 1e6
"""An edge that isn't there has this cost (SPEC.md, Transitions)."""


@dataclass(frozen=True)
class Jumps:
    """E jumps, sorted by the frames that they begin at."""

    sources: np.ndarray
    """int64 [E]."""
    targets: np.ndarray
    """int64 [E]."""
    costs: np.ndarray
    """float64 [E], in median steps."""

    @classmethod
    def of(cls, targets: np.ndarray, costs: np.ndarray, following: np.ndarray) -> "Jumps":
        """The jumps of a motion graph, the cheapest of each frame if there are more than MOST_EDGES."""
        count = len(targets)
        order = np.argsort(costs, axis=1, kind="stable")[:, : max(1, MOST_EDGES // count)]
        targets, costs = (np.take_along_axis(array, order, 1) for array in (targets, costs))
        sources = np.broadcast_to(np.arange(count)[:, None], targets.shape)
        real = (costs < MISSING) & (targets != following[:, None]) & (targets != sources)
        return cls(sources[real], targets[real], costs[real].astype(np.float64))


@dataclass(frozen=True)
class Search:
    """What a search has found for one goal: prices of what is left from each frame [N + 1], and of each jump [E]."""

    direct: np.ndarray
    """[N + 1]: by observed motion alone, infinite where it doesn't lead to the goal."""
    jumping: np.ndarray
    """[N + 1]: with a jump now."""
    later: np.ndarray
    """[N + 1]: with a jump now or after observed motion."""
    arriving: np.ndarray
    """[E]: with this jump as the last one."""
    best: np.ndarray
    """[E]: with this jump now, and others after it if that is cheaper."""
    eased: np.ndarray
    """bool [E]: whether the goal is reached after all of the jump's easing, and not at the first opportunity."""


class GoalPaths:
    """Plans paths to goals on one motion graph. What doesn't depend on the goal is computed once."""

    def __init__(self, targets: np.ndarray, costs: np.ndarray, following: np.ndarray) -> None:
        """Prepare for a motion graph, whose arrays are those of `MotionGraph`."""
        self._count = len(following)
        after = np.where(following < 0, self._count, following)
        self._powers = [np.append(after, self._count)]
        """The frame after 1, 2, 4, … frames of observed motion, [N + 1] each; N stands for none."""
        while 2 ** len(self._powers) <= max(self._count, LONGEST_EASING):
            self._powers.append(self._powers[-1][self._powers[-1]])
        self._latest: tuple[tuple[int, ...], Search] | None = None
        self._jumps = jumps = Jumps.of(targets, costs, following)
        self._prices = np.square(jumps.costs) / USUAL_JUMP + FRAME_PRICE
        self._firsts = np.flatnonzero(np.diff(jumps.sources, prepend=-1))
        """The place of the first jump of each frame that has any, [M]."""
        self._easing = np.clip(np.ceil(EASING_PACE * jumps.costs), 1, LONGEST_EASING).astype(np.int64)
        self._after_easing = self._ahead(jumps.targets, self._easing)
        self._gap = np.minimum(np.maximum(self._easing, BETWEEN_JUMPS), self._until_cut()[jumps.targets])
        """Frames of observed motion between each jump and the next one, [E]."""
        self._after_gap = self._ahead(jumps.targets, self._gap)

    def path(self, start: int, goals: Sequence[int]) -> list[int] | None:
        """The cheapest path from `start` to one of the frames `goals`, without `start`.

        It is empty if `start` is one of them, and None if no path leads there. After its last jump it keeps to
        observed motion until the jump is eased away, so that the rollout really shows the frame that it arrives at.
        Near the beginning of a clip there is less motion than that, which has its price.
        """
        search = self._searched(goals)
        jumps, path = self._jumps, [start]
        if np.isinf(min(search.direct[start], search.later[start])):
            return None
        if search.direct[start] <= search.later[start]:
            return self._extended(path, search.direct[start])[1:]
        while len(path) <= self._count * MOST_JUMPS:
            frame = path[-1]
            if search.jumping[frame] > search.later[frame]:
                self._extended(path, FRAME_PRICE)
                continue
            begin, end = np.searchsorted(jumps.sources, [frame, frame + 1])
            jump = int(begin + search.best[begin:end].argmin())
            path.append(int(jumps.targets[jump]))
            if search.arriving[jump] <= search.best[jump]:
                if search.eased[jump]:
                    self._extended(path, FRAME_PRICE * self._easing[jump])
                return self._extended(path, search.direct[path[-1]])[1:]
            self._extended(path, FRAME_PRICE * self._gap[jump])
        return None

    def _searched(self, goals: Sequence[int]) -> Search:
        """The search for some goals. That of the last goals is kept, because several paths may lead there."""
        latest = self._latest
        if latest is None or latest[0] != tuple(goals):
            latest = self._latest = (tuple(goals), self._search(goals))
        return latest[1]

    def _search(self, frames: Sequence[int]) -> Search:
        """The prices of what is left. Each round adds a jump, as in Bellman and Ford's search (Ford 1956)."""
        jumps = self._jumps
        goals = np.full(self._count + 1, np.inf)
        goals[np.asarray(frames, np.int64)] = 0
        direct = self._onward(goals)
        soon = direct[jumps.targets]
        gone = np.minimum(np.where(np.isfinite(soon), soon, 0) / FRAME_PRICE / self._easing, 1)
        soon = soon + OFFSET_PRICE * (0.5 + 0.5 * np.cos(np.pi * gone)) * (self._prices - FRAME_PRICE)
        eased = FRAME_PRICE * self._easing + direct[self._after_easing]
        best = arriving = self._prices + np.minimum(soon, eased)
        jumping = later = np.full(self._count + 1, np.inf)
        for _ in range(MOST_JUMPS if len(best) else 0):
            cheapest = np.full(self._count + 1, np.inf)
            cheapest[jumps.sources[self._firsts]] = np.minimum.reduceat(best, self._firsts)
            if not (cheapest < jumping).any():
                break
            jumping, later = cheapest, self._onward(cheapest)
            best = np.minimum(arriving, self._prices + FRAME_PRICE * self._gap + later[self._after_gap])
        return Search(direct, jumping, later, arriving, best, eased < soon)

    def _onward(self, prices: np.ndarray) -> np.ndarray:
        """The least of the prices, [N + 1], over all observed motion from each frame on, with that of its frames."""
        for number, power in enumerate(self._powers):
            prices = np.minimum(prices, prices[power] + FRAME_PRICE * 2**number)
        return prices

    def _until_cut(self) -> np.ndarray:
        """Frames of observed motion from each frame on, up to LONGEST_EASING: int64 [N + 1]."""
        frames, until = np.arange(self._count + 1), np.zeros(self._count + 1, np.int64)
        for _ in range(LONGEST_EASING):
            frames = self._powers[0][frames]
            until += frames < self._count
        return until

    def _ahead(self, frames: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """The frames after so many frames of observed motion."""
        for number, power in enumerate(self._powers):
            frames = np.where(counts >> number & 1, power[frames], frames)
        return frames

    def _extended(self, path: list[int], price: float) -> list[int]:
        """The path with the observed motion that has a price behind it."""
        for _ in range(round(price / FRAME_PRICE)):
            path.append(int(self._powers[0][path[-1]]))
        return path
