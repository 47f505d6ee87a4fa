"""Bridges: jumps that are drawn as motion, because the generator learns pictures on their way.

A jump eased in a straight line is drawn as a dissolve where its ends are far apart. The few far jumps
that a walk takes again and again get pictures of their own, what moves moved part of the way; their
embeddings bend the jump's path.
"""

from dataclasses import replace

import torch
from torch import Tensor

from alive_cli.behaviors.motion_graph.motion_space import MotionSpace
from alive_cli.behaviors.motion_graph.simulate import simulate_walk
from alive_cli.behaviors.motion_graph.walk import MotionGraph, Walk, bridge_frames, easing
from alive_cli.behaviors.protocol import PicturePlan, PlannedPictures

SAMPLES = 5
"""A bridge has so many pictures."""
GONE = (torch.arange(SAMPLES) + 1) / (SAMPLES + 1)
"""These shares of a bridge are gone at its pictures."""
MOST = 12
"""A scene has at most so many bridges."""
LEAST_LEAP = 2.5
"""Shorter jumps, in median steps, are drawn as motion anyway."""
ALIKE = 6
"""Two jumps that leave and land within so many frames of each other, in sum, can do with one bridge."""
DISSOLVE = 1.0
"""A jump without a bridge costs so much for each median step beyond that, so that walks prefer bridges."""
ROLLOUTS, LENGTHS, MOST_FRAMES = 32, 2, 1000
"""So many walks go over so many lengths of the clip, but at most so many frames, to count the jumps they take."""


def frequent_jumps(walk: Walk, graph: MotionGraph, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """The jumps that walks take, most frequent first: frames, places among their edges, and times taken, [M] each."""
    count, room = graph.targets.shape
    before, jumps = None, [torch.empty(0, dtype=torch.int64)]
    for state in simulate_walk(walk, graph, ROLLOUTS, min(LENGTHS * count, MOST_FRAMES), seed):
        if before is not None:
            moved = (state.node != graph.following[before]) & (state.node != before)
            jumped = moved.nonzero()[:, 0]
            edge = graph.targets[before[jumped]] == state.node[jumped, None]
            jumps.append(before[jumped] * room + edge.int().argmax(1))
        before = state.node
    edges, times = torch.cat(jumps).unique(return_counts=True)
    most = times.argsort(descending=True, stable=True)
    return edges[most] // room, edges[most] % room, times[most]


def plan_bridges(walk: Walk, graph: MotionGraph, seed: int) -> PicturePlan:
    """The far jumps most often seen, and the pictures that they need."""
    sources, places, times = frequent_jumps(walk, graph, seed)
    targets = graph.targets[sources, places]
    lengths = (graph.ahead[sources] - graph.positions[targets]).norm(dim=1)
    weights = torch.where(lengths >= LEAST_LEAP, lengths * times, 0)
    chosen: list[int] = []
    for number in weights.argsort(descending=True, stable=True).tolist():
        apart = (sources[chosen] - sources[number]).abs() + (targets[chosen] - targets[number]).abs()
        if len(chosen) < MOST and weights[number] > 0 and (apart > ALIKE).all():
            chosen.append(number)
    sources, places, targets = sources[chosen], places[chosen], targets[chosen]
    span, landed, _ = crossing(graph, sources, places, GONE)
    left = torch.minimum(sources[:, None] + 1 + (GONE * span).long(), graph.last[sources][:, None])
    shares = 1 - easing((1 - GONE) * span, span)
    pairs = torch.stack([left, landed], -1)
    return PicturePlan(sources.numpy(), targets.numpy(), pairs.numpy(), shares.numpy())


def detours(space: MotionSpace, graph: MotionGraph, bridges: PlannedPictures) -> MotionGraph:
    """A graph whose bridged jumps take a bent way."""
    sources, targets = torch.from_numpy(bridges.plan.sources), torch.from_numpy(bridges.plan.targets)
    places = (graph.targets[sources] == targets[:, None]).int().argmax(1)
    _, _, straight = crossing(graph, sources, places, GONE)
    bends = space.project(bridges.embeddings) - straight  # [J, S, k]
    table = torch.zeros(len(sources) + 1, SAMPLES + 2, bends.shape[-1])
    table[1:, 1:-1] = bends
    numbers = torch.zeros_like(graph.targets)
    for number, (source, target) in enumerate(zip(sources, targets, strict=True), 1):
        numbers[source] = torch.where(graph.targets[source] == target, number, numbers[source])
    return replace(graph, bends=table, bridges=numbers)


def dissolves(graph: MotionGraph) -> Tensor:
    """What jumps cost for being drawn as a dissolve: [N, K], 0 for short ones, bridges and observed motion."""
    leaps = (graph.ahead[:, None] - graph.positions[graph.targets]).norm(dim=-1)
    far: Tensor = DISSOLVE * (leaps - LEAST_LEAP).clamp(min=0)
    real = (graph.bridges > 0) | (graph.targets == graph.following[:, None])
    return far.masked_fill(real, 0)


def crossing(graph: MotionGraph, sources: Tensor, places: Tensor, gone: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What J jumps, from frames by the edges at places [J], have come to when shares of them are gone.

    Args:
        gone: [S], 0…1.

    Returns:
        Frames that each takes, [J, 1]; the frames that it leads to then, [J, S]; and where a straight one
        is, [J, S, k].
    """
    targets = graph.targets[sources, places]
    leaps = graph.ahead[sources] - graph.positions[targets]
    span = bridge_frames(leaps)[:, None]
    frames = (gone * span - graph.holds[sources, places][:, None]).clamp(min=0).long()
    landed = torch.minimum(targets[:, None] + frames, graph.last[targets][:, None])
    rest = leaps[:, None] * easing((1 - gone) * span, span)[..., None]
    return span, landed, graph.positions[landed] + rest
