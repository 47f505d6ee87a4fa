"""Interpolation of embeddings on the hypersphere."""

from collections.abc import Iterator

import numpy as np


def resample(embeddings: Iterator[np.ndarray], rate: float) -> Iterator[np.ndarray]:
    """Yield one embedding for every `rate` embeddings of the source, interpolated on the sphere.

    Rate 0.5 is half speed without repeated frames. Rate 1 changes nothing.
    """
    if rate == 1:
        yield from embeddings
        return
    before, after = next(embeddings), next(embeddings)
    position = 0.0
    while True:
        yield slerp(before, after, position)
        position += rate
        while position >= 1:
            position -= 1
            before, after = after, next(embeddings)


def slerp(first: np.ndarray, second: np.ndarray, fraction: float) -> np.ndarray:
    """Spherical interpolation between unit vectors [D] (Shoemake 1985). Fraction 0 is the first, 1 the second."""
    angle = np.arccos(np.clip(float(first @ second), -1, 1))
    if angle < 1e-4:
        mixed = (1 - fraction) * first + fraction * second
    else:
        mixed = (np.sin((1 - fraction) * angle) * first + np.sin(fraction * angle) * second) / np.sin(angle)
    length = np.linalg.norm(mixed)
    return (mixed / length if length > 1e-12 else first).astype(np.float32)  # opposite vectors have no middle
