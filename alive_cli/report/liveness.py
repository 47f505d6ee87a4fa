"""Liveness: figures that compare a rollout with the video played at the same speed, and a verdict in one word.

All distances and steps are in the embedding space; the unit is the video's median step.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

STILL = 0.05
"""A step below so many median steps counts as standing still."""
LEAST_SPEED = 0.05
"""Liveness is measured at no lower speed, because a slower rollout would take too many frames."""
LEAP = 1.5
"""A step above so many times the largest of the reference is a jump."""
NEAR = 0.25
"""A frame within so many median steps of the observed path may be a replay, and two frames within this distance are
the same."""
REPLAY_SECONDS = 0.5
"""A stretch on the observed path is a replay if it lasts at least so many seconds."""
LONGEST_PERIOD, PERIOD_FRAMES = 600, 400
"""A rollout loops if its last so many frames (the second number) repeat those of a period of at most so many frames
(the first)."""
SPECTRUM_FRAMES = 64
"""A window of the power spectrum has at most so many frames."""
FLOOR = 1e-4
"""Spectral power below this share of the peak counts as nothing, because its decibels would be noise."""
ROWS = 512
"""Distances are computed for so many embeddings at once, so that memory doesn't grow with the rollout."""
FROZEN_SHARE, FROZEN_ENERGY = 0.5, 0.15
"""A rollout is frozen if a larger share of its steps stands still, or if its energy is lower."""
DRIFTING, DRIFTING_OWN = 3.0, 2.0
"""A rollout drifts if it is on average more than so many median steps from the observed frames, and more than so many
times the distance that these have from each other."""
STUCK = 0.10
"""A rollout is stuck if it comes near a smaller share of the observed frames."""
PAIRS = 20_000
"""`one_way` takes so many random pairs of frames."""
ONE_WAY = 0.75
"""A clip whose `one_way` is above this hardly ever returns to an earlier state."""


@dataclass(frozen=True)
class ObservedPath:
    """The path of the video through the embedding space."""

    embeddings: np.ndarray
    """[N, D]."""
    following: np.ndarray
    """int [N]: the next frame, or −1 where a cut or the end follows."""

    @property
    def moves(self) -> np.ndarray:
        """Numbers of the frames that another frame follows: [M]."""
        return np.flatnonzero(self.following >= 0)

    @cached_property
    def steps(self) -> np.ndarray:
        """Lengths of the steps that are motion, [M]."""
        here = self.moves
        lengths: np.ndarray = np.linalg.norm(self.embeddings[self.following[here]] - self.embeddings[here], axis=1)
        return lengths

    @cached_property
    def unit(self) -> float:
        """The median step, but at least a tenth of the mean one, for clips in which most frames repeat."""
        steps = self.steps
        return float(max(np.median(steps), 0.1 * steps.mean(), 1e-9)) if len(steps) else 1e-9

    @cached_property
    def own_distance(self) -> float:
        """Mean distance of a frame to the nearest other one."""
        squares = np.square(self.embeddings).sum(1)
        total = 0.0
        for first in range(0, len(self.embeddings), ROWS):
            rows = np.arange(first, min(first + ROWS, len(self.embeddings)))
            apart = squares - 2 * self.embeddings[rows] @ self.embeddings.T
            apart[rows - first, rows] = np.inf
            nearest = self.embeddings[apart.argmin(1)]
            total += float(np.linalg.norm(self.embeddings[rows] - nearest, axis=1).sum())
        return total / len(self.embeddings)

    @cached_property
    def leading(self) -> np.ndarray:
        """The direction in which the video varies most, [D]."""
        direction: np.ndarray = np.linalg.eigh(np.cov(self.embeddings.T))[1][:, -1]
        return direction

    def stretches(self) -> list[np.ndarray]:
        """The parts of the video between its cuts, each [M, D]."""
        ends = np.flatnonzero(self.following < 0) + 1
        return [part for part in np.split(self.embeddings, ends) if len(part) > 1]

    def played(self, speed: float) -> list[np.ndarray]:
        """The stretches played at a speed, in frames a frame, interpolated between frames: the reference."""
        return [_at_speed(part, speed) for part in self.stretches()]


def frames_needed(count: int, speed: float) -> int:
    """Frames of a rollout that are enough for a bank of `count`: speed · frames ≥ 10 · count, and ≥ 3,000."""
    return max(3000, int(np.ceil(10 * count / max(speed, LEAST_SPEED))))


