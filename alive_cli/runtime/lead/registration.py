"""Registration of pictures in the space of a scene's motion modes, for leads.

Gauss-Newton steps on the brightness of points (Lucas & Kanade 1981; Baker & Matthews 2004, "Lucas-Kanade 20 years on"),
with the modes as the only ways to move, a ridge by each mode's spread, and large differences weighing less. It is small
enough to run for each picture of a camera, and plain enough that other players can do the same: double precision, sums
of products, and a Cholesky decomposition of [S, S].
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from alive_cli.runtime.lead.pyramid import LEVELS, Pyramid
from alive_cli.runtime.steering import Steering

POINTS = 1500
"""Brightness is compared at no more points than this: 700 lose 0.2 dB, 3,000 gain 0.1 and take twice as long."""
MOVES = 0.02
"""A point is compared where the modes move it by at least this share of the largest mean square displacement; on a
portrait, those above 0.1 alone lose 0.7 dB, because what stands still says how far the rest went."""
STEPS = (3, 2, 2)
"""A registration takes at most so many steps at each level, the largest picture first."""
HELPS = 0.999
"""A step is the last one of a level if it leaves more than this share of the cost."""
ROBUST = 16.0
"""A difference of so many levels weighs half as much as a small one, because it is rather something that appeared."""
RIDGE = 0.05
"""A coefficient of one spread costs as much as this squared difference, in levels, at each point. With a fifth of
it the coefficients are twice as long and draw little better, with ten times as much they fall short by 0.5 dB."""
CHUNK = 96
"""So many points are summed up at a time, because numpy's libraries share larger products among threads, which wait for
each other: a picture took three times as much time of the cores."""


class Match(NamedTuple):
    """How a picture follows from a reference."""

    coefficients: np.ndarray
    """In spreads, float64 [S]."""
    cost: float
    """The mean cost of the differences that are left, in squared levels, 0 … about ROBUST² · 5."""


class Points(NamedTuple):
    """The points of a level."""

    columns: np.ndarray
    rows: np.ndarray
    """Int64 [P] each."""
    across: np.ndarray
    down: np.ndarray
    """Displacements per spread in pixels of the level, float64 [P, S] each."""


class Registration:
    """Registers pictures of one size by the motion modes of a scene."""

    def __init__(self, steering: Steering, size: tuple[int, int]) -> None:
        """Choose the points for pictures whose largest level has width × height `size`."""
        self.size = size
        self._levels = [points_of(steering, (size[0] >> level, size[1] >> level)) for level in range(LEVELS)]
        self.modes = len(steering.modes)
        """S."""

    def register(self, reference: Pyramid, picture: Pyramid, begins: Sequence[np.ndarray]) -> Match:
        """The coefficients c, [S], for which picture(x) ≈ reference(x + Σ c_s φ_s(x)), from the smallest level to the
        largest.

        Args:
            begins: coefficients to begin with, at least one [S]; the best of them at the smallest level is used.
        """
        smallest = LEVELS - 1
        compared = [self._compare(smallest, reference, picture, each).total for each in begins]
        coefficients = begins[int(np.argmin(compared))]
        for level in reversed(range(LEVELS)):
            match = self._improve(level, reference, picture, coefficients)
            coefficients = match.coefficients
        return match

    def cost(self, level: int, reference: Pyramid, picture: Pyramid, coefficients: np.ndarray) -> float:
        """The cost of a picture beside its reference at a level, moved by coefficients [S]."""
        return self._compare(level, reference, picture, coefficients).cost

    def _improve(self, level: int, reference: Pyramid, picture: Pyramid, coefficients: np.ndarray) -> Match:
        best = self._compare(level, reference, picture, coefficients)
        for _ in range(STEPS[level]):
            following = self._compare(level, reference, picture, best.coefficients + self._step(level, best))
            if not following.total < best.total:
                break
            is_last = following.total > HELPS * best.total
            best = following
            if is_last:
                break
        return Match(best.coefficients, best.cost)

    def _compare(self, level: int, reference: Pyramid, picture: Pyramid, coefficients: np.ndarray) -> "_Comparison":
        points, there = self._levels[level], reference.levels[level]
        target = picture.levels[level].brightness[points.rows, points.columns]
        x = points.columns + np.einsum("ps,s->p", points.across, coefficients)
        y = points.rows + np.einsum("ps,s->p", points.down, coefficients)
        seen, slope_x, slope_y = bilinear((there.brightness, *there.slopes), x, y)
        rest = target - seen
        cost = float((ROBUST**2 * np.log1p(np.square(rest / ROBUST))).mean()) if len(rest) else 0.0
        total = cost + RIDGE * float(coefficients @ coefficients)
        return _Comparison(coefficients, cost, total, rest, slope_x, slope_y)

    def _step(self, level: int, here: "_Comparison") -> np.ndarray:
        points, ridge = self._levels[level], RIDGE * len(here.rest)
        weight = 1 / (1 + np.square(here.rest / ROBUST))
        slopes = here.slope_x[:, None] * points.across + here.slope_y[:, None] * points.down  # [P, S]
        weighed = slopes * weight[:, None]
        normal = ridge * np.eye(self.modes)
        for first in range(0, len(slopes), CHUNK):
            some = slice(first, first + CHUNK)
            normal += weighed[some].T @ slopes[some]
        return solved(normal, np.einsum("ps,p->s", weighed, here.rest) - ridge * here.coefficients)


class _Comparison(NamedTuple):
    """A picture beside its reference, moved by some coefficients."""

    coefficients: np.ndarray
    cost: float
    total: float
    """The cost with that of the coefficients."""
    rest: np.ndarray
    """What is left at the points, [P] in levels."""
    slope_x: np.ndarray
    slope_y: np.ndarray
    """Of the reference where it was moved to, [P]."""


def points_of(steering: Steering, size: tuple[int, int]) -> Points:
    """The points of a level of width × height `size`: every n-th pixel across and down of those that the modes move."""
    width, height = size
    columns, rows = np.tile(np.arange(width), height), np.repeat(np.arange(height), width)
    grid_rows, grid_columns = steering.modes.shape[1:3]
    fields = bilinear(
        steering.modes.transpose(0, 3, 1, 2).reshape(-1, grid_rows, grid_columns),
        (columns + 0.5) / width * grid_columns - 0.5,
        (rows + 0.5) / height * grid_rows - 0.5,
    )  # [2 S, P]
    across, down = steering.longest
    displacements = np.stack([fields[0::2] * (width / across), fields[1::2] * (height / down)])  # [2, S, P]
    energy = np.square(displacements).sum((0, 1))
    moving = energy > MOVES * energy.max()
    apart = 1
    while (chosen := moving & (columns % apart == apart // 2) & (rows % apart == apart // 2)).sum() > POINTS:
        apart += 1
    kept = np.ascontiguousarray(displacements[:, :, chosen].transpose(0, 2, 1))
    return Points(columns[chosen], rows[chosen], kept[0], kept[1])


def bilinear(pictures: tuple[np.ndarray, ...] | np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Values of pictures [h, w] at positions (column, row), [P] each; outside, those of the nearest pixel: [n, P]."""
    height, width = pictures[0].shape
    x, y = np.clip(np.nan_to_num(x), 0, width - 1), np.clip(np.nan_to_num(y), 0, height - 1)
    left, top = np.minimum(x.astype(int), max(width - 2, 0)), np.minimum(y.astype(int), max(height - 2, 0))
    right, below = min(1, width - 1), width * min(1, height - 1)
    share_x, share_y = x - left, y - top
    places = top * width + left
    values = np.empty((len(pictures), len(x)))
    for number, each in enumerate(pictures):
        flat = each.reshape(-1)
        upper = (1 - share_x) * flat[places] + share_x * flat[places + right]
        lower = (1 - share_x) * flat[places + below] + share_x * flat[places + below + right]
        values[number] = (1 - share_y) * upper + share_y * lower
    return values


def solved(normal: np.ndarray, side: np.ndarray) -> np.ndarray:
    """The solution of normal equations, whose matrix is symmetric; zeros where numbers of a stranger allow none."""
    try:
        solution = np.linalg.solve(normal, side)
    except np.linalg.LinAlgError:
        return np.zeros_like(side)
    return solution if np.isfinite(solution).all() else np.zeros_like(side)
