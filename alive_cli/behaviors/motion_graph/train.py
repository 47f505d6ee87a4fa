"""Training of the motion VAE on walks over the motion graph, and calibration of its strength."""

from dataclasses import dataclass

import torch
from torch import Tensor

from alive_cli.behaviors.divergence import divergence
from alive_cli.behaviors.motion_graph.network import HORIZON, MotionVae
from alive_cli.behaviors.motion_graph.simulate import simulate_rollouts, simulate_walk
from alive_cli.behaviors.motion_graph.step import LivingStep
from alive_cli.behaviors.motion_graph.walk import MotionGraph, Walk, target_position
from alive_cli.progress import Progress, silent
from alive_cli.training.trainer import step_seed

STAGE = "Learning to behave"
"""The progress bar shows this text while a behavior trains."""
CALIBRATIONS = 6
"""The strength of the disturbance is set in at most so many rounds, of which three are usual."""
CLOSE_ENOUGH = 0.03
"""A calibration ends when the distance is right within this share."""
STILL = 1e-6
"""A clip in which nothing moves has less energy than this."""
STRONGEST = 64.0
"""The disturbance is never stronger than this, because it would only be noise where a clip's motion leaves no
choice."""


@dataclass(frozen=True)
class MotionTraining:
    """How the motion VAE is trained."""

    steps: int = 1200
    batch: int = 256
    learning_rate: float = 2e-3
    rollouts: int = 32
    frames: int = 240
    divergence: float = 0.02
    """Weight of the Kullback-Leibler divergence, reached after a third of the steps."""
    free_nats: float = 0.05
    """Nats that each latent dimension may carry without cost (free bits, Kingma et al. 2016)."""
    position_noise: float = 0.5
    velocity_noise: float = 0.3
    apart: float = 0.85
    """Mean distance of a rollout from its walk at CALIBRATED_NOVELTY, in median steps."""
    seed: int = 0


def walks(walk: Walk, graph: MotionGraph, config: MotionTraining) -> Tensor:
    """Paths of the walk alone: [B, F, k]."""
    states = simulate_walk(walk, graph, config.rollouts, config.frames, config.seed)
    return torch.stack([target_position(state, graph) for state in states], 1)


def train_motion(
    vae: MotionVae, paths: Tensor, config: MotionTraining, progress: Progress = silent
) -> dict[str, float]:
    """Train in place on paths [B, F, k].

    Returns:
        `explained_motion` (1 − error ÷ energy of the motion, at the latent's mean) and `kl` (nats a frame).
    """
    device = paths.device
    furthest = HORIZON[-1] + 1
    rollouts, frames, _ = paths.shape
    spread = paths.flatten(0, 1).std(0)
    vae.spread.copy_(spread + 0.05 * spread.max() + 1e-6)
    optimizer = torch.optim.Adam(vae.parameters(), lr=config.learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, config.steps)
    random = torch.Generator()

    def sample(rollout: Tensor, frame: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        here, there = paths[rollout, frame], paths[rollout, frame + 1]
        plan = [there - here, *(paths[rollout, frame + 1 + ahead] - there for ahead in HORIZON)]
        return here, here - paths[rollout, frame - 1], torch.cat(plan, -1)

    vae.train()
    for step in range(config.steps):
        random.manual_seed(step_seed(config.seed, step))
        rollout = torch.randint(rollouts, (config.batch,), generator=random).to(device)
        frame = torch.randint(1, frames - furthest, (config.batch,), generator=random).to(device)
        here, velocity, plan = sample(rollout, frame)
        # Noise, so that the VAE also learns what to do near the paths.
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
        rollout = torch.arange(rollouts, device=device).repeat_interleave(frames - furthest - 1)
        frame = torch.arange(1, frames - furthest, device=device).repeat(rollouts)
        here, velocity, plan = sample(rollout, frame)
        mean, log_variance = vae.encode(here, velocity, plan)
        motion = plan[:, : here.shape[1]]
        error = (vae.decode(here, velocity, mean) - motion).square().sum()
        nats = divergence(mean, log_variance).sum(-1).mean()
    energy = motion.square().sum()
    explained = 1 - (error / energy).item() if energy > STILL else 0.0
    return {"explained_motion": round(explained, 4), "kl": round(nats.item(), 4)}


@torch.no_grad()
def calibrate(step: LivingStep, graph: MotionGraph, config: MotionTraining) -> float:
    """Set the strength of the disturbance so that rollouts at CALIBRATED_NOVELTY stay `config.apart` from the walk.

    Returns:
        The mean distance at the end, in median steps.
    """
    steps = (graph.ahead - graph.positions).norm(dim=1)
    step.limit.fill_(float(steps.quantile(0.99)) * 1.2 if len(steps) else 1.0)
    step.strength.fill_(1.0)
    reached = 0.0
    for _ in range(CALIBRATIONS):
        positions, anchors = simulate_rollouts(step, graph, config.rollouts, config.frames, config.seed + 1)
        reached = float((positions - anchors).norm(dim=-1)[:, config.frames // 4 :].mean())
        if abs(reached / config.apart - 1) < CLOSE_ENOUGH:
            break
        change = min(4.0, config.apart / max(reached, 1e-6))
        step.strength.mul_(change).clamp_(max=STRONGEST)
    return reached
