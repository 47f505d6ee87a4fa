"""Figures of how faithfully a scene draws observed frames, withheld frames, and embeddings beyond the clip."""

from collections.abc import Callable

import numpy as np

NEAR = 0.5
"""Two frames are near when their distance is below so many median distances between frames."""
APART = 2
"""Near frames count when they are more frames apart than this, because neighbours in time are no test."""
MOST_DECODED = 1200
"""The linear decode learns from at most so many frames, because its memory grows with their square."""
STRIP_VALUES = 1 << 26
"""The linear decode takes strips of at most so many values at a time, because all frames as floats fill the memory."""
RIDGE = 1e-3
"""The linear decode is regularised by this share of the mean variance of the embeddings; it was the best of six values
on four clips."""

Encode = Callable[[np.ndarray], np.ndarray]
"""An encoder's function turns pictures, uint8 [N, H, W, 3], into unit embeddings, float32 [N, D]."""


def consistency(encode: Encode, pictures: np.ndarray, embeddings: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Cosine between the embedding of a picture and the embedding that it was drawn from, both centred: [N], −1…1.

    Args:
        pictures: drawn from `embeddings`, uint8 [N, H, W, 3].
        embeddings: float32 [N, D].
        centre: mean of the observed embeddings, [D].
    """
    outputs, inputs = encode(pictures) - centre, embeddings - centre
    lengths = np.linalg.norm(outputs, axis=1) * np.linalg.norm(inputs, axis=1)
    cosines: np.ndarray = (outputs * inputs).sum(1) / np.maximum(lengths, 1e-12)
    return cosines


def in_betweens(embeddings: np.ndarray, count: int, seed: int = 0, near: float = NEAR) -> np.ndarray:
    """Unit embeddings halfway between near frames that are not neighbours in time: float32 [≤ count, D].

    They are fewer than `count`, or none, if the clip has few such pairs.

    Args:
        near: two frames are near if their distance is below so many median distances.
    """
    random = np.random.default_rng(seed)
    total = len(embeddings)
    pairs = random.integers(total, size=(max(4096, 64 * count), 2))
    pairs = pairs[np.abs(pairs[:, 0] - pairs[:, 1]) > APART]
    distances = np.linalg.norm(embeddings[pairs[:, 0]] - embeddings[pairs[:, 1]], axis=1)
    if len(pairs):
        pairs = pairs[distances < near * np.median(distances)]
    middle = embeddings[pairs[:count, 0]] + embeddings[pairs[:count, 1]]
    halves: np.ndarray = (middle / np.linalg.norm(middle, axis=1, keepdims=True)).astype(np.float32)
    return halves


def nearest_frames(fitted: np.ndarray, frames: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Baseline: for each embedding of `targets` the fitted frame whose embedding is nearest.

    Args:
        fitted: embeddings of the fitted frames, [N, D].
        frames: the fitted frames, uint8 [N, H, W, 3].
        targets: embeddings of the frames to draw, [M, D].
    """
    nearest: np.ndarray = frames[(targets @ fitted.T).argmax(1)]
    return nearest


def cross_fades(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Baseline: the mean of the fitted frames before and after, uint8 [M, H, W, 3]."""
    faded: np.ndarray = ((before.astype(np.uint16) + after + 1) // 2).astype(np.uint8)
    return faded


def linear_decode(fitted: np.ndarray, frames: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Baseline: ridge regression from embeddings to pixels, uint8 [M, H, W, 3]; arguments as for `nearest_frames`.

    It learns from at most MOST_DECODED evenly spread frames.
    """
    if len(fitted) > MOST_DECODED:
        chosen = np.linspace(0, len(fitted) - 1, MOST_DECODED).round().astype(int)
        fitted, frames = fitted[chosen], frames[chosen]
    centre = fitted.mean(0)
    known, inputs = (fitted - centre).astype(np.float64), (targets - centre).astype(np.float64)
    products = known @ known.T
    products += RIDGE * np.trace(products) / len(products) * np.eye(len(products))
    mixture = (inputs @ known.T @ np.linalg.inv(products)).astype(np.float32)  # [M, N]
    pictures = np.empty((len(targets), *frames.shape[1:]), np.uint8)
    rows = max(1, STRIP_VALUES // (frames[:, 0].size or 1))
    for top in range(0, frames.shape[1], rows):
        strip = frames[:, top : top + rows]
        mean = strip.mean(0, dtype=np.float64).astype(np.float32)
        offset = (1 - mixture.sum(1))[:, None] * mean.reshape(-1)
        drawn = mixture @ strip.reshape(len(strip), -1).astype(np.float32) + offset
        pictures[:, top : top + rows] = np.rint(drawn.clip(0, 255)).reshape(len(targets), *strip.shape[1:])
    return pictures
