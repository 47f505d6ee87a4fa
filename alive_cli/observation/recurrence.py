"""What comes back: frames that look like earlier ones are drawn from the same keyframes, however far away in time."""

from itertools import pairwise

import cv2
import numpy as np

from alive_cli.media.sampling import evenly_spread
from alive_cli.observation.flow import FlowField
from alive_cli.observation.modes import principal_directions
from alive_cli.observation.reduced import ReducedClip

BLOCK = 12
"""Frames come back or are new in blocks of so many, so that flicker doesn't divide a clip into crumbs."""
LEAST_BLOCKS = 4
"""So many blocks in a row must come back: what is new before and after them has a keyframe at each of its ends."""
STEPS = 2
"""Frames look alike that differ at most by what usually changes in so many frames."""
LEAST_LEVELS = 0.75
"""Frames that differ by at most so many levels always look alike, because noise alone is that large."""
WELL = 3.0
"""A frame shares the keyframes of another only if motion explains it by that one up to so many levels."""
PATCH, WORST = 9, 0.98
"""These errors are a quantile over patches of so many pixels a side, as those by which keyframes are chosen."""
DIRECTIONS, ROWS = 24, 2000
"""Looks are searched by so many principal components of at most so many of them."""
ONWARD, PREFERRED = 2, 1.2
"""The earlier frames for one block follow each other: one that is at most so many frames further is taken if it is at
most so much less alike than the best."""


def earlier_frames(clip: ReducedClip, stretches: list[tuple[int, int]]) -> np.ndarray:
    """For each frame of a clip the one that it looks like and that is new, int64 [N]; a new frame has itself.

    Args:
        stretches: first and last frame of each stretch without a cut.
    """
    looks = clip.looks
    count = len(looks)
    result = np.arange(count)
    if count < (LEAST_BLOCKS + 1) * BLOCK:
        return result
    usual = np.linalg.norm(looks[STEPS::STEPS] - looks[:-STEPS:STEPS], axis=1)
    tolerance = max(float(np.median(usual)), LEAST_LEVELS * looks.shape[1] ** 0.5)
    some = looks[evenly_spread(count, ROWS)]
    directions = principal_directions(some - some.mean(0), DIRECTIONS)
    points = looks @ directions.T
    squares = np.square(points).sum(1)
    new = np.empty(count, np.int64)
    """The new frames so far, in order."""
    known = 0
    for first, last in stretches:
        pending: list[np.ndarray] = []
        edges = [*range(first, last + 2 - BLOCK, BLOCK), last + 1]
        for begin, end in pairwise(edges if len(edges) > 1 else [first, last + 1]):
            block = np.arange(begin, end)
            candidates = new[:known]
            alike = _alike(points, squares, block, candidates) if known else None
            if alike is not None and _explained(clip, block, alike, tolerance):
                result[block] = alike
                pending.append(block)
                continue
            if len(pending) < LEAST_BLOCKS:  # too few came back
                block = np.concatenate([*pending, block])
                result[block] = block
            pending = []
            new[known : known + len(block)] = block
            known += len(block)
        if 0 < len(pending) < LEAST_BLOCKS:
            block = np.concatenate(pending)
            result[block] = new[known : known + len(block)] = block
            known += len(block)
    return result


def stretches_of(frames: np.ndarray, stretches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """First and last frame of each run of those, bool [N], of which no cut and no other frame is between."""
    runs = []
    for first, last in stretches:
        chosen = np.flatnonzero(frames[first : last + 1]) + first
        for run in np.split(chosen, np.flatnonzero(np.diff(chosen) > 1) + 1):
            if len(run):
                runs.append((int(run[0]), int(run[-1])))
    return runs


def _alike(points: np.ndarray, squares: np.ndarray, block: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """For each frame of a block the one, of the candidates, [M], that looks most like it: int64 [B]."""
    distances = squares[candidates] - 2 * points[block] @ points[candidates].T + squares[block, None]
    distances = np.sqrt(distances.clip(min=0))
    chosen: list[int] = []
    for row in distances:
        best = int(row.argmin())
        if chosen:
            low, high = max(0, chosen[-1] - ONWARD), chosen[-1] + ONWARD + 1
            onward = low + int(row[low:high].argmin())
            if row[onward] <= PREFERRED * row[best]:
                best = onward
        chosen.append(best)
    return candidates[chosen]


def _explained(clip: ReducedClip, block: np.ndarray, alike: np.ndarray, tolerance: float) -> bool:
    """Whether all frames of a block look like others, and some of them are explained by these."""
    if (np.linalg.norm(clip.looks[block] - clip.looks[alike], axis=1) > tolerance).any():
        return False
    checked = (0, len(block) // 2)
    return all(_error(clip.coarse, int(block[place]), int(alike[place])) <= WELL for place in checked)


def _error(flow: FlowField, here: int, there: int) -> float:
    """How badly a frame is explained by another one that motion moves to it, in grey levels."""
    grey = flow.greys[here]
    moved = flow.moved(flow.greys[there], flow.between(grey, flow.greys[there]))
    return float(np.sqrt(np.quantile(cv2.blur(np.square(moved - grey), (PATCH, PATCH)), WORST)))
