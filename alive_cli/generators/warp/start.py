"""Where the training of the trunk begins: feature grids that draw the modes as well as linear interpolation can."""

import torch
from torch import Tensor
from torch.nn import functional

from alive_cli.generators.warp.trunk import GRID_SPREAD, Trunk

FLAT = 1e-6
"""A component that varies less than by this share of the first one of its grid is left as it is."""


@torch.no_grad()
def start_from_modes(trunk: Trunk, size: tuple[int, int], values: Tensor, levels: Tensor) -> None:
    """Set the feature grids, and the weights from them to the output, by principal components, coarse grids first.

    Each grid takes the strongest components of what the ones before it leave, at its own resolution. The sine layers
    add nothing at first, and learn what interpolation can't draw.

    Args:
        size: width and height of the pictures on which the modes are known.
        values: the modes, float32 [width · height, 2·S + R].
        levels: float32 [2·S + R], by how much an error of 1 in a mode changes a picture.
    """
    width, height = size
    importance = (levels * trunk.scale).clamp(min=1e-12)  # of modes of unit variance
    rest = (values * levels).T.reshape(1, -1, height, width)
    skips = []
    for grid in trunk.grids:
        channels, rows, columns = grid.shape[1:]
        smaller = rows <= height and columns <= width
        low = functional.interpolate(rest, (rows, columns), mode="area" if smaller else "bilinear")[0].flatten(1)
        vectors = torch.linalg.eigh((low @ low.T).double())[1].flip(1)[:, :channels].float()  # [F, ≤ channels]
        components = vectors.T @ low
        spread = components.square().mean(1).sqrt()
        used = spread > FLAT * spread.max().clamp(min=1e-12)
        vectors, components, spread = vectors[:, used], components[used], spread[used, None] / GRID_SPREAD
        count = len(components)
        grid[0, :count] = (components / spread).reshape(count, rows, columns)
        weights = vectors * spread.T
        drawn = functional.interpolate(grid[:, :count], (height, width), mode="bilinear")
        rest = rest - torch.einsum("fc,nchw->nfhw", weights, drawn)
        skip = torch.zeros(len(levels), channels)
        skip[:, :count] = weights / importance[:, None]
        skips.append(skip)
    trunk.skip.weight.copy_(torch.cat(skips, 1))
    trunk.last.weight.zero_()
