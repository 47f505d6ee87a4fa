"""How a player may move pictures as their clip moves: how far and how fast each motion mode goes, and which offsets
turn what moves most (SPEC.md, Steering)."""

from collections.abc import Callable

import numpy as np
import torch

from alive_cli.generators.protocol import Bank
from alive_cli.generators.warp.network import WarpNetwork
from alive_cli.media.warping import grid_coordinates
from alive_cli.runtime.steering import FIRMNESS, stretch_of
from bundle_spec.manifest import Steering

TABLES = ("steer_spread", "steer_frequency", "steer_look")
"""The bank holds what a player needs to steer in these tensors."""
REACH = 3.6
"""Offsets are at most so long, in spreads: on portraits, pictures then look as natural as 1.2 times the clip's own."""
LOOK_REACH = 1.6
"""The pointer at the edge of the picture asks for an offset of so many spreads."""
LOOK_STRETCH = 0.5
"""A look stretches or squeezes the picture by at most this anywhere: on a coffee and a cat, more bends what is seen."""
LEAST_LOOK = 0.004
"""A look that moves what moves most by less than this share of the longest side is none."""
LEADING = 0.5
"""What moves at least this share of the most that anything moves is what a look turns."""
CUT = 8.0
"""A step of so many median steps is a cut, and says nothing of how modes swing."""


def steering_of(network: WarpNetwork, bank: Bank) -> tuple[Steering, Bank] | None:
    """What a player needs to steer a scene, and the tensors of the bank for it; None if nothing in the clip moves.

    Args:
        bank: with the observed embeddings, `embedding` [N, D].
    """
    look_up, s = network.look_up, network.settings
    embeddings = np.asarray(bank["embedding"], np.float64)
    first, end = look_up.first, look_up.first + s.motion_modes
    scale = float(look_up.scale)
    pose = embeddings[:, first:end] / np.maximum(embeddings[:, -1:], 1e-6) / scale
    spread = pose.std(0)
    if not spread.max(initial=0.0) > 0:
        return None
    modes = motion_on_grid(network) * spread[:, None, None]
    grid = modes.reshape(-1, s.motion_rows, s.motion_columns, 2)
    size = s.aspect_width, s.aspect_height

    def stretch(offset: np.ndarray) -> float:
        return stretch_of(np.tensordot(offset, grid, 1), size)

    tensors = (spread, frequencies(pose), look_offsets(modes, stretch) * spread)
    steering = Steering(
        pose=[first, end],
        pose_scale=scale,
        reach=REACH,
        **dict(zip(("spread", "frequency", "look"), TABLES, strict=True)),
    )
    return steering, {name: array.astype(np.float32) for name, array in zip(TABLES, tensors, strict=True)}


@torch.no_grad()
def motion_on_grid(network: WarpNetwork) -> np.ndarray:
    """The motion modes at the cells of their grid, [S, cells, 2], in longest sides."""
    s = network.settings
    coords = grid_coordinates(s.motion_columns, s.motion_rows, (s.aspect_width, s.aspect_height))
    features = network.trunk(torch.from_numpy(coords))[:, : 2 * s.motion_modes].double().numpy()
    return np.ascontiguousarray(features.reshape(len(coords), s.motion_modes, 2).transpose(1, 0, 2))


def frequencies(coefficients: np.ndarray) -> np.ndarray:
    """Cycles per frame, 0 … 0.5, with which coefficients [N, S] swing about their means.

    It is the mean frequency of Rice (*Mathematical Analysis of Random Noise*, 1944): the spread of the velocity over
    that of the coefficient. Cuts don't count.
    """
    steps = np.diff(coefficients, axis=0)
    lengths = np.linalg.norm(steps, axis=1)
    usual = lengths <= CUT * max(float(np.median(lengths)), 1e-12) if len(lengths) else np.zeros(0, bool)
    if not usual.any():
        return np.zeros(coefficients.shape[1])
    velocity = np.sqrt(np.square(steps[usual]).mean(0))
    swing = velocity / np.maximum(coefficients.std(0), 1e-12) / (2 * np.pi)
    return np.asarray(np.clip(swing, 0, 0.5))


def look_offsets(modes: np.ndarray, stretch: Callable[[np.ndarray], float] = lambda offset: 0.0) -> np.ndarray:
    """The offsets, [2, S] in spreads, that turn what moves most to the right, and down; zeros where nothing does.

    Args:
        modes: displacements per spread on a grid, [S, cells, 2].
        stretch: by how much an offset, [S], stretches the picture at most.
    """
    energy = np.square(modes).sum((0, 2))
    if not energy.max() > 0:
        return np.zeros((2, len(modes)))
    weights = np.where(energy >= LEADING**2 * energy.max(), energy, 0)
    moved = (modes * weights[None, :, None]).sum(1) / max(float(weights.sum()), 1e-30)  # [S, 2]
    ridge = FIRMNESS * energy.max() / 2
    # A picture shows at a point what lies at the displaced point, so what it shows moves the other way.
    offsets = -(moved @ np.linalg.inv(moved.T @ moved + ridge * np.eye(2))).T  # [2, S], per longest side
    lengths = np.linalg.norm(offsets, axis=1, keepdims=True)
    offsets = LOOK_REACH * offsets / np.maximum(lengths, 1e-30)
    offsets /= np.maximum(1, np.array([[stretch(offset)] for offset in offsets]) / LOOK_STRETCH)
    turned = -(offsets[:, :, None] * moved[None]).sum(1)  # [2, 2]
    enough = np.diag(turned) >= LEAST_LOOK
    return np.asarray(np.where(enough[:, None], offsets, 0))
