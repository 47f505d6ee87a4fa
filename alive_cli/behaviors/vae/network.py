"""The published behavior model: a VAE from an embedding to its motion.

Architecture: "Alive Scene" (Cheng 2023); variational objective: Kingma & Welling 2014, eq. 10.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from alive_cli.behaviors.divergence import divergence


@dataclass(frozen=True)
class VaeSettings:
    """Shape of the published behavior model."""

    embedding: int = 512
    outer: int = 400
    inner: int = 300
    latent: int = 256
    dropout: float = 0.55


class BehaviorVae(nn.Module):
    """512 → 400 → 300 → latent 256 → 300 → 400 → 512, tanh: the motion of one densified step."""

    def __init__(self, settings: VaeSettings) -> None:
        super().__init__()
        s = settings
        self.settings = settings
        self.encoder = nn.Sequential(
            nn.Linear(s.embedding, s.outer), nn.BatchNorm1d(s.outer), nn.ReLU(),
            nn.Linear(s.outer, s.inner), nn.BatchNorm1d(s.inner), nn.ReLU(), nn.Dropout(s.dropout),
        )  # fmt: skip
        self.mean = nn.Linear(s.inner, s.latent)
        self.log_variance = nn.Linear(s.inner, s.latent)
        self.decoder = nn.Sequential(
            nn.Linear(s.latent, s.inner), nn.BatchNorm1d(s.inner), nn.ReLU(),
            nn.Linear(s.inner, s.outer), nn.BatchNorm1d(s.outer), nn.ReLU(),
            nn.Linear(s.outer, s.embedding), nn.Tanh(),
        )  # fmt: skip

    def forward(self, embedding: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Embeddings [B, D] and standard normal noise [B, Z] to (motion [B, D], mean, log-variance [B, Z])."""
        hidden = self.encoder(embedding)
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        latent = mean + noise * torch.exp(0.5 * log_variance)
        return self.decoder(latent), mean, log_variance


def vae_loss(motion: Tensor, target: Tensor, mean: Tensor, log_variance: Tensor) -> tuple[Tensor, Tensor]:
    """Summed squared error [] and Kullback-Leibler divergence from the standard normal []."""
    error = (motion - target).square().sum()
    return error, divergence(mean, log_variance).sum()
