"""Tempo and amplitude of a life beside its clip, from pictures alone.

A picture's *pose* is its dense optical flow from one frame of the clip, the reference, in the clip's own motion modes
(principal components of the flow of its frames). Life and clip have the same reference, modes, rate and size, so their
poses are comparable. The pose's *slow mean* is its moving average over SLOW_SECONDS, weighted by a Hann window: equal
weights would enlarge some frequencies by a fifth. What the pose does about its slow mean is measured:

- amplitude: standard deviation about the slow mean, over all modes together, ÷ the clip's;
- tempo: centroid of the power spectrum about the slow mean, over all modes together, ÷ the clip's. The spectrum is that
  of whole stretches without a window: a clip has few seconds, of which a window (Welch 1967) leaves out the ends. On
  three clips two halves of a life at its clip's speed then had tempos of 0.9 to 1.4 instead of 0.85 to 1.1.

A slow mean takes away what is slower than itself. So a life that plays a slow clip at half speed loses amplitude, and
its tempo is above 0.5. Both are exact where the motion takes a second or less.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

import cv2
import numpy as np

from alive_cli.media.sampling import evenly_spread
from alive_cli.media.warping import reduce
from alive_cli.progress import Progress, Steps, silent
from alive_cli.report.living import observed_path
from alive_cli.report.pictures import moving_pixels
from alive_cli.report.rollouts import JudgedRollout
from alive_cli.runtime.controls import Controls
from alive_cli.runtime.scene import Scene
from alive_cli.threads import over_cores

STAGE = "Checking how fast and how far it moves"
"""The progress bar shows this text while tempo and amplitude are measured."""
SIDE = 144
"""The longest side of a measured picture has so many pixels; flow of larger ones takes longer and says the same."""
DRAWN_SIDE = 288
"""A scene draws pictures of at most this longest side before they are reduced, so that aliasing is no motion."""
CELL = 4
"""Flow is averaged over cells of so many pixels a side."""
MODES = 12
"""A pose has at most so many coefficients; they hold 94 to 99 % of the flow's energy on four clips."""
SLOW_SECONDS = 4.0
"""The slow mean is taken over so many seconds, or over all of a shorter clip. About it, motion that takes two seconds
or less keeps its amplitude, motion that takes four has half of it, and motion that takes ten a tenth."""
LONGEST_STRETCH_SECONDS = 10.0
"""Poses are measured in stretches of at most so many seconds, and those of a life are no longer than the clip's,
because the slow mean is less good at the ends."""
MOST_FRAMES = 900
"""At most so many frames of a clip are measured, in stretches that are spread evenly."""
LOOK_SIDE = 12
"""The reference is the frame whose thumbnail of this side is nearest to the median of all."""
LEAST_SPREAD = 0.02
"""A clip whose flow varies by fewer pixels, root mean square over the picture, has no tempo: that is noise."""
LEAST_STRETCH = 8
"""A stretch of fewer frames is left out."""
LIFE_FRAMES, SEEDS = 600, (0, 1, 2)
"""So many frames of a life of each seed are measured by default."""
JUDGED_LIVES, JUDGED_FRAMES = 2, 300
"""`alive eval` measures so many lives, and so many frames of each, because drawing them takes its time."""


@dataclass(frozen=True)
class Tempo:
    """The figures of a life."""

    tempo: float
    """Spectral centroid ÷ the clip's: 1 as fast as the clip, 0.5 half as fast."""
    amplitude: float
    """Standard deviation about the slow mean ÷ the clip's."""
    centroid: float
    """Spectral centroid of the life, in hertz."""
    centroid_clip: float
    """The same of the clip."""
    frames: int
    """Number of measured pictures of the life."""


@dataclass(frozen=True)
class Motion:
    """How poses move about their slow mean."""

    deviation: float
    """Root mean square over frames of the pose about its slow mean, in pixels of the measured picture."""
    centroid: float
    """Centroid of its power spectrum, in hertz."""


