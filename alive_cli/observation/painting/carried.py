"""A clip's motion modes carried over to a painting.

A painting at x is the frame at T(x). What the frame's motion displaces by d there, the painting's displaces by J⁻¹·d,
where J is the derivative of T (deformation transfer as in Noh & Neumann 2001, "Expression cloning"). The motion of the
whole head is taken smooth, and goes on beyond the pairs; that of the features is added on the face alone.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from alive_cli.media.warping import cell_sizes, grid_coordinates, reduce, sample
from alive_cli.observation.painting.points import Pairs, mask_of

FINEST = 128
"""The motion grid of a painting has so many cells along its longest side, as many as the format allows: a face may take
up a small part of it."""
HEAD = 0.22
"""The motion of the head is blurred by so much of the size of what the pairs surround."""
NEAR = 0.08
"""A pair counts around it over so much of that size."""
SPARSE, DENSE = 1.0, 2.5
"""The features' motion begins where more pairs than the first are near, and counts wholly from the second on: between
pairs that are far apart, nobody knows what is what, as under a fringe of hair."""
SOFT = 0.1
"""The features' motion ends softly: how far it counts is blurred by so much of that size. With a sharper end, most of
what stretched the painting lay there."""
APART = 0.001
"""What lies between pairs that are far apart counts so much for the motion of the head, and what is dense 1."""
FADE = 0.5
"""Beside what moves, motion ends softly over so much of that size."""
EDGE = 0.08
"""Motion ends softly before the edges of the painting over so much of its longest side."""
MARGIN = 0.15
"""Without an outline, what the pairs surround moves, and so much of its size around it."""
FAR = 1e-4
"""Far from all pairs, the head's motion is its mean: this is the weight of the mean."""
LEAST_SQUEEZE = 0.25
"""The spline squeezes the painting to at least this share of its usual scale: less would fling what it moves."""


@dataclass(frozen=True)
class Place:
    """Where on a painting's motion grid motion is carried over to."""

    moving: np.ndarray
    """float32 [gh, gw], 0…1: how far each place follows the head."""
    face: np.ndarray
    """float32 [gh, gw], 0…1: how far the features' own motion counts."""
    core: np.ndarray
    """float32 [gh, gw], 0…1: how much the motion of each place says of that of the head."""
    size: float
    """The size of what the pairs surround, in cells: the square root of its area."""
    there: np.ndarray
    """float64 [gh, gw, 2]: which place of the frame each place is, in longest sides from the top left corner."""
    back: np.ndarray
    """float64 [gh, gw, 2, 2]: what turns a displacement of the frame into one of the painting."""
    scene_size: tuple[int, int]
    """Width and height of the frame in pixels."""

    def on_frame(self, columns: int, rows: int) -> np.ndarray:
        """Where each place is on a grid over the frame, float32 [gh, gw, 2] (column, row)."""
        return np.asarray(self.there * cell_sizes(columns, rows, self.scene_size) - 0.5, np.float32)


def painting_grid(size: tuple[int, int]) -> tuple[int, int]:
    """Columns and rows of the motion grid of a painting of width × height `size`."""
    longest = max(size)
    return max(1, round(FINEST * size[0] / longest)), max(1, round(FINEST * size[1] / longest))


