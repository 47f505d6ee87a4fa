"""Bridges: jumps that are drawn as motion, because the generator learns pictures on their way.

A jump eased in a straight line is drawn as a dissolve where its ends are far apart. The few far jumps
that a walk takes again and again get pictures of their own, what moves moved part of the way; their
embeddings bend the jump's path.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from alive_cli.fitting.motion_space import MotionSpace
from alive_cli.fitting.walk import Moments, Walk, bridge_frames, easing
from alive_cli.fitting.wander import wander

SAMPLES = 5
"""Pictures on a bridge."""
GONE = (torch.arange(SAMPLES) + 1) / (SAMPLES + 1)
"""Shares of a bridge that are gone at its pictures."""
MOST = 12
"""Bridges of a scene."""
LEAST_LEAP = 2.5
"""Shorter jumps, in median steps, are drawn as motion anyway."""
ALIKE = 6
"""Two jumps that leave and land within so many frames of each other, in sum, can do with one bridge."""
DISSOLVE = 1.0
"""Cost of a jump without a bridge for each median step beyond that: where there are bridges they are to be taken."""
LIVES, LENGTHS, MOST_FRAMES = 32, 2, 1000
"""Walks sent out to see which jumps are taken, and how far: so many lengths of the clip, but not for ever."""


@dataclass(frozen=True)
class Plan:
    """Which pictures J bridges need."""

    moments: np.ndarray
    """int64 [J]: where each jump leaves …"""
    targets: np.ndarray
    """int64 [J]: … and where it lands."""
    pairs: np.ndarray
    """int64 [J, S, 2]: the frames that each picture lies between."""
    shares: np.ndarray
    """[J, S]: how far on the way it is, 0…1."""

    def only(self, numbers: np.ndarray) -> "Plan":
        """The plan of some of the bridges."""
        return Plan(self.moments[numbers], self.targets[numbers], self.pairs[numbers], self.shares[numbers])


@dataclass(frozen=True)
class Bridges:
    """What was seen on the way of J jumps."""

    plan: Plan
    embeddings: Tensor
    """float32 [J, S, D], unit length."""


def taken(walk: Walk, observed: Moments, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """The jumps that walks take, most frequent first: moments, places among their edges, and times taken, [M] each."""
    count, room = observed.targets.shape
    before, jumps = None, [torch.empty(0, dtype=torch.int64)]
    for state in wander(walk, observed, LIVES, min(LENGTHS * count, MOST_FRAMES), seed):
        if before is not None:
            moved = (state.node != observed.following[before]) & (state.node != before)
            jumped = moved.nonzero()[:, 0]
            edge = observed.targets[before[jumped]] == state.node[jumped, None]
            jumps.append(before[jumped] * room + edge.int().argmax(1))
        before = state.node
    edges, times = torch.cat(jumps).unique(return_counts=True)
    most = times.argsort(descending=True, stable=True)
    return edges[most] // room, edges[most] % room, times[most]


def plan_bridges(walk: Walk, observed: Moments, seed: int) -> Plan:
    """The far jumps most often seen, and the pictures that they need."""
    moments, places, times = taken(walk, observed, seed)
    targets = observed.targets[moments, places]
    lengths = (observed.ahead[moments] - observed.positions[targets]).norm(dim=1)
    seen = torch.where(lengths >= LEAST_LEAP, lengths * times, 0)
    chosen: list[int] = []
    for number in seen.argsort(descending=True, stable=True).tolist():
        apart = (moments[chosen] - moments[number]).abs() + (targets[chosen] - targets[number]).abs()
        if len(chosen) < MOST and seen[number] > 0 and (apart > ALIKE).all():
            chosen.append(number)
    moments, places, targets = moments[chosen], places[chosen], targets[chosen]
    span, landed, _ = crossing(observed, moments, places, GONE)
    left = torch.minimum(moments[:, None] + 1 + (GONE * span).long(), observed.last[moments][:, None])
    shares = 1 - easing((1 - GONE) * span, span)
    pairs = torch.stack([left, landed], -1)
    return Plan(moments.numpy(), targets.numpy(), pairs.numpy(), shares.numpy())


def detours(space: MotionSpace, observed: Moments, bridges: Bridges) -> Moments:
    """Moments whose bridged jumps take a bent way."""
    moments, targets = torch.from_numpy(bridges.plan.moments), torch.from_numpy(bridges.plan.targets)
    places = (observed.targets[moments] == targets[:, None]).int().argmax(1)
    _, _, straight = crossing(observed, moments, places, GONE)
    bends = space.project(bridges.embeddings) - straight  # [J, S, k]
    table = torch.zeros(len(moments) + 1, SAMPLES + 2, bends.shape[-1])
    table[1:, 1:-1] = bends
    numbers = torch.zeros_like(observed.targets)
    for number, (moment, target) in enumerate(zip(moments, targets, strict=True), 1):
        numbers[moment] = torch.where(observed.targets[moment] == target, number, numbers[moment])
    return replace(observed, bends=table, bridges=numbers)


def dissolves(observed: Moments) -> Tensor:
    """What jumps cost for being drawn as a dissolve: [N, K], 0 for short ones, bridges and observed motion."""
    leaps = (observed.ahead[:, None] - observed.positions[observed.targets]).norm(dim=-1)
    far: Tensor = DISSOLVE * (leaps - LEAST_LEAP).clamp(min=0)
    real = (observed.bridges > 0) | (observed.targets == observed.following[:, None])
    return far.masked_fill(real, 0)


def crossing(observed: Moments, moments: Tensor, places: Tensor, gone: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What J jumps, from moments by the edges at places [J], have come to when shares of them are gone.

    Args:
        gone: [S], 0…1.

    Returns:
        Frames that each takes, [J, 1]; the moments that it leads to then, [J, S]; and where a straight one
        is, [J, S, k].
    """
    targets = observed.targets[moments, places]
    leaps = observed.ahead[moments] - observed.positions[targets]
    span = bridge_frames(leaps)[:, None]
    frames = (gone * span - observed.holds[moments, places][:, None]).clamp(min=0).long()
    landed = torch.minimum(targets[:, None] + frames, observed.last[targets][:, None])
    rest = leaps[:, None] * easing((1 - gone) * span, span)[..., None]
    return span, landed, observed.positions[landed] + rest
