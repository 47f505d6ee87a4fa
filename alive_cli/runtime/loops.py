"""Closed loops of embeddings: the last frame leads to the first without a cut."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from alive_cli.errors import InputError
from alive_cli.progress import Progress, silent
from alive_cli.runtime.rollout import Rollout
from alive_cli.runtime.sphere import slerp
from bundle_spec.manifest import Behavior

MAX_LOOP_FRAMES = 100_000
"""A loop has at most this many frames, which is more than an hour at 25 frames per second."""
LEAST_PLANNED = 12
"""A loop over fewer frames of the clip is not planned, because it is too short to ease its jump back."""
MAX_PLANNED = 20_000
"""A loop of more frames is not planned, because that would take too long."""
MAX_PLANNED_EDGES = 2_000_000_000
"""A loop is not planned if its frames times the edges of the motion graph exceed this, because that takes minutes."""
OVERLAP = 0.25
"""An eased loop blends its continuation into its beginning over this share of its length."""
CLOCK_SHARES = 4096
"""The clock is counted in units of 1/4096, so that the steps of a lap add up to a whole number of frames."""
LONGEST_TRANSITION = 90
"""A transition counts as over after this many frames, because longer ones hardly move in any of them."""
LONGEST_START = 2
"""A loop is farthest from the observed frames within this many frames after it jumps."""
OVER = 0.2
"""A transition is over when the distance to the observed frames is below this share of the jump."""
LOOP_STARTS = 48
"""The plan of a loop tries this many frames to begin at, which is enough to find a lively one in about a second."""
STEADY_RATIO = 1.2
"""Motion that changes its length by this factor is as unsteady as motion whose cosine is STEADY_COSINE."""
STEADY_COSINE = 0.5
"""Successive steps with this cosine are as unsteady as steps whose lengths differ by STEADY_RATIO."""
START_SPACING = 3
"""The steadiest places of a loop to begin at are at least this many frames apart, because neighbours look alike."""
STAGE = "Closing the loop"
"""The progress bar shows this stage while a loop is closed."""
REPORTED_STEPS = 100
"""Progress is reported every this many steps, because more reports would cost as much as the steps."""
MOST_LAPS = 12
"""The last of this many laps is used even if it has not closed; three laps are usual."""
CLOSING_DISTANCE = 1e-4
"""A lap has closed when its frames differ from those of the lap before by at most this many mean steps."""


def check_length(frames: int) -> None:
    """Refuse loops that can't be made.

    Raises:
        InputError: the number of frames is below 1 or above 100,000.
    """
    if not 1 <= frames <= MAX_LOOP_FRAMES:
        raise InputError(f"A loop of {frames} frames can't be made; choose from 1 to {MAX_LOOP_FRAMES}.")


def can_plan(behavior: Behavior, edges: int, frames: int, nodes: int) -> bool:
    """Whether a loop of `frames` frames along a path of `nodes` observed ones can be planned in reasonable time.

    Args:
        edges: all transitions of the motion graph.
    """
    single = behavior.steps_per_frame == 1 and (behavior.largest_step or 1.0) >= 1
    short = LEAST_PLANNED <= nodes <= MAX_PLANNED and frames <= MAX_PLANNED
    return single and short and nodes * edges <= MAX_PLANNED_EDGES


def loop_starts(count: int, seed: int, chosen: int | None) -> np.ndarray:
    """Observed frames, of `count`, that a loop may begin at, int64: the chosen one, or some that the seed chooses."""
    if chosen is not None:
        return np.array([chosen])
    return np.random.default_rng(seed).permutation(count)[:LOOP_STARTS]


@dataclass(frozen=True)
class Loop:
    """A closed loop of M frames."""

    embeddings: np.ndarray
    """float32 [M, D], unit length."""
    joins: np.ndarray
    """int [J, 2]: the first frame of each transition, where the loop leaves the order of the clip, 0 ≤ frame < M, and
    the number of its frames."""

    def turned(self, start: int) -> "Loop":
        """The same loop, begun at another of its frames."""
        firsts = (self.joins[:, 0] - start) % len(self.embeddings)
        return Loop(np.roll(self.embeddings, -start, axis=0), np.stack([firsts, self.joins[:, 1]], 1))


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


def joins_of(embeddings: np.ndarray, path: np.ndarray, jumps: np.ndarray) -> np.ndarray:
    """The joins of a loop, int [J, 2], as `Loop` has them.

    A transition lasts until the loop is near the observed frames again.

    Args:
        embeddings: of the loop, [M, D].
        path: the observed embeddings that the loop follows, one for each of its frames, [M, D].
        jumps: frames whose observed frame doesn't follow the one before, [J].
    """
    apart = np.linalg.norm(embeddings - path, axis=1)
    joins = []
    for first in jumps:
        ahead = np.roll(apart, -first)[: min(LONGEST_TRANSITION, len(apart))]
        near = np.flatnonzero(ahead < OVER * ahead[: 1 + LONGEST_START].max())
        near = near[near > 0]
        joins.append((int(first), int(near[0]) if len(near) else len(ahead)))
    return np.array(joins, np.int64).reshape(-1, 2)


def steady_starts(embeddings: np.ndarray, most: int) -> list[int]:
    """Frames that a closed loop [M, D] could begin at, at most `most`, those with the steadiest motion first."""
    if len(embeddings) < 3:
        return [0]
    steps = embeddings - np.roll(embeddings, 1, axis=0)  # the step into each frame
    into, out = np.roll(steps, 1, axis=0), np.roll(steps, -1, axis=0)
    lengths, before, after = (np.maximum(np.linalg.norm(each, axis=1), 1e-9) for each in (steps, into, out))
    uneven = np.abs(np.log(2 * lengths / (before + after))) / np.log(STEADY_RATIO)
    turning = (1 - (into * out).sum(1) / (before * after)) / (1 - STEADY_COSINE)
    starts: list[int] = []
    for frame in np.argsort(np.maximum(uneven, turning), kind="stable"):
        away = [min((frame - other) % len(steps), (other - frame) % len(steps)) for other in starts]
        if len(starts) < most and min(away, default=START_SPACING) >= START_SPACING:
            starts.append(int(frame))
    return starts


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


def eased_loop(embeddings: Iterator[np.ndarray], frames: int) -> Loop:
    """A closed loop of exactly `frames` frames, of a rollout that follows no path.

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
    return Loop(loop, np.array([[0, max(1, overlap)]]))