def places_of(pairs: Pairs, mask: np.ndarray | None = None) -> Place:
    """Where motion is carried over to.

    Args:
        mask: uint8 [H, W], what moves, over the whole painting; None for the outlines of the pairs' file.
    """
    grid = painting_grid(pairs.painting_size)
    scale = np.array(grid) / pairs.painting_size
    hull = pairs.surrounded()
    inside = mask_of([hull], scale, grid)
    size = float(np.sqrt(max(float(np.count_nonzero(inside)), 1.0)))
    if mask is not None:
        whole = np.asarray(reduce(mask, grid) > 127)
    elif pairs.moves:
        whole = mask_of(pairs.moves, scale, grid) > 0
    else:
        reach = max(1, round(MARGIN * size))
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
        whole = np.asarray(cv2.dilate(inside, disc) > 0)
    outside = cv2.distanceTransform(np.where(whole, 0, 255).astype(np.uint8), cv2.DIST_L2, 5)
    moving = _smooth(1 - outside / (FADE * size))
    columns, rows = np.arange(grid[0]) + 0.5, np.arange(grid[1]) + 0.5
    near = 0.5 / (NEAR * size) ** 2
    across, down = (
        np.exp(-near * np.square(centres[:, None] - points))
        for centres, points in ((columns, scale[0] * pairs.painting[:, 0]), (rows, scale[1] * pairs.painting[:, 1]))
    )
    dense = _smooth((down @ across.T - SPARSE) / (DENSE - SPARSE))
    face = _blurred(dense, SOFT * size)
    face *= dense.max() / max(float(face.max()), 1e-12)
    to_edge = np.minimum(np.minimum(columns, grid[0] - columns), np.minimum(rows, grid[1] - rows)[:, None])
    moving *= _smooth(to_edge / (EDGE * max(grid)))
    coords = (
        grid_coordinates(*grid, pairs.painting_size) + np.array(pairs.painting_size) / max(pairs.painting_size)
    ) / 2
    there, derivative = pairs.spline()(coords.astype(np.float64))
    shape = grid[::-1]
    return Place(
        moving=moving.astype(np.float32),
        face=(face * moving).astype(np.float32),
        core=np.maximum(face, APART * (inside > 0)).astype(np.float32),
        size=size,
        there=there.reshape(*shape, 2),
        back=_inverse(derivative, inside.reshape(-1) > 0).reshape(*shape, 2, 2),
        scene_size=pairs.scene_size,
    )


def carried_modes(place: Place, modes: np.ndarray, blur: float) -> np.ndarray:
    """The motion modes of a painting, float32 [S, gh, gw, 2], from those of the scene, [S, sh, sw, 2].

    Args:
        blur: the features' motion is blurred by so much of the size of what the pairs surround.
    """
    positions = place.on_frame(modes.shape[2], modes.shape[1])
    weight = place.face[..., None]
    core = place.core[..., None]
    total = _blurred(place.core, HEAD * place.size)[..., None]
    carried = []
    for mode in modes:
        there = sample(np.ascontiguousarray(mode, np.float32), positions)
        moved = np.matmul(place.back, there[..., None])[..., 0]
        mean = (moved * core).sum((0, 1)) / max(float(core.sum()), 1e-12)
        head = (_blurred(moved * core, HEAD * place.size) + FAR * mean) / (total + FAR)
        features = _blurred(moved, blur * place.size) - head
        carried.append(place.moving[..., None] * head + weight * features)
    return np.stack(carried).astype(np.float32)


def carried_values(place: Place, values: np.ndarray) -> np.ndarray:
    """Values of the frame, float32 [h, w], at the painting's places: float32 [gh, gw]."""
    return sample(values, place.on_frame(values.shape[1], values.shape[0]))


def _inverse(derivative: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Inverse matrices [M, 2, 2] whose stretch is bounded, because a spline is wild far from its pairs."""
    left, stretch, right = np.linalg.svd(derivative)
    usual = float(np.median(stretch[counts])) if counts.any() else 1.0
    stretch = np.maximum(stretch, LEAST_SQUEEZE * usual)
    return np.asarray(np.einsum("mji,mj,mkj->mik", right, 1 / stretch, left))


def _smooth(share: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1, without a corner between."""
    share = share.clip(0, 1)
    return np.asarray(share * share * (3 - 2 * share))


def _blurred(values: np.ndarray, deviation: float) -> np.ndarray:
    return np.asarray(
        cv2.GaussianBlur(values.astype(np.float32), (0, 0), max(deviation, 0.3), borderType=cv2.BORDER_REPLICATE)
    )
