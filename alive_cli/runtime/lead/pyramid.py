"""Pictures of a lead as the registration compares them: reduced, grey, without slow shading, at three sizes.

Everything here is plain arithmetic in double precision, so that other players can do the same.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from alive_cli.media.region import Region

SIDE = 128
"""The longest side of a reduced picture in pixels: at 160 nothing is gained, at 96 a quarter of a decibel is lost."""
LEVELS = 3
"""Each level has half the size of the one before, so that motion of an eighth of the picture is seen at the last."""
AROUND = 7
"""From each pixel the mean of those up to so many pixels around it is subtracted, so that light and shade that change
slowly across the picture are no motion."""
LOOK_SIDE = 16
"""Pictures that look alike are searched for at this size in pixels, across and down."""
GREY = (0.299, 0.587, 0.114)
"""Shares of red, green and blue in the brightness (ITU-R BT.601)."""


def fitted(picture: np.ndarray, region: Region, proportions: tuple[float, float]) -> np.ndarray:
    """The middle of a region of a picture, [H, W, 3], as large as possible in the proportions width : height."""
    height, width = picture.shape[:2]
    across, down = region.width * width, region.height * height
    scale = min(across / proportions[0], down / proportions[1])
    w, h = max(1, _rounded(proportions[0] * scale)), max(1, _rounded(proportions[1] * scale))
    left = min(max(0, _rounded(region.x * width + (across - w) / 2)), max(0, width - w))
    top = min(max(0, _rounded(region.y * height + (down - h) / 2)), max(0, height - h))
    return picture[top : top + h, left : left + w]


def reduced_size(proportions: tuple[float, float]) -> tuple[int, int]:
    """Width and height of reduced pictures: multiples of four, so that they can be halved twice."""
    step = 1 << (LEVELS - 1)
    scale = SIDE / max(proportions) / step
    width, height = (max(step, step * _rounded(each * scale)) for each in proportions)
    return width, height


def _rounded(value: float) -> int:
    """The nearest whole number; the larger one of two, as in other languages."""
    return math.floor(value + 0.5)


@dataclass(frozen=True)
class Level:
    """One size of a picture."""

    brightness: np.ndarray
    """Differences from the mean around, float64 [h, w], in levels of 255."""

    @cached_property
    def slopes(self) -> tuple[np.ndarray, np.ndarray]:
        """Half of the differences of the neighbours across and down, whole ones at the borders: [h, w] each."""
        return _slope(self.brightness, 1), _slope(self.brightness, 0)


@dataclass(frozen=True)
class Pyramid:
    """A picture at all sizes, the largest first."""

    levels: tuple[Level, ...]
    look: np.ndarray
    """The picture at LOOK_SIDE without its mean, float64 [LOOK_SIDE²]."""

    @classmethod
    def of(cls, picture: np.ndarray, size: tuple[int, int], *, mirrored: bool = False) -> "Pyramid":
        """The pyramid of a picture, uint8 [H, W, 3].

        Args:
            size: width and height of the largest level, as `reduced_size` gives them.
            mirrored: exchange left and right.
        """
        # Means over areas, also of parts of pixels; a picture that is smaller is interpolated.
        small = cv2.resize(np.ascontiguousarray(picture), size, interpolation=cv2.INTER_AREA).astype(np.float64)
        grey = small[..., 0] * GREY[0] + small[..., 1] * GREY[1] + small[..., 2] * GREY[2]
        grey = grey[:, ::-1] if mirrored else grey
        look = cv2.resize(grey, (LOOK_SIDE, LOOK_SIDE), interpolation=cv2.INTER_AREA).reshape(-1)
        levels = []
        for number in range(LEVELS):
            rows, columns = size[1] >> number, size[0] >> number
            grey = grey.reshape(rows, len(grey) // rows, columns, -1).mean((1, 3))
            levels.append(Level(grey - mean_around(grey, AROUND)))
        return cls(tuple(levels), look - look.mean())


def _slope(values: np.ndarray, axis: int) -> np.ndarray:
    """The slopes of values [h, w] along an axis; zeros along one pixel."""
    return np.asarray(np.gradient(values, axis=axis)) if values.shape[axis] > 1 else np.zeros_like(values)


def mean_around(values: np.ndarray, reach: int) -> np.ndarray:
    """The means of values [h, w] over squares of up to `reach` pixels around each, as far as they are inside."""
    for _ in range(2):
        sums = np.concatenate([np.zeros((1, values.shape[1])), values.cumsum(0)])
        places = np.arange(len(values))
        first, end = np.maximum(places - reach, 0), np.minimum(places + reach + 1, len(values))
        values = ((sums[end] - sums[first]) / (end - first)[:, None]).T
    return values
