"""Figures of how faithfully a scene draws: observed moments, withheld ones, and embeddings nobody filmed."""

from collections.abc import Callable

import numpy as np

NEAR = 0.5
"""Two moments are near when they are closer than so many median distances between moments."""
APART = 2
"""Near moments must be more frames apart than this: neighbours in time are no test."""
MOST_DECODED = 1200
"""Frames that the linear decode learns from."""
RIDGE = 1e-3
"""Regularisation of the linear decode, relative to the embeddings' mean variance; best of six on four clips."""

Encode = Callable[[np.ndarray], np.ndarray]
"""Pictures, uint8 [N, H, W, 3], to unit embeddings, float32 [N, D]."""


def consistency(encode: Encode, pictures: np.ndarray, embeddings: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Cosine between what a picture encodes to and the embedding that asked for it, both centred: [N], −1…1.

    Args:
        centre: mean of the observed embeddings, [D].
    """
    seen, asked = encode(pictures) - centre, embeddings - centre
    lengths = np.linalg.norm(seen, axis=1) * np.linalg.norm(asked, axis=1)
    cosines: np.ndarray = (seen * asked).sum(1) / np.maximum(lengths, 1e-12)
    return cosines


def in_betweens(embeddings: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Unit embeddings halfway between near moments that aren't neighbours in time: float32 [≤ count, D].

    Fewer, down to none, where a clip has few such pairs.
    """
    random = np.random.default_rng(seed)
    total = len(embeddings)
    pairs = random.integers(total, size=(max(4096, 64 * count), 2))
    pairs = pairs[np.abs(pairs[:, 0] - pairs[:, 1]) > APART]
    distances = np.linalg.norm(embeddings[pairs[:, 0]] - embeddings[pairs[:, 1]], axis=1)
    near = pairs[distances < NEAR * np.median(distances)] if len(pairs) else pairs
    middle = embeddings[near[:count, 0]] + embeddings[near[:count, 1]]
    halves: np.ndarray = (middle / np.linalg.norm(middle, axis=1, keepdims=True)).astype(np.float32)
    return halves


def nearest_frames(fitted: np.ndarray, frames: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Baseline: for each embedding of `wanted` the fitted frame whose embedding is nearest.

    Args:
        fitted: embeddings of the fitted frames, [N, D].
        frames: the fitted frames, uint8 [N, H, W, 3].
        wanted: embeddings of the frames to draw, [M, D].
    """
    nearest: np.ndarray = frames[(wanted @ fitted.T).argmax(1)]
    return nearest


def cross_fades(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Baseline: the mean of the fitted frames before and after, uint8 [M, H, W, 3]."""
    faded: np.ndarray = ((before.astype(np.uint16) + after + 1) // 2).astype(np.uint8)
    return faded


def linear_decode(fitted: np.ndarray, frames: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Baseline: ridge regression from embeddings to pixels; arguments as `nearest_frames`.

    Of a long clip evenly spread frames are taken: what this needs grows with their square.
    """
    if len(fitted) > MOST_DECODED:
        chosen = np.linspace(0, len(fitted) - 1, MOST_DECODED).round().astype(int)
        fitted, frames = fitted[chosen], frames[chosen]
    centre = fitted.mean(0)
    known, asked = (fitted - centre).astype(np.float64), (wanted - centre).astype(np.float64)
    products = known @ known.T
    products += RIDGE * np.trace(products) / len(products) * np.eye(len(products))
    mixture = (asked @ known.T @ np.linalg.inv(products)).astype(np.float32)  # [M, N]
    mean = frames.mean(0, dtype=np.float64).astype(np.float32)
    offset = (1 - mixture.sum(1))[:, None] * mean.reshape(-1)
    drawn = mixture @ frames.reshape(len(frames), -1).astype(np.float32) + offset
    pictures: np.ndarray = np.rint(drawn.clip(0, 255)).astype(np.uint8)
    return pictures.reshape(len(wanted), *frames.shape[1:])
