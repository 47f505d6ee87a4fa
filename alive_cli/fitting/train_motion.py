"""Training of the motion VAE on a walk over the transition graph, and of how much it may vary."""

from dataclasses import dataclass

import torch
from torch import Tensor

from alive_cli.fitting.living_step import LivingStep
from alive_cli.fitting.motion_vae import HORIZON, MotionVae
from alive_cli.fitting.training import step_seed
from alive_cli.fitting.vae import divergence
from alive_cli.fitting.walk import Moments, Walk, place
from alive_cli.fitting.wander import simulate, wander
from alive_cli.progress import Progress, silent

STAGE = "Learning to behave"
CALIBRATIONS = 6
CLOSE_ENOUGH = 0.03
STILL = 1e-6
"""Energy of a clip in which nothing moves."""
STRONGEST = 64.0
"""Largest strength of the disturbance; where a clip's motion leaves no choice, more would only be noise."""


@dataclass(frozen=True)
class MotionTraining:
    """How the motion VAE is trained."""

    steps: int = 1200
    batch: int = 256
    learning_rate: float = 2e-3
    lives: int = 32
    frames: int = 240
    divergence: float = 0.02
    """Weight of the Kullback-Leibler divergence, reached after a third of the steps."""
    free_nats: float = 0.05
    """Of each latent dimension, not held against it."""
    position_noise: float = 0.5
    velocity_noise: float = 0.3
    apart: float = 0.85
    """Mean distance from the walk, in median steps, that novelty 0.5 is calibrated to."""
    seed: int = 0


def walks(walk: Walk, observed: Moments, config: MotionTraining) -> Tensor:
    """Paths of the walk alone: [B, F, k]."""
    states = wander(walk, observed, config.lives, config.frames, config.seed)
    return torch.stack([place(state, observed) for state in states], 1)


def train_motion(
    vae: MotionVae, paths: Tensor, config: MotionTraining, progress: Progress = silent
) -> dict[str, float]:
    """Train in place on paths [B, F, k].

    Returns:
        `explained_motion` (1 − error ÷ energy of the motion, at the latent's mean) and `kl` (nats a frame).
    """
    device = paths.device
    furthest = HORIZON[-1] + 1
    lives, frames, _ = paths.shape
    spread = paths.flatten(0, 1).std(0)
    vae.spread.copy_(spread + 0.05 * spread.max() + 1e-6)
    optimizer = torch.optim.Adam(vae.parameters(), lr=config.learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, config.steps)
    random = torch.Generator()

    def sample(life: Tensor, frame: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        here, there = paths[life, frame], paths[life, frame + 1]
        plan = [there - here, *(paths[life, frame + 1 + ahead] - there for ahead in HORIZON)]
        return here, here - paths[life, frame - 1], torch.cat(plan, -1)

    vae.train()
    for step in range(config.steps):
        random.manual_seed(step_seed(config.seed, step))
        life = torch.randint(lives, (config.batch,), generator=random).to(device)
        frame = torch.randint(1, frames - furthest, (config.batch,), generator=random).to(device)
        here, velocity, plan = sample(life, frame)
        # So that it knows what to do a little beside the paths as well.
        jitter = torch.rand(config.batch, 2, generator=random).to(device)
        noise = torch.randn(2, *here.shape, generator=random).to(device)
        here = here + config.position_noise * jitter[:, :1] * noise[0]
        velocity = velocity + config.velocity_noise * jitter[:, 1:] * noise[1]
        mean, log_variance = vae.encode(here, velocity, plan)
        latent = mean + torch.randn(mean.shape, generator=random).to(device) * (0.5 * log_variance).exp()
        error = (vae.decode(here, velocity, latent) - plan[:, : here.shape[1]]).square().sum(-1).mean()
        nats = divergence(mean, log_variance).mean(0)
        weight = config.divergence * min(1.0, 3 * step / config.steps)
        loss = error + weight * nats.clamp(min=config.free_nats).sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 5.0)
        optimizer.step()
        schedule.step()
        if step % 50 == 49 or step + 1 == config.steps:
            progress(STAGE, step + 1, config.steps, f"loss {loss.item():.4f}")
    vae.eval()
    with torch.no_grad():
        life = torch.arange(lives, device=device).repeat_interleave(frames - furthest - 1)
        frame = torch.arange(1, frames - furthest, device=device).repeat(lives)
        here, velocity, plan = sample(life, frame)
        mean, log_variance = vae.encode(here, velocity, plan)
        motion = plan[:, : here.shape[1]]
        error = (vae.decode(here, velocity, mean) - motion).square().sum()
        nats = divergence(mean, log_variance).sum(-1).mean()
    energy = motion.square().sum()
    explained = 1 - (error / energy).item() if energy > STILL else 0.0
    return {"explained_motion": round(explained, 4), "kl": round(nats.item(), 4)}


@torch.no_grad()
def calibrate(step: LivingStep, observed: Moments, config: MotionTraining) -> float:
    """Set the strength of the disturbance so that novelty 0.5 leads `config.apart` away from the walk.

    Returns:
        The mean distance that was reached, in median steps.
    """
    steps = (observed.ahead - observed.positions).norm(dim=1)
    step.limit.fill_(float(steps.quantile(0.99)) * 1.2 if len(steps) else 1.0)
    step.strength.fill_(1.0)
    reached = 0.0
    for _ in range(CALIBRATIONS):
        positions, anchors = simulate(step, observed, config.lives, config.frames, config.seed + 1, 0.5)
        reached = float((positions - anchors).norm(dim=-1)[:, config.frames // 4 :].mean())
        if abs(reached / config.apart - 1) < CLOSE_ENOUGH:
            break
        change = min(4.0, config.apart / max(reached, 1e-6))
        step.strength.mul_(change).clamp_(max=STRONGEST)
    return reached
