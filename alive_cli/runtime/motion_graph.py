"""The motion graph: a player plans paths between observed frames, and closed paths, on it."""

from dataclasses import dataclass

import numpy as np

STEP_COST = 0.1
"""Each frame of a path costs this many median steps, so that a path prefers observed motion to jumps, but not at any
length."""
MOST_PATH_EDGES = 4_000_000_000
"""The search for a path to a goal visits at most this many edges, because more would take minutes."""
RUN_UP = 20
"""A path to a goal ends with up to this many frames of observed motion, so that its last jump is over before."""
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

    def path(self, start: int, goal: int) -> list[int]:
        """The cheapest path from `start` to `goal`, without `start`; empty if there is none or both are the same."""
        costs = self.costs.astype(np.float64) + STEP_COST
        remaining = np.full(len(costs), np.inf)
        remaining[goal] = 0
        for _ in range(min(len(costs), MOST_PATH_EDGES // costs.size)):
            through = costs + remaining[self.targets]
            better = np.minimum(remaining, through.min(1))
            if np.array_equal(better, remaining):
                break
            remaining = better
        path: list[int] = []
        if not np.isfinite(remaining[start]):
            return path
        frame = start
        choice = (costs + remaining[self.targets]).argmin(1)
        while frame != goal and len(path) <= len(costs):
            frame = int(self.targets[frame, choice[frame]])
            path.append(frame)
        return path

    def arriving_path(self, start: int, goal: int) -> list[int]:
        """A path from `start` to `goal` whose last frames, where possible, are those before the goal in the clip.

        So the last jump is over before the goal, and the rollout really shows it.
        """
        run = [goal]
        while run[0] != start and len(run) <= RUN_UP:
            before = np.flatnonzero(self.following == run[0])
            if not len(before):
                break
            run.insert(0, int(before[0]))
        return run[1:] if run[0] == start else [*self.path(start, run[0]), *run[1:]]

    def closed_paths(self, length: int, starts: np.ndarray, lengths: np.ndarray, most: int = 1) -> list[list[int]]:
        """Paths of exactly `length` ≥ 2 frames that end at the frame where they begin, which is their last entry.

        Each is the cheapest through one of the `starts`. They are at most `most`, the cheapest and liveliest first,
        without those whose jumps are nearly the jumps of a better one. There may be none.

        Args:
            starts: the frames that a path may begin at, [S].
            lengths: the length of the motion from each frame to the next, in any unit, [N].
        """
        searched = max(1, MOST_LOOP_EDGES // (self.costs.size * length))
        starts = starts[:searched]
        rows = np.arange(len(starts))
        remaining = np.full((len(starts), len(self.costs)), np.inf, np.float32)  # [S, N]
        remaining[rows, starts] = 0
        choices = np.empty((length, *remaining.shape), np.uint8)
        for step in range(length):
            through = self.costs + remaining[:, self.targets]  # [S, N, K]
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
