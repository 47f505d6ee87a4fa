"""Closed loops of embeddings: the last frame leads to the first without a cut."""

from collections.abc import Iterator
from itertools import islice

import numpy as np

from alive_cli.progress import Progress, silent
from alive_cli.runtime.rollout import Rollout, slerp

OVERLAP = 0.25
"""An eased loop blends its continuation into its beginning over this share of its length."""
CLOCK_SHARES = 4096
"""The clock is counted in units of 1/4096, so that the steps of a lap add up to a whole number of frames."""
VISIBLE_SEAM = 1.5
"""The user is warned of a seam whose ratio is above this, because it may be visible."""
SLIGHT_SEAM = 1.2
"""A seam is invisible if its ratio is within this factor and its cosine is above SMOOTH_COSINE."""
SMOOTH_COSINE = 0.5
"""A seam is invisible if its cosine is above this and its ratio is within SLIGHT_SEAM."""
STAGE = "Closing the loop"
"""The progress bar shows this stage while a loop is closed."""
REPORTED_STEPS = 100
"""Progress is reported every this many steps, because more reports would cost as much as the steps."""
MOST_LAPS = 12
"""The last of this many laps is used even if it has not closed; three laps are usual."""
CLOSING_DISTANCE = 1e-4
"""A lap has closed when its frames differ from those of the lap before by at most this many mean steps."""


def entrained_loop(rollout: Rollout, path: list[int], frames: int, progress: Progress = silent) -> np.ndarray:
    """A closed loop of `frames` unit embeddings, float32 [M, D], along a closed path over observed frames.

    The rollout follows the path again and again, with the same noise in each lap. The pull towards the path removes
    the influence of the start, so the laps converge to one orbit. The last lap is the loop.

    Args:
        rollout: it is at the beginning of the path, which is the last of its frames.
        path: a path as `MotionGraph.closed_path` returns it.
    """
    parts = -(-len(path) // frames)
    steps = frames * parts
    shares = np.diff(np.arange(steps + 1) * (len(path) * CLOCK_SHARES) // steps) / CLOCK_SHARES
    lap = before = np.empty(0)
    for count in range(1, MOST_LAPS + 1):
        rollout.number = 0
        rollout.follow(path)
        embeddings = []
        for number, share in enumerate(shares, 1):
            embeddings.append(rollout.step(share))
            if number % REPORTED_STEPS == 0 or number == steps:
                progress(STAGE, number, steps, f"lap {count}")
        lap = np.stack(embeddings)[parts - 1 :: parts]
        if len(before) and _lap_distance(lap, before) < CLOSING_DISTANCE:
            break
        before = lap
    return lap


def begin_at_steadiest(loop: np.ndarray) -> np.ndarray:
    """The same loop [M, D], rotated so that it begins where its motion is steadiest."""
    if len(loop) < 3:
        return loop
    ratios, cosines = _seams(loop)
    uneven = np.abs(np.log(np.maximum(ratios, 1e-12))) / np.log(SLIGHT_SEAM)
    return np.roll(loop, -int(np.argmin(np.maximum(uneven, (1 - cosines) / (1 - SMOOTH_COSINE)))), axis=0)


def _seams(loop: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`seam` and `seam_cosine` of a loop [M, D], M ≥ 3, for each frame that it could begin at: [M], [M]."""
    steps = loop - np.roll(loop, 1, axis=0)  # the step into each frame
    into, out = np.roll(steps, 1, axis=0), np.roll(steps, -1, axis=0)
    before, after = np.linalg.norm(into, axis=1), np.linalg.norm(out, axis=1)
    around = (before + after) / 2
    ratios = np.where(around > 1e-9, np.linalg.norm(steps, axis=1) / np.maximum(around, 1e-9), 1.0)
    lengths = before * after
    cosines = np.where(lengths > 1e-12, (into * out).sum(1) / np.maximum(lengths, 1e-12), 1.0)
    return ratios, cosines


def _lap_distance(lap: np.ndarray, before: np.ndarray) -> float:
    """The largest distance between frames of two laps, in mean steps."""
    steps = np.linalg.norm(np.diff(lap, axis=0), axis=1)
    mean = float(steps.mean()) if len(steps) else 0.0
    return float(np.linalg.norm(lap - before, axis=1).max()) / max(mean, 1e-9)


def resample_loop(loop: np.ndarray, frames: int) -> np.ndarray:
    """A closed loop [M, D] with another number of frames, interpolated on the sphere: float32 [frames, D]."""
    if frames == len(loop):
        return loop
    places = np.arange(frames) * len(loop) / frames
    before = places.astype(int)
    return np.stack(
        [slerp(loop[i], loop[(i + 1) % len(loop)], place - i) for i, place in zip(before, places, strict=True)]
    )


def eased_loop(embeddings: Iterator[np.ndarray], frames: int) -> np.ndarray:
    """A closed loop of exactly `frames` unit embeddings, float32 [M, D], of a rollout that follows no path.

    The rollout runs slightly longer than the loop. The frames after the loop's end are blended into its beginning
    along the sphere. So the first frame of the loop is almost the one that followed the last in the rollout.
    """
    overlap = max(1, round(frames * OVERLAP)) if frames > 1 else 0
    stretch = np.stack(list(islice(embeddings, frames + overlap)))
    loop = stretch[:frames].copy()
    for index in range(overlap):
        share = (index + 0.5) / overlap
        eased = share * share * (3 - 2 * share)
        loop[index] = slerp(stretch[frames + index], stretch[index], eased)
    return loop


def seam(loop: np.ndarray) -> float:
    """The length of the step from the last frame to the first ÷ the mean of its two neighbouring steps.

    1 means that the seam is invisible. The result is also 1 if the loop stands still there.
    """
    if len(loop) < 3:
        return 1.0
    return float(_seams(loop)[0][0])


def seam_cosine(loop: np.ndarray) -> float:
    """Cosine between the motion into the seam and out of it: −1…1; 1 if nothing moves there."""
    if len(loop) < 3:
        return 1.0
    return float(_seams(loop)[1][0])
