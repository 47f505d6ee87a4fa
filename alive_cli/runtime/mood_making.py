"""How much each observed frame has of a mood, from examples or from any other measure of likeness."""

from collections.abc import Iterable

import numpy as np

from alive_cli.errors import InputError

SHARE = 0.2
"""A mood is strong in this share of the frames, those that are most like it (SPEC.md, Moods)."""
MEDIAN_LIKING = 0.02
"""The median of the other frames has so much of a mood, so that it hardly counts."""


def likeness(embeddings: np.ndarray, ranges: Iterable[tuple[int, int]]) -> np.ndarray:
    """How like each observed frame is to the nearest example: the negative distance of their embeddings, [N].

    Args:
        embeddings: float32 [N, D].
        ranges: the first and the last frame of each example.
    """
    examples = sorted({frame for first, last in ranges for frame in range(first, last + 1)})
    nearest = np.full(len(embeddings), -np.inf)
    for frame in examples:
        nearest = np.maximum(nearest, -np.linalg.norm(embeddings - embeddings[frame], axis=1))
    return nearest


def graded(likeness: np.ndarray) -> np.ndarray:
    """How much each frame has of a mood, float32 [N], 0…1: ½ or more in the SHARE of the frames that are most like it.

    It rises like a logistic curve, from MEDIAN_LIKING at the median of the other frames. If more frames than SHARE are
    equally like it, all of them have it.

    Raises:
        InputError: all frames are equally like it.
    """
    falling = np.sort(likeness.astype(np.float64))[::-1]
    count = max(1, round(SHARE * len(falling)), int((falling >= falling[0]).sum()))
    if count >= len(falling) or not falling[count - 1] > falling[-1]:
        raise InputError("All frames of the scene are equally like that, so it is no mood; give fewer examples.")
    border = (falling[count - 1] + falling[count]) / 2
    above = max(border - float(np.median(falling[count:])), 1e-6 * (falling[0] - falling[-1]))
    steepness = np.clip(np.log(1 / MEDIAN_LIKING) * (likeness - border) / above, -60, 60)
    return np.asarray(1 / (1 + np.exp(-steepness)), np.float32)


def runs(chosen: np.ndarray) -> list[tuple[int, int]]:
    """The first and the last frame of each run of chosen frames, bool [N]."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]])))
    return [(int(first), int(end) - 1) for first, end in edges.reshape(-1, 2)]
