"""Motifs: pieces of motion that recur in a clip, from the pose's path alone, without labels.

Windows of pose and velocity are clustered (k-means), and a sticky hidden Markov model smooths the clusters in time. The
clip is then split in two, several times, and each half is clustered by itself: what both halves agree on is compared
with noise that has the clip's own spectrum. Without agreement beyond noise there are no motifs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from alive_cli.progress import Progress, silent
from alive_cli.report.clustering import RESTARTS, k_means, principal, rand_index, sticky_labels

STAGE = "Looking for motifs"
"""The progress bar shows this stage while numbers of motifs are tried."""
WINDOW_SECONDS = 0.4
"""A window shows so many seconds of motion around a frame, which is about as long as the shortest movements."""
OFFSETS = 5
"""A window holds the velocity at so many times, from its first frame to its last."""
POSE_COMPONENTS, WINDOW_COMPONENTS = 12, 8
"""Poses and windows are reduced to at most so many principal components, because the rest is mostly noise of flow."""
COUNTS = (2, 3, 4, 5, 6, 8, 10, 12)
"""These numbers of motifs are tried."""
NOISE_CLIPS = 19
"""The clip is compared with so many clips of noise: if all of them agree less, chance is at most one in twenty."""
LARGEST_CHANCE = 0.05
"""Motifs are shown if noise agrees as well as the clip with at most this probability."""
SPLITS, BLOCKS = 3, 12
"""The clip is cut into so many blocks (the second number), and these are split at random into two halves so often."""
LEAST_SPREAD = 0.03
"""Agreements of noise count as at least so far apart (standard deviation), so that a lucky tie proves nothing."""
SAMPLED = 800
"""Clusters are made from no more windows than this, evenly spread in time, because more change little."""
LEAST_FRAMES = 48
"""A shorter clip has too little time for anything to recur in it."""
LEAST_AGREEMENT = 0.6
"""The halves of the clip agree at least so well on the number of motifs that is chosen."""
APART_SECONDS = 1.0
"""A motif comes again after at least so long: at the border of two clusters a slow path may change to and fro."""
LEAST_STABILITY = 0.5
"""A motif is shown if the clip and its halves agree on at least this share of its frames."""
STILL = 1e-6
"""A path that leaves its mean by less than this (root mean square) doesn't move."""


@dataclass(frozen=True)
class Check:
    """How repeatable each number of motifs is."""

    counts: tuple[int, ...]
    agreement: np.ndarray
    """[C]: adjusted Rand index between the segmentations that two halves of the clip give, 0 by chance, 1 if equal."""
    noise: np.ndarray
    """[C, NOISE_CLIPS]: the same of clips of noise."""
    chance: float
    """Probability that noise agrees as well, over all numbers together: at least 1 / (NOISE_CLIPS + 1)."""

    @property
    def excess(self) -> np.ndarray:
        """How far the agreement is above the noise's mean, in the noise's standard deviations: [C]."""
        return _excess(self.agreement, self.noise)

    @property
    def chosen(self) -> int | None:
        """The row of the largest number of motifs on which the halves agree by LEAST_AGREEMENT and better than in any
        clip of noise; None if there is none, or if noise as a whole agrees as well too often."""
        good = np.flatnonzero((self.agreement >= LEAST_AGREEMENT) & (self.agreement > self.noise.max(1)))
        return int(good[-1]) if len(good) and self.chance <= LARGEST_CHANCE else None


@dataclass(frozen=True)
class Occurrence:
    """A stretch of frames that shows a motif."""

    motif: int
    """1 … K."""
    first: int
    end: int
    """One after the last frame."""
    distance: float
    """Root mean square distance of its windows to the motif's mean; that of all windows to their own mean is 1."""
    complete: bool
    """Whether the motif is seen from its beginning to its end: the clip, or a shot, neither begins nor ends here."""


@dataclass(frozen=True)
class Motifs:
    """The motifs of a clip. Number 0 stands for frames that belong to none."""

    labels: np.ndarray
    """int [N]: 0 … K."""
    occurrences: list[Occurrence]
    """In order of time."""
    stability: list[float]
    """[K]: share of a motif's frames, of all that the clip or a half assigns to it, on which both agree (Jaccard)."""
    window: int
    """Frames of a window."""
    check: Check | None
    """None if the clip is too short, or stands still."""
    reason: str = ""
    """Why there are no motifs, as a sentence; empty if there are."""

    @property
    def count(self) -> int:
        """K."""
        return len(self.stability)

    @property
    def summary(self) -> str:
        """One sentence for people: how many motifs there are and how repeatable, or why there are none."""
        row = None if self.check is None else self.check.chosen
        if not self.count or self.check is None or row is None:
            return self.reason
        real, noise = self.check.agreement[row], self.check.noise[row].mean()
        share = (self.labels > 0).mean()
        many = "1 motif recurs" if self.count == 1 else f"{self.count} motifs recur"
        return (
            f"{many} in {len(self.occurrences)} places, {share:.0%} of the frames; halves of the clip agree on the "
            f"segmentation by {real:.2f}, and by {noise:.2f} in noise."
        )

    def of(self, motif: int) -> list[Occurrence]:
        """The occurrences of a motif, 1 … K, those nearest to its mean first."""
        return sorted((each for each in self.occurrences if each.motif == motif), key=lambda each: each.distance)


