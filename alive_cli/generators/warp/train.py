"""Training of the trunk: a sine network learns motion modes and colour modes."""

from dataclasses import dataclass

import torch
from torch import Tensor

from alive_cli.generators.warp.trunk import Trunk
from alive_cli.training.device import sum_of_squares
from alive_cli.training.trainer import Trainer, Training

IMPORTANCE_FLOOR = 0.3
"""The odds of each place are raised by this share of the mean, so that places that change little are drawn as well."""
MAX_WEIGHT = 10.0
"""A place in the loss weighs at most so much, because rare ones would make it noisy."""
GRID_RATE = 3.0
"""The feature grids learn so much faster than the layers: each of their cells sees few places."""


@dataclass(frozen=True)
class TrunkTraining(Training):
    """A batch is `pixels` places, with all modes at each."""

    betas: tuple[float, float] = (0.9, 0.99)
    coarse: bool = True


@dataclass(frozen=True)
class Modes:
    """What the trunk learns."""

    coords: Tensor
    """[P, 2]."""
    values: Tensor
    """[P, 2·S + R]."""
    levels: Tensor
    """[2·S + R]: by how much an error of 1 in a mode changes a picture, in the root mean square, of values 0…1."""
    left_out: float
    """Mean squared error of the pictures, of values 0…1, if the trunk draws the modes exactly."""


class TrunkTrainer(Trainer):
    """Fits random places, more of those that change more; the loss is about the pictures' mean squared error."""

    def __init__(self, trunk: Trunk, modes: Modes, config: TrunkTraining) -> None:
        grids = list(trunk.grids.parameters())
        others = [parameter for parameter in trunk.parameters() if all(parameter is not grid for grid in grids)]
        super().__init__(trunk, config, [{"params": others, "rate": 1.0}, {"params": grids, "rate": GRID_RATE}])
        self.config = config
        self._trunk, self._modes = trunk, modes
        self.elsewhere = modes.left_out
        change = (modes.values * modes.levels).square().sum(1).sqrt()
        odds = change + IMPORTANCE_FLOOR * change.mean() + 1e-12
        odds /= odds.sum()
        self._odds = odds.cpu().double().cumsum(0)
        self._unbiased = 1 / (odds * len(odds))
        self._weights = self._unbiased.clamp(max=MAX_WEIGHT)
        self._unit = 1 / max(sum_of_squares(modes.values * modes.levels) / len(change), 1e-12)

    def draw(self, random: torch.Generator) -> Tensor:
        odds = torch.rand(self.pixels, generator=random, dtype=torch.float64)
        return torch.searchsorted(self._odds, odds).clamp(max=len(self._odds) - 1)

    def loss(self, places: Tensor) -> tuple[Tensor, Tensor]:
        modes = self._modes
        rest = (self._trunk(modes.coords[places]) - modes.values[places]) * modes.levels
        error = rest.square().sum(1)  # [P]
        missed = (error.detach() * self._unbiased[places]).mean()
        return (error * self._weights[places]).mean() * self._unit, missed
