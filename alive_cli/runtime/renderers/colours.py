"""The colours of a picture: the colour modes' sum on a grid, and its interpolation at the pixels of a tile."""

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from alive_cli.media.warping import BORDER, cell_sizes, grid_positions, sample
from alive_cli.runtime.renderers.positions import CHUNK_PRODUCTS
from bundle_spec.manifest import Warp

CHANNELS = 4
"""Pictures are mixed with so many channels, because OpenCV samples four twice as fast as three."""
LARGEST = 1e30
"""Weights and colours count up to so much, so that no sum overflows: a picture is black or white long before."""
BAND_CELLS = 1 << 12
"""A thread sums up the colours of about so many cells at once."""
COARSE = 2
"""Coarse pictures sum up colours on a grid of so many times fewer cells each way, which takes most of their time."""
MOST_ENLARGED = 8
"""If a cell is at most so many pixels wide and high, and a whole number of them, the cells under a tile are enlarged
as they are, which takes half as long as sampling them."""


class Colours:
    """The colours of one picture at a time, and memory for them."""

    def __init__(self, warp: Warp, size: tuple[int, int], *, coarse: bool = False) -> None:
        """Prepare for pictures of width × height `size`. A `coarse` grid has COARSE times fewer cells each way."""
        self._warp = warp
        width, height = warp.colour_grid
        if coarse:
            width, height = -(-width // COARSE), -(-height // COARSE)
        self._across, self._down = width, height
        self._reduced: np.ndarray | None = None
        """The colour modes on the coarse grid, if they were reduced to it."""
        self._planes = np.zeros((CHANNELS, height, width), np.float32)
        self._sum = np.empty((height, width, CHANNELS), np.float32)
        self.grid = self._sum
        """The sum on its grid, moved if it was moved: float32 [ch, cw, 4], the last of the four 0."""
        step = max(1, BAND_CELLS // width)
        self._bands = [slice(top, min(top + step, height)) for top in range(0, height, step)]
        self._cells = width / size[0], height / size[1]
        across, down = size[0] // width, size[1] // height
        even = (across * width, down * height) == size and max(across, down) <= MOST_ENLARGED
        self._pixels = (across, down) if even else None

    def works(self, modes: np.ndarray, coefficients: np.ndarray) -> list[Callable[[], None]]:
        """What sums up the colour modes, float32 [R, cells], by their coefficients, float32 [3, R]. It may be done in
        any order, by several threads."""
        self.grid = self._sum
        if modes.shape[1] != self._across * self._down:
            if self._reduced is None:
                self._reduced = self._reduce(modes)
            modes = self._reduced
        return [partial(self._add_up, modes, coefficients, rows) for rows in self._bands]

    def _reduce(self, modes: np.ndarray) -> np.ndarray:
        """Colour modes, float32 [R, cells], on the coarse grid."""
        width, height = self._warp.colour_grid
        planes, size = modes.reshape(-1, height, width), (self._across, self._down)
        return np.stack([cv2.resize(plane, size, interpolation=cv2.INTER_AREA).ravel() for plane in planes])

    @np.errstate(over="ignore", invalid="ignore")
    def _add_up(self, modes: np.ndarray, coefficients: np.ndarray, rows: slice) -> None:
        width = self._planes.shape[2]
        planes = self._planes.reshape(CHANNELS, -1)[: len(coefficients)]
        step = max(1, CHUNK_PRODUCTS // coefficients.size)
        for first in range(rows.start * width, rows.stop * width, step):
            cells = slice(first, min(first + step, rows.stop * width))
            np.matmul(coefficients, modes[:, cells], out=planes[:, cells])
        total = self._sum[rows]
        cv2.merge(list(self._planes[:, rows]), dst=total)
        if not np.isfinite(total.sum()):
            total[:] = np.nan_to_num(total).clip(-LARGEST, LARGEST)

    def move(self, displacement: np.ndarray) -> None:
        """Move the sum by a displacement on the motion grid, in longest sides, [gh, gw, 2]."""
        width, height = self._across, self._down
        cells = cell_sizes(width, height, (self._warp.width, self._warp.height))
        whole = cv2.resize(displacement * cells, (width, height), interpolation=cv2.INTER_LINEAR)
        self.grid = sample(self._sum, grid_positions(width, height) + whole)

    def room(self, tile: tuple[int, int]) -> np.ndarray:
        """Memory for the colours of tiles of at most width × height `tile`."""
        across, down = self._pixels or (0, 0)
        return np.empty((tile[0] + 4 * across) * (tile[1] + 4 * down) * CHANNELS, np.float32)

    def read(self, place: tuple[slice, slice], room: np.ndarray) -> np.ndarray:
        """The colours of a tile's rows and columns, 0…255, float32 [height, width, 4]: a part of `room`."""
        if self._pixels is None:
            return self._sampled(place, room)
        height, width = self.grid.shape[:2]
        columns, left = _under(place[1], self._pixels[0], width)
        rows, above = _under(place[0], self._pixels[1], height)
        cells = self.grid[rows, columns]
        whole = _part(room, (cells.shape[0] * self._pixels[1], cells.shape[1] * self._pixels[0]))
        cv2.resize(cells, whole.shape[1::-1], dst=whole, interpolation=cv2.INTER_LINEAR)
        return whole[above : above + _length(place[0]), left : left + _length(place[1])]

    def _sampled(self, place: tuple[slice, slice], room: np.ndarray) -> np.ndarray:
        (across, down), (rows, columns) = self._cells, place
        affine = np.array(
            [[across, 0, (columns.start + 0.5) * across - 0.5], [0, down, (rows.start + 0.5) * down - 0.5]]
        )
        tile = _part(room, (_length(rows), _length(columns)))
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cv2.warpAffine(self.grid, affine, tile.shape[1::-1], dst=tile, flags=flags, borderMode=BORDER)
        return tile


def _under(pixels: slice, each: int, count: int) -> tuple[slice, int]:
    """The cells of `each` pixels under some pixels, and one more at both ends where there is one; and how many pixels
    of theirs come before."""
    first, last = max(0, pixels.start // each - 1), min(count, -(-pixels.stop // each) + 1)
    return slice(first, last), pixels.start - first * each


def _part(room: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The beginning of `room` as float32 [height, width, 4]."""
    return room[: size[0] * size[1] * CHANNELS].reshape(*size, CHANNELS)


def _length(part: slice) -> int:
    return int(part.stop - part.start)
