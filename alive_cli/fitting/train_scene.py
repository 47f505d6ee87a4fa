"""What all recipes share after their generator: the published behavior, and handing both on."""

from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from torch import nn

from alive_cli.fitting.observations import Observations
from alive_cli.fitting.recipe import Fitted, Settings, load_weights, pick, weight_arrays
from alive_cli.fitting.train_behavior import BehaviorTraining, train_behavior
from alive_cli.fitting.training import Training
from alive_cli.fitting.vae import BehaviorVae, VaeSettings
from alive_cli.progress import Progress

DENSIFY = 5
"""Densified steps from frame to frame that the published behavior learns, and plays for each frame."""


def add_behavior(
    recipe: str, generator: nn.Module, data: Observations, config: Training, psnr: float, batch: str, progress: Progress
) -> Fitted:
    """Train a new behavior VAE on the observations' device, and hand it on with the trained generator.

    Args:
        generator: has its dataclass of settings in `settings`.
        config: how the generator was trained.
        psnr: of the observed frames as it draws them, in dB.
        batch: its batch, in words.
    """
    behavior = BehaviorVae(VaeSettings(embedding=data.embeddings.shape[1])).to(data.embeddings.device)
    behavior_config = BehaviorTraining(steps=behavior_steps(config.steps), densify=DENSIFY, seed=config.seed)
    motion = train_behavior(behavior, data, behavior_config, progress)
    own_settings: Any = generator.settings
    settings: Settings = {**asdict(own_settings), **asdict(behavior.settings)}
    settings |= {"steps": config.steps, "behavior_steps": behavior_config.steps, "densify": DENSIFY}
    settings |= {"seed": config.seed, "learning_rate": config.learning_rate, "batch": batch}
    return Fitted(
        recipe=recipe,
        settings=settings,
        weights=weight_arrays({"generator": generator, "behavior": behavior}),
        bank={"embedding": data.embeddings.cpu().numpy()},
        figures={"psnr": round(psnr, 2), **motion},
    )


def behavior_steps(generator_steps: int) -> int:
    """A trial run is short in everything; from 3,000 generator steps on, the behavior gets all it can use."""
    return min(BehaviorTraining.steps, max(600, generator_steps // 2))


def restore_behavior(generator: nn.Module, settings: Settings, weights: dict[str, np.ndarray]) -> BehaviorVae:
    """Load the trained weights into `generator` and into a new behavior VAE; both in evaluation mode.

    Raises:
        KeyError, RuntimeError: settings or weights are not those of this recipe.
    """
    behavior = BehaviorVae(VaeSettings(**pick(VaeSettings, settings)))
    modules: dict[str, torch.nn.Module] = {"generator": generator, "behavior": behavior}
    load_weights(modules, weights)
    return behavior