def liveness(
    rollout: np.ndarray, observed: ObservedPath, *, speed: float, fps: float, visited: np.ndarray | None = None
) -> dict[str, float | str]:
    """Figures of one rollout, [F, D], F ≥ 600, and its `verdict`; of its last third unless stated otherwise.

    `energy`: mean step ÷ the reference's. `freeze`: share of steps below 0.05; `still`: below 0.05 · speed where
    that is below 1. `jump`: share of steps beyond 1.5 × the reference's largest. `coverage`: share of the
    observed frames that are visited. `distance`: mean distance to the nearest observed
    frame. `drift`: that of the whole rollout's last quarter ÷ its first. `spectrum`: RMS log-spectral
    difference of the leading component, dB; `spectrum_pingpong`: that of the video played forward and back.
    `motion_cosine` of successive steps, beside `motion_cosine_video`. `replay`: share of frames in
    stretches of half a second or more that stay within 0.25 of the observed path and run one way along
    it, at any speed. `period`: frames after which it repeats, or 0. `own_distance`: mean distance of an
    observed frame to the nearest other.

    Args:
        speed: of the rollout, in frames of the clip a frame; the reference is the video played at it.
        fps: frames of the rollout a second.
        visited: the observed frame that each frame of the rollout comes to, int [F]; without it, the nearest one.
    """
    if not np.isfinite(rollout).all():
        return {"verdict": "broken"}
    unit = observed.unit
    late = rollout[len(rollout) * 2 // 3 :]
    steps = np.linalg.norm(np.diff(late, axis=0), axis=1)
    played = observed.played(speed)
    reference = np.concatenate([np.linalg.norm(np.diff(part, axis=0), axis=1) for part in played])
    nearest, distances = nearest_frames(rollout, observed.embeddings)
    nearest = nearest if visited is None else visited
    distances = distances / unit
    quarter = len(rollout) // 4
    there_and_back = pingpong(observed.embeddings, len(late), speed)
    figures: dict[str, float | str] = {
        "energy": float(steps.mean() / max(reference.mean(), 1e-12)),
        "freeze": float((steps < STILL * unit).mean()),
        "still": float((steps < STILL * min(1.0, speed) * unit).mean()),
        "jump": float((steps > LEAP * reference.max()).mean()),
        "coverage": len(np.unique(nearest[-len(late) :])) / len(observed.embeddings),
        "distance": float(distances[-len(late) :].mean()),
        "drift": float(distances[-quarter:].mean() / max(distances[:quarter].mean(), 1e-9)),
        "spectrum": _spectral_difference(late, observed, speed),
        "spectrum_pingpong": _spectral_difference(there_and_back, observed, speed),
        "motion_cosine": _motion_cosine([late]),
        "motion_cosine_video": _motion_cosine(played),
        "replay": _replay(late, observed, NEAR * unit, fps),
        "period": _period(rollout, NEAR * min(1.0, speed) * unit),
        "own_distance": observed.own_distance / unit,
    }
    return {"verdict": verdict(figures), **figures}


def verdict(figures: dict[str, float | str]) -> str:
    """The first of `frozen`, `drifting`, `looping`, `stuck` and `alive` that is true of some figures."""
    numbers = {name: float(value) for name, value in figures.items() if name != "verdict"}
    if numbers["still"] > FROZEN_SHARE or numbers["energy"] < FROZEN_ENERGY:
        return "frozen"
    if numbers["distance"] > max(DRIFTING, DRIFTING_OWN * numbers["own_distance"]):
        return "drifting"
    if numbers["period"] > 0:
        return "looping"
    return "stuck" if numbers["coverage"] < STUCK else "alive"


def one_way(observed: ObservedPath) -> float:
    """Correlation of the distance between two frames with the time between them, −1…1.

    It is near 1 for a clip that changes one way and never returns: a flower opens, a cup fills.
    """
    count = len(observed.embeddings)
    first, second = np.random.default_rng(0).integers(count, size=(2, PAIRS))
    apart = np.linalg.norm(observed.embeddings[first] - observed.embeddings[second], axis=1)
    times = np.abs(first - second)
    if apart.std() < 1e-12 or times.std() < 1e-12:
        return 0.0
    return float(np.corrcoef(apart, times)[0, 1])


def _at_speed(path: np.ndarray, speed: float) -> np.ndarray:
    times = np.arange(0, len(path) - 1 + 1e-9, speed)
    if len(times) < 3:
        times = np.linspace(0, len(path) - 1, 3)
    return at_times(path, times)


def pingpong(path: np.ndarray, frames: int, speed: float) -> np.ndarray:
    """A path [N, D] played forward and back at a speed, in frames a frame: unit embeddings [frames, D]."""
    lap = np.concatenate([path, path[-2:0:-1], path[:1]])
    return at_times(lap, np.arange(frames) * speed % (len(lap) - 1))


def at_times(path: np.ndarray, times: np.ndarray) -> np.ndarray:
    """A path [N, D] at fractional frame numbers [F], interpolated and re-normalised: unit embeddings [F, D]."""
    before = np.minimum(times.astype(int), len(path) - 2)
    share = (times - before)[:, None]
    mixed = (1 - share) * path[before] + share * path[before + 1]
    units: np.ndarray = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    return units


def nearest_frames(points: np.ndarray, bank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each of points [F, D] the number of the nearest frame of a bank [N, D], and its distance: [F], [F]."""
    squares = np.square(bank).sum(1)
    indices, distances = [], []
    for first in range(0, len(points), ROWS):
        some = points[first : first + ROWS]
        index = (squares - 2 * some @ bank.T).argmin(1)
        indices.append(index)
        distances.append(np.linalg.norm(some - bank[index], axis=1))
    return np.concatenate(indices), np.concatenate(distances)


def _motion_cosine(paths: list[np.ndarray]) -> float:
    cosines = []
    for path in paths:
        motion = np.diff(path, axis=0)
        lengths = np.linalg.norm(motion, axis=1)
        moving = (lengths[1:] > 1e-7) & (lengths[:-1] > 1e-7)
        products = (motion[1:] * motion[:-1]).sum(1)
        cosines.append(products[moving] / (lengths[1:] * lengths[:-1])[moving])
    every = np.concatenate(cosines)
    return float(every.mean()) if len(every) else 0.0


def _spectral_difference(path: np.ndarray, observed: ObservedPath, speed: float) -> float:
    bank = observed.embeddings
    centre, leading = bank.mean(0), observed.leading
    reference = [(part - centre) @ leading for part in observed.played(speed)]
    length = min(SPECTRUM_FRAMES, max(8, max(len(part) for part in reference) // 2))
    expected = _spectrum(reference, length)
    drawn = _spectrum([(path - centre) @ leading], length)
    floor = max(FLOOR * expected.max(), 1e-18)
    difference = 10 * np.log10(drawn + floor) - 10 * np.log10(expected + floor)
    return float(np.sqrt(np.square(difference).mean()))


def _spectrum(signals: list[np.ndarray], length: int) -> np.ndarray:
    """Welch's power spectrum (1967), Hann windows half overlapping, without the constant: [length // 2]."""
    window = np.hanning(length)
    pieces = [
        signal[first : first + length]
        for signal in signals
        for first in range(0, len(signal) - length + 1, max(1, length // 2))
    ]
    # Shots that are shorter than a window still count: the transform pads them with zeros.
    pieces = pieces or signals
    windowed = [(piece - piece.mean()) * (window if len(piece) == length else 1) for piece in pieces]
    spectrum: np.ndarray = np.square(np.abs([np.fft.rfft(piece, length) for piece in windowed])).mean(0)[1:]
    return spectrum


def _replay(path: np.ndarray, observed: ObservedPath, tolerance: float, fps: float) -> float:
    distances, times = along(path, observed)
    return float(in_order(times, fps, distances < tolerance).mean())


def in_order(
    times: np.ndarray, fps: float, close: np.ndarray | None = None, *, fastest: float = np.inf, slack: float = 0.0
) -> np.ndarray:
    """Which frames belong to stretches of half a second or more that go through the clip one way: bool [F].

    Args:
        times: frame number of the clip that each frame is at, [F].
        fps: frames a second.
        close: bool [F], the frames that may belong to a stretch; all by default.
        fastest: a stretch goes on by at most so many of the clip's frames a frame.
        slack: it may go back by so many of the clip's frames a frame.
    """
    close = np.ones(len(times), bool) if close is None else close
    pace = np.diff(times)
    steady = close[1:] & close[:-1]
    least = max(2, round(REPLAY_SECONDS * fps))
    # Runs forward and back; a frame that keeps its place belongs to both.
    covered = np.zeros(len(times), bool)
    for forward in (pace, -pace):
        runs = steady & (forward >= -slack) & (forward <= fastest)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], runs, [False]])))
        for first, end in edges.reshape(-1, 2):
            if end - first + 1 >= least:
                covered[first : end + 1] = True
    return covered


