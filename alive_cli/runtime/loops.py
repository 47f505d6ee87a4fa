"""A stretch of a rollout that closes: its end becomes its beginning without a cut."""

from collections.abc import Iterator
from itertools import islice

import numpy as np

from alive_cli.progress import Progress, silent
from alive_cli.runtime.rollout import Rollout, slerp

OVERLAP = 0.25
"""An eased loop leads its end into its beginning over this share of its length."""
CLOCK_SHARES = 4096
"""The clock is counted in shares of this, so that a lap is a whole number of frames."""
VISIBLE_SEAM = 1.5
"""A seam whose ratio is above this may show, so the user is warned."""
SLIGHT_SEAM = 1.2
"""Nobody sees a seam whose ratio is within this and whose cosine is above AGREEING."""
AGREEING = 0.5
"""Nobody sees a seam whose cosine is above this and whose ratio is within SLIGHT_SEAM."""
STAGE = "Closing the loop"
"""The progress bar shows this stage while a loop is closed."""
REPORTED_STEPS = 100
"""Progress is reported after so many steps; more often would cost as much as the steps."""
MOST_LAPS = 12
"""A loop that has not closed after so many laps is taken as it is; three are usual."""
CLOSED = 1e-4
"""A lap has closed when its frames are so near, in mean steps, to those of the lap before."""


def entrained_loop(rollout: Rollout, path: list[int], frames: int, progress: Progress = silent) -> np.ndarray:
    """A closed loop of `frames` unit embeddings, float32 [M, D], along a closed path over observed frames.

    The rollout goes round with the same noise in each lap. What keeps it near its walk makes it forget
    where it came from, so the laps become one and the same orbit, and the last one is it.

    Args:
        rollout: at the beginning of the path, the last of its frames.
        path: as `MotionGraph.closed` gives it.
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
                progress(STAGE, number, steps, f"round {count}, until it closes")
        lap = np.stack(embeddings)[parts - 1 :: parts]
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
    """A closed loop of exactly `frames` unit embeddings, float32 [M, D], of a rollout that follows no path.

    The rollout is followed for a little longer than the loop, and what comes after its end is eased
    over into its beginning along the sphere. So the frame after the last is, by construction, the
    one the rollout really went on to.
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
