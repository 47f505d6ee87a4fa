"""Motion-compensated pictures between the frames of a clip."""

from collections.abc import Callable

import numpy as np

AGREEMENT = 0.9
"""The two warped frames must differ by less than this share of what the frames themselves differ by."""
MIN_SIDE = 32
"""Optical flow needs patches; smaller pictures get no in-betweens."""


def motion_compensated(
    frames: np.ndarray, on_frame: Callable[[int], None] | None = None, limit: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Pictures halfway in time between neighbouring frames, what moves moved half the way.

    Both frames are warped halfway along the dense inverse search flow (Kroeger et al. 2016, "Fast
    optical flow using dense inverse search") and averaged. Where warping doesn't bring the two
    together (a cut, something that appears), there is no picture.

    Args:
        frames: uint8 [N, H, W, 3].
        on_frame: told how many of the N−1 gaps are done.
        limit: at most so many pictures, evenly spread over the clip.

    Returns:
        Pictures, uint8 [M, H, W, 3], M ≤ N−1, and for each the number of the frame before it, int64 [M].
    """
    import cv2

    count, height, width = frames.shape[:3]
    chosen = np.arange(count - 1)
    if limit is not None and limit < len(chosen):
        chosen = np.unique(np.linspace(0, count - 2, limit).round().astype(np.int64))
    if min(height, width) < MIN_SIDE:
        chosen = chosen[:0]
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)

    def warped(frame: np.ndarray, motion: np.ndarray) -> np.ndarray:
        x, y = columns - motion[..., 0] / 2, rows - motion[..., 1] / 2
        moved = cv2.remap(frame, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        return moved.astype(np.int16)

    pictures, places = [], []
    for done, number in enumerate(chosen, 1):
        before, after = frames[number], frames[number + 1]
        greys = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (before, after)]
        # A flow of its own for each call: what is in the array is taken as the first guess.
        there = flow.calc(greys[0], greys[1], np.zeros((height, width, 2), np.float32))
        back = flow.calc(greys[1], greys[0], np.zeros((height, width, 2), np.float32))
        first, second = warped(before, there), warped(after, back)
        apart = np.abs(before.astype(np.int16) - after).mean()
        if np.abs(first - second).mean() < AGREEMENT * apart:
            pictures.append(((first + second + 1) // 2).clip(0, 255).astype(np.uint8))
            places.append(number)
        if on_frame:
            on_frame(done)
    drawn = np.stack(pictures) if pictures else np.empty((0, *frames.shape[1:]), np.uint8)
    return drawn, np.array(places, np.int64)