def along(path: np.ndarray, observed: ObservedPath) -> tuple[np.ndarray, np.ndarray]:
    """Distance to the observed path, and the fractional frame number of its nearest point: [F], [F]."""
    here = observed.moves
    origin = observed.embeddings[here]
    way = observed.embeddings[observed.following[here]] - origin
    lengths = np.maximum(np.square(way).sum(1), 1e-18)
    distances, times = [], []
    for first in range(0, len(path), ROWS):
        some = path[first : first + ROWS]
        products = some @ way.T - (origin * way).sum(1)
        share = np.clip(products / lengths, 0, 1)
        apart = np.square(some).sum(1)[:, None] - 2 * some @ origin.T + np.square(origin).sum(1)
        apart = apart - 2 * share * products + np.square(share) * lengths
        best = apart.argmin(1)
        rows = np.arange(len(some))
        distances.append(np.sqrt(np.maximum(apart[rows, best], 0)))
        times.append(here[best] + share[rows, best])
    return np.concatenate(distances), np.concatenate(times)


def _period(path: np.ndarray, tolerance: float) -> int:
    if len(path) < PERIOD_FRAMES + LONGEST_PERIOD:
        return 0
    end = path[-PERIOD_FRAMES:]
    for lag in range(1, LONGEST_PERIOD + 1):
        before = path[-PERIOD_FRAMES - lag : -lag]
        if np.linalg.norm(end - before, axis=1).max() < tolerance:
            return lag
    return 0
