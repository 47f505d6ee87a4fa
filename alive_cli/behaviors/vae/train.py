"""Training of the published behavior VAE on the motions of the densified embeddings."""

from dataclasses import dataclass

import torch
from torch import Tensor

from alive_cli.behaviors.vae.network import BehaviorVae, vae_loss
from alive_cli.progress import Progress, silent
from alive_cli.training.densify import dense_times, interpolated
from alive_cli.training.trainer import step_seed

STAGE = "Learning to behave"
"""The progress bar shows this text while the behavior trains."""


@dataclass(frozen=True)
class BehaviorTraining:
    """Defaults of the published recipe."""

    steps: int = 1500
    learning_rate: float = 1e-3
    batch: int = 64
    densify: int = 5
    seed: int = 0


def train_behavior(
    model: BehaviorVae, embeddings: Tensor, config: BehaviorTraining, progress: Progress = silent
) -> dict[str, float]:
    """Train in place on observed embeddings, float32 [N, D], on the model's device.

    Returns:
        Figures on the densified clip: `explained_motion` (1 − error ÷ energy of the motion, at the
        latent's mean) and `kl` (nats for each embedding).
    """
    device = embeddings.device
    path = interpolated(embeddings, dense_times(len(embeddings), config.densify).to(device))  # [M, D]
    before, motion = path[:-1], path[1:] - path[:-1]
    optimizer = torch.optim.Adam(model.parameters(), lr=config.learning_rate, fused=True)
    random = torch.Generator()
    # The global stream is seeded as well, because dropout draws from it.
    torch.manual_seed(config.seed)
    model.train()
    for step in range(config.steps):
        random.manual_seed(step_seed(config.seed, step))
        # Batch normalisation needs two samples at least, and a very short clip may have fewer than a batch.
        chosen = torch.randint(len(before), (config.batch,), generator=random).to(device)
        noise = torch.randn(config.batch, model.settings.latent, generator=random).to(device)
        predicted, mean, log_variance = model(before[chosen], noise)
        error, divergence = vae_loss(predicted, motion[chosen], mean, log_variance)
        optimizer.zero_grad(set_to_none=True)
        (error + divergence).backward()
        optimizer.step()
        if step % 50 == 49 or step + 1 == config.steps:
            progress(STAGE, step + 1, config.steps, f"loss {(error + divergence).item() / config.batch:.4f}")
    model.eval()
    with torch.no_grad():
        predicted, mean, log_variance = model(before, torch.zeros(len(before), model.settings.latent, device=device))
        error, divergence = vae_loss(predicted, motion, mean, log_variance)
        energy = motion.square().sum().clamp(min=1e-12)
    return {
        "explained_motion": round(1 - (error / energy).item(), 4),
        "kl": round(divergence.item() / len(before), 4),
    }
