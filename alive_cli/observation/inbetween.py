"""Motion-compensated pictures between two frames: neighbours in a clip, or the ends of a jump."""

from collections.abc import Callable

import numpy as np

AGREEMENT = 0.9
"""The two warped frames must differ by less than this share of the difference between the frames themselves."""
MIN_SIDE = 32
"""Smaller pictures, in pixels a side, get no in-betweens, because optical flow needs patches."""


class Morpher:
    """Warps two frames toward each other along the dense inverse search flow (Kroeger et al. 2016, "Fast
    optical flow using dense inverse search")."""

    def __init__(self, height: int, width: int, *, far: bool = False) -> None:
        """Prepare for frames of a size; `far` searches longer, for frames that are no neighbours in time."""
        import cv2

        preset = cv2.DISOPTICAL_FLOW_PRESET_MEDIUM if far else cv2.DISOPTICAL_FLOW_PRESET_FAST
        self._cv2 = cv2
        self._flow = cv2.DISOpticalFlow.create(preset)
        self._rows, self._columns = np.mgrid[:height, :width].astype(np.float32)

    def between(self, before: np.ndarray, after: np.ndarray, share: float) -> np.ndarray | None:
        """The picture at a share, 0…1, of the way between two frames, uint8 [H, W, 3] each.

        It is None if the warped frames don't agree, as at a cut or where something appears.
        """
        greys = [self._cv2.cvtColor(frame, self._cv2.COLOR_RGB2GRAY) for frame in (before, after)]
        first = self._warped(before, self._motion(greys[0], greys[1]), share)
        second = self._warped(after, self._motion(greys[1], greys[0]), 1 - share)
        apart = np.abs(before.astype(np.int16) - after).mean()
        if np.abs(first - second).mean() >= AGREEMENT * apart:
            return None
        mixed: np.ndarray = np.rint((1 - share) * first + share * second).clip(0, 255).astype(np.uint8)
        return mixed

    def _motion(self, here: np.ndarray, there: np.ndarray) -> np.ndarray:
        # A new array for each call, because OpenCV starts its search from the content.
        return np.asarray(self._flow.calc(here, there, np.zeros((*here.shape, 2), np.float32)))

    def _warped(self, frame: np.ndarray, motion: np.ndarray, share: float) -> np.ndarray:
        x, y = self._columns - share * motion[..., 0], self._rows - share * motion[..., 1]
        moved = self._cv2.remap(frame, x, y, self._cv2.INTER_CUBIC, borderMode=self._cv2.BORDER_REPLICATE)
        return np.asarray(moved, np.float32).clip(0, 255)


def motion_compensated(
    frames: np.ndarray, room: np.ndarray, on_frame: Callable[[int], None] | None = None
) -> np.ndarray:
    """Draw pictures halfway in time between neighbouring frames, in which things have moved half the way.

    Args:
        frames: uint8 [N, H, W, 3].
        room: uint8 [R, H, W, 3], whose first M ≤ min(R, N−1) become the pictures, evenly spread over the clip.
        on_frame: receives the number of gaps that are done.

    Returns:
        The number of the frame before each picture, int64 [M].
    """
    count, height, width = frames.shape[:3]
    chosen = np.arange(count - 1)
    if len(room) < len(chosen):
        chosen = np.unique(np.linspace(0, count - 2, len(room)).round().astype(np.int64))
    if min(height, width) < MIN_SIDE:
        chosen = chosen[:0]
    places: list[int] = []
    morpher = Morpher(height, width)
    for done, number in enumerate(chosen, 1):
        picture = morpher.between(frames[number], frames[number + 1], 0.5)
        if picture is not None:
            room[len(places)] = picture
            places.append(number)
        if on_frame:
            on_frame(done)
    return np.array(places, np.int64)


def morphed(
    frames: np.ndarray,
    pairs: np.ndarray,
    shares: np.ndarray,
    room: np.ndarray,
    on_pair: Callable[[int], None] | None = None,
) -> np.ndarray:
    """Draw pictures on the way from one frame to another, for jumps.

    Args:
        frames: uint8 [N, H, W, 3].
        pairs: int64 [J, S, 2], the frames that each of the S pictures of a jump lies between.
        shares: [J, S], 0…1: position of each picture between its two frames.
        room: uint8 [at least J·S, H, W, 3], whose first K·S become the pictures, jump by jump.
        on_pair: receives the number of jumps that are done.

    Returns:
        Numbers of the K jumps that could be drawn, int64 [K].
    """
    height, width = frames.shape[1:3]
    drawn: list[int] = []
    morpher = Morpher(height, width, far=True)
    for number, (ends, places) in enumerate(zip(pairs, shares, strict=True)):
        if min(height, width) >= MIN_SIDE:
            pictures = [
                frames[a] if np.array_equal(frames[a], frames[b]) else morpher.between(frames[a], frames[b], float(s))
                for (a, b), s in zip(ends, places, strict=True)
            ]
            if all(picture is not None for picture in pictures):
                first = len(drawn) * len(pictures)
                for place, picture in enumerate(pictures, first):
                    room[place] = picture
                drawn.append(number)
        if on_pair:
            on_pair(number + 1)
    return np.array(drawn, np.int64)
