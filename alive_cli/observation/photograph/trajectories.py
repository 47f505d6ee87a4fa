"""Where a steady flow takes what it carries: trajectories forward and back, as a few motion modes.

The flow doesn't change in time, so where a point is after t seconds, Φ_t, has the inverse Φ_−t. A picture displaced
forward by t, as symmetric splatting does it (Holynski et al. 2021, "Animating pictures with Eulerian motion fields"),
therefore is a picture sampled at Φ_−t: it has no holes, and is drawn as any scene of motion modes.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from alive_cli.media.warping import grid_positions, sample

LIVES = (6.0, 4.8, 4.0, 3.0, 2.4, 1.8, 1.2, 0.9)
"""A displaced copy of the photograph is shown for the first of these numbers of seconds with which it isn't stretched
too much, or the last. Longer ones show things longer, and repeat later."""
STRETCHED, AREA = 2.5, 0.97
"""A copy isn't stretched too much if this share of what flows is stretched or pressed at most by this factor, along any
direction, at both ends of its life."""
FARTHEST = 0.15
"""A copy moves by at most so many longest sides from where it was in the photograph."""
STEP = 1 / 30
"""Trajectories are followed in steps of so many seconds."""
KEPT = 2
"""Every so many steps a displacement is kept; between them it is interpolated."""
MODE_ERROR, NEARLY_ALL = 2e-4, 0.999
"""There are so many modes that this share of all displacements of what flows is off by at most so many longest sides: a
quarter of a pixel at 1280."""
MOST_MODES = 32
"""There are at most so many modes. A stream that doesn't touch the picture's border takes 10, others twice as many."""
SELDOM = 0.25
"""Displacements beyond half a life, which only strong motion and shifted copies show, count by this share."""
CELLS, LEAST_CELL = 80, 4
"""The grid of the modes has so many cells along the longest side, but cells of at least so many pixels, because a flow
is smooth."""


@dataclass(frozen=True)
class Trajectories:
    """Displacements of a grid over the picture, by time."""

    modes: np.ndarray
    """float32 [S, gh, gw, 2], in longest sides."""
    coefficients: np.ndarray
    """float32 [T, S], T odd: how much of each mode has the displacement after −(T − 1)/2 … (T − 1)/2 times
    `interval`."""
    interval: float
    """Seconds."""
    life: float
    """For so many seconds a copy of the photograph is shown."""
    stretch: float
    """The factor by which all but 1 − AREA of what flows is stretched or pressed at most, at either end of a life."""

    def displacement(self, seconds: float) -> np.ndarray:
        """Φ_t(x) − x at the cells after t seconds, which may be below 0: float32 [gh, gw, 2]."""
        middle = (len(self.coefficients) - 1) // 2
        place = np.clip(seconds / self.interval + middle, 0, 2 * middle)
        first = min(int(place), 2 * middle - 1)
        own = self.coefficients[first] + (place - first) * (self.coefficients[first + 1] - self.coefficients[first])
        displaced: np.ndarray = np.tensordot(own, self.modes, 1).astype(np.float32)
        return displaced


def follow_flow(flow: np.ndarray, mask: np.ndarray, reach: float) -> Trajectories:
    """Follow a flow, float32 [h, w, 2] in longest sides a second, over a picture whose mask is uint8 [H, W].

    Args:
        reach: displacements are known for so many halves of a life forward and back.
    """
    height, width = mask.shape
    columns, rows = _grid((width, height))
    # As floats, because a few pixels of a large cell would be rounded to nothing.
    inside = cv2.resize(mask.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA) > 0
    longest = LIVES[0] / 2
    forward, back = (_followed(flow, (columns, rows), (width, height), way * STEP, longest) for way in (1, -1))
    for life in LIVES:
        number = round(life / 2 / STEP)
        ends = forward[number], back[number]
        stretch = max(_stretch(end, (width, height), inside) for end in ends)
        distance = max(float(np.linalg.norm(end[inside], axis=-1).max()) for end in ends)
        if stretch <= STRETCHED and distance <= FARTHEST:
            break
    farthest = reach * life / 2
    forward, back = (_followed(flow, (columns, rows), (width, height), way * STEP, farthest) for way in (1, -1))
    kept = [_mirrored(each, (width, height)) for each in (*back[KEPT::KEPT][::-1], *forward[::KEPT])]
    usual = np.abs(np.arange(len(kept)) - len(kept) // 2) * KEPT * STEP <= life / 2 + KEPT * STEP
    modes, coefficients = _modes(np.stack(kept), inside, np.where(usual, 1, SELDOM).astype(np.float32))
    return Trajectories(modes, coefficients, KEPT * STEP, life, stretch)


def no_flow(size: tuple[int, int]) -> Trajectories:
    """The trajectories of a photograph of width × height `size` in which nothing flows."""
    columns, rows = _grid(size)
    life = LIVES[0]
    return Trajectories(np.zeros((1, rows, columns, 2), np.float32), np.zeros((3, 1), np.float32), life / 2, life, 1.0)


def _grid(size: tuple[int, int]) -> tuple[int, int]:
    """Columns and rows of the grid of the modes."""
    cell = max(LEAST_CELL, max(size) / CELLS)
    columns, rows = (max(2, round(side / cell)) for side in size)
    return columns, rows


def _followed(
    flow: np.ndarray, grid: tuple[int, int], picture: tuple[int, int], step: float, seconds: float
) -> list[np.ndarray]:
    """Displacements of the cells of a grid after 0, 1, 2 … steps, by the midpoint rule, in longest sides."""
    cells = np.array(flow.shape[1::-1], np.float32)
    sides = np.array(picture, np.float32) / max(picture)
    start = (grid_positions(*grid) + 0.5) / np.array(grid, np.float32)
    places = start.copy()
    displacements = [np.zeros_like(start)]

    def velocity(where: np.ndarray) -> np.ndarray:
        return sample(flow, (where * cells - 0.5).astype(np.float32)) / sides

    for _ in range(KEPT * round(seconds / abs(step) / KEPT)):
        halfway = places + step / 2 * velocity(places)
        places = places + step * velocity(halfway)
        displacements.append(((places - start) * sides).astype(np.float32))
    return displacements


def _mirrored(displacement: np.ndarray, picture: tuple[int, int]) -> np.ndarray:
    """A displacement, float32 [gh, gw, 2], that comes from beyond the picture's border, mirrored there: what flows in
    looks like what is beside the border, and comes the right way."""
    rows, columns = displacement.shape[:2]
    sides = np.array(picture, np.float32) / max(picture)
    start = (grid_positions(columns, rows) + 0.5) / np.array([columns, rows], np.float32)
    places = start + displacement / sides
    return np.asarray((1 - np.abs(1 - np.abs(places)) - start) * sides, np.float32)


def _stretch(displacement: np.ndarray, picture: tuple[int, int], inside: np.ndarray) -> float:
    """The factor that AREA of the cells inside don't exceed, whether they are stretched or pressed."""
    rows, columns = inside.shape
    sides = np.array(picture) / max(picture)
    across = np.gradient(displacement, sides[0] / columns, axis=1)
    down = np.gradient(displacement, sides[1] / rows, axis=0)
    jacobian = np.stack([across, down], -1)[inside] + np.eye(2)
    singular = np.linalg.svd(jacobian, compute_uv=False)
    factors = np.maximum(singular[:, 0], 1 / np.maximum(singular[:, 1], 1e-6))
    return float(np.quantile(factors, AREA))


def _modes(displacements: np.ndarray, inside: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The fewest modes [S, gh, gw, 2] and coefficients [T, S] that give displacements [T, gh, gw, 2] inside, which
    count by their weights [T]."""
    rows = displacements.reshape(len(displacements), -1) * weights[:, None]
    left, values, right = np.linalg.svd(rows, full_matrices=False)
    coefficients = left * values
    rest, count = rows, 0
    while count < min(MOST_MODES, len(values)):
        rest -= np.outer(coefficients[:, count], right[count])
        count += 1
        lengths = np.linalg.norm(rest.reshape(displacements.shape)[:, inside], axis=-1)
        if np.quantile(lengths, NEARLY_ALL) <= MODE_ERROR:
            break
    modes = right[:count].reshape(count, *displacements.shape[1:])
    return modes.astype(np.float32), (coefficients[:, :count] / weights[:, None]).astype(np.float32)
