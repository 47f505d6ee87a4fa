"""Actions: movements that a scene can do, from the velocity of its pose alone, without labels.

Windows of velocity are compared by their direction, so left is not right. The window that most others are like begins a
cluster, then the one that most of the rest are like, and so on; spherical k-means (Dhillon & Modha 2001) refines the
clusters, with a class for what is like none. Compare Menapace et al., *Playable Video Generation*, 2021, who learn such
clusters from many clips.
"""

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np

from alive_cli.media.alpha import NEUTRAL
from alive_cli.report.clustering import principal
from alive_cli.report.living import observed_path
from alive_cli.report.pose_space import PoseSpace
from alive_cli.runtime.goal_paths import GoalPaths
from alive_cli.runtime.scene import Scene
from alive_cli.runtime.steering import Steering
from bundle_spec.container import Bundle
from bundle_spec.features.actions import with_actions
from bundle_spec.limits import MAX_OCCURRENCES

CYCLE = 0.5
"""An action lasts so much of the clip's mean cycle: the way there without the way back."""
SHORTEST, LONGEST = 0.5, 1.2
"""An action lasts a number of seconds in this range."""
ALIKE = 0.6
"""Occurrences correlate at least so well with the mean of their action."""
APART = 0.5
"""The means of two actions correlate at most so well."""
FEWEST, MOST = 3, 8
"""If fewer actions than this recur, others occur once; there are at most so many."""
SHARED, SHARED_ONCE = 0.25, 0.5
"""Occurrences of two actions share at most the first part of their frames, or the second where one occurs once."""
ECHO = 0.4
"""A cluster that becomes a larger one if it is moved by at most this part of an action's length is the same action."""
STILL_SHARE = 0.5
"""A window is still if its velocity (root mean square) is below this share of that of all windows."""
STILL = 0.002
"""A clip is still if what moves most leaves its mean by less than this share of the longest side (root mean square):
one pixel of 500."""
SMOOTHING = 0.05
"""Velocities are smoothed over so many seconds (standard deviation), because flow is noisy from frame to frame."""
COMPONENTS, TIMES = 12, 8
"""A window holds the velocity of so many principal components at so many times."""
SEEDS, FEWEST_SEEDS, COMPARED = 400, 24, 400_000
"""So many windows, evenly spread, may begin a cluster; on a long clip as many fewer as keep the comparisons of windows
at the third number."""
ROUNDS = 5
"""So many rounds of k-means suffice."""
TRIED, PATHS = 24, 16
"""So many movements that occur once are tried, each on so many paths from frames that are spread over the clip."""
STRAIGHT = 0.35
"""A movement goes somewhere if its way from end to end is at least this share of its length; others go to and fro."""
DIAGONAL = math.tan(math.radians(22.5))
"""A movement is diagonal if the smaller part of its direction is above this share of the larger one."""
TURNING = 0.4
"""A movement has a direction if a look explains at least this share of it."""
UNNAMED = "move"
"""An action without a direction has this name."""
ROUND = "This scene goes round in a circle, as a photograph that flows does, so it has no actions."
"""People read this where a motion graph leaves nothing to choose."""
NO_TRANSITIONS = "This scene's behavior does no actions; fit the clip with --recipe living."
"""People read this where a scene has no motion graph."""


@dataclass(frozen=True)
class Clusters:
    """What looking for actions gave."""

    length: int
    """Frames of an occurrence."""
    starts: list[list[int]]
    """The first frame of each occurrence of each cluster."""
    reason: str = ""
    """Why there are none, as a sentence; empty if there are."""


def with_own_actions(bundle: Bundle) -> Bundle:
    """An exported bundle with the actions of its scene, if it had none; where there are none to be had, as it was."""
    if bundle.manifest.actions or bundle.manifest.behavior is None or bundle.manifest.behavior.transitions is None:
        return bundle
    actions, _ = find_actions(Scene(bundle, device="cpu").on(NEUTRAL))
    return Bundle(with_actions(bundle.manifest, actions), bundle.parts) if actions else bundle


def find_actions(scene: Scene) -> tuple[dict[str, list[list[int]]], str]:
    """The actions of a scene, by name: the first and the last observed frame of each occurrence; and a sentence that
    says why there are none, or an empty string."""
    if scene.graph is None:
        return {}, NO_TRANSITIONS
    if scene.graph.round is not None:
        return {}, ROUND
    steering = scene.steering
    if steering is not None and float(np.square(steering.modes).sum((0, 3)).max()) < STILL**2:
        return {}, "The clip hardly moves, so it has no actions."
    path = PoseSpace.of(scene).poses(scene.embeddings)
    clusters = cluster(path, observed_path(scene).following, scene.fps, scene.graph.goal_paths)
    ranges = [[[first, first + clusters.length - 1] for first in each] for each in clusters.starts]
    names = _unique([_direction(scene.embeddings, each, steering) for each in ranges])
    return dict(zip(names, ranges, strict=True)), clusters.reason


