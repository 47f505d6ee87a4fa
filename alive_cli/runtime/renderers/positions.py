"""Where the pixels of a picture lie in a keyframe, from displacements on a coarse grid."""

import cv2
import numpy as np

LEAST_CELLS = 8
"""A grid with fewer cells a side has no rim, which would take as much memory as the picture itself."""


class Positions:
    """Where the pixels of a picture lie in a keyframe, from displacements on a coarse grid."""

    def __init__(self, size: tuple[int, int], source: tuple[int, int], grid: tuple[int, int]) -> None:
        """Prepare for pictures, keyframes, and a grid, of width × height each."""
        self._margin = (0, 0)
        self._base = _centres(size, source)
        if min(grid) >= LEAST_CELLS and size[0] % grid[0] == 0 and size[1] % grid[1] == 0:
            # Interpolation keeps a linear function, so the pixels' own positions are added to the few cells; a rim of
            # one cell replaces the borders, where it would not.
            self._margin = (size[0] // grid[0], size[1] // grid[1])
            self._base = _centres(grid, source, rim=1)
        self._size = size

    def room(self) -> np.ndarray:
        """Memory for the positions of one keyframe."""
        width, height = (side + 2 * margin for side, margin in zip(self._size, self._margin, strict=True))
        return np.empty((height, width, 2), np.float32)

    def write(self, displacement: np.ndarray, room: np.ndarray) -> None:
        """Fill `room` by a displacement, [gh, gw, 2], in pixels of the keyframe."""
        if self._margin[0]:
            resize_into(np.pad(displacement, ((1, 1), (1, 1), (0, 0)), "edge") + self._base, room)
        else:
            resize_into(displacement, room)
            cv2.add(room, self._base, dst=room)

    def of(self, room: np.ndarray) -> np.ndarray:
        """The positions, float32 [H, W, 2], that were written."""
        across, down = self._margin
        return room[down : down + self._size[1], across : across + self._size[0]]


def _centres(size: tuple[int, int], source: tuple[int, int], rim: int = 0) -> np.ndarray:
    """Where the centres of width × height cells, and of a rim around them, lie in a keyframe: float32 [h, w, 2]."""
    x, y = (
        (np.arange(-rim, side + rim) + 0.5) / side * pixels - 0.5 for side, pixels in zip(size, source, strict=True)
    )
    return np.stack(np.meshgrid(x, y), -1).astype(np.float32)


def resize_into(grid: np.ndarray, whole: np.ndarray) -> None:
    """Interpolate a grid, [h, w, C], at the size of `whole`, [H, W, C]."""
    cv2.resize(grid, whole.shape[1::-1], dst=whole, interpolation=cv2.INTER_LINEAR)
