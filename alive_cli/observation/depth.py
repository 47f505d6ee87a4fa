"""Depth: what of a picture is near and what is far, and how a view displaces it.

A view displaces the picture like a sheet of rubber, which has no holes. So that what is near keeps its shape, it is
widened before its edge is smoothed: what is stretched is then the ground behind it.
"""

import math
from pathlib import Path

import cv2
import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.pictures import read_grey
from alive_cli.media.warping import reduce

MOST_PIXELS = 64_000_000
"""A map of depth has at most so many pixels; displacements are far coarser."""
PROPORTIONS = 0.01
"""The proportions of a map may differ from those of the picture by this share, which rounding explains."""
NEAREST, FARTHEST = 99.0, 1.0
"""These percentiles of a map count as the nearest and the farthest: single pixels may be anything."""
FLAT = 0.01
"""A map whose nearest and farthest differ by less than this share of its largest value says nothing."""
SIDE = 256
"""Displacements are computed on so many cells along the longest side, before they are reduced to the motion grid."""
REACH = 0.04
"""At a view of 1, the nearest and the farthest are shifted against each other by so many longest sides."""
WIDENED = 0.025
"""What is near is widened by so many longest sides, so that its own edge is displaced as it is."""
SMOOTH = 0.03
"""Depth is smoothed by so many longest sides."""
PIVOT = 0.5
"""What is at this depth, 0 far … 1 near, stays where it is."""
RIM = 0.1
"""Displacements across the border of the picture fade over so many longest sides, because nothing lies beyond."""
MOST_STRETCH = 0.45
"""A view stretches or squeezes the picture by at most this anywhere, even in the corners of its range."""


def read_depth(path: Path, size: tuple[int, int]) -> np.ndarray:
    """A map of depth for a picture of width × height `size`: float32 [h, w], 0 far … 1 near.

    Args:
        path: a picture of the same proportions, in which what is near is bright.

    Raises:
        InputError: the file can't be read, has other proportions, or knows no near and far.
    """
    brightness = read_grey(path, MOST_PIXELS)
    height, width = brightness.shape
    if abs(width * size[1] / (height * size[0]) - 1) > PROPORTIONS:
        raise InputError(
            f"{path.name} is {width}×{height} pixels, which is another shape than {size[0]}×{size[1]}; the depth must "
            "show the same picture."
        )
    return normalised(brightness, path.name)


def normalised(nearness: np.ndarray, name: str) -> np.ndarray:
    """Any numbers that are larger for what is nearer, [h, w], as float32 [h, w], 0 far … 1 near.

    Args:
        name: who says so, for the messages.

    Raises:
        InputError: they are not finite, or all about the same.
    """
    if not np.isfinite(nearness).all():
        raise InputError(f"The depth of {name} has numbers that are not finite; give another one.")
    far, near = np.percentile(nearness, (FARTHEST, NEAREST)).astype(float)
    if not near - far > FLAT * float(np.abs(nearness).max()):
        raise InputError(f"The depth of {name} is flat: it knows no near and far; give one in which near is bright.")
    return np.asarray(((nearness - far) / (near - far)).clip(0, 1), np.float32)


def view_displacements(depth: np.ndarray, size: tuple[int, int], grid: tuple[int, int]) -> np.ndarray:
    """How a view of 1 across, and of 1 down, displaces a picture of width × height `size`.

    Args:
        depth: [h, w], 0 far … 1 near.
        grid: columns and rows of the motion grid.

    Returns:
        float32 [2, rows, columns], in longest sides: displacements to the right, and down. What is near moves against
        the view, as it does for somebody who moves.
    """
    longest = max(size)
    width, height = (max(2, round(SIDE * side / longest)) for side in size)
    near = reduce(depth.astype(np.float32), (width, height))
    diameter = 2 * round(WIDENED * SIDE) + 1
    near = cv2.dilate(near, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (diameter, diameter)))
    near = cv2.GaussianBlur(near, (0, 0), SMOOTH * SIDE, borderType=cv2.BORDER_REPLICATE)
    shift = REACH * (near - PIVOT)
    across, down = _inside(width), _inside(height)
    fields = np.stack([reduce(shift * across, grid), reduce(shift * down[:, None], grid)])
    return np.asarray(fields * min(1.0, MOST_STRETCH / max(most_stretch(fields, size), 1e-9)), np.float32)


def most_stretch(fields: np.ndarray, size: tuple[int, int]) -> float:
    """By how much displacements of views, [2, gh, gw], stretch or squeeze a picture of a size at most, over all views.

    A view (x, y) displaces by (x · fields₀, y · fields₁). This is the largest Frobenius norm of its derivatives, which
    bounds how much any length changes.
    """
    _, rows, columns = fields.shape
    cells = columns * max(size) / size[0], rows * max(size) / size[1]
    slopes = [np.square(np.diff(fields, axis=2)) * cells[0] ** 2, np.square(np.diff(fields, axis=1)) * cells[1] ** 2]
    whole = np.zeros((rows, columns))
    for slope in slopes:
        whole[: slope.shape[1], : slope.shape[2]] += slope.sum(0)
    return math.sqrt(float(whole.max()))


def _inside(cells: int) -> np.ndarray:
    """How far displacements along a side of so many cells count, 0 at its ends … 1: float32."""
    away = (np.minimum(np.arange(cells), np.arange(cells)[::-1]) + 0.5) / SIDE
    share = (away / RIM).clip(0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)
