"""Lives and walks while fitting, many at once, on torch."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from alive_cli.fitting.living_step import LivingState, LivingStep, anchor
from alive_cli.fitting.training import step_seed
from alive_cli.fitting.transitions import RESOLUTION
from alive_cli.fitting.walk import TICKS, Moments, Walk, WalkState, along, place


def start(observed: Moments, moments: Tensor, latent: int) -> LivingState:
    """Lives that begin at observed `moments` [B], in the state a player begins with."""
    count = len(moments)
    nothing = torch.zeros(count, dtype=torch.int64)
    walk = WalkState(
        node=moments,
        left=nothing,
        origin=observed.positions[moments],
        offset=torch.zeros_like(observed.positions[moments]),
        bridge=torch.zeros(count),
        span=torch.zeros(count),
        detour=nothing,
        hold=nothing,
        since=nothing,
        clock=nothing,
        visited=torch.zeros(count, len(observed.positions), dtype=torch.int64),
    )
    return LivingState(observed.positions[moments], observed.velocities[moments], torch.zeros(count, latent), walk)


@dataclass(frozen=True)
class Noise:
    """What makes lives differ: reproducible noise for B of them, as a player draws it."""

    lives: int
    edges: int
    latent: int
    seed: int

    def draw(self, frame: int) -> tuple[Tensor, Tensor]:
        """Gumbel [B, K] in multiples of 1/4096, and normal [B, Z], for one frame."""
        random = torch.Generator().manual_seed(step_seed(self.seed, frame))
        levels = torch.randint(TICKS, (self.lives, self.edges), generator=random)
        gumbel = -(-((levels.double() + 0.5) / TICKS).log()).log()
        normal = torch.randn(self.lives, self.latent, generator=random)
        return ((gumbel * RESOLUTION).round() / RESOLUTION).float(), normal


@torch.no_grad()
def wander(walk: Walk, observed: Moments, lives: int, frames: int, seed: int) -> Iterator[WalkState]:
    """The walk alone, one moment a frame, begun all over the clip: its states after each frame."""
    count = len(observed.positions)
    moments = torch.linspace(0, count - 1, lives).round().long()
    state = start(observed, moments, latent=1).walk
    noise = Noise(lives, observed.targets.shape[1], 1, seed)
    even, free = torch.ones(count), torch.full((lives,), -1)
    for frame in range(frames):
        state = walk(state, observed, torch.tensor(TICKS), noise.draw(frame)[0], even, free)
        yield state


@torch.no_grad()
def simulate(
    step: LivingStep, observed: Moments, lives: int, frames: int, seed: int, novelty: float
) -> tuple[Tensor, Tensor]:
    """Lives at temperature 1: their positions and those of their walks, both [B, F, k]."""
    count = len(observed.positions)
    latent = step.vae.settings.latent
    moments = torch.linspace(0, count - 1, lives).round().long()
    state = start(observed, moments, latent)
    noise = Noise(lives, observed.targets.shape[1], latent, seed)
    even, free = torch.ones(count), torch.full((lives,), -1)
    positions, anchors = [], []
    for frame in range(frames):
        gumbel, normal = noise.draw(frame)
        state = step(state, observed, torch.tensor(TICKS), torch.tensor(novelty), gumbel, normal, even, free)
        positions.append(state.position)
        anchors.append(anchor(state.walk, place(state.walk, observed)))
    return torch.stack(positions, 1), torch.stack(anchors, 1)


@torch.no_grad()
def decide(walk: Walk, observed: Moments, frames: int, seed: int) -> WalkState:
    """The state of one walk after so many frames, of which only what decides is kept up: moments and counters.

    Its choices are those of the whole walk, for a fraction of the work.
    """
    state = start(observed, torch.zeros(1, dtype=torch.int64), latent=1).walk
    noise = Noise(1, observed.targets.shape[1], 1, seed)
    even = torch.ones(len(observed.positions))
    for frame in range(frames):
        if state.hold > 0:
            state.hold, state.since = state.hold - 1, state.since + 1
        else:
            chosen = walk.choose(state, observed, noise.draw(frame)[0], even)
            state.hold = along(observed.holds, state, observed, chosen)
            state.since = torch.where(chosen != observed.following[state.node], 0, state.since + 1)
            state.node = chosen
        state.clock = state.clock + 1
        state.visited[0, state.node] = state.clock
    return state
