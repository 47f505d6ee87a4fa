"""Where the pixels of a picture lie in a keyframe, from displacements on a coarse grid."""

from dataclasses import dataclass

import cv2
import numpy as np

CHUNK_PRODUCTS = 1 << 17
"""Matrix products are taken in chunks of at most about so many multiplications: a larger one makes the threads of
numpy's library wait busily for more, and everything else gets half as fast."""


@dataclass(frozen=True)
class Band:
    """How some rows of a picture are interpolated between rows of a grid."""

    rows: slice
    """The rows of the grid, with its rim."""
    weights: np.ndarray
    """float32 [rows of the picture, rows of the grid]."""


class Positions:
    """Where the pixels of a picture lie in a keyframe, from displacements on a coarse grid.

    Rows of the grid are interpolated across once for a picture, and down once for a tile: so a picture's positions are
    never all in memory at once. A rim of one row above and below lets the pixels' own positions be added to the few
    rows of the grid, because interpolation keeps a linear function.
    """

    def __init__(self, size: tuple[int, int], source: tuple[int, int], grid: tuple[int, int]) -> None:
        """Prepare for pictures, keyframes, and a grid, of width × height each."""
        self._width, self._grid_rows = size[0], grid[1]
        self._own = (
            _centres(np.arange(size[0]), size[0], source[0]),
            _centres(np.arange(-1, grid[1] + 1), grid[1], source[1])[:, None],
        )
        self._down = _centres(np.arange(size[1]), size[1], grid[1]) + 1

    def room(self) -> np.ndarray:
        """Memory for the positions of one keyframe: two numbers for each row of the grid, rim included, and column."""
        return np.empty((2, self._grid_rows + 2, self._width), np.float32)

    def write(self, displacement: np.ndarray, room: np.ndarray) -> None:
        """Fill `room` by a displacement, [gh, gw, 2], in pixels of the keyframe."""
        for axis, (plane, own) in enumerate(zip(room, self._own, strict=True)):
            inner = plane[1:-1]
            values = np.ascontiguousarray(displacement[..., axis], np.float32)
            cv2.resize(values, inner.shape[::-1], dst=inner, interpolation=cv2.INTER_LINEAR)
            plane[0], plane[-1] = inner[0], inner[-1]
            plane += own

    def band(self, rows: slice) -> Band:
        """How rows of the picture are interpolated."""
        down = self._down[rows]
        above = np.floor(down).astype(int)
        first, count = above[0], above[-1] - above[0] + 2
        weights = np.zeros((len(down), count), np.float32)
        places = np.arange(len(down))
        weights[places, above - first] = 1 - (down - above)
        weights[places, above - first + 1] = down - above
        return Band(slice(first, first + count), weights)

    def read(self, room: np.ndarray, band: Band, columns: slice, into: np.ndarray) -> None:
        """Write the positions of a tile, columns before rows, into float32 [2, height, width]."""
        step = max(1, CHUNK_PRODUCTS // band.weights.size)
        for plane, tile in zip(room[:, band.rows, columns], into, strict=True):
            for first in range(0, plane.shape[1], step):
                np.matmul(band.weights, plane[:, first : first + step], out=tile[:, first : first + step])


def _centres(cells: np.ndarray, count: int, pixels: int) -> np.ndarray:
    """Where the centres of cells of `count` over a side lie among `pixels` pixels: float32."""
    return ((cells + 0.5) / count * pixels - 0.5).astype(np.float32)
