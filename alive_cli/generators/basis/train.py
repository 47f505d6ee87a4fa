"""Training of the trunk of recipe `living`: a sine network learns a clip's basis images."""

from dataclasses import dataclass

import torch
from torch import Tensor

from alive_cli.generators.basis.network import Trunk
from alive_cli.training.device import sum_of_squares
from alive_cli.training.trainer import Trainer, Training

IMPORTANCE_FLOOR = 0.3
"""The odds of each pixel are raised by this share of the mean, so that pixels that move little are drawn as well."""
MAX_WEIGHT = 10.0
"""A pixel in the loss weighs at most so much, because rare ones would make it noisy."""
GRID_RATE = 3.0
"""The feature grids learn so much faster than the layers: each of their cells sees few pixels."""


@dataclass(frozen=True)
class TrunkTraining(Training):
    """A batch is `pixels` places, with all basis images at each."""

    betas: tuple[float, float] = (0.9, 0.99)
    coarse: bool = True
    """Costs it nothing: a portrait came to 39.03 dB with factors rounded so on a CPU, and without. What is solved for
    in closed form stays exact."""


@dataclass(frozen=True)
class BasisImages:
    """What the trunk learns."""

    coords: Tensor
    """[P, 2]: the pixels that ever move."""
    images: Tensor
    """[P, F]: their sum of squares is the sum over all pictures and colours."""
    lengths: Tensor
    """[F]: root mean square of each image; the trunk learns images of unit variance."""
    left_out: float
    """Sum of squares, over all pictures and colours, that the images don't hold."""
    beyond: float
    """Sum of squares, over all pictures and colours, that the trunk has no part in: what pixels that count as still
    do, and what coefficients get wrong that are taken from embeddings."""
    samples: int
    """Pictures × pixels × colours: what a sum of squares is divided by for a mean squared error."""

    @classmethod
    def of(cls, coords: Tensor, images: Tensor, energy: float, beyond: float, samples: int) -> "BasisImages":
        """From images [P, F] and the energy, of the same pixels, that they are to explain."""
        left_out = max(0.0, energy - sum_of_squares(images))
        return cls(coords, images, lengths(images), left_out, beyond, samples)


def lengths(images: Tensor) -> Tensor:
    """Root mean square of each of images [P, F]: [F]."""
    return images.square().mean(0).sqrt()


class TrunkTrainer(Trainer):
    """Fits random pixels, more of those that move more; the loss is the pictures' mean squared error."""

    def __init__(self, trunk: Trunk, basis: BasisImages, config: TrunkTraining) -> None:
        grids = list(trunk.grids.parameters())
        others = [parameter for parameter in trunk.parameters() if all(parameter is not grid for grid in grids)]
        super().__init__(trunk, config, [{"params": others, "rate": 1.0}, {"params": grids, "rate": GRID_RATE}])
        self.config = config
        self._trunk, self._basis = trunk, basis
        self.elsewhere = basis.beyond / basis.samples
        deviation = basis.images.square().sum(1).sqrt()
        odds = deviation + IMPORTANCE_FLOOR * deviation.mean()
        odds /= odds.sum()
        self._odds = odds.cpu().double().cumsum(0)
        self._unbiased = 1 / (odds * len(odds))
        self._weights = self._unbiased.clamp(max=MAX_WEIGHT)

    def draw(self, random: torch.Generator) -> Tensor:
        odds = torch.rand(self.pixels, generator=random, dtype=torch.float64)
        return torch.searchsorted(self._odds, odds).clamp(max=len(self._odds) - 1)

    def loss(self, places: Tensor) -> tuple[Tensor, Tensor]:
        basis = self._basis
        error = (self._trunk(basis.coords[places]) * basis.lengths - basis.images[places]).square().sum(1)  # [P]
        scale = len(basis.coords) / basis.samples
        missed = (error.detach() * self._unbiased[places]).mean() * scale + basis.left_out / basis.samples
        return (error * self._weights[places]).mean() * scale, missed
