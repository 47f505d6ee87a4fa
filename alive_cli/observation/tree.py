"""The minimum spanning tree of how pictures look: the way from any frame to a reference by steps that are small."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class LooksTree:
    """A tree over M pictures."""

    root: int
    """The picture that looks most like all others."""
    order: list[int]
    """All pictures, each one after its parent."""
    parent: np.ndarray
    """int64 [M]; the root is its own."""

    @classmethod
    def of(cls, looks: np.ndarray) -> "LooksTree":
        """The tree of looks, float32 [M, C], by Prim's algorithm; one row of distances is in memory at a time."""
        count = len(looks)
        squares = np.square(looks).sum(1)
        middle = np.square(looks - looks.mean(0)).sum(1)
        root = int(middle.argmin())
        nearest, parent = np.full(count, np.inf), np.full(count, root, np.int64)
        order, here, outside = [root], root, np.ones(count, bool)
        outside[root] = False
        for _ in range(count - 1):
            distances = squares + squares[here] - 2 * looks @ looks[here]
            closer = outside & (distances < nearest)
            nearest[closer], parent[closer] = distances[closer], here
            here = int(np.where(outside, nearest, np.inf).argmin())
            outside[here] = False
            order.append(here)
        return cls(root, order, parent)
