"""Displaced pictures: bilinear sampling, and the arithmetic of displacements on coarse grids (SPEC.md, Drawing).

A grid of a × b cells covers the whole picture and holds its values at the centres of the cells. Displacements are in
units of the picture's longest side, so that they are the same at any size.
"""

from functools import lru_cache

import cv2
import numpy as np

BORDER = cv2.BORDER_REPLICATE
"""Samples outside a picture take the value of its nearest pixel, which is how the format defines them."""


@lru_cache(maxsize=16)
def grid_positions(width: int, height: int) -> np.ndarray:
    """The cells' own positions (column, row): float32 [height, width, 2], read-only, because callers share it."""
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    positions = np.stack([columns, rows], -1)
    positions.flags.writeable = False
    return positions


def grid_coordinates(columns: int, rows: int, picture: tuple[int, int]) -> np.ndarray:
    """Coordinates of the cells' centres of a grid over a picture of width × height `picture`, row by row: float32
    [cells, 2]; the picture's longest side spans −1…1."""
    width, height = picture
    longest = max(width, height)
    x = (2 * (np.arange(columns) + 0.5) / columns - 1) * width / longest
    y = (2 * (np.arange(rows) + 0.5) / rows - 1) * height / longest
    return np.stack(np.meshgrid(x, y), -1).reshape(-1, 2).astype(np.float32)


def cell_sizes(width: int, height: int, picture: tuple[int, int]) -> np.ndarray:
    """Cells of a grid that one longest side of a picture of width × height `picture` spans: float32 [2], across and
    down."""
    longest = max(picture)
    return np.array([width * longest / picture[0], height * longest / picture[1]], np.float32)


def sample(values: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Sample bilinearly: values [H, W] or [H, W, C], uint8 or float32, at positions (column, row) float32 [h, w, 2]."""
    # Its types don't know that the second map may be None.
    return np.asarray(cv2.remap(values, positions, None, cv2.INTER_LINEAR, borderMode=BORDER))  # type: ignore[call-overload]


def resize(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Values [H, W] or [H, W, C] interpolated bilinearly at the cells of a grid of width × height `size`."""
    if values.shape[1::-1] == size:
        return values
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_LINEAR))


def reduce(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Values [H, W] or [H, W, C] averaged over the areas of the cells of a grid of width × height `size`."""
    if values.shape[1::-1] == size:
        return values
    return np.asarray(cv2.resize(np.ascontiguousarray(values), size, interpolation=cv2.INTER_AREA))


def compose(first: np.ndarray, second: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Displacement of moving by `first` and, from there, by `second`: float32 [h, w, 2] each, in longest sides.

    Args:
        cells: cells that a longest side spans, as `cell_sizes` gives them.
    """
    height, width = first.shape[:2]
    there: np.ndarray = first + sample(second, grid_positions(width, height) + first * cells)
    return there


def inverse(displacement: np.ndarray, cells: np.ndarray, rounds: int = 8) -> np.ndarray:
    """The displacement that leads back, float32 [h, w, 2], by fixed-point iteration (Chen et al. 2008, "A simple
    fixed-point approach to invert a deformation field")."""
    height, width = displacement.shape[:2]
    own = grid_positions(width, height)
    back = np.zeros_like(displacement)
    for _ in range(rounds):
        back = -sample(displacement, own + back * cells)
    return back
