"""A stretch of a life that closes: its end becomes its beginning without a cut."""

from collections.abc import Iterator
from itertools import islice

import numpy as np

from alive_cli.progress import Progress, silent
from alive_cli.runtime.rollout import Life, slerp

OVERLAP = 0.25
"""Share of an eased loop over which the end is led into the beginning."""
TICKS = 4096
"""Temperatures are counted in shares of this, so that a lap is a whole number of moments."""
VISIBLE_SEAM = 1.5
SLIGHT_SEAM = 1.2
AGREEING = 0.5
"""A seam that nobody sees: its ratio is within SLIGHT_SEAM, its cosine above AGREEING."""
STAGE = "Closing the loop"
TOLD_STEPS = 100
MOST_LAPS = 12
CLOSED = 1e-4
"""A lap has closed when its frames are so near, in mean steps, to those of the lap before."""


def entrained_loop(life: Life, way: list[int], frames: int, progress: Progress = silent) -> np.ndarray:
    """A closed loop of `frames` unit embeddings, float32 [M, D], along a closed way over observed moments.

    The life goes round with the same noise in each lap. What keeps it near its walk makes it forget
    where it came from, so the laps become one and the same orbit, and the last one is it.

    Args:
        life: at the beginning of the way, the last of its moments.
        way: as `Ways.closed` gives it.
    """
    parts = -(-len(way) // frames)
    steps = frames * parts
    shares = np.diff(np.arange(steps + 1) * (len(way) * TICKS) // steps) / TICKS
    lap = before = np.empty(0)
    for count in range(1, MOST_LAPS + 1):
        life.number = 0
        life.follow(way)
        path = []
        for number, share in enumerate(shares, 1):
            path.append(life.step(share))
            if number % TOLD_STEPS == 0 or number == steps:
                progress(STAGE, number, steps, f"round {count}, until it closes")
        lap = np.stack(path)[parts - 1 :: parts]
        if len(before) and _gap(lap, before) < CLOSED:
            break
        before = lap
    return lap


def steadiest(loop: np.ndarray) -> np.ndarray:
    """The same loop [M, D] begun where its motion is steadiest: an orbit has no beginning of its own."""
    if len(loop) < 3:
        return loop
    ratios, cosines = _seams(loop)
    uneven = np.abs(np.log(np.maximum(ratios, 1e-12))) / np.log(SLIGHT_SEAM)
    return np.roll(loop, -int(np.argmin(np.maximum(uneven, (1 - cosines) / (1 - AGREEING)))), axis=0)


def _seams(loop: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What `seam` and `seam_cosine` would be of a loop [M, D], M ≥ 3, begun at each of its frames: [M], [M]."""
    steps = loop - np.roll(loop, 1, axis=0)  # into each frame
    into, out = np.roll(steps, 1, axis=0), np.roll(steps, -1, axis=0)
    before, after = np.linalg.norm(into, axis=1), np.linalg.norm(out, axis=1)
    around = (before + after) / 2
    ratios = np.where(around > 1e-9, np.linalg.norm(steps, axis=1) / np.maximum(around, 1e-9), 1.0)
    lengths = before * after
    cosines = np.where(lengths > 1e-12, (into * out).sum(1) / np.maximum(lengths, 1e-12), 1.0)
    return ratios, cosines


def _gap(lap: np.ndarray, before: np.ndarray) -> float:
    """Largest distance between two laps, in mean steps."""
    steps = np.linalg.norm(np.diff(lap, axis=0), axis=1)
    mean = float(steps.mean()) if len(steps) else 0.0
    return float(np.linalg.norm(lap - before, axis=1).max()) / max(mean, 1e-9)


def resample_loop(loop: np.ndarray, frames: int) -> np.ndarray:
    """A closed loop [M, D] at another number of frames, interpolated on the sphere: float32 [frames, D]."""
    if frames == len(loop):
        return loop
    places = np.arange(frames) * len(loop) / frames
    before = places.astype(int)
    return np.stack(
        [slerp(loop[i], loop[(i + 1) % len(loop)], place - i) for i, place in zip(before, places, strict=True)]
    )


def eased_loop(embeddings: Iterator[np.ndarray], frames: int) -> np.ndarray:
    """A closed loop of exactly `frames` unit embeddings, float32 [M, D], of a life that follows no way.

    The life is followed for a little longer than the loop, and what comes after its end is eased
    over into its beginning along the sphere. So the frame after the last is, by construction, the
    one the life really went on to.
    """
    overlap = max(1, round(frames * OVERLAP)) if frames > 1 else 0
    path = np.stack(list(islice(embeddings, frames + overlap)))
    loop = path[:frames].copy()
    for index in range(overlap):
        share = (index + 0.5) / overlap
        eased = share * share * (3 - 2 * share)
        loop[index] = slerp(path[frames + index], path[index], eased)
    return loop


def seam(loop: np.ndarray) -> float:
    """The step from the last frame to the first, over the mean of its neighbouring steps.

    1 is a loop that can't be told from going on; a loop that stands still there gives 1 too.
    """
    if len(loop) < 3:
        return 1.0
    return float(_seams(loop)[0][0])


def seam_cosine(loop: np.ndarray) -> float:
    """Cosine between the motion into the wrap and out of it: −1…1; 1 where nothing moves."""
    if len(loop) < 3:
        return 1.0
    return float(_seams(loop)[1][0])
