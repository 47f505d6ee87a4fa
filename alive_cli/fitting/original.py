"""Recipe `original`: the published method, "Alive Scene" (Cheng 2023), with what it leaves open pinned."""

import numpy as np
import torch
from torch import Tensor

from alive_cli.fitting.observations import Observations
from alive_cli.fitting.recipe import FitLength, Fitted, Settings, pick
from alive_cli.fitting.siren import PositionalEncoding, Siren, SirenSettings
from alive_cli.fitting.train_generator import Drawer, GeneratorTraining
from alive_cli.fitting.train_scene import DENSIFY, SceneTraining, restore_behavior, train_scene
from alive_cli.fitting.vae import BehaviorVae
from alive_cli.progress import Progress, silent

NAME = "original"
TRAINING = SceneTraining(
    name=NAME,
    generator=GeneratorTraining(steps=15000, learning_rate=3e-4, frames=4, pixels=256, densify=DENSIFY),
    steps={"draft": 3000, "standard": 15000, "high": 60000},
)
"""The author left batch, rate and schedule open. At equal time, many small batches beat few large ones
(4 × 256 over 16 × 256 by 4 dB on a cat). 1e-3 learns fastest for a minute and then falls apart on
longer runs; 1e-4 is slower everywhere."""


class SirenDrawer(Drawer):
    """The published SIREN over encoded coordinates; pixel numbers don't matter to it."""

    def __init__(self, siren: Siren) -> None:
        super().__init__()
        self.siren, self.encoding = siren, PositionalEncoding()

    def forward(self, embedding: Tensor, coords: Tensor, places: Tensor) -> Tensor:
        colours: Tensor = self.siren(embedding, self.encoding(coords))
        return colours


def fit(data: Observations, length: FitLength, *, seed: int = 0, progress: Progress = silent) -> Fitted:
    """Train generator and behavior on the observations' device.

    The same observations, steps and seed give the same weights on the same machine.
    """
    torch.manual_seed(seed)
    generator = Siren(SirenSettings(embedding=data.embeddings.shape[1])).to(data.embeddings.device)
    drawer = SirenDrawer(generator).to(data.embeddings.device)
    return train_scene(TRAINING, drawer, generator, data, length, seed=seed, progress=progress)


def restore(settings: Settings, weights: dict[str, np.ndarray]) -> tuple[Siren, BehaviorVae]:
    """The trained modules, in evaluation mode on the CPU, from what `fit` gave.

    Raises:
        KeyError, RuntimeError: settings or weights are not those of this recipe.
    """
    generator = Siren(SirenSettings(**pick(SirenSettings, settings)))
    return generator, restore_behavior(generator, settings, weights)