def cluster(path: np.ndarray, following: np.ndarray, fps: float, paths: GoalPaths) -> Clusters:
    """Cluster the movements of a path, those that take most time first.

    Args:
        path: the pose of each frame, [N, S].
        following: int [N], the next frame, or −1 where a cut or the end follows.
        fps: frames a second.
        paths: they lead to the occurrences.
    """
    velocities = _velocities(path, following, fps)
    length = _length(velocities, path, fps)
    if len(path) < 2 * length:
        return Clusters(length, [], "The clip is too short for actions.")
    windows, energy, straight = _windows(velocities, following, length)
    moving = energy > STILL_SHARE * math.sqrt(float(np.square(energy).mean()))
    if not moving.any():
        return Clusters(length, [], "Nothing moves in the clip.")
    means = _seeds(windows, straight, moving, length)
    starts = _occurrences(windows, means, moving, length)
    for _ in range(ROUNDS):
        members = [each for each in starts if each]
        if not members:
            break
        means = np.stack([_units(windows[each].mean(0)) for each in members])
        starts = _occurrences(windows, means, moving, length)
    recurring = sorted((each for each in starts if len(each) > 1), key=len, reverse=True)
    starts = _without_echoes(recurring, windows, min(TIMES, length - 1))[:MOST]
    if len(starts) < FEWEST:
        means = np.stack([windows[each].mean(0) for each in starts]) if starts else means[:0]
        starts += _occurring_once(windows, means, moving, starts, length, paths)
    return Clusters(length, starts)


def _velocities(path: np.ndarray, following: np.ndarray, fps: float) -> np.ndarray:
    """Smoothed principal components of the motion from each frame to the next, [N, C]; 0 before a cut."""
    reduced = principal(path, COMPONENTS)
    velocities = np.where((following >= 0)[:, None], reduced[following] - reduced, 0)
    spread = SMOOTHING * fps
    reach = math.ceil(3 * spread)
    weights = np.exp(-0.5 * np.square(np.arange(-reach, reach + 1) / max(spread, 1e-6)))
    kernel = weights / weights.sum()
    return np.stack([np.convolve(np.pad(each, reach, "edge"), kernel, "valid") for each in velocities.T], 1)


def _length(velocities: np.ndarray, path: np.ndarray, fps: float) -> int:
    """Frames of an action: CYCLE of the clip's cycle, whose frequency is that of a sine with its spread and speed."""
    spread, speed = (math.sqrt(float(np.square(each).sum(1).mean())) for each in (path - path.mean(0), velocities))
    seconds = CYCLE * 2 * math.pi * spread / max(speed * fps, 1e-12)
    return max(2, round(min(max(seconds, SHORTEST), LONGEST) * fps))


