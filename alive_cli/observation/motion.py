"""All motion of a clip: motion modes, keyframes, and how each frame is made of them."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from alive_cli.media.sampling import evenly_spread
from alive_cli.media.warping import cell_sizes, compose, inverse, reduce, resize
from alive_cli.observation.keyframes import around, choose_keyframes
from alive_cli.observation.modes import principal_directions
from alive_cli.observation.parallel import in_threads
from alive_cli.observation.recurrence import earlier_frames, stretches_of
from alive_cli.observation.reduced import ReducedClip
from alive_cli.observation.registration import POINTS, Registration, mixture
from alive_cli.observation.tree import LooksTree
from alive_cli.progress import Progress, silent
from alive_cli.threads import Aside

MODES = 48
"""A scene has at most so many motion modes; they hold 96 to 99 % of the flow of the clips that were tried."""
CELL, LEAST_CELLS, MOST_CELLS = 16, 24, 64
"""The motion grid has one cell for so many pixels of the longest side, within these limits: finer modes fit noise."""
FEWER_POINTS = 4000
"""Frames are first registered at so many points: they are registered again with the modes as the trunk draws them."""
MOST_ROWS = 6000
"""The modes are taken from at most so many flows, evenly spread, because more hardly change them."""
FAR_POINTS = 3000
"""Motion to keyframes far away in time is registered at so many points: only transitions use it, and there is more of
it than of any other."""
NEIGHBOURS = 3
"""Frames at most so many apart need nearly the same correction of their way to a keyframe over the reference."""
SMOOTH = 1.0
"""A composed flow is blurred by so many pixels before it is refined, because composing roughens it."""
MOTION_STAGE = "Finding motion"
"""The progress bar shows this text while the flow between frames and keyframes is computed."""


@dataclass(frozen=True)
class Motion:
    """N frames, made of K keyframes by S motion modes."""

    modes: np.ndarray
    """float32 [S, gh, gw, 2]: displacements in longest sides, orthonormal over all cells."""
    keyframes: np.ndarray
    """int64 [K]: numbers of the frames."""
    places: np.ndarray
    """int64 [N, 2]: the keyframes, as places among the K, before and after each frame, or before and after the earlier
    frame that it looks like; equal at a keyframe."""
    earlier: np.ndarray
    """int64 [N]: the frame that each one looks like and that is new; itself for a new one."""
    weights: np.ndarray
    """float32 [N, 2], sum 1: how much of a frame each of the two explains."""
    coefficients: np.ndarray
    """float32 [N, 2, S]: motion from each frame to its two keyframes."""
    reference: int
    """The keyframe, as a place among the K, that poses are measured from."""
    keyframe_poses: np.ndarray
    """float32 [K, gh, gw, 2]: motion from each keyframe to the reference."""
    poses: np.ndarray
    """float32 [N, S]: coefficients of the motion from each frame to the reference."""


def find_motion(
    clip: ReducedClip, stretches: list[tuple[int, int]], seed: int = 0, progress: Progress = silent
) -> Motion:
    """Find the motion of a clip.

    Args:
        stretches: first and last frame of each stretch without a cut.
    """
    count = len(clip.looks)
    earlier = earlier_frames(clip, stretches)
    new = stretches_of(earlier == np.arange(count), stretches)
    keyframes = choose_keyframes(clip.coarse, new)
    grid = motion_grid(clip.fine.frame_size)
    places = around(keyframes, new, count)[earlier]
    posing = Aside(lambda: _poses_of_keyframes(clip, keyframes))  # one after the other, on one core
    flows = _flows_to_keyframes(clip, keyframes, places, grid, progress)  # [N, 2, gh, gw, 2]
    reference, keyframe_poses = posing.result()
    cells = cell_sizes(*grid, clip.fine.frame_size)
    reduced = np.stack([reduce(pose, grid) for pose in keyframe_poses])

    def poses_of(flows: np.ndarray) -> np.ndarray:
        """Motion from each frame to the reference, [N, gh, gw, 2], through both its keyframes."""
        return np.stack(
            [
                sum(
                    weight * compose(flow, reduced[place], cells)
                    for weight, flow, place in zip(shares[number], flows[number], places[number], strict=True)
                )
                for number in range(count)
            ]
        )

    shares = _shares(keyframes, places, earlier)
    poses = poses_of(flows)
    rows = np.concatenate([flows.reshape(2 * count, -1), poses.reshape(count, -1)])
    some = evenly_spread(len(rows), MOST_ROWS)
    directions = principal_directions(rows[some], min(MODES, count), seed)  # [S, gh·gw·2]
    if not len(directions):  # nothing moves
        directions = np.zeros((1, rows.shape[1]), np.float32)
    modes = directions.reshape(len(directions), grid[1], grid[0], 2)
    coefficients = (flows.reshape(2 * count, -1) @ directions.T).reshape(count, 2, -1)
    coefficients, weights = registered(
        clip,
        modes,
        keyframes,
        places,
        earlier,
        coefficients,
        seed,
        lambda done: progress(MOTION_STAGE, count + done, 2 * count),
        FEWER_POINTS,
    )
    spread = np.sqrt(np.square(poses.reshape(count, -1) @ directions.T).mean(0))
    registration = Registration(clip.fine, modes, spread, seed)

    def to_reference(place: int) -> np.ndarray:
        initial = directions @ reduced[place].reshape(-1)
        return registration.register(int(keyframes[place]), int(keyframes[reference]), initial)[0]

    for place, own in enumerate(in_threads(to_reference, range(len(keyframes)))):
        reduced[place] = (own @ directions).reshape(reduced[place].shape)
    poses = poses_of((coefficients @ directions).reshape(flows.shape))
    return Motion(
        modes=modes,
        keyframes=keyframes,
        places=places,
        earlier=earlier,
        weights=weights,
        coefficients=coefficients,
        reference=reference,
        keyframe_poses=reduced,
        poses=(poses.reshape(count, -1) @ directions.T).astype(np.float32),
    )


def motion_grid(size: tuple[int, int]) -> tuple[int, int]:
    """Columns and rows of the grid of motion for frames of a size in pixels."""
    longest = max(size)
    cells = min(MOST_CELLS, max(LEAST_CELLS, longest // CELL))
    return max(1, round(cells * size[0] / longest)), max(1, round(cells * size[1] / longest))


def registered(
    clip: ReducedClip,
    modes: np.ndarray,
    keyframes: np.ndarray,
    places: np.ndarray,
    earlier: np.ndarray,
    coefficients: np.ndarray,
    seed: int,
    on_frame: Callable[[int], None],
    points: int = POINTS,
) -> tuple[np.ndarray, np.ndarray]:
    """Improve the coefficients of all frames, [N, 2, S], and choose the weights of their keyframes, [N, 2].

    Args:
        on_frame: receives the number of frames that are done.
        points: brightness is compared at so many.
    """
    spread = np.sqrt(np.square(coefficients).mean((0, 1)))
    registration = Registration(clip.fine, modes, spread, seed, points)
    shares = _shares(keyframes, places, earlier)
    count = len(places)

    def work(number: int) -> tuple[np.ndarray, np.ndarray]:
        before, after = keyframes[places[number]]
        if before == number:
            return np.zeros_like(coefficients[number]), np.array([1, 0], np.float32)
        if before == after:
            own, _ = registration.register(number, before, coefficients[number, 0])
            return np.stack([own, own]), np.array([1, 0], np.float32)
        (first, seen), (second, also_seen) = (
            registration.register(number, frame, own)
            for frame, own in zip((before, after), coefficients[number], strict=True)
        )
        weight = mixture(registration.brightness(number), seen, also_seen, shares[number, 0])
        return np.stack([first, second]), np.array([weight, 1 - weight], np.float32)

    improved, weights = np.empty_like(coefficients, np.float32), np.empty((count, 2), np.float32)
    for number, (own, weight) in enumerate(in_threads(work, range(count))):
        improved[number], weights[number] = own, weight
        on_frame(number + 1)
    return improved, weights


def _flows_to_keyframes(
    clip: ReducedClip, keyframes: np.ndarray, places: np.ndarray, grid: tuple[int, int], progress: Progress
) -> np.ndarray:
    """Flow from each frame to the keyframes before and after it, on the motion grid: float32 [N, 2, gh, gw, 2]."""
    fine = clip.fine
    still = np.zeros((2, grid[1], grid[0], 2), np.float32)

    def work(number: int) -> np.ndarray:
        before, after = keyframes[places[number]]
        if before == number:
            return still
        here = fine.greys[number]
        return np.stack([reduce(fine.between(here, fine.greys[end]), grid) for end in (before, after)])

    flows = np.empty((len(places), *still.shape), np.float32)
    searched = _searched(places)
    for number, flow in zip(searched, in_threads(work, searched), strict=True):
        flows[number] = flow
        progress(MOTION_STAGE, number + 1, 2 * len(places))
    for number in set(range(len(places))).difference(searched):
        flows[number] = (flows[number - 1] + flows[number + 1]) / 2
    return flows


def _searched(places: np.ndarray) -> list[int]:
    """The frames, in order, to whose keyframes flow is searched: every second one of those with the same two, and the
    last. The others lie between two of them, and what their flow is off the registration puts right."""
    edges = np.flatnonzero((np.diff(places, axis=0) != 0).any(1)) + 1
    runs = np.split(np.arange(len(places)), edges)
    return [int(number) for run in runs for number in run if (number - run[0]) % 2 == 0 or number == run[-1]]


def _poses_of_keyframes(clip: ReducedClip, keyframes: np.ndarray) -> tuple[int, np.ndarray]:
    """The reference among the keyframes, and the flow from each to it: float32 [K, h, w, 2].

    Flow over a longer way is composed along the tree of looks, and refined.
    """
    coarse = clip.coarse
    tree = LooksTree.of(clip.looks[keyframes])
    poses = np.zeros((len(keyframes), *coarse.size[::-1], 2), np.float32)
    for place in tree.order[1:]:
        parent = tree.parent[place]
        here = coarse.greys[keyframes[place]]
        step = coarse.between(here, coarse.greys[keyframes[parent]])
        way = cv2.GaussianBlur(compose(step, poses[parent], coarse.cells), (0, 0), SMOOTH)
        poses[place] = coarse.refined(here, coarse.greys[keyframes[tree.root]], way)
    return tree.root, poses


def _shares(keyframes: np.ndarray, places: np.ndarray, earlier: np.ndarray) -> np.ndarray:
    """The weights of the two keyframes of each frame by time alone: float32 [N, 2]."""
    before, after = keyframes[places].T
    share = np.where(after > before, (after - earlier) / np.maximum(after - before, 1), 1.0)
    return np.stack([share, 1 - share], 1).astype(np.float32)


class FarMotion:
    """Motion from frames to keyframes that are not around them in time."""

    def __init__(self, clip: ReducedClip, motion: Motion, seed: int = 0) -> None:
        """Prepare the way back from the reference to each keyframe."""
        self._clip, self._motion = clip, motion
        size, cells = clip.coarse.size, clip.coarse.cells
        self._back = list(in_threads(lambda pose: inverse(resize(pose, size), cells), list(motion.keyframe_poses)))
        self._directions = motion.modes.reshape(len(motion.modes), -1)
        spread = np.sqrt(np.square(motion.poses).mean(0))
        self._registration = Registration(clip.coarse, motion.modes, spread, seed, FAR_POINTS)

    def coefficients(self, frames: list[int], place: int) -> list[np.ndarray]:
        """Coefficients, float32 [S] each, of the motion from frames to the keyframe at a place among the K.

        Dense flow corrects the way of the first frame over the reference. The others of a run of neighbours begin with
        the correction that the one before needed, so they do without flow, and fit better.

        Args:
            frames: numbers in order.
        """
        coarse, keyframe = self._clip.coarse, int(self._motion.keyframes[place])
        solved: list[np.ndarray] = []
        correction, before = None, 0
        for frame in frames:
            way = self._over_reference(frame, place)
            initial = self._reduced(way)
            if correction is None or frame - before > NEIGHBOURS:
                start = self._reduced(coarse.refined(coarse.greys[frame], coarse.greys[keyframe], way))
            else:
                start = initial + correction
            solved.append(self._registration.register(frame, keyframe, start)[0])
            correction, before = solved[-1] - initial, frame
        return solved

    def _over_reference(self, frame: int, place: int) -> np.ndarray:
        """Motion from a frame to the reference and from there to a keyframe: float32 [h, w, 2] of coarse pictures."""
        coarse, motion = self._clip.coarse, self._motion
        _, rows, columns, _ = motion.modes.shape
        pose = (motion.poses[frame] @ self._directions).reshape(rows, columns, 2)
        return compose(resize(pose, coarse.size), self._back[place], coarse.cells)

    def _reduced(self, flow: np.ndarray) -> np.ndarray:
        """The coefficients, float32 [S], of flow [h, w, 2]."""
        _, rows, columns, _ = self._motion.modes.shape
        coefficients: np.ndarray = self._directions @ reduce(flow, (columns, rows)).reshape(-1)
        return coefficients