def find_motifs(path: np.ndarray, following: np.ndarray, fps: float, seed: int, progress: Progress = silent) -> Motifs:
    """Find the motifs of a path.

    Args:
        path: the pose of each frame, [N, S].
        following: int [N], the next frame, or −1 where a cut or the end follows.
        fps: frames a second.
        seed: of all random choices; the same seed gives the same motifs.
    """
    window = _window(fps)
    starts = _starts(following)
    spread = float(np.sqrt(np.square(path - path.mean(0)).sum(1).mean()))
    if not spread > STILL:
        return _none(len(path), window, None, "Nothing moves, so there are no motifs.")
    if len(path) < LEAST_FRAMES:
        return _none(len(path), window, None, f"There are no motifs in {len(path)} frames; {LEAST_FRAMES} are needed.")
    random = np.random.default_rng(seed)
    reduced = principal(path, POSE_COMPONENTS)
    clips = [reduced, *(noise_like(reduced, starts, random) for _ in range(NOISE_CLIPS))]
    features = np.stack([windows(clip, starts, window) for clip in clips])
    halves = _halves(len(path), random)
    agreement = np.zeros((len(COUNTS), len(clips)))
    segmented: list[list[np.ndarray]] = []
    for row, count in enumerate(COUNTS):
        progress(STAGE, row, len(COUNTS), f"{count} motifs")
        pairs = [_segmented_by_halves(features, starts, window, count, half, random) for half in halves]
        agreement[row] = np.mean([[rand_index(a, b) for a, b in zip(*pair, strict=True)] for pair in pairs], 0)
        segmented.append([half[0] for pair in pairs for half in pair])
    real, noise = agreement[:, 0], agreement[:, 1:]
    best = _excess(real, noise).max()
    reached = sum(_excess(each, noise).max() >= best for each in noise.T)
    check = Check(COUNTS, real, noise, (1 + reached) / (1 + NOISE_CLIPS))
    if check.chosen is None:
        clearly = check.chance <= LARGEST_CHANCE
        why = "agree better than noise, but still too little" if clearly else "agree no better than noise would"
        return _none(len(path), window, check, f"No motifs: the halves of the clip {why}.")
    own = features[:1]
    centres = k_means(_sampled(own), COUNTS[check.chosen], random, restarts=4 * RESTARTS)
    labels = sticky_labels(own, centres, starts, window)[0]
    return _recurring(own[0], labels, starts, fps, check, segmented[check.chosen])


