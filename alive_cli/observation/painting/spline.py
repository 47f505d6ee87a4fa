"""A smooth map of the plane that takes some points to others: the thin-plate spline (Bookstein 1989, "Principal warps:
thin-plate splines and the decomposition of deformations")."""

import numpy as np

SMOOTHING = 1e-3
"""Points may be missed a little, so that a hand that set one a few pixels off bends nothing: the ridge of the spline,
as a share of the mean of its kernel."""
LEAST_DISTANCE = 1e-12
"""Squares of distances count as at least this, because the logarithm of 0 is infinite."""
CHUNK = 1 << 14
"""So many points are mapped at a time, because each is compared with all pairs."""


class Spline:
    """x ↦ A·x + b + Σ w_i U(|x − x_i|) with U(r) = r² log r²."""

    def __init__(self, sources: np.ndarray, targets: np.ndarray) -> None:
        """The spline that takes points [P, 2] to points [P, 2]; P is at least 3.

        Raises:
            np.linalg.LinAlgError: all sources lie on one line, or nearly.
        """
        self._centre = sources.mean(0)
        self._scale = float(np.sqrt(np.square(sources - self._centre).sum(1).mean())) or 1.0
        self._sources = (sources - self._centre) / self._scale
        count = len(sources)
        kernel = _kernel(self._sources, self._sources)
        ridge = SMOOTHING * float(np.abs(kernel).mean()) * np.eye(count)
        affine = np.concatenate([np.ones((count, 1)), self._sources], 1)
        system = np.block([[kernel + ridge, affine], [affine.T, np.zeros((3, 3))]])
        if np.linalg.matrix_rank(affine) < 3:
            raise np.linalg.LinAlgError("the points lie on one line")
        solved = np.linalg.solve(system, np.concatenate([targets, np.zeros((3, 2))]))
        self._weights, self._affine = solved[:count], solved[count:]

    def __call__(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where points [M, 2] go, [M, 2], and the derivative there, [M, 2, 2], a row for each coordinate of the
        image."""
        places, derivatives = [], []
        for first in range(0, len(points), CHUNK):
            own = (points[first : first + CHUNK] - self._centre) / self._scale
            away = own[:, None] - self._sources  # [M, P, 2]
            squares = np.maximum(np.square(away).sum(-1), LEAST_DISTANCE)
            logs = np.log(squares)
            places.append((squares * logs) @ self._weights + self._affine[0] + own @ self._affine[1:])
            slopes = 2 * away * (logs + 1)[..., None]  # ∂U/∂x
            turned = np.einsum("mpj,pi->mij", slopes, self._weights) + self._affine[1:].T
            derivatives.append(turned / self._scale)
        return np.concatenate(places), np.concatenate(derivatives)


def _kernel(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    squares = np.maximum(np.square(first[:, None] - second).sum(-1), LEAST_DISTANCE)
    return np.asarray(squares * np.log(squares))
