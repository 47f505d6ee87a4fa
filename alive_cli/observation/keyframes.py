"""Keyframes: the frames from which all others are drawn, chosen where the motion between them explains too little."""

import heapq
from itertools import pairwise

import cv2
import numpy as np

from alive_cli.observation.flow import FlowField
from alive_cli.observation.parallel import in_threads

LONGEST_GAP = 24
"""Two keyframes are at most so many frames apart, so that optical flow still finds the motion between them."""
LEAST_GAP = 2
"""Two keyframes are at least so many frames apart: nearer ones show hardly anything that others don't."""
SHARE = 0.2
"""At most this share of the new frames become keyframes, because they are most of a bundle."""
FEW = 60
"""A short clip may have so many keyframes even so, because they take little room."""
MOST = 400
"""A scene has at most so many keyframes, so that a long clip still makes a file that can be shared."""
GOOD = 4.0
"""A gap whose middle frame is explained up to so many levels is not divided: compression alone costs as much."""
PATCH = 9
"""Errors count over patches of so many pixels a side: single pixels are noise."""
WORST = 0.98
"""The error of a frame is this quantile of the errors of its patches, because what goes wrong is mostly small."""


def choose_keyframes(flow: FlowField, stretches: list[tuple[int, int]]) -> np.ndarray:
    """The numbers of the keyframes, int64 [K], ascending.

    The gap whose middle frame is explained worst by its two ends is divided, again and again (greedily), until all are
    explained well enough or there are as many keyframes as a clip of this length may have.

    Args:
        flow: flow between all frames of the clip.
        stretches: first and last frame of each stretch, without a cut, that shows something new.
    """
    count = sum(last - first + 1 for first, last in stretches)
    chosen: set[int] = set()
    gaps: list[tuple[int, int]] = []
    longest = max(LONGEST_GAP, -(-2 * count // MOST))
    for first, last in stretches:
        parts = max(1, -(-(last - first) // longest))
        ends = sorted({round(first + (last - first) * part / parts) for part in range(parts + 1)})
        chosen |= set(ends)
        gaps += list(pairwise(ends))
    most = min(MOST, max(len(chosen), round(SHARE * count), min(FEW, count // 2)))
    queue: list[tuple[float, int, int]] = []

    def push(new: list[tuple[int, int]]) -> None:
        wide = [gap for gap in new if gap[1] - gap[0] >= 2 * LEAST_GAP]
        for (before, after), error in zip(wide, in_threads(lambda gap: unexplained(flow, *gap), wide), strict=True):
            heapq.heappush(queue, (-error, before, after))

    push(gaps)
    while queue and len(chosen) < most:
        error, before, after = heapq.heappop(queue)
        if -error < GOOD:
            break
        middle = (before + after) // 2
        chosen.add(middle)
        push([(before, middle), (middle, after)])
    return np.array(sorted(chosen), np.int64)


def unexplained(flow: FlowField, before: int, after: int) -> float:
    """How badly the frame halfway is explained by two others that motion moves to it, in grey levels."""
    middle = (before + after) // 2
    here = flow.greys[middle]
    first, second = (flow.moved(flow.greys[end], flow.between(here, flow.greys[end])) for end in (before, after))
    share = (middle - before) / (after - before)
    error = np.square((1 - share) * first + share * second - here)
    return float(np.sqrt(np.quantile(cv2.blur(error, (PATCH, PATCH)), WORST)))


def around(keyframes: np.ndarray, stretches: list[tuple[int, int]], count: int) -> np.ndarray:
    """For each frame the places, in `keyframes` [K], of those before and after it: int64 [N, 2], equal at a keyframe.

    A frame never uses the keyframe of another stretch; one of no stretch has zeros.
    """
    places = np.zeros((count, 2), np.int64)
    for first, last in stretches:
        frames = np.arange(first, last + 1)
        places[frames, 0] = np.searchsorted(keyframes, frames, side="right") - 1
        places[frames, 1] = np.searchsorted(keyframes, frames, side="left")
    return places
