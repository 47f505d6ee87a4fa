"""Colour modes: what is left of the frames where motion explains too little, by principal components."""

from collections.abc import Callable

import numpy as np
import torch

from alive_cli.media.sampling import evenly_spread
from alive_cli.observation.modes import with_fixed_signs
from alive_cli.observation.parallel import in_threads
from alive_cli.training.device import one_thread

SAMPLED = 160
"""The modes are taken from at most so many frames, evenly spread, because a pass over all would take memory and time
that they don't need."""
GRAM_POINTS = 1 << 15
"""The products of frames are taken over at most so many points."""
SOLVED = 8
"""So many residuals are explained at a time."""
RIDGE = 1e-6
"""The normal equations of the coefficients are regularised by this share of their mean diagonal."""

Residual = Callable[[int], np.ndarray]
"""A function gives what motion leaves of a frame, by its number: float32 [3, P]."""


def colour_modes(residual: Residual, frames: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The modes χ along which the residuals vary most, the three colours of a frame being three samples.

    Returns:
        float32 [P, R], R ≤ count, each of unit root mean square; the root mean square of their coefficients, [R].
    """
    chosen = evenly_spread(frames, SAMPLED).tolist()
    rows = torch.from_numpy(np.concatenate(list(in_threads(residual, chosen))))  # [3·n, P]
    with one_thread():  # threads of a product would wait for those that compress the keyframes
        some = rows[:, :: -(-rows.shape[1] // GRAM_POINTS)].double()
        values, vectors = (each.flip(-1) for each in torch.linalg.eigh(some @ some.T))
        kept = values > 1e-9 * max(float(values.max()), 1e-9)
        kept[min(count, len(rows) - 1) :] = False
        if not kept.any():
            return np.ones((rows.shape[1], 1), np.float32), np.full(1, 1e-6, np.float32)
        modes = with_fixed_signs((vectors[:, kept].float().T @ rows).numpy())  # [R, P]
    lengths = np.maximum(np.sqrt(np.square(modes).mean(1, keepdims=True)), 1e-12)
    spread = (values[kept].clamp(min=0) / (some.shape[1] * len(rows))).sqrt()
    return np.ascontiguousarray((modes / lengths).T), spread.float().numpy()


def colour_coefficients(
    residual: Residual, frames: int, modes: np.ndarray, done: Callable[[int], None]
) -> tuple[np.ndarray, np.ndarray]:
    """The coefficients of modes [P, R] that explain each residual best, by least squares.

    Returns:
        The coefficients, float32 [N, R, 3]; the mean squared error that they leave of each frame, float64 [N].
    """
    exact = torch.from_numpy(modes).double()
    with one_thread():
        products = exact.T @ exact
        ridge = RIDGE * float(products.trace()) / len(products)
        solver = torch.linalg.solve(products + ridge * torch.eye(len(products)), exact.T).float().T  # [P, R]
    coefficients = np.empty((frames, modes.shape[1], 3), np.float32)
    squares = np.empty(frames)
    batch: list[np.ndarray] = []
    for number, rest in enumerate(in_threads(residual, range(frames))):
        squares[number] = float(np.square(rest).sum(dtype=np.float64))
        batch.append(rest)
        if len(batch) == SOLVED or number + 1 == frames:
            own = torch.from_numpy(np.concatenate(batch)) @ solver  # [3·n, R]; the solver is read once for all of them
            coefficients[number + 1 - len(batch) : number + 1] = own.view(len(batch), 3, -1).transpose(1, 2)
            batch = []
        done(number + 1)
    solved = coefficients.astype(np.float64)
    # |r − C a|², where a solves the regularised normal equations.
    explained = np.einsum("nrc,rs,nsc->n", solved, products.numpy(), solved, optimize=True)
    explained += 2 * ridge * np.square(solved).sum((1, 2))
    return coefficients, np.maximum(squares - explained, 0) / (3 * len(modes))
