"""Embeddings of clips whose motion is known, and rollouts over them."""

from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache

import numpy as np
import torch

from alive_cli.behaviors.motion_graph.controls import default_controls
from alive_cli.behaviors.motion_graph.learn import UNBOUNDED, LivingBehavior, learn
from alive_cli.behaviors.motion_graph.simulate import TrainingNoise, initial_state
from alive_cli.behaviors.motion_graph.step import LivingState
from alive_cli.behaviors.motion_graph.train import MotionTraining
from alive_cli.behaviors.motion_graph.walk import MotionGraph
from alive_cli.behaviors.protocol import Bank

QUICK = MotionTraining(steps=150, rollouts=8, frames=80)
"""This training is short, but it learns the clips here."""


def units(points: np.ndarray) -> torch.Tensor:
    """Points [N, d] as unit embeddings on a moderate cone, float32 [N, d + 1]."""
    lifted = np.concatenate([points, np.ones((len(points), 1))], 1)
    return torch.from_numpy((lifted / np.linalg.norm(lifted, axis=1, keepdims=True)).astype(np.float32))


def swinging(count: int = 120, seed: int = 0) -> torch.Tensor:
    """Embeddings of something that swings in two ways at once, with a little noise."""
    time = np.arange(count)
    noise = 0.01 * np.random.default_rng(seed).standard_normal((count, 8))
    swings = [np.sin(time / 6), np.cos(time / 6), 0.5 * np.sin(time / 15), 0.3 * np.cos(time / 9)]
    noise[:, :4] += 0.4 * np.stack(swings, -1)
    return units(noise)


def opening(count: int = 100) -> torch.Tensor:
    """Embeddings of something that goes one way and never comes back."""
    noise = 0.003 * np.random.default_rng(0).standard_normal((count, 6))
    noise[:, 0] += np.linspace(-0.7, 0.7, count)
    return units(noise)


def two_shots() -> torch.Tensor:
    """Two shots: the second far away from the first."""
    first, second = swinging(60)[:, :8], swinging(50, seed=1)[:, :8]
    points = torch.cat([first, second]).numpy()
    points = np.concatenate([points, np.zeros((110, 1))], 1)
    points[60:, -1] = 3
    return units(points)


@cache
def quickly_learned(clip: Callable[[], torch.Tensor]) -> tuple[LivingBehavior, Bank, dict[str, float]]:
    """What a clip teaches in a short training; callers share it, and change nothing."""
    return learn(clip(), QUICK)


def graph_of(bank: Bank) -> MotionGraph:
    """The motion graph that a bank holds."""
    return MotionGraph(**{each.name: torch.from_numpy(bank[each.name]) for each in fields(MotionGraph)})


@torch.no_grad()
def rollout(
    behavior: LivingBehavior,
    graph: MotionGraph,
    frames: int,
    *,
    start: int = 0,
    seed: int = 0,
    path: list[int] | None = None,
    bank_weight: torch.Tensor | None = None,
    **controls: float,
) -> list[LivingState]:
    """States of one rollout, one a frame.

    Args:
        path: the frames to go to first.
        controls: values of scalar controls by name, where they aren't the defaults.
    """
    latent = behavior.step.vae.settings.latent
    state = initial_state(graph, torch.tensor([start]), latent)
    noise = TrainingNoise(1, graph.targets.shape[1], latent, seed)
    steering = default_controls(len(graph.positions), 1)
    steering = replace(steering, **{name: torch.tensor(float(value)) for name, value in controls.items()})
    if bank_weight is not None:
        steering = replace(steering, bank_weight=bank_weight)
    states: list[LivingState] = []
    for frame in range(frames):
        next_node = path[frame] if path and frame < len(path) else -1
        state = behavior.step(state, graph, replace(steering, next_node=torch.tensor([next_node])), *noise.draw(frame))
        states.append(state)
    return states


def nodes_of(states: list[LivingState]) -> list[int]:
    """The frames that a rollout came to."""
    return [int(state.walk.node) for state in states]


def positions_of(states: list[LivingState]) -> torch.Tensor:
    """Where a rollout was, [F, k]."""
    return torch.cat([state.position for state in states])


@torch.no_grad()
def embeddings_of(
    behavior: LivingBehavior, graph: MotionGraph, states: list[LivingState], embeddings: torch.Tensor, **controls: float
) -> torch.Tensor:
    """The embeddings of a rollout's states, [F, D], over observed ones [N, D]."""
    steering = default_controls(len(embeddings), 1)
    steering = replace(steering, **{name: torch.tensor(float(value)) for name, value in controls.items()})
    return torch.cat(
        [behavior.decoder(state, graph, embeddings, steering, torch.tensor([UNBOUNDED])) for state in states]
    )
