"""From which keyframes each frame is drawn, with the motion to each: the tables that a scene's generator looks up.

A frame has the keyframes around it in time, and those of the frames that look and move most like it: where a life goes
over from one to the other, each keyframe is known at both ends, and so the two are never laid over each other unmoved.
"""

from dataclasses import dataclass

import numpy as np

from alive_cli.observation.motion import FarMotion, Motion
from alive_cli.observation.parallel import in_threads
from alive_cli.observation.pose_embedding import flat
from alive_cli.observation.reduced import ReducedClip
from alive_cli.progress import Progress, silent

PARTNERS = 2
"""A frame has the keyframes of so many frames that are most like it."""
APART = 12
"""Frames count as partners from so many frames apart: nearer ones mostly have the same keyframes."""
ROWS = 256
"""So many frames are compared with all others at a time."""
MOST_FAR = 12_000
"""In a long clip, only every second or third frame has keyframes of its partners, so that about so many motions are
found: a life goes over where that is drawn well, and in a long clip there are more such places than it needs."""
RUN = 32
"""Motion from so many frames to one keyframe is found one after another, and more than that side by side."""
PARTNER_STAGE = "Finding what looks alike"
"""The progress bar shows this text while motion between frames that are alike is computed."""


@dataclass(frozen=True)
class KeyframeTables:
    """N frames, each with M keyframes."""

    keyframe: np.ndarray
    """int64 [N, M]: places among the K keyframes. A row with fewer repeats its first."""
    weight: np.ndarray
    """float32 [N, M], sum 1: how much of the frame each keyframe explains; 0 for those that only partners use."""
    motion: np.ndarray
    """float32 [N, M, S]: coefficients of the motion from the frame to the keyframe."""


def keyframe_tables(
    clip: ReducedClip, motion: Motion, embeddings: np.ndarray, seed: int = 0, progress: Progress = silent
) -> KeyframeTables:
    """Build the tables; `embeddings`, float32 [N, D], say which frames are alike."""
    count = len(motion.poses)
    room = 2 + 2 * PARTNERS
    keyframe = np.repeat(motion.places[:, :1], room, 1)
    weight = np.zeros((count, room), np.float32)
    coefficients = np.repeat(motion.coefficients[:, :1], room, 1)
    keyframe[:, :2], weight[:, :2], coefficients[:, :2] = motion.places, motion.weights, motion.coefficients
    missing: dict[int, list[tuple[int, int]]] = {}
    for frame, others in enumerate(partners(embeddings, motion.earlier)):
        known = set(keyframe[frame].tolist())
        slot = 2
        for place in dict.fromkeys(motion.places[others].reshape(-1).tolist()):
            if place not in known and slot < room:
                known.add(place)
                missing.setdefault(place, []).append((frame, slot))
                slot += 1
    every = -(-sum(map(len, missing.values())) // MOST_FAR)
    missing = {place: [row for row in rows if row[0] % max(every, 1) == 0] for place, rows in missing.items()}
    far = FarMotion(clip, motion, seed)
    runs = [(place, rows[first : first + RUN]) for place, rows in missing.items() for first in range(0, len(rows), RUN)]

    def work(run: tuple[int, list[tuple[int, int]]]) -> list[np.ndarray]:
        place, rows = run
        return far.coefficients([frame for frame, _ in rows], place)

    total, done = sum(len(rows) for _, rows in runs), 0
    for (place, rows), own in zip(runs, in_threads(work, runs), strict=True):
        for (frame, slot), each in zip(rows, own, strict=True):
            keyframe[frame, slot], coefficients[frame, slot] = place, each
        done += len(rows)
        progress(PARTNER_STAGE, done, total)
    return KeyframeTables(keyframe, weight, coefficients.astype(np.float32))


def partners(embeddings: np.ndarray, earlier: np.ndarray | None = None) -> np.ndarray:
    """For each frame the new frames that are most like it without being near in time: int64 [N, ≤ PARTNERS].

    Where there are fewer, the frame itself takes their place.

    Args:
        earlier: the new frame that each one looks like, int64 [N], and whose partners it has; all are new by default.
    """
    own = np.arange(len(embeddings)) if earlier is None else earlier
    times = np.unique(own)
    plane = flat(embeddings[times])
    squares = np.square(plane).sum(1)
    chosen = []
    for first in range(0, len(times), ROWS):
        rows = slice(first, min(first + ROWS, len(times)))
        distances = squares - 2 * plane[rows] @ plane.T
        distances[np.abs(times[rows, None] - times) < APART] = np.inf
        padded = np.pad(distances, ((0, 0), (1, 1)), constant_values=np.inf)
        lowest = (distances <= padded[:, :-2]) & (distances < padded[:, 2:])
        minima = np.where(lowest, distances, np.inf)
        nearest = minima.argsort(1)[:, :PARTNERS]
        exists = np.isfinite(np.take_along_axis(minima, nearest, 1))
        chosen.append(np.where(exists, times[nearest], times[rows, None]))
    return np.concatenate(chosen)[np.searchsorted(times, own)]
