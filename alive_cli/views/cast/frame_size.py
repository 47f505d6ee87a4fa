"""The size of what is sent, and how pictures of a scene are fitted into it."""

import re
from dataclasses import dataclass

import cv2
import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.alpha import premultiplied, straight
from alive_cli.threads import usable_cores
from alive_cli.views.crop import ABOVE, share_above
from bundle_spec.limits import MAX_PICTURE_SIDE

LEAST_SIDE, MOST_SIDE = 16, 4096
"""Frames have sides of so many pixels: programs refuse smaller ones, and none plays larger ones live."""
LONGEST = 1280
"""The longest side of a frame that has the proportions of the scene, unless somebody chooses otherwise."""
NEARLY = 2
"""A picture that leaves so few pixels free fills the frame: nobody wants a bar of one pixel."""
PIXELS_A_THREAD = 1 << 19
"""A thread draws about so many pixels: fewer pixels in more threads only cost more."""

_SIDES = re.compile(r"\s*([0-9]{1,6})\s*(?:[x×*]\s*([0-9]{1,6})\s*)?", re.IGNORECASE)


def read_size(text: str, own: tuple[int, int]) -> tuple[int, int]:
    """Width and height that a user wrote: both, as 1280x720, or the longest side, as 720. Both are even.

    Args:
        own: width and height of the scene, whose proportions count where only one side is written.

    Raises:
        InputError: it is no size, or one that programs refuse.
    """
    match = _SIDES.fullmatch(text)
    if match is None:
        raise InputError(f"{text!r} is no size; write width and height as 1280x720, or the longest side as 720.")
    if match[2] is None:
        return own_size(own, _within(int(match[1])))
    width, height = _within(int(match[1])), _within(int(match[2]))
    if (width, height) != (round_even := even((width, height))):
        raise InputError(
            f"Frames of {width}×{height} can't be cast, because both sides must be even; choose "
            f"{round_even[0]}x{round_even[1]}."
        )
    return width, height


def own_size(own: tuple[int, int], longest: int | None = None) -> tuple[int, int]:
    """The size of frames that have a scene's proportions, with even sides; by default its own up to LONGEST."""
    scale = (longest or min(LONGEST, max(own))) / max(own)
    return even((round(own[0] * scale), round(own[1] * scale)))


def even(size: tuple[int, int]) -> tuple[int, int]:
    """A size with even sides, at least LEAST_SIDE: cameras and NDI share one colour among two pixels."""
    width, height = (max(LEAST_SIDE, side - side % 2) for side in size)
    return width, height


def _within(side: int) -> int:
    if not LEAST_SIDE <= side <= MOST_SIDE:
        raise InputError(f"A side can't have {side} pixels; choose from {LEAST_SIDE} to {MOST_SIDE}.")
    return side


@dataclass(frozen=True)
class Fitting:
    """How pictures of a scene lie in a frame."""

    frame: tuple[int, int]
    """Width and height of the frame."""
    drawn: tuple[int, int]
    """Width and height at which the scene is drawn: what is seen of it, or its own size if that is smaller."""
    place: tuple[slice, slice]
    """The rows and columns of the frame that show it."""
    share: tuple[float, float]
    """How much of the picture's width and height is seen, 0…1."""
    above: float = ABOVE
    """The share of the rows that are not seen, 0…1, which lies above; of the columns, half is on each side."""

    @property
    def threads(self) -> int:
        """How many threads draw a picture best, of those that this machine runs at once."""
        return min(usable_cores(), -(-self.drawn[0] * self.drawn[1] // PIXELS_A_THREAD))

    def put(self, picture: np.ndarray, frame: np.ndarray) -> None:
        """Put a picture, uint8 [h, w, C], straight, into a frame, uint8 [H, W, C]. Bars stay as they are."""
        height, width = picture.shape[:2]
        columns, rows = max(1, round(width * self.share[0])), max(1, round(height * self.share[1]))
        left, top = (width - columns) // 2, int((height - rows) * self.above)
        seen, place = picture[top : top + rows, left : left + columns], frame[self.place]
        if seen.shape == place.shape:
            place[:] = seen
        elif picture.shape[2] == 4:
            # Colours that are not seen must not blend into their neighbours.
            size = place.shape[1::-1]
            place[:] = straight(cv2.resize(premultiplied(seen), size, interpolation=cv2.INTER_LINEAR))
        else:
            cv2.resize(seen, place.shape[1::-1], dst=place, interpolation=cv2.INTER_CUBIC)


def fitted(own: tuple[int, int], frame: tuple[int, int], *, cover: bool = False, alpha: bool = False) -> Fitting:
    """How a scene of width and height `own` lies in a frame: all of it is seen, or, to `cover` the frame, a part.

    Pictures without alpha are drawn no larger than the scene's own size, and enlarged: that looks the same and costs
    less. None is drawn larger than a scene draws at all.
    """
    width, height = own
    scales = frame[0] / width, frame[1] / height
    scale = max(scales) if cover else min(scales)
    whole = [max(1, round(side * scale)) for side in (width, height)]
    whole = [side if abs(side - full) > NEARLY else full for side, full in zip(whole, frame, strict=True)]
    seen = [min(side, full) for side, full in zip(whole, frame, strict=True)]
    left, top = ((full - side) // 2 for side, full in zip(seen, frame, strict=True))
    share = min(1.0, MAX_PICTURE_SIDE / max(whole))
    largest = max(1, round(whole[0] * share)), max(1, round(whole[1] * share))
    drawn = own if whole[0] * whole[1] > width * height and not alpha else largest
    return Fitting(
        frame,
        drawn,
        (slice(top, top + seen[1]), slice(left, left + seen[0])),
        (seen[0] / whole[0], seen[1] / whole[1]),
        share_above(own),
    )
