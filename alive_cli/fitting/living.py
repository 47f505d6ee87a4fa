"""Recipe `living`: a generator that plays at full frame rate; so far with the published behavior."""

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from alive_cli.fitting.observations import Observations
from alive_cli.fitting.recipe import FitLength, Fitted, Settings, behavior_steps, load_weights, pick, weight_arrays
from alive_cli.fitting.shift_siren import ShiftSiren, ShiftSirenSettings
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

NAME = "living"
STEPS = {"draft": 2000, "standard": 12000, "high": 40000}
"""Generator steps by `--quality`."""
WIDTHS = {"draft": 64, "standard": 64, "high": 128}
"""Layer width by `--quality`: 128 draws better pictures at about a third of the speed."""
TRAINING = GeneratorTraining(
    steps=STEPS["standard"], learning_rate=1e-2, frames=16, pixels=256, betas=(0.9, 0.99), importance=0.3
)
DENSIFY = 5
"""Densified steps from frame to frame that the published behavior learns, and plays for each frame."""
STILL = 15
"""Largest temporal range, in 8-bit levels, of a pixel that counts as never moving."""
MARGIN = 1
"""Pixels by which the moving area is widened, so that its rim is drawn and not cut."""


class BackgroundDrawer(Drawer):
    """The generator over a learned background that starts as the mean picture and stays it where nothing moves."""

    moving: Tensor

    def __init__(self, generator: ShiftSiren, data: Observations) -> None:
        super().__init__()
        self.generator = generator
        self.size = data.size
        self.background = nn.Parameter(data.mean())  # [H·W, 3]
        width, height = data.size
        changing = (data.range() > STILL).view(1, 1, height, width).float()
        moving = nn.functional.max_pool2d(changing, 2 * MARGIN + 1, stride=1, padding=MARGIN)
        self.register_buffer("moving", moving.view(-1, 1))  # [H·W, 1], 0 or 1

    def forward(self, embedding: Tensor, coords: Tensor, places: Tensor) -> Tensor:
        colours: Tensor = self.generator(embedding, self.generator.phases(coords))
        return colours * self.moving[places] + self.background[places]

    def sampled(self) -> Tensor:
        return self.moving[:, 0]

    @torch.no_grad()
    def still_layer(self) -> tuple[np.ndarray, np.ndarray]:
        """The background as it is stored, uint8 [H, W, 3], and the mask of what moves, uint8 [H, W].

        The drawer keeps the rounded background, so that figures measured afterwards are the bundle's.
        """
        width, height = self.size
        rounded = self.background.clamp(0, 1).mul(255).round()
        self.background.copy_(rounded / 255)
        mask = self.moving.view(height, width).byte() * 255
        return rounded.byte().view(height, width, 3).cpu().numpy(), mask.cpu().numpy()

    def parameter_groups(self) -> list[dict[str, Any]]:
        """The background starts nearly right, so it learns more slowly."""
        return [
            {"params": list(self.generator.parameters()), "rate": 1.0},
            {"params": [self.background], "rate": 0.3},
        ]


def fit(data: Observations, length: FitLength, *, seed: int = 0, progress: Progress = silent) -> Fitted:
    """Train generator and behavior on the observations' device.

    The same observations, steps and seed give the same weights on the same machine.
    """
    device = data.embeddings.device
    torch.manual_seed(seed)
    generator = ShiftSiren(ShiftSirenSettings(embedding=data.embeddings.shape[1], width=WIDTHS[length.quality]))
    behavior = BehaviorVae(VaeSettings(embedding=data.embeddings.shape[1])).to(device)
    generator.observe(data.embeddings.cpu())  # on the CPU: decompositions differ between devices
    drawer = BackgroundDrawer(generator.to(device), data)

    config = replace(TRAINING, steps=length.steps or STEPS[length.quality], seed=seed)
    if length.budget and not length.steps:
        config = replace(config, steps=steps_within(drawer, data, config, length.budget))
    train_generator(GeneratorTrainer(drawer, data, config), progress)
    background, mask = drawer.still_layer()
    behavior_config = BehaviorTraining(steps=behavior_steps(config.steps), densify=DENSIFY, seed=seed)
    motion = train_behavior(behavior, data, behavior_config, progress)

    settings: Settings = {**asdict(generator.settings), **asdict(behavior.settings)}
    settings |= {"steps": config.steps, "behavior_steps": behavior_config.steps, "densify": DENSIFY, "seed": seed}
    settings |= {"learning_rate": config.learning_rate, "batch": f"{config.frames}x{config.pixels}"}
    return Fitted(
        recipe=NAME,
        settings=settings,
        weights=weight_arrays({"generator": generator, "behavior": behavior}),
        bank={"embedding": data.embeddings.cpu().numpy()},
        figures={
            "psnr": round(fidelity(drawer, data), 2),
            "moving": round(float((mask > 0).mean()), 4),
            **motion,
        },
        background=background,
        mask=mask,
    )


def restore(settings: Settings, weights: dict[str, np.ndarray]) -> tuple[ShiftSiren, BehaviorVae]:
    """The trained modules, in evaluation mode on the CPU, from what `fit` gave.

    Raises:
        KeyError, RuntimeError: settings or weights are not those of this recipe.
    """
    generator = ShiftSiren(ShiftSirenSettings(**pick(ShiftSirenSettings, settings)))
    behavior = BehaviorVae(VaeSettings(**pick(VaeSettings, settings)))
    load_weights({"generator": generator, "behavior": behavior}, weights)
    return generator, behavior
