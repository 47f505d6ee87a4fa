"""How jumps look: a jump that is drawn as a double exposure costs more than one that is drawn as motion."""

import torch
from torch import Tensor

from alive_cli.behaviors.motion_graph.simulate import simulate_walk
from alive_cli.behaviors.motion_graph.step import Decoder
from alive_cli.behaviors.motion_graph.walk import MotionGraph, Walk, easing, easing_frames
from alive_cli.behaviors.protocol import Ghosting

MOST_DRAWN = 128
"""A round draws at most so many jumps, the most frequent ones, because the others hardly ever appear."""
JUDGED_SHARES = (0.25, 0.5, 0.75)
"""A jump is judged at these shares of its way, because its worst picture isn't always halfway; its ends are frames."""
GHOST_COST = 60.0
"""Ghosting of 1 costs so many median steps, so that a jump whose pictures disagree by a twentieth (13 of 255 levels)
costs as much as one that lands three median steps farther away."""
ALIKE = 3
"""A jump is taken to look like one that was judged if each of its ends is within so many frames of the other's."""
ROLLOUTS, LENGTHS, MOST_FRAMES = 32, 2, 1000
"""So many walks go over so many lengths of the clip, but at most so many frames, to count the jumps they take."""


def ghost_costs(
    graph: MotionGraph, walk: Walk, decoder: Decoder, embeddings: Tensor, ghosting: Ghosting, seed: int
) -> tuple[Tensor, Tensor, Tensor]:
    """What the jumps that walks take cost, because their pictures are double exposures.

    Args:
        decoder: turns positions into embeddings, on the CPU.
        embeddings: those of the observed frames, [N, D].

    Returns:
        The frames that the jumps leave, their places among the edges, and costs in median steps, [J] each.
    """
    sources, places = (each[:MOST_DRAWN] for each in frequent_jumps(walk, graph, seed))
    if not len(sources):
        return sources, places, torch.zeros(0)
    positions = jump_positions(graph, sources, places, torch.tensor(JUDGED_SHARES)).flatten(0, 1)  # [J·S, k]
    with torch.no_grad():
        weight, unpulled = torch.ones(len(embeddings)), torch.ones(())
        ghosts = ghosting(decoder.embed(positions, graph, embeddings, weight, unpulled)).cpu()
    return sources, places, GHOST_COST * ghosts.view(-1, len(JUDGED_SHARES)).amax(1)


def spread(costs: Tensor, graph: MotionGraph, sources: Tensor, places: Tensor, judged: Tensor) -> Tensor:
    """Costs of all jumps, [N, K], with those of J judged ones, and of jumps that look like one of these.

    Args:
        costs: those known before.
        sources: the frames that the judged jumps leave, [J], and `places`, theirs among the edges.
        judged: what they cost, [J].
    """
    costs, count = costs.clone(), len(costs)
    targets = graph.targets[sources, places]
    for source, target, cost in zip(sources.tolist(), targets.tolist(), judged.to(costs.dtype), strict=True):
        rows = slice(max(0, source - ALIKE), min(count, source + ALIKE + 1))
        alike = ((graph.targets[rows] - target).abs() <= ALIKE) & (graph.targets[rows] != graph.following[rows, None])
        costs[rows] = torch.where(alike, torch.maximum(costs[rows], cost), costs[rows])
    costs[sources, places] = judged.to(costs.dtype)
    return costs


def frequent_jumps(walk: Walk, graph: MotionGraph, seed: int) -> tuple[Tensor, Tensor]:
    """The jumps that walks take, most frequent first: the frames that they leave, and places among their edges."""
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
    return edges[most] // room, edges[most] % room


def jump_positions(graph: MotionGraph, sources: Tensor, places: Tensor, shares: Tensor) -> Tensor:
    """Where J jumps, from frames by the edges at places [J], are at shares [S], 0…1, of their easing: [J, S, k]."""
    targets = graph.targets[sources, places]
    leaps = graph.ahead[sources] - graph.positions[targets]
    span = easing_frames(leaps)[:, None]
    frames = (shares * span).long()
    nodes = torch.minimum(targets[:, None] + frames, graph.last[targets][:, None])
    return graph.positions[nodes] + leaps[:, None] * easing((1 - shares) * span, span)[..., None]