def windows(path: np.ndarray, starts: np.ndarray, length: int) -> np.ndarray:
    """What happens around each frame of a path, [N, S]: principal components, float32 [N, F].

    A window holds the pose in its middle and the velocity at OFFSETS times, which weigh alike. The mean square length
    of its features is 1, so a distance of 1 is that of a usual frame from the mean of all.

    Args:
        starts: bool [N], whether a shot begins. At its ends a window repeats the shot's first or last velocity.
        length: frames of a window, odd, at least 3.
    """
    offsets = np.linspace(-(length // 2), length // 2, OFFSETS).round().astype(int)
    velocities = []
    for shot in _shots(starts):
        velocity = np.gradient(path[shot], axis=0) if len(shot) > 1 else np.zeros_like(path[shot])
        around = np.clip(np.arange(len(shot))[:, None] + offsets, 0, len(shot) - 1)
        velocities.append(velocity[around].reshape(len(shot), -1))
    parts = [_unit_spread(path), _unit_spread(np.concatenate(velocities))]
    features = principal(np.concatenate(parts, 1), WINDOW_COMPONENTS)
    return _unit_spread(features).astype(np.float32)


def noise_like(path: np.ndarray, starts: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Noise with a path's spectrum, correlations and drift in each shot: [N, S].

    The phases of the Fourier transform are random, the same for all components (Prichard & Theiler 1994), after the
    line from the first frame to the last is taken away; it is added again.
    """
    made = np.empty_like(path, dtype=float)
    for shot in _shots(starts):
        part = path[shot]
        line = np.linspace(0, 1, len(part))[:, None] * (part[-1] - part[0])
        waves = np.fft.rfft(part - line, axis=0)
        turns = np.exp(2j * np.pi * random.random(len(waves)))
        turns[0] = 1
        if len(part) % 2 == 0:
            turns[-1] = 1
        made[shot] = np.fft.irfft(waves * turns[:, None], len(part), axis=0) + line
    return made


def _window(fps: float) -> int:
    return max(3, round(WINDOW_SECONDS * fps) | 1)


def _starts(following: np.ndarray) -> np.ndarray:
    starts = np.ones(len(following), bool)
    starts[1:] = following[:-1] < 0
    return starts


def _shots(starts: np.ndarray) -> list[np.ndarray]:
    return np.split(np.arange(len(starts)), np.flatnonzero(starts)[1:])


def _unit_spread(points: np.ndarray) -> np.ndarray:
    """Points [N, S] about their mean, with a mean square length of 1, or 0 if they are all the same."""
    centred = points - points.mean(0)
    spread = np.sqrt(np.square(centred).sum(1).mean())
    scaled: np.ndarray = centred / spread if spread > STILL * STILL else np.zeros_like(centred)
    return scaled


def _excess(agreement: np.ndarray, noise: np.ndarray) -> np.ndarray:
    spread = np.maximum(noise.std(1), LEAST_SPREAD)
    excess: np.ndarray = (agreement - noise.mean(1)) / spread
    return excess


def _halves(count: int, random: np.random.Generator) -> list[np.ndarray]:
    """Whether each frame belongs to the first half, bool [N], for each split."""
    block = np.arange(count) * BLOCKS // count
    return [np.isin(block, random.permutation(BLOCKS)[: BLOCKS // 2]) for _ in range(SPLITS)]


def _sampled(features: np.ndarray) -> np.ndarray:
    frames = features.shape[1]
    return features[:, np.linspace(0, frames - 1, min(frames, SAMPLED)).round().astype(int)]


def _segmented_by_halves(
    features: np.ndarray,
    starts: np.ndarray,
    window: int,
    count: int,
    half: np.ndarray,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Labels of all frames of B clips by the means of each half: int [B, N] twice."""
    means = [k_means(_sampled(features[:, mask])[:, ::2], count, random) for mask in (half, ~half)]
    both = sticky_labels(np.concatenate([features, features]), np.concatenate(means), starts, window)
    return both[: len(features)], both[len(features) :]


def _recurring(
    features: np.ndarray,
    labels: np.ndarray,
    starts: np.ndarray,
    fps: float,
    check: Check,
    by_halves: list[np.ndarray],
) -> Motifs:
    """Motifs of the clusters that occur more than once, those that take most time first."""
    window, apart = _window(fps), round(APART_SECONDS * fps)
    runs = list(_runs(labels, starts))
    members = {cluster: labels == cluster for cluster in np.unique(labels).tolist()}
    stability = {own: float(np.mean([_overlap(each, other) for other in by_halves])) for own, each in members.items()}
    kept = [own for own in members if _recurs(runs, own, apart) and stability[own] >= LEAST_STABILITY]
    kept.sort(key=lambda own: -int(members[own].sum()))
    if not kept:
        return _none(
            len(labels), window, check, "No motifs: no piece of motion comes again in both halves of the clip."
        )
    numbers = np.zeros(int(labels.max()) + 1, int)
    occurrences = []
    for number, cluster in enumerate(kept, 1):
        numbers[cluster] = number
        squares = np.square(features - features[members[cluster]].mean(0)).sum(1)
        for own, first, end in runs:
            if own == cluster:
                complete = not starts[first] and end < len(labels) and not starts[end]
                occurrences.append(Occurrence(number, first, end, float(np.sqrt(squares[first:end].mean())), complete))
    occurrences.sort(key=lambda each: each.first)
    return Motifs(numbers[labels], occurrences, [stability[own] for own in kept], window, check)


def _runs(labels: np.ndarray, starts: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """Label, first frame and end of each stretch with one label in one shot."""
    changes = starts.copy()
    changes[1:] |= labels[1:] != labels[:-1]
    edges = [*np.flatnonzero(changes).tolist(), len(labels)]
    for first, end in pairwise(edges):
        yield int(labels[first]), first, end


def _recurs(runs: list[tuple[int, int, int]], cluster: int, apart: int) -> bool:
    """Whether so many frames lie between the first occurrence of a cluster and the last."""
    own = [(first, end) for label, first, end in runs if label == cluster]
    return own[-1][0] - own[0][1] >= apart


def _overlap(members: np.ndarray, labels: np.ndarray) -> float:
    """The largest Jaccard index (1901) of a set of frames, bool [N], with a cluster of another labeling."""
    return max(
        float((members & (labels == own)).sum() / (members | (labels == own)).sum()) for own in np.unique(labels)
    )


def _none(count: int, window: int, check: Check | None, reason: str) -> Motifs:
    return Motifs(np.zeros(count, int), [], [], window, check, reason)
