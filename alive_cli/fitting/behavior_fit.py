"""The behavior side of recipe `living`: from the observed embeddings to a step of time that can be exported."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from alive_cli.fitting.bridges import SAMPLES, Bridges, Plan, detours, dissolves, plan_bridges
from alive_cli.fitting.device import one_thread
from alive_cli.fitting.drawability import Quality, judged
from alive_cli.fitting.living_step import NEIGHBOURS, Decoder, LivingStep
from alive_cli.fitting.motion_space import MotionSpace
from alive_cli.fitting.motion_vae import MotionVae, MotionVaeSettings
from alive_cli.fitting.train_motion import MotionTraining, calibrate, train_motion, walks
from alive_cli.fitting.transitions import Transitions
from alive_cli.fitting.walk import (
    LONGEST_ABSENCE,
    LONGINGS,
    UNDER_WAY,
    Moments,
    Walk,
    bridge_frames,
    quantised_longing,
)
from alive_cli.fitting.wander import decide
from alive_cli.progress import Progress, silent

GRAPH_STAGE = "Finding ways on"
JUDGEMENTS = 2
"""Times that walks are sent out and the jumps they took are drawn: with new costs they take others."""
WARM_UP, MOST_WARM_UP = 9, 100_000
"""Lengths of the clip after which a walk's absences are those of a life that has gone on for long; and its limit."""
COVERED, WITHIN = 0.97, 3.3
"""A walk comes everywhere when it comes to this share of the moments within so many lengths of the clip."""
DEAREST = 1e6
"""Stands for the cost of an edge that isn't there."""


class LivingBehavior(nn.Module):
    """Everything of the living behavior that is learned or measured, apart from the bank."""

    def __init__(self, settings: MotionVaeSettings, dimension: int, neighbours: int) -> None:
        super().__init__()
        self.step = LivingStep(MotionVae(settings))
        self.decoder = Decoder(settings.components, dimension, neighbours)


def find_bridges(embeddings: Tensor, seed: int) -> Plan:
    """The pictures that would make a motion of the jumps a walk over these embeddings [N, D] takes."""
    space = MotionSpace.of(embeddings)
    walk = Walk()
    return plan_bridges(walk, _longing(walk, _moments(space, Transitions.of(space)), seed), seed)


def fit_behavior(
    embeddings: Tensor,
    config: MotionTraining,
    quality: Quality | None = None,
    bridges: Bridges | None = None,
    progress: Progress = silent,
) -> tuple[LivingBehavior, dict[str, np.ndarray], dict[str, float]]:
    """Fit to observed embeddings, float32 [N, D], N ≥ 2, in the order of the clip.

    Args:
        bridges: what was seen on the way of some jumps.
        quality: how well the generator draws embeddings; without it every jump passes for drawable.

    Returns:
        The trained module; the bank's tensors; figures.
    """
    torch.manual_seed(config.seed)
    progress(GRAPH_STAGE, 0, JUDGEMENTS + 1)
    embeddings = embeddings.cpu()
    space = MotionSpace.of(embeddings, None if bridges is None else bridges.embeddings.flatten(0, 1))
    transitions = Transitions.of(space)
    if bridges is not None:
        transitions = replace(transitions, costs=transitions.costs + dissolves(_moments(space, transitions, bridges)))
    settings = MotionVaeSettings(space.positions.shape[1])
    behavior = LivingBehavior(settings, embeddings.shape[1], min(NEIGHBOURS, len(embeddings)))
    behavior.decoder.basis.copy_(space.basis * space.unit)
    for number in range(JUDGEMENTS):
        if quality is None:
            break
        progress(GRAPH_STAGE, number + 1, JUDGEMENTS + 1)
        moments = _moments(space, transitions, bridges)
        walk, seed = behavior.step.walk, config.seed + number
        transitions = judged(transitions, moments, walk, behavior.decoder, embeddings, quality, seed)
    observed = _longing(behavior.step.walk, _moments(space, transitions, bridges), config.seed)
    shots = len(space.segments)
    progress(GRAPH_STAGE, JUDGEMENTS + 1, JUDGEMENTS + 1, f"{shots} shot{'' if shots == 1 else 's'}")
    with one_thread():
        figures = train_motion(behavior.step.vae, walks(behavior.step.walk, observed, config), config, progress)
        figures["apart"] = round(calibrate(behavior.step, observed, config), 3)
    bank = {name: tensor.numpy() for name, tensor in vars(observed).items()}
    bank |= {"embedding": embeddings.numpy(), "moment": np.arange(len(embeddings))}
    bank["jump_cost"] = transitions.costs.clamp(max=DEAREST).float().numpy()
    return behavior.eval(), bank, figures


def _moments(space: MotionSpace, transitions: Transitions, bridges: Bridges | None = None) -> Moments:
    leaps = (space.ahead[:, None] - space.positions[transitions.targets]).flatten(0, 1)
    holds = (bridge_frames(leaps) - UNDER_WAY).clamp(min=0).round().long().view_as(transitions.targets)
    follows = transitions.targets == space.following[:, None]
    straight = Moments(
        positions=space.positions,
        velocities=space.velocities,
        ahead=space.ahead,
        following=space.following,
        last=space.last,
        targets=transitions.targets,
        costs=transitions.quantised(),
        holds=holds.masked_fill(follows, 0),
        bridges=torch.zeros_like(transitions.targets),
        bends=torch.zeros(1, SAMPLES + 2, space.positions.shape[1]),
        absence=torch.zeros(len(space.positions), dtype=torch.int64),
    )
    return straight if bridges is None else detours(space, straight, bridges)


def _longing(walk: Walk, observed: Moments, seed: int) -> Moments:
    """Let the walk long for what it hasn't seen as much as it must to come everywhere, and no more.

    Returns:
        The moments, with the absences of a life that has gone on for long.
    """
    count = len(observed.positions)
    for longing in LONGINGS:
        walk.longing.fill_(quantised_longing(longing))
        state = decide(walk, observed, min(round(WARM_UP * count), MOST_WARM_UP), seed)
        absences = state.clock - state.visited[0]
        seen = (absences <= WITHIN * count) & (state.visited[0] > 0)
        if float(seen.float().mean()) >= COVERED:
            break
    return replace(observed, absence=absences.clamp(max=LONGEST_ABSENCE * count))
