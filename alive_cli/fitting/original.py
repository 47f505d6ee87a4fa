"""Recipe `original`: the published method, "Alive Scene" (Cheng 2023), with what it leaves open pinned."""

from dataclasses import asdict, replace

import numpy as np
import torch
from torch import Tensor

from alive_cli.fitting.observations import Observations
from alive_cli.fitting.recipe import FitLength, Fitted, Settings, behavior_steps, load_weights, pick, weight_arrays
from alive_cli.fitting.siren import PositionalEncoding, Siren, SirenSettings
from alive_cli.fitting.train_behavior import BehaviorTraining, train_behavior
from alive_cli.fitting.train_generator import (
    Drawer,
    GeneratorTrainer,
    GeneratorTraining,
    fidelity,
    steps_within,
    train_generator,
)
from alive_cli.fitting.vae import BehaviorVae, VaeSettings
from alive_cli.progress import Progress, silent

NAME = "original"
STEPS = {"draft": 3000, "standard": 15000, "high": 60000}
"""Generator steps by `--quality`."""
TRAINING = GeneratorTraining(steps=STEPS["standard"], learning_rate=3e-4, frames=4, pixels=256, densify=5)
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
    device = data.embeddings.device
    torch.manual_seed(seed)
    generator = Siren(SirenSettings(embedding=data.embeddings.shape[1]))
    behavior = BehaviorVae(VaeSettings(embedding=data.embeddings.shape[1])).to(device)
    drawer = SirenDrawer(generator).to(device)

    config = replace(TRAINING, steps=length.steps or STEPS[length.quality], seed=seed)
    if length.budget and not length.steps:
        config = replace(config, steps=steps_within(drawer, data, config, length.budget))
    train_generator(GeneratorTrainer(drawer, data, config), progress)
    behavior_config = BehaviorTraining(steps=behavior_steps(config.steps), seed=seed)
    motion = train_behavior(behavior, data, behavior_config, progress)

    settings: Settings = {**asdict(generator.settings), **asdict(behavior.settings)}
    settings |= {"steps": config.steps, "behavior_steps": behavior_config.steps}
    settings |= {"densify": config.densify, "seed": seed}
    settings |= {"learning_rate": config.learning_rate, "batch": f"{config.frames}x{config.pixels}"}
    return Fitted(
        recipe=NAME,
        settings=settings,
        weights=weight_arrays({"generator": generator, "behavior": behavior}),
        bank={"embedding": data.embeddings.cpu().numpy()},
        figures={"psnr": round(fidelity(drawer, data), 2), **motion},
    )


def restore(settings: Settings, weights: dict[str, np.ndarray]) -> tuple[Siren, BehaviorVae]:
    """The trained modules, in evaluation mode on the CPU, from what `fit` gave.

    Raises:
        KeyError, RuntimeError: settings or weights are not those of this recipe.
    """
    generator = Siren(SirenSettings(**pick(SirenSettings, settings)))
    behavior = BehaviorVae(VaeSettings(**pick(VaeSettings, settings)))
    load_weights({"generator": generator, "behavior": behavior}, weights)
    return generator, behavior
