"""Motion modes: a few displacements of which all motion of a clip is made, by singular value decomposition."""

import numpy as np

OVERSAMPLED, POWERS = 16, 2
"""The randomised decomposition (Halko et al. 2011, "Finding structure with randomness") looks for so many directions
more than are kept, and multiplies so often by the rows, which makes its error negligible."""


def principal_directions(rows: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """The orthonormal directions along which rows [M, C] vary most about zero: float32 [≤ count, C].

    There are fewer than `count` where the rows have no more directions.
    """
    room = min(count + OVERSAMPLED, *rows.shape)
    random = np.random.default_rng(seed).standard_normal((rows.shape[1], room)).astype(np.float32)
    span = np.linalg.qr(rows @ random)[0]
    for _ in range(POWERS):
        span = np.linalg.qr(rows @ (rows.T @ span))[0]
    _, spreads, directions = np.linalg.svd(span.T @ rows, full_matrices=False)
    kept = spreads[:count] > 1e-6 * max(float(spreads[0]), 1e-12) if len(spreads) else spreads > 0
    directions = directions[:count][kept]
    return with_fixed_signs(directions)


def with_fixed_signs(directions: np.ndarray) -> np.ndarray:
    """Directions [M, C] whose largest value is positive, float32. The sign of a direction is arbitrary; it is fixed, so
    that two machines agree, and a scene that is trained further learns the same ones."""
    peaks = np.abs(directions).argmax(1)
    signs = np.sign(directions[np.arange(len(directions)), peaks])
    return np.asarray(directions * signs[:, None], np.float32)