@dataclass(frozen=True)
class PoseReference:
    """What measures the pose of a picture, and the clip's own motion."""

    grey: np.ndarray
    """uint8 [h, w]: the reference, the frame of the clip that looks most like all others."""
    mean: np.ndarray
    """float64 [V]: the mean flow of the clip."""
    modes: np.ndarray
    """float64 [S, V]: motion modes of the clip, orthonormal."""
    fps: float
    longest: int
    """Frames of the longest stretch of the clip."""
    clip: Motion

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a measured picture."""
        return self.grey.shape[1], self.grey.shape[0]

    def poses(self, pictures: Iterable[np.ndarray], step: Callable[[], None] = lambda: None) -> np.ndarray:
        """The poses of pictures in a row, uint8 [H, W, 3] in the clip's proportions: float64 [F, S], in pixels.

        Args:
            step: it is called after each picture.
        """
        small = [cv2.cvtColor(reduce(picture, self.size), cv2.COLOR_RGB2GRAY) for picture in pictures]
        flow = np.empty((len(small), len(self.mean)))
        for number, each in enumerate(_flows(self.grey, small)):
            flow[number] = each
            step()
        return _pose(flow, self.mean, self.modes)

    def judge(self, stretches: Iterable[np.ndarray]) -> Tempo:
        """The figures of lives.

        Args:
            stretches: poses in a row, each float64 [F, S], F ≥ 8, at the clip's rate.
        """
        parts = [part for stretch in stretches for part in _cut(stretch, self.longest)]
        motion = motion_of(parts, self.fps, self.longest)
        return Tempo(
            tempo=round(motion.centroid / self.clip.centroid, 3),
            amplitude=round(motion.deviation / self.clip.deviation, 3),
            centroid=round(motion.centroid, 3),
            centroid_clip=round(self.clip.centroid, 3),
            frames=sum(map(len, parts)),
        )


def pose_reference(
    frames: np.ndarray, fps: float, following: np.ndarray | None = None, step: Callable[[], None] = lambda: None
) -> PoseReference | None:
    """What a clip, uint8 [N, H, W, 3], says about poses; it is computed once for all lives that are measured.

    Args:
        fps: frames of the clip a second.
        following: int [N], the frame after each, −1 before a cut; by default there is no cut.
        step: it is called after each frame that is measured.

    Returns:
        None if the clip can't tell: it hardly moves, or has no eight frames in a row.
    """
    runs = _stretches(len(frames), fps, following)
    if not runs:
        return None
    height, width = frames.shape[1:3]
    scale = SIDE / max(height, width)
    size = max(CELL, round(width * scale)), max(CELL, round(height * scale))
    chosen = np.concatenate(runs)
    small = np.stack([reduce(frames[number], size) for number in chosen])
    if not moving_pixels(small).any():
        return None
    looks = np.stack([cv2.resize(each, (LOOK_SIDE, LOOK_SIDE), interpolation=cv2.INTER_AREA) for each in small])
    looks = looks.reshape(len(small), -1).astype(np.float64)
    nearest = int(np.square(looks - np.median(looks, axis=0)).sum(1).argmin())
    greys = [cv2.cvtColor(each, cv2.COLOR_RGB2GRAY) for each in small]
    flow = []
    for each in _flows(greys[nearest], greys):
        flow.append(each)
        step()
    flows = np.stack(flow).astype(np.float64)
    mean = flows.mean(0)
    modes = _principal(flows - mean, MODES)
    edges = np.cumsum([len(run) for run in runs])[:-1]
    poses = [_pose(part, mean, modes) for part in np.split(flows, edges)]
    longest = max(map(len, runs))
    clip = motion_of(poses, fps, longest)
    if clip.deviation < LEAST_SPREAD * np.sqrt(len(mean)):
        return None
    return PoseReference(greys[nearest], mean, modes, fps, longest, clip)


def motion_of(stretches: Sequence[np.ndarray], fps: float, longest: int) -> Motion:
    """How poses move about their slow mean.

    Args:
        stretches: poses in a row, each float64 [F, S].
        longest: frames of the clip's longest stretch; the slow mean takes half of it at most.
    """
    slow = max(3, min(round(SLOW_SECONDS * fps), longest)) | 1
    squares, weighted, count = 0.0, 0.0, 0
    for stretch in stretches:
        about = stretch - slow_mean(stretch, slow)
        # Each stretch counts as much as it has power a second, by Parseval's theorem, times its length.
        power = np.square(np.abs(np.fft.rfft(about, axis=0))).sum(1) * 2 / len(about)
        power[0] /= 2
        if len(about) % 2 == 0:
            power[-1] /= 2
        squares += float(power.sum())
        weighted += float((np.fft.rfftfreq(len(about), 1 / fps) * power).sum())
        count += len(about)
    return Motion(deviation=float(np.sqrt(squares / max(count, 1))), centroid=weighted / max(squares, 1e-300))


def slow_mean(poses: np.ndarray, frames: int) -> np.ndarray:
    """Moving average of poses [F, S] over an odd number of frames, Hann weighted: [F, S].

    At the ends it is that of the frames that there are.
    """
    weights, reach = np.hanning(frames + 2)[1:-1], frames // 2

    def summed(values: np.ndarray) -> np.ndarray:
        return np.convolve(values, weights)[reach : reach + len(values)]

    total = summed(np.ones(len(poses)))
    return np.stack([summed(values) / total for values in poses.T], axis=1)


def judge_tempo(
    scene: Scene, frames: np.ndarray, rollouts: Sequence[JudgedRollout], progress: Progress = silent
) -> dict[str, Any] | None:
    """Tempo and amplitude of the ends of a scene's rollouts: two of JUDGED_FRAMES frames each.

    Args:
        frames: the clip that the scene was fitted to, uint8 [N, H, W, 3], in the order of its bank.
        rollouts: at least one.

    Returns:
        The figures of `Tempo` by name; None if the clip can't tell (see `pose_reference`).
    """
    lives = [rollout.embeddings[-JUDGED_FRAMES:] for rollout in rollouts[:JUDGED_LIVES]]
    steps = Steps(STAGE, min(len(frames), MOST_FRAMES) + sum(map(len, lives)), progress)
    reference = reference_of_scene(scene, frames, steps.next)
    if reference is None or min(map(len, lives)) < LEAST_STRETCH:
        return None
    return asdict(reference.judge([reference.poses(drawn(scene, life), steps.next) for life in lives]))


def evaluate_tempo(
    scene: Scene,
    reference: PoseReference,
    *,
    controls: Controls | None = None,
    seeds: Sequence[int] = SEEDS,
    frames: int = LIFE_FRAMES,
    progress: Progress = silent,
) -> Tempo:
    """Tempo and amplitude of a scene's lives, drawn at the scene's own rate.

    Args:
        reference: what `pose_reference` says of the scene's clip.
        controls: the scene's defaults if None.
        seeds: one life each.
        frames: number of frames of each life.
    """
    steps = Steps(STAGE, len(seeds) * frames, progress)
    lives = (islice(scene.live(scene.life(controls, seed=seed)), frames) for seed in seeds)
    return reference.judge([reference.poses(drawn(scene, life), steps.next) for life in lives])


def reference_of_scene(
    scene: Scene, frames: np.ndarray, step: Callable[[], None] = lambda: None
) -> PoseReference | None:
    """What measures the poses of a scene's lives.

    Args:
        frames: the clip that the scene was fitted to, uint8 [N, H, W, 3], in the order of its bank.
        step: it is called after each frame that is measured.
    """
    following = observed_path(scene).following
    return pose_reference(frames[: len(following)], scene.fps, following, step)


def drawn(scene: Scene, embeddings: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Pictures of embeddings, uint8 [H, W, 3], as large as `PoseReference.poses` needs them."""
    size = scene.size_up_to(DRAWN_SIDE)
    for embedding in embeddings:
        yield scene.draw(embedding, size)