def _windows(velocities: np.ndarray, following: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Windows of unit length, float32 [W, F]; their lengths before, [W], 0 where a cut is inside; and how straight they
    are, [W]: the way from end to end as a share of the length of the motion."""
    places = np.arange(len(velocities) - length + 1)
    offsets = np.linspace(0, length - 2, min(TIMES, length - 1)).round().astype(int)
    steps = velocities[places[:, None] + offsets]  # [W, TIMES, C]
    straight = np.linalg.norm(steps.sum(1), axis=1) / np.maximum(np.linalg.norm(steps, axis=2).sum(1), 1e-12)
    windows = steps.reshape(len(places), -1)
    cuts = np.cumsum(np.append(0, following < 0))
    windows[cuts[places + length - 1] > cuts[places]] = 0
    energy = np.linalg.norm(windows, axis=1)
    return (windows / np.maximum(energy, 1e-12)[:, None]).astype(np.float32), energy, straight


def _seeds(windows: np.ndarray, straight: np.ndarray, moving: np.ndarray, length: int) -> np.ndarray:
    """The means of clusters, [K, F]. Each begins at the window that has most that is like it among what is left.

    Straight windows are preferred, because they begin and end where the motion turns.
    """
    candidates = np.flatnonzero(moving)
    seeds = min(SEEDS, max(FEWEST_SEEDS, COMPARED // len(windows)), len(candidates))
    candidates = candidates[np.linspace(0, len(candidates) - 1, seeds).round().astype(int)]
    apart = round((1 - SHARED) * length)
    left, means = moving.copy(), np.empty((0, windows.shape[1]), np.float32)
    while len(means) < 2 * MOST:
        distinct = (windows[candidates] @ means.T).max(1, initial=-1.0) < APART
        candidates = candidates[left[candidates] & distinct]
        if not len(candidates):
            break
        best, most = [int(candidates[0])], 0.0
        for candidate in candidates:
            alike = np.where(left, windows @ windows[candidate], -1)
            places = _separate(alike, length)
            if (likeness := float(straight[candidate] * alike[places].sum())) > most:
                best, most = places, likeness
        means = np.concatenate([means, _units(windows[best].mean(0))[None]])
        for first in best:
            left[max(0, first - apart + 1) : first + apart] = False
    return means


def _separate(alike: np.ndarray, length: int) -> list[int]:
    """The places of the windows that are most alike, [W], the best first; none overlaps a better one."""
    alike = alike.copy()
    places: list[int] = []
    while len(places) < MAX_OCCURRENCES and alike[best := int(alike.argmax())] >= ALIKE:
        places.append(best)
        alike[max(0, best - length + 1) : best + length] = -1
    return places


def _occurrences(windows: np.ndarray, means: np.ndarray, moving: np.ndarray, length: int) -> list[list[int]]:
    """The first frames of the occurrences of each cluster. Two of different clusters share at most a part of their
    frames, so that no cluster is another one a little later."""
    alike = np.where(moving[:, None], windows @ means.T, -1)  # [W, K]
    alike[alike < alike.max(1, keepdims=True)] = -1
    starts: list[list[int]] = [[] for _ in means]
    while alike.max() >= ALIKE:
        first, cluster = divmod(int(alike.argmax()), len(means))
        starts[cluster].append(first)
        apart = round((1 - SHARED) * length)
        alike[max(0, first - apart + 1) : first + apart] = -1
        alike[max(0, first - length + 1) : first + length, cluster] = -1
        if len(starts[cluster]) == MAX_OCCURRENCES:
            alike[:, cluster] = -1
    return [sorted(each) for each in starts]


def _without_echoes(starts: list[list[int]], windows: np.ndarray, times: int) -> list[list[int]]:
    """Clusters without those that are a larger one, a little earlier or later.

    Args:
        times: at so many times a window holds the velocity.
    """
    kept: list[list[int]] = []
    means: list[np.ndarray] = []
    reach = round(ECHO * times)
    for each in starts:
        mean = _units(windows[each].mean(0)).reshape(times, -1)
        padded = np.pad(mean, ((reach, reach), (0, 0)))
        shifted = [padded[shift : shift + times] for shift in range(2 * reach + 1)]
        if max((float((one * other).sum()) for one in shifted for other in means), default=0.0) < ALIKE:
            kept.append(each)
            means.append(mean)
    return kept


def _occurring_once(
    windows: np.ndarray, means: np.ndarray, moving: np.ndarray, starts: list[list[int]], length: int, paths: GoalPaths
) -> list[list[int]]:
    """Movements that are like none of some clusters, those first that a rollout comes to soonest, up to FEWEST."""
    left, apart = moving.copy(), round((1 - SHARED_ONCE) * length)
    for first in [first for each in starts for first in each]:
        left[max(0, first - apart + 1) : first + apart] = False
    candidates = np.flatnonzero(left)
    candidates = candidates[np.linspace(0, len(candidates) - 1, min(TRIED, len(candidates))).round().astype(int)]
    chosen: list[list[int]] = []
    for first in sorted(candidates.tolist(), key=lambda each: _frames_to(each, paths, len(windows))):
        distinct = float((_units(means) @ windows[first]).max(initial=-1.0)) < APART
        if left[first] and distinct and len(starts) + len(chosen) < FEWEST:
            chosen.append([first])
            means = np.concatenate([means, windows[first][None]])
            left[max(0, first - apart + 1) : first + apart] = False
    return chosen


def _frames_to(goal: int, paths: GoalPaths, frames: int) -> float:
    """Median number of frames until a rollout has come to a frame, from anywhere in the clip."""
    ways = [paths.path(start, [goal]) for start in np.linspace(0, frames - 1, PATHS).round().astype(int).tolist()]
    return float(np.median([frames if way is None else len(way) for way in ways]))


def _units(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12))


def _direction(embeddings: np.ndarray, ranges: list[list[int]], steering: Steering | None) -> str:
    """A word for how an action moves what moves most: as `left`, `up-right`, or `up-down` for to and fro."""
    if steering is None or not steering.look.any():
        return UNNAMED
    occurrences = [embeddings[first : last + 1] for first, last in ranges]
    poses = np.mean([[steering.own(each) for each in occurrence] for occurrence in occurrences], 0)
    looks = np.mean([[steering.turned(each) for each in occurrence] for occurrence in occurrences], 0)
    turned = looks - looks[:1]  # [L, 2]
    look = steering.look * steering.spread  # in displacements, as the eye weighs them
    # What a look doesn't turn, as a mouth that opens, has no direction.
    if np.linalg.norm(turned @ look) < TURNING * np.linalg.norm((poses - poses[:1]) * steering.spread):
        return UNNAMED
    length = float(np.linalg.norm(np.diff(turned, axis=0) @ look, axis=1).sum())
    across, down = turned[-1]
    if np.linalg.norm(turned[-1] @ look) < STRAIGHT * length:
        axis = int(np.ptp(turned, axis=0).argmax())
        there = turned[np.abs(turned[:, axis]).argmax(), axis]
        return (("left-right", "right-left"), ("up-down", "down-up"))[axis][int(there > 0)]
    sideways, upright = ("left", "right")[int(across > 0)], ("up", "down")[int(down > 0)]
    if min(abs(across), abs(down)) > DIAGONAL * max(abs(across), abs(down)):
        return f"{upright}-{sideways}"
    return upright if abs(down) > abs(across) else sideways


def _unique(words: list[str]) -> list[str]:
    """Names from words: the second of a word has the number 2, and so on."""
    seen: Counter[str] = Counter()
    names = []
    for word in words:
        seen[word] += 1
        names.append(word if seen[word] == 1 else f"{word}{seen[word]}")
    return names
