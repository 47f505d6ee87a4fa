"""Recipe `living`: a generator that plays at full frame rate; so far with the published behavior."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from alive_cli.fitting.observations import Observations
from alive_cli.fitting.recipe import FitLength, Fitted, Settings, pick
from alive_cli.fitting.shift_siren import ShiftSiren, ShiftSirenSettings
from alive_cli.fitting.train_generator import Drawer, GeneratorTraining
from alive_cli.fitting.train_scene import SceneTraining, restore_behavior, train_scene
from alive_cli.fitting.vae import BehaviorVae
from alive_cli.progress import Progress, silent

NAME = "living"
TRAINING = SceneTraining(
    name=NAME,
    generator=GeneratorTraining(
        steps=12000, learning_rate=1e-2, frames=16, pixels=256, betas=(0.9, 0.99), importance=0.3, jitter=2.0
    ),
    steps={"draft": 2000, "standard": 12000, "high": 40000},
)
WIDTHS = {"draft": 64, "standard": 64, "high": 128}
"""Layer width by `--quality`: 128 draws better pictures, more slowly."""
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
    def finish(self) -> None:
        """Round the background to the 8 bits that are stored, so that later figures are the bundle's."""
        self.background.copy_(self.background.clamp(0, 1).mul(255).round() / 255)

    def still_layer(self) -> tuple[np.ndarray, np.ndarray]:
        """The background as it is stored, uint8 [H, W, 3], and the mask of what moves, uint8 [H, W]."""
        width, height = self.size
        background = self.background.detach().mul(255).round().byte().view(height, width, 3)
        mask = self.moving.view(height, width).byte() * 255
        return background.cpu().numpy(), mask.cpu().numpy()


def fit(data: Observations, length: FitLength, *, seed: int = 0, progress: Progress = silent) -> Fitted:
    """Train generator and behavior on the observations' device.

    The same observations, steps and seed give the same weights on the same machine.
    """
    torch.manual_seed(seed)
    settings = ShiftSirenSettings(embedding=data.embeddings.shape[1], width=WIDTHS[length.quality])
    generator = ShiftSiren(settings)
    generator.observe(data.embeddings.cpu())  # on the CPU: decompositions differ between devices
    drawer = BackgroundDrawer(generator.to(data.embeddings.device), data)
    fitted = train_scene(TRAINING, drawer, generator, data, length, seed=seed, progress=progress)
    background, mask = drawer.still_layer()
    figures = fitted.figures | {"moving": round(float((mask > 0).mean()), 4)}
    return replace(fitted, background=background, mask=mask, figures=figures)


def restore(settings: Settings, weights: dict[str, np.ndarray]) -> tuple[ShiftSiren, BehaviorVae]:
    """The trained modules, in evaluation mode on the CPU, from what `fit` gave.

    Raises:
        KeyError, RuntimeError: settings or weights are not those of this recipe.
    """
    generator = ShiftSiren(ShiftSirenSettings(**pick(ShiftSirenSettings, settings)))
    return generator, restore_behavior(generator, settings, weights)
