"""A steady flow inside a mask, from a few arrows: the smoothest one that agrees with them.

Each component v minimises Σ (v − arrow)² + STIFFNESS · ∫ c · (|∇v|² + STRAIGHT² · |∇²v|²), a thin plate under tension
(Franke 1985): near arrows a flow goes on as it changes between them, so that a whirl turns as a whole, and farther away
it stays as it is. The conductivity c is 1 where it flows and tiny elsewhere, so that a rock between two streams parts
them. Outside the mask the flow goes on smoothly.
"""

from itertools import pairwise

import cv2
import numpy as np

from alive_cli.observation.photograph.hints import Hints, unhinted
from alive_cli.observation.photograph.steady import SteadyFlow

ARROW_SECONDS = 2.0
"""What is at the beginning of an arrow comes to its end in so many seconds: 50 frames at 25 a second, as 3D
Cinemagraphy reads arrows."""
SIDE = 64
"""The flow is solved on a grid of so many cells along the longest side, because it is smooth."""
OUTSIDE = 1e-3
"""Conductivity where nothing flows: parts without an arrow get their flow through it, and streams hardly mix."""
STIFFNESS = 3e-3
"""A smooth flow counts so much against one that agrees with the arrows."""
STRAIGHT = 4.0
"""A flow goes on changing evenly for about so many cells, a sixteenth of the longest side, and no farther: few arrows
say little."""
BEGINNING, POINTS = 0.1, 9
"""An arrow counts at so many points along this share of its length, because water may turn before its end."""
FASTEST = 1.35
"""Nothing flows faster than so many times the fastest arrow, however fast the flow grows between arrows."""


def hinted_flow(hints: Hints, size: tuple[int, int]) -> SteadyFlow:
    """The flow that agrees with hints, for a picture of width × height `size`."""
    return SteadyFlow(flow_field(hints), hints.mask(size), unhinted(hints))


def flow_field(hints: Hints) -> np.ndarray:
    """The flow, float32 [h, w, 2], in longest sides of the picture a second, on a grid over the whole picture."""
    scale = SIDE / max(hints.size)
    width, height = (max(3, round(side * scale)) for side in hints.size)
    cells = np.array([width / hints.size[0], height / hints.size[1]])
    inside = cv2.resize(hints.mask(hints.size), (width, height), interpolation=cv2.INTER_AREA) > 0
    matrix = _smoothness(np.where(inside, 1.0, OUTSIDE))
    target = np.zeros((len(matrix), 2))
    velocities = (hints.arrows[:, 1] - hints.arrows[:, 0]) / (ARROW_SECONDS * max(hints.size))
    for (start, end), velocity in zip(hints.arrows, velocities, strict=True):
        for share in np.linspace(0, BEGINNING, POINTS):
            numbers, weights = _bilinear((start + share * (end - start)) * cells - 0.5, width, height)
            matrix[np.ix_(numbers, numbers)] += np.outer(weights, weights) / POINTS
            target[numbers] += weights[:, None] * velocity / POINTS
    flow = _solved(matrix, target, 2 * width).reshape(height, width, 2)
    speed = np.linalg.norm(flow, axis=-1, keepdims=True)
    fastest = FASTEST * np.linalg.norm(velocities, axis=1).max()
    return np.asarray(flow * np.minimum(1, fastest / np.maximum(speed, 1e-12)), np.float32)


def _smoothness(conductivity: np.ndarray) -> np.ndarray:
    """The matrix [n, n] whose quadratic form is the second term of what a flow minimises, on a grid [h, w], n = h·w."""
    height, width = conductivity.shape
    count = height * width
    numbers = np.arange(count).reshape(height, width)
    matrix = np.zeros((count, count))
    for weight, stencils in ((STIFFNESS, _SLOPES), (STIFFNESS * STRAIGHT**2, _CURVATURES)):
        for places, factors in stencils:
            reach = np.max(places, axis=0)
            rows, columns = height - reach[0], width - reach[1]
            parts = [(slice(row, row + rows), slice(column, column + columns)) for row, column in places]
            own = np.minimum.reduce([conductivity[part] for part in parts]).ravel()
            cells = [numbers[part].ravel() for part in parts]
            for first, factor in zip(cells, factors, strict=True):
                for second, other in zip(cells, factors, strict=True):
                    np.add.at(matrix, (first, second), weight * factor * other * own)
    return matrix


def _solved(matrix: np.ndarray, target: np.ndarray, size: int) -> np.ndarray:
    """The solution [n, 2] of a system with a positive definite matrix [n, n], block after block of so many unknowns.

    Only neighbours among blocks are joined: a cell depends on cells that are at most two rows away, so two rows are a
    block (Golub & Van Loan 2013, "Matrix computations", 4.5.1).
    """
    blocks = [slice(first, first + size) for first in range(0, len(matrix), size)]
    diagonal, right = matrix[blocks[0], blocks[0]], target[blocks[0]]
    factors: list[tuple[np.ndarray, np.ndarray]] = []
    for own, following in pairwise(blocks):
        both = np.linalg.solve(diagonal, np.concatenate([matrix[own, following], right], 1))
        factors.append((both[:, :-2], both[:, -2:]))
        diagonal = matrix[following, following] - matrix[following, own] @ both[:, :-2]
        right = target[following] - matrix[following, own] @ both[:, -2:]
    parts = [np.linalg.solve(diagonal, right)]
    for upper, own_part in reversed(factors):
        parts.append(own_part - upper @ parts[-1])
    return np.concatenate(parts[::-1])


_SLOPES = (
    (((0, 0), (0, 1)), (-1.0, 1.0)),
    (((0, 0), (1, 0)), (-1.0, 1.0)),
)
"""First differences: the rows and columns of their cells, and their factors."""
_CURVATURES = (
    (((0, 0), (0, 1), (0, 2)), (1.0, -2.0, 1.0)),
    (((0, 0), (1, 0), (2, 0)), (1.0, -2.0, 1.0)),
    (((0, 0), (0, 1), (1, 0), (1, 1)), (2**0.5, -(2**0.5), -(2**0.5), 2**0.5)),
)
"""Second differences, of which the mixed one counts twice."""


def _bilinear(place: np.ndarray, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of the four cells around a place, in cells, and their weights: [4] each."""
    column, row = (int(np.clip(np.floor(each), 0, most - 2)) for each, most in zip(place, (width, height), strict=True))
    across, down = np.clip(place - [column, row], 0, 1)
    first = row * width + column
    weights = np.array([(1 - across) * (1 - down), across * (1 - down), (1 - across) * down, across * down])
    return np.array([first, first + 1, first + width, first + width + 1]), weights
