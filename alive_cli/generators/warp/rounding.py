"""Rounding of the trunk and of the tables: each number is stored only as finely as it shows in the pictures.

All numbers may add the same error to a picture, so that each bit is spent where it brings most (reverse water-filling,
Cover & Thomas 2006, "Elements of information theory", §10.3).
"""

import math

import numpy as np
import torch
from torch import Tensor

from alive_cli.generators.warp.trunk import GRID_SPREAD, Trunk
from alive_cli.training.steps import round_to_steps, rounded

FITTED_SHARE, SLIM_SHARE = 5e-4, 6e-3
"""One number of the trunk adds so much of the error that pictures have anyway: after a fit, and in a slim bundle."""
FITTED_SINES, SLIM_SINES = 1 / 256, 1 / 32
"""The weights of the sine layers have these steps, because what they show differs little from one to another."""
SINE_SPREAD = 0.7
"""The root mean square of what leaves a sine layer."""
FITTED_PIXELS, SLIM_PIXELS = 0.02, 0.06
"""All motion coefficients of a frame together may displace by so many pixels more or less, in the root mean square."""
FITTED_COLOUR, SLIM_COLOUR = 0.05, 0.2
"""All colour coefficients of a frame together add so much of the error that the pictures have anyway."""


def mode_levels(motion: np.ndarray, colours: np.ndarray, picture: np.ndarray) -> Tensor:
    """By how much an error of 1 in a mode changes a picture, in the root mean square, of values 0…1.

    Args:
        motion: coefficients of frames, [N, 2, S].
        colours: root mean square of the coefficients of each colour mode, [R].
        picture: a usual one, uint8 [h, w, 3].

    Returns:
        float32 [2·S + R].
    """
    grey = picture.mean(-1, dtype=np.float32) / 255
    # A picture may be one pixel high or wide.
    slopes = [np.square(np.diff(grey, axis=side)).mean() for side in (0, 1) if grey.shape[side] > 1]
    slope = float(np.sqrt(np.mean(slopes or [0.0])) * max(grey.shape))  # over one longest side, along one axis
    sizes = np.sqrt(np.square(motion, dtype=np.float64).mean((0, 1))).repeat(2) * slope
    return torch.from_numpy(np.concatenate([sizes, colours]).astype(np.float32))


@torch.no_grad()
def round_trunk(trunk: Trunk, levels: Tensor, error: float, sines: float, *, fine: bool) -> None:
    """Round a trunk's grids and matrices in place.

    Args:
        levels: float32 [2·S + R], by how much an error of 1 in a mode changes a picture, of values 0…1.
        error: root mean square by which one number may change a picture, of values 0…1.
        sines: step of the weights of the sine layers.
        fine: keep the weights from the grids to the output in half precision, because a byte limits what training gains
            where a scene's own error is tiny.
    """
    shown = (levels.to(trunk.scale) * trunk.scale).clamp(min=1e-12)  # by an error of 1 in an output
    effects = (trunk.skip.weight * shown[:, None]).square().sum(0).sqrt()
    for grid, own in zip(trunk.grids, effects.split([grid.shape[1] for grid in trunk.grids]), strict=True):
        cells = grid.shape[2] * grid.shape[3]  # a cell shows in its own part of the picture alone
        round_to_steps(grid, 1, error * math.sqrt(cells) / own.clamp(min=1e-12))
    if fine:
        trunk.skip.weight.copy_(trunk.skip.weight.half())
    else:
        round_to_steps(trunk.skip.weight, 0, error / (shown * GRID_SPREAD))
    round_to_steps(trunk.last.weight, 0, error / (shown * SINE_SPREAD))
    for layer in trunk.sines:
        weight: Tensor = layer.weight  # type: ignore[assignment]
        round_to_steps(weight, 0, torch.full_like(weight[:, 0], sines))


def round_motion(motion: np.ndarray, cells: int, longest: int, pixels: float) -> np.ndarray:
    """Motion coefficients [..., S] as float16, rounded so that they displace by so many pixels more or less.

    Args:
        cells: cells of the motion grid, over which the modes are orthonormal.
        longest: the longest side of the frames in pixels.
    """
    spread = math.sqrt(motion.shape[-1] / (2 * cells)) * longest
    return rounded(motion.astype(np.float16), math.sqrt(12) * pixels / spread)


def round_colour(colour: np.ndarray, error: float) -> np.ndarray:
    """Colour coefficients [N, R, 3] as float16, rounded so that they change a picture, of values 0…1, by an error;
    the root mean square of each mode is one."""
    return rounded(colour.astype(np.float16), math.sqrt(12 / colour.shape[1]) * error)
