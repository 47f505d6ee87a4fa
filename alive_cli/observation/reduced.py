"""The frames of a clip at the reduced sizes on which motion is looked for, read once."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from alive_cli.media.warping import reduce
from alive_cli.observation.flow import FlowField
from alive_cli.observation.parallel import in_threads
from alive_cli.progress import Progress, silent

READING_STAGE = "Looking at the motion"
"""The progress bar shows this text while the frames are reduced."""
FINE_SIDE = 640
"""The motion between neighbours is found on pictures of at most so many pixels on their longest side."""
COARSE_SIDE = 256
"""The motion between frames that look alike is found on smaller ones, because it is large and the modes are coarse."""
LOOK_SIDE = 32
"""A frame's look is its colours on a grid of so many cells on the longest side."""
MOST_BYTES = 400 << 20
"""The fine grey pictures of a clip take at most so much memory; those of a longer clip are smaller."""


@dataclass(frozen=True)
class ReducedClip:
    """N frames at three reduced sizes."""

    fine: FlowField
    coarse: FlowField
    looks: np.ndarray
    """float32 [N, cells·3], 0…255."""

    @classmethod
    def of(
        cls, frames: np.ndarray, progress: Progress = silent, look_size: tuple[int, int] | None = None
    ) -> "ReducedClip":
        """Reduce frames, uint8 [N, H, W, 3], N ≥ 1.

        Args:
            look_size: width and height of the looks in cells, if the frames were reduced before.
        """
        count, height, width = frames.shape[:3]
        longest = max(width, height)
        affordable = longest * math.sqrt(MOST_BYTES / (count * width * height))
        fine, coarse, look = (
            within(width, height, side) for side in (min(FINE_SIDE, affordable), COARSE_SIDE, LOOK_SIDE)
        )
        fines = np.empty((count, *fine[::-1]), np.uint8)
        coarses = np.empty((count, *coarse[::-1]), np.uint8)

        def work(number: int) -> None:
            picture = reduce(np.ascontiguousarray(frames[number]), fine)
            fines[number] = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
            coarses[number] = reduce(fines[number], coarse)
            looks[number] = reduce(picture.astype(np.float32), look).reshape(-1)

        look = look_size or look
        looks = np.empty((count, look[0] * look[1] * 3), np.float32)
        for done, _ in enumerate(in_threads(work, range(count)), 1):
            progress(READING_STAGE, done, count)
        return cls(FlowField(fines, (width, height)), FlowField(coarses, (width, height)), looks)


def within(width: int, height: int, side: float) -> tuple[int, int]:
    """A size in the proportions of width × height with at most `side` pixels on its longest side, never larger."""
    scale = min(1.0, side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))
