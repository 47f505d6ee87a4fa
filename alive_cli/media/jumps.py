"""Where decoding a file begins anew, when the frames that are wanted lie far apart."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from alive_cli.media.probe import VideoInfo

OPENING, OPENING_PER_PACKET = 0.2, 1e-6
"""Seconds that it takes to start ffmpeg and to read a file's index; measured on two slow cores, like those below."""
DECODING, PIXELS_PER_SECOND = 6e-5, 250e6
"""Seconds for the smallest frame, and how many pixels of larger ones a second decodes."""
_TICK = 1e-4
"""Less than the time between any two frames, more than the rounding of timestamps to whole microseconds."""


@dataclass(frozen=True)
class Run:
    """Wanted frames, from start to before stop, that one ffmpeg process delivers."""

    start: int
    stop: int
    seek: float | None
    """The second at which its first frame appears, where ffmpeg is to go there; it sets its clock to 0 then."""


def jumps(info: VideoInfo, *, start: float, fps: float, frames: int) -> list[Run]:
    """Wanted frames in runs; each but the first begins at a key frame so far behind the frame before it that to open
    the file again costs less than to decode what lies between."""
    if info.packets is None or not info.seekable or not len(info.packets.times):
        return [Run(0, frames, None)]
    times = info.packets.times
    moments = start + (np.arange(frames) + 0.5) / fps
    # A frame that appears exactly in the middle comes too late for it, as in ffmpeg's own choice.
    shown = np.maximum(np.searchsorted(times, moments - _TICK, "right") - 1, 0)
    keys = np.flatnonzero(info.packets.keys)
    begins = keys[np.maximum(np.searchsorted(keys, shown, "right") - 1, 0)] if len(keys) else np.zeros_like(shown)
    skipped = begins - np.concatenate([[0], shown[:-1]])
    pays = skipped > paying(info)
    bounds = [0, *(int(place) for place in np.flatnonzero(pays) if place), frames]
    return [Run(first, last, float(times[shown[first]]) if pays[first] else None) for first, last in pairwise(bounds)]


def paying(info: VideoInfo) -> float:
    """How many frames take as long to decode as to open the file again."""
    packets = len(info.packets.times) if info.packets else 0
    opening = OPENING + OPENING_PER_PACKET * packets
    return opening / (DECODING + info.width * info.height / PIXELS_PER_SECOND)