def _stretches(count: int, fps: float, following: np.ndarray | None) -> list[np.ndarray]:
    """Numbers of frames in a row without a cut, MOST_FRAMES in all: int [F] each."""
    numbers = np.arange(count)
    cuts = numbers[1:] if following is None else numbers[1:][following[: count - 1] != numbers[1:]]
    runs = np.split(numbers, [] if following is None else cuts)
    parts = [part for run in runs for part in _cut(run, round(LONGEST_STRETCH_SECONDS * fps))]
    most = max(1, MOST_FRAMES * len(parts) // max(1, sum(map(len, parts))))
    return [parts[number] for number in evenly_spread(len(parts), most)]


def _cut(row: np.ndarray, longest: int) -> list[np.ndarray]:
    """A row in parts of equal length, as few as there can be, each no longer than `longest` and no shorter than 8."""
    parts = np.array_split(row, max(1, -(-len(row) // max(longest, LEAST_STRETCH))))
    return [part for part in parts if len(part) >= LEAST_STRETCH]


def _flows(reference: np.ndarray, greys: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
    """The flow from a reference to each of some pictures, all uint8 [h, w], averaged over cells: float32 [V] each."""
    height, width = reference.shape
    cells = max(1, width // CELL), max(1, height // CELL)

    def flow(grey: np.ndarray) -> np.ndarray:
        # One search a picture, because it keeps what it computed for the one before.
        search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        whole = search.calc(reference, grey, None)  # type: ignore[call-overload]
        averaged: np.ndarray = cv2.resize(whole, cells, interpolation=cv2.INTER_AREA).reshape(-1)
        return averaged

    return over_cores(flow, greys)


def _principal(flows: np.ndarray, most: int) -> np.ndarray:
    """The principal components of centred flows [N, V], the strongest first, orthonormal: float64 [≤ most, V]."""
    values, vectors = np.linalg.eigh(flows @ flows.T)
    kept = np.flatnonzero(values > max(1e-9 * values[-1], 1e-12))[::-1][:most]
    modes: np.ndarray = (flows.T @ (vectors[:, kept] / np.sqrt(values[kept]))).T
    return modes


def _pose(flows: np.ndarray, mean: np.ndarray, modes: np.ndarray) -> np.ndarray:
    """Poses of flows in a row [F, V]: float64 [F, S].

    Each is the median of three in time, since flow errs now and then where a picture looks unlike the reference.
    """
    poses: np.ndarray = (flows - mean) @ modes.T
    if len(poses) < 3:
        return poses
    middle: np.ndarray = np.median([poses[:-2], poses[1:-1], poses[2:]], axis=0)
    return np.concatenate([middle[:1], middle, middle[-1:]])
