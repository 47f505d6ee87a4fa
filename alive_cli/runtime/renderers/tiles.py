"""The tiles of a picture: which of them may move."""

from collections.abc import Iterator
from enum import Enum

import numpy as np

TILE_HEIGHT, TILE_WIDTH = 48, 640
"""A picture is drawn in tiles of at most so many pixels, which stay in the cache: with twice as many each step took
five times as long."""
BLOCK_WIDTH = 64
"""A block of so many columns of a tile is left out if nothing in it ever moves."""


class Kind(Enum):
    """What is seen at a place."""

    STILL, BLENDED, DRAWN = range(3)


def places_of(
    size: tuple[int, int], least: np.ndarray | None, most: np.ndarray | None
) -> Iterator[tuple[tuple[slice, slice], Kind]]:
    """The places, rows and columns, that make up a picture of width × height `size`, and what is seen there.

    Args:
        least, most: how much is ever seen of the drawn picture, 0…1 [H, W]; None for all of it.
    """
    width, height = size
    for top in range(0, height, TILE_HEIGHT):
        rows = slice(top, min(top + TILE_HEIGHT, height))
        begin, before = 0, None
        for left in range(0, width + BLOCK_WIDTH, BLOCK_WIDTH):
            kind = None
            if left < width:
                block = rows, slice(left, left + BLOCK_WIDTH)
                kind = Kind.DRAWN if least is None or most is None else _kind(least[block], most[block])
            if kind != before or left - begin >= TILE_WIDTH:
                if before is not None:
                    yield (rows, slice(begin, min(left, width))), before
                begin, before = left, kind


def _kind(least: np.ndarray, most: np.ndarray) -> Kind:
    return Kind.DRAWN if (least == 1).all() else Kind.BLENDED if most.any() else Kind.STILL
