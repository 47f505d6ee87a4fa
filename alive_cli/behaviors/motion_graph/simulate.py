"""Rollouts and walks during a fit, many at once, in torch."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from alive_cli.behaviors.motion_graph.controls import default_controls
from alive_cli.behaviors.motion_graph.step import LivingState, LivingStep, anchor
from alive_cli.behaviors.motion_graph.transitions import RESOLUTION
from alive_cli.behaviors.motion_graph.walk import SUBSTEPS, MotionGraph, Walk, WalkState, target_position, widened
from alive_cli.training.trainer import step_seed

CALIBRATED_NOVELTY = 0.5
"""The strength of novelty is set on rollouts at this value, in the middle of its range."""


def initial_state(graph: MotionGraph, starts: Tensor, latent: int) -> LivingState:
    """The state with which a player begins rollouts at frames `starts`, int64 [B]."""
    count = len(starts)
    nothing = torch.zeros(count, dtype=torch.int64)
    walk = WalkState(
        node=starts,
        left=nothing,
        origin=graph.positions[starts],
        offset=torch.zeros_like(graph.positions[starts]),
        easing_left=torch.zeros(count),
        span=torch.zeros(count),
        since=nothing,
        clock=nothing,
        visited=torch.zeros(count, len(graph.positions), dtype=torch.int64),
    )
    here = graph.positions[starts]
    return LivingState(here, graph.velocities[starts], torch.zeros(count, latent), here, walk)


@dataclass(frozen=True)
class TrainingNoise:
    """Reproducible noise for B rollouts, as a player draws it."""

    rollouts: int
    edges: int
    latent: int
    seed: int

    def draw(self, frame: int) -> tuple[Tensor, Tensor]:
        """Gumbel [B, K] in multiples of 1/4096, and normal [B, Z], for one frame."""
        random = torch.Generator().manual_seed(step_seed(self.seed, frame))
        levels = torch.randint(SUBSTEPS, (self.rollouts, self.edges), generator=random)
        gumbel = -(-((levels.double() + 0.5) / SUBSTEPS).log()).log()
        normal = torch.randn(self.rollouts, self.latent, generator=random)
        return ((gumbel * RESOLUTION).round() / RESOLUTION).float(), normal


@torch.no_grad()
def simulate_walk(walk: Walk, graph: MotionGraph, rollouts: int, frames: int, seed: int) -> Iterator[WalkState]:
    """Yield the states of walks alone after each frame, at the pace of the clip and from starts all over it."""
    count = len(graph.positions)
    starts = torch.linspace(0, count - 1, rollouts).round().long()
    state = initial_state(graph, starts, latent=1).walk
    noise = TrainingNoise(rollouts, graph.targets.shape[1], 1, seed)
    even, free = torch.ones(count), torch.full((rollouts,), -1)
    for frame in range(frames):
        gumbel = widened(noise.draw(frame)[0], torch.ones(()))
        state = walk(state, graph, torch.tensor(SUBSTEPS), gumbel, even, free)
        yield state


@torch.no_grad()
def simulate_rollouts(
    step: LivingStep, graph: MotionGraph, rollouts: int, frames: int, seed: int
) -> tuple[Tensor, Tensor]:
    """Rollouts at CALIBRATED_NOVELTY: their positions and those of their walks, both [B, F, k]."""
    count = len(graph.positions)
    latent = step.vae.settings.latent
    starts = torch.linspace(0, count - 1, rollouts).round().long()
    state = initial_state(graph, starts, latent)
    noise = TrainingNoise(rollouts, graph.targets.shape[1], latent, seed)
    controls = replace(default_controls(count, rollouts), novelty=torch.tensor(CALIBRATED_NOVELTY))
    positions, anchors = [], []
    for frame in range(frames):
        gumbel, normal = noise.draw(frame)
        state = step(state, graph, controls, gumbel, normal)
        positions.append(state.position)
        anchors.append(anchor(state.walk, target_position(state.walk, graph)))
    return torch.stack(positions, 1), torch.stack(anchors, 1)


@torch.no_grad()
def simulate_choices(walk: Walk, graph: MotionGraph, frames: int, seed: int) -> WalkState:
    """The state of one walk after `frames` frames, in which only nodes and counters are valid.

    Its choices are those of the whole walk, with a fraction of the work.
    """
    state = initial_state(graph, torch.zeros(1, dtype=torch.int64), latent=1).walk
    noise = TrainingNoise(1, graph.targets.shape[1], 1, seed)
    even = torch.ones(len(graph.positions))
    for frame in range(frames):
        chosen = walk.choose(state, graph, widened(noise.draw(frame)[0], torch.ones(())), even)
        state.since = torch.where(chosen != graph.following[state.node], 0, state.since + 1)
        state.node = chosen
        state.clock = state.clock + 1
        state.visited[0, state.node] = state.clock
    return state
