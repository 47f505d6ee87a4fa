"""Where decoding a file starts again, when the planned frames lie far apart."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from alive_cli.media.probe import VideoInfo

OPENING, OPENING_PER_PACKET = 0.2, 1e-6
"""Starting ffmpeg takes so many seconds, and reading a file's index so many for each packet; measured, like the two
below, on two slow cores."""
DECODING, PIXELS_PER_SECOND = 6e-5, 250e6
"""Decoding the smallest frame takes so many seconds, and a second decodes so many pixels of larger ones."""
_TICK = 1e-4
"""Less than the time between any two frames, more than the rounding of timestamps to whole microseconds."""


@dataclass(frozen=True)
class Run:
    """The planned frames `start` to `stop` − 1, which one ffmpeg process delivers."""

    start: int
    stop: int
    seek: float | None
    """The second to which ffmpeg seeks, at which the first frame appears; ffmpeg's clock starts from 0 there."""


def jumps(info: VideoInfo, *, start: float, fps: float, frames: int) -> list[Run]:
    """The planned frames in runs.

    A new run begins at a video key frame so far after the previous planned frame that opening the file again takes
    less time than decoding what lies between.

    Args:
        start: second of the player's clock at which the plan begins.
        fps: planned frames a second.
        frames: number of planned frames.
    """
    if info.packets is None or not info.seekable or not len(info.packets.times):
        return [Run(0, frames, None)]
    times = info.packets.times
    planned = start + (np.arange(frames) + 0.5) / fps
    # A frame that appears exactly in the middle of an interval is too late for it, as ffmpeg decides too.
    shown = np.maximum(np.searchsorted(times, planned - _TICK, "right") - 1, 0)
    keys = np.flatnonzero(info.packets.keys)
    begins = keys[np.maximum(np.searchsorted(keys, shown, "right") - 1, 0)] if len(keys) else np.zeros_like(shown)
    skipped = begins - np.concatenate([[0], shown[:-1]])
    seeks = skipped > frames_per_opening(info)
    bounds = [0, *(int(place) for place in np.flatnonzero(seeks) if place), frames]
    return [Run(first, last, float(times[shown[first]]) if seeks[first] else None) for first, last in pairwise(bounds)]


def frames_per_opening(info: VideoInfo) -> float:
    """Number of frames whose decoding takes as long as opening the file again."""
    packets = len(info.packets.times) if info.packets else 0
    opening = OPENING + OPENING_PER_PACKET * packets
    return opening / (DECODING + info.width * info.height / PIXELS_PER_SECOND)
