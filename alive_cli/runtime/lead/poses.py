"""What a lead asks for: observed embeddings to draw from, and the pose beyond them."""

from dataclasses import dataclass

import numpy as np

from alive_cli.runtime.steering import Steering

MIXED = 3
"""A pose is drawn from so many observed embeddings around it; those of one person hold the blinks of another."""
LEAST_APART = 1e-9
"""Distances of poses count as at least this, because 1 ÷ 0 is infinite."""
MOST_COMPARED = 1024
"""The medoid is chosen among at most so many rows, evenly spread, because the work grows with their square."""


@dataclass(frozen=True)
class LeadPose:
    """The pose that a lead asks for."""

    base: np.ndarray
    """The observed embedding, or a mixture of some, that it is drawn from: float64 [D], its last element 1."""
    pose: np.ndarray
    """In spreads about the clip's mean, as `Steering.own`: float64 [S]."""


class ObservedPoses:
    """The observed embeddings of a scene by their poses."""

    def __init__(self, steering: Steering, embeddings: np.ndarray) -> None:
        """Read the poses of embeddings, float32 [N, D]."""
        self.steering = steering
        self.plane = np.divide(embeddings, np.maximum(embeddings[:, -1:], np.float64(1e-6)), dtype=np.float64)
        """The embeddings with their last element 1, float64 [N, D]."""
        self.poses = np.stack([steering.own(row) for row in embeddings])
        """In spreads, float64 [N, S]."""
        self._lengths = self.poses * steering.spread
        self.calm = medoid(self._lengths)
        """The observed frame whose pose is nearest to those of all others."""

    def near(self, pose: np.ndarray) -> np.ndarray:
        """The observed embeddings nearest to a pose, [S] in spreads, mixed by inverse distance (Shepard 1968): float64
        [D], its last element 1."""
        apart = np.sqrt(np.square(self._lengths - pose * self.steering.spread).sum(1))
        order = np.argsort(apart, kind="stable")[: MIXED + 1]
        weights = 1 / np.maximum(apart[order], LEAST_APART)
        if len(order) > MIXED:
            weights = weights[:-1] - weights[-1]  # so that none pops in or out
            order = order[:-1]
        if not weights.sum() > 0:
            weights = np.ones(len(order))
        return np.asarray(weights @ self.plane[order] / weights.sum())

    def spread_out(self, most: int) -> list[int]:
        """At most so many observed frames that are far apart: the calm one, then always the one that is farthest from
        those before (Gonzalez 1985)."""
        chosen = [self.calm]
        apart = np.square(self.plane - self.plane[self.calm]).sum(1)
        while len(chosen) < most and apart.max() > 0:
            chosen.append(int(apart.argmax()))
            apart = np.minimum(apart, np.square(self.plane - self.plane[chosen[-1]]).sum(1))
        return chosen


def medoid(rows: np.ndarray) -> int:
    """The number of the row, of [N, C], with the least sum of distances to all others, or to those evenly spread."""
    every = max(1, -(-len(rows) // MOST_COMPARED))
    some = rows[::every]
    squares = np.square(some).sum(1)
    apart = squares[:, None] - 2 * some @ some.T + squares
    return every * int(np.sqrt(np.maximum(apart, 0)).sum(1).argmin())
