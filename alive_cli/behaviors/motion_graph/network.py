"""The behavior model of recipe `living`: a VAE of motion, conditioned on position, velocity and plan.

Conditional VAE: Sohn, Lee & Yan 2015; objective: Kingma & Welling 2014, eq. 10, with free bits (Kingma
et al. 2016, app. C.8).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

HORIZON = (1, 3, 7)
"""The encoder receives the present motion and the offsets to so many frames further on."""


@dataclass(frozen=True)
class MotionVaeSettings:
    """Shape of the model."""

    components: int
    """k, dimensions of the motion space."""
    latent: int = 12
    hidden: int = 96


class MotionVae(nn.Module):
    """Encoder (position, velocity, plan) → latent; decoder (position, velocity, latent) → motion."""

    spread: Tensor

    def __init__(self, settings: MotionVaeSettings) -> None:
        super().__init__()
        self.settings = s = settings
        self.register_buffer("spread", torch.ones(s.components))  # of the positions, per dimension
        plan = (1 + len(HORIZON)) * s.components
        self.encoder = _mlp(2 * s.components + plan, s.hidden, 2 * s.latent)
        self.decoder = _mlp(2 * s.components + s.latent, s.hidden, s.components)

    def encode(self, position: Tensor, velocity: Tensor, plan: Tensor) -> tuple[Tensor, Tensor]:
        """Positions, velocities [B, k] and plans [B, 4·k] to mean and log-variance of the latent, [B, Z]."""
        features = torch.cat([position / self.spread, velocity, plan / self._plan_spread()], -1)
        mean, log_variance = self.encoder(features).chunk(2, -1)
        return mean, log_variance.clamp(-6, 2)

    def decode(self, position: Tensor, velocity: Tensor, latent: Tensor) -> Tensor:
        """Positions, velocities [B, k] and latents [B, Z] to motions [B, k], in median steps per frame."""
        motion: Tensor = self.decoder(torch.cat([position / self.spread, velocity, latent], -1))
        return motion

    def _plan_spread(self) -> Tensor:
        """Scales of the plan, because offsets grow with the number of frames that they span."""
        scales = torch.tensor([1.0, *HORIZON], device=self.spread.device).sqrt()
        return scales.repeat_interleave(self.settings.components)


def _mlp(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(), nn.Linear(hidden, outputs)
    )  # fmt: skip
