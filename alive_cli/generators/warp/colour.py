"""Colour modes: what is left of the frames where motion explains too little, by principal components."""

from collections.abc import Callable

import numpy as np

from alive_cli.media.sampling import evenly_spread
from alive_cli.observation.modes import with_fixed_signs
from alive_cli.observation.parallel import in_threads

SAMPLED = 160
"""The modes are taken from at most so many frames, evenly spread, because a pass over all would take memory and time
that they don't need."""
GRAM_POINTS = 1 << 16
"""The products of frames are taken over about so many points."""
RIDGE = 1e-6
"""The normal equations of the coefficients are regularised by this share of their mean diagonal."""

Residual = Callable[[int], np.ndarray]
"""A function gives what motion leaves of a frame, by its number: float32 [P, 3]."""


def colour_modes(residual: Residual, frames: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The modes χ along which the residuals vary most, the three colours of a frame being three samples.

    Returns:
        float32 [P, R], R ≤ count, each of unit root mean square; the root mean square of their coefficients, [R].
    """
    chosen = evenly_spread(frames, SAMPLED).tolist()
    rows = np.concatenate([each.T for each in in_threads(residual, chosen)])  # [3·n, P]
    stride = max(1, rows.shape[1] // GRAM_POINTS)
    some = np.ascontiguousarray(rows[:, ::stride])
    values, vectors = np.linalg.eigh(some.astype(np.float64) @ some.T)
    order = values.argsort()[::-1][: min(count, len(rows) - 1)]
    order = order[values[order] > 1e-9 * max(float(values.max()), 1e-9)]
    if not len(order):
        return np.ones((rows.shape[1], 1), np.float32), np.full(1, 1e-6, np.float32)
    modes = with_fixed_signs(vectors[:, order].astype(np.float32).T @ rows)  # [R, P]
    lengths = np.maximum(np.sqrt(np.square(modes).mean(1, keepdims=True)), 1e-12)
    spread = np.sqrt(np.maximum(values[order], 0) / (some.shape[1] * len(rows)))
    return np.ascontiguousarray((modes / lengths).T), spread.astype(np.float32)


def colour_coefficients(residual: Residual, frames: int, modes: np.ndarray, done: Callable[[int], None]) -> np.ndarray:
    """The coefficients of modes [P, R] that explain each residual best, by least squares: float32 [N, R, 3]."""
    normal = modes.T.astype(np.float64) @ modes
    normal += RIDGE * np.trace(normal) / len(normal) * np.eye(len(normal))
    solver = np.linalg.solve(normal, modes.T.astype(np.float64)).astype(np.float32)  # [R, P]
    coefficients = np.empty((frames, modes.shape[1], 3), np.float32)
    for number, rest in enumerate(in_threads(residual, range(frames))):
        coefficients[number] = solver @ rest
        done(number + 1)
    return coefficients
