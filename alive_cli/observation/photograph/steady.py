"""A steady flow of a photograph, and what flows, wherever they come from: hints, a clip, or a network."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.warping import reduce
from alive_cli.observation.flow import FlowField

SEARCHED_SIDE = 384
"""Flow between frames of a clip is searched on pictures of at most so many pixels on the longest side: it is averaged,
and used on a grid that is coarser still."""
STEADY = 0.6
"""A place flows steadily if the mean of its flow is at least so many times the mean of its lengths: what swings to and
fro has a mean near zero."""
SLOWEST = 0.15
"""A place flows if it is at least so many times as fast as the fast ones, of which FAST says which they are."""
FAST = 0.95
"""This share of all places is slower than a fast one."""
LEAST_SPEED = 2e-3
"""A place flows at least so many longest sides a second; below it is noise."""
LEAST_CHANGE = 1.0
"""Where neighbouring frames differ by fewer levels of 255 in the mean nothing flows, whatever the search says: it goes
on beyond the edge of what flows."""
LEAST_AREA, LEAST_HOLE = 0.002, 0.01
"""A part that flows covers at least the first share of the picture, because smaller ones are noise; and what stands
still in the middle of it at least the second, because a whirl has a slow middle."""
EDGE = 0.02
"""Over this share of the longest side from its edge, a flow that was searched is mixed with what stands still; it goes
on there as farther inside."""
SPREAD = 0.03
"""Where nothing is known the flow goes on as around it, blurred over this share of the longest side."""
LEAST_KNOWN = 0.02
"""Where less than this share of what is around is known, the flow of the nearest place is taken."""


@dataclass(frozen=True)
class SteadyFlow:
    """A flow that doesn't change in time."""

    flow: np.ndarray
    """float32 [h, w, 2], in longest sides of the picture a second, on a grid over the whole picture."""
    mask: np.ndarray
    """uint8 [H, W], 0 or 255: what flows, at the size of the picture."""
    unhinted: int = 0
    """Number of separate parts of the mask of which nothing is known; they flow as the nearest part does."""


def mean_flow(frames: Iterable[np.ndarray], fps: float) -> tuple[np.ndarray, np.ndarray]:
    """The mean flow of a clip, and how steady it is.

    Args:
        frames: uint8 [H, W, 3], one after the other, at least two.
        fps: frames a second.

    Returns:
        The flow, float32 [h, w, 2] in longest sides a second, 0 where nothing changes; and the length of the mean ÷ the
        mean of the lengths, float32 [h, w], 0…1.

    Raises:
        InputError: there is one frame only.
    """
    total: np.ndarray | None = None
    lengths = changes = np.zeros((), np.float32)
    count = 0
    for before, after in pairwise(_greys(frames)):
        (here, size), (there, _) = before, after
        step = FlowField(np.stack([here]), size).between(here, there)
        total = step if total is None else total + step
        lengths = lengths + np.linalg.norm(step, axis=-1)
        changes = changes + cv2.absdiff(here, there).astype(np.float32)
        count += 1
    if total is None:
        raise InputError("A flow needs a clip of at least two frames.")
    steadiness = np.linalg.norm(total, axis=-1) / np.maximum(lengths, 1e-9)
    changing = cv2.GaussianBlur(changes / count, (0, 0), 1.5) >= LEAST_CHANGE
    return np.asarray(total * changing[..., None] * (fps / count), np.float32), np.asarray(steadiness, np.float32)


def _greys(frames: Iterable[np.ndarray]) -> Iterable[tuple[np.ndarray, tuple[int, int]]]:
    """Grey pictures, uint8 [h, w], of frames, and the frames' width and height."""
    for frame in frames:
        width, height = frame.shape[1::-1]
        scale = min(1.0, SEARCHED_SIDE / max(width, height))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        yield cv2.cvtColor(reduce(frame, size), cv2.COLOR_RGB2GRAY), (width, height)


def flowing_places(flow: np.ndarray, steadiness: np.ndarray | None = None) -> np.ndarray:
    """Where a flow, [h, w, 2] in longest sides a second, is fast and steady enough to be seen: bool [h, w]."""
    speed = cv2.GaussianBlur(np.linalg.norm(flow, axis=-1).astype(np.float32), (0, 0), 1.5)
    flowing = speed >= max(LEAST_SPEED, SLOWEST * float(np.quantile(speed, FAST)))
    if steadiness is not None:
        flowing &= cv2.GaussianBlur(steadiness, (0, 0), 1.5) >= STEADY
    return _without_specks(flowing)


def _without_specks(flowing: np.ndarray) -> np.ndarray:
    """The same places, bool [h, w], without parts and without holes that are too small."""
    for value, least in ((True, LEAST_AREA), (False, LEAST_HOLE)):
        parts = (flowing == value).astype(np.uint8)
        _, labels, figures, _ = cv2.connectedComponentsWithStats(parts, connectivity=4)
        small = figures[:, cv2.CC_STAT_AREA] < least * flowing.size
        small[0] = False
        flowing = np.where(small[labels], not value, flowing)
    return flowing


def fitted_to(
    flow: np.ndarray,
    steadiness: np.ndarray | None,
    of: tuple[int, int],
    size: tuple[int, int],
    lives: np.ndarray | None = None,
) -> SteadyFlow:
    """The flow of one picture for another of the same place or kind, whose proportions may differ.

    Args:
        flow: [h, w, 2], in longest sides of the first picture a second, over all of it.
        steadiness: as `mean_flow` returns it; None if all of it is steady.
        of: width and height of the first picture.
        size: those of the second.
        lives: what may flow in the second, bool [H, W]; by default all that flows in the first.

    Raises:
        ValueError: nothing flows, or too little; the message goes on after "because".
    """
    places = flowing_places(flow, steadiness)
    if not places.any():
        raise ValueError("nothing in it flows steadily")
    longest = max(places.shape)
    reach = 2 * round(EDGE * longest) + 1
    inner = cv2.erode(places.astype(np.uint8), np.ones((reach, reach), np.uint8), borderValue=1) > 0
    inner = inner if inner.any() else places
    known = cv2.GaussianBlur(inner.astype(np.float32), (0, 0), SPREAD * longest)
    blurred = cv2.GaussianBlur(np.where(inner[..., None], flow, 0), (0, 0), SPREAD * longest)
    spread = _spread(blurred, known)
    # A longest side of one picture is another share of its width than that of the other.
    factors = [max(of) / of[axis] * size[axis] / max(size) for axis in (0, 1)]
    steady = np.asarray(spread * np.array(factors, np.float32), np.float32)
    enlarged = cv2.resize(places.astype(np.float32), size, interpolation=cv2.INTER_LINEAR) > 0.5
    mask = enlarged if lives is None else lives
    if not mask.any():
        raise ValueError("too little in it flows")
    return SteadyFlow(steady, np.where(mask, 255, 0).astype(np.uint8))


def _spread(blurred: np.ndarray, known: np.ndarray) -> np.ndarray:
    """A blurred flow ÷ how much of it is known; where nothing is, that of the nearest place where something is."""
    beyond = (known < LEAST_KNOWN).astype(np.uint8)
    if beyond.any():
        _, labels = cv2.distanceTransformWithLabels(beyond, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
        near = np.zeros(labels.max() + 1, np.int64)
        near[labels[beyond == 0]] = np.flatnonzero(beyond == 0)
        numbers = near[labels]
        blurred, known = blurred.reshape(-1, 2)[numbers], known.ravel()[numbers]
    spread: np.ndarray = blurred / known[..., None]
    return spread
