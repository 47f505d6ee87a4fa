"""What all recipes share: train a generator, then the published behavior, and hand both on."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from alive_cli.fitting.observations import Observations
from alive_cli.fitting.recipe import FitLength, Fitted, Settings, load_weights, pick, weight_arrays
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
from alive_cli.progress import Progress

DENSIFY = 5
"""Densified steps from frame to frame that the published behavior learns, and plays for each frame."""


@dataclass(frozen=True)
class SceneTraining:
    """A recipe's name and how it is trained."""

    name: str
    generator: GeneratorTraining
    steps: dict[str, int]
    """Generator steps by `--quality`."""


def train_scene(
    training: SceneTraining,
    drawer: Drawer,
    generator: nn.Module,
    data: Observations,
    length: FitLength,
    *,
    seed: int,
    progress: Progress,
) -> Fitted:
    """Train `drawer`, which draws through `generator`, and a new behavior VAE, on the observations' device.

    Args:
        generator: the part of the drawer that is kept; has its dataclass of settings in `settings`.
    """
    device = data.embeddings.device
    config = replace(training.generator, steps=length.steps or training.steps[length.quality], seed=seed)
    if length.budget and not length.steps:
        config = replace(config, steps=steps_within(drawer, data, config, length.budget))
    behavior = BehaviorVae(VaeSettings(embedding=data.embeddings.shape[1])).to(device)
    train_generator(GeneratorTrainer(drawer, data, config), progress)
    drawer.finish()
    behavior_config = BehaviorTraining(steps=behavior_steps(config.steps), densify=DENSIFY, seed=seed)
    motion = train_behavior(behavior, data, behavior_config, progress)

    own_settings: Any = generator.settings
    settings: Settings = {**asdict(own_settings), **asdict(behavior.settings)}
    settings |= {"steps": config.steps, "behavior_steps": behavior_config.steps, "densify": DENSIFY, "seed": seed}
    settings |= {"learning_rate": config.learning_rate, "batch": f"{config.frames}x{config.pixels}"}
    return Fitted(
        recipe=training.name,
        settings=settings,
        weights=weight_arrays({"generator": generator, "behavior": behavior}),
        bank={"embedding": data.embeddings.cpu().numpy()},
        figures={"psnr": round(fidelity(drawer, data), 2), **motion},
    )


def behavior_steps(generator_steps: int) -> int:
    """A trial run is short in everything; from 3,000 generator steps on, the behavior gets all it can use."""
    return min(BehaviorTraining.steps, max(300, generator_steps // 2))


def restore_behavior(generator: nn.Module, settings: Settings, weights: dict[str, np.ndarray]) -> BehaviorVae:
    """Load the trained weights into `generator` and into a new behavior VAE; both in evaluation mode.

    Raises:
        KeyError, RuntimeError: settings or weights are not those of this recipe.
    """
    behavior = BehaviorVae(VaeSettings(**pick(VaeSettings, settings)))
    modules: dict[str, torch.nn.Module] = {"generator": generator, "behavior": behavior}
    load_weights(modules, weights)
    return behavior
