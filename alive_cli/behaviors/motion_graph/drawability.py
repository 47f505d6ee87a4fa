"""How well the generator draws jumps: between near frames it draws motion, between distant ones a dissolve."""

from dataclasses import replace

import torch
from torch import Tensor

from alive_cli.behaviors.motion_graph.bridges import crossing, frequent_jumps
from alive_cli.behaviors.motion_graph.controls import default_controls
from alive_cli.behaviors.motion_graph.step import Decoder
from alive_cli.behaviors.motion_graph.transitions import Transitions
from alive_cli.behaviors.motion_graph.walk import MotionGraph, Walk, bend
from alive_cli.behaviors.protocol import Quality

MOST_DRAWN = 128
"""A round draws at most so many jumps, the most frequent ones, because the others hardly ever appear."""
BLURRED, BROKEN = 20.0, 20.0
"""A jump whose picture halfway keeps none of its ends' sharpness, or consistency, costs so many median steps."""


def with_drawing_costs(
    transitions: Transitions,
    graph: MotionGraph,
    walk: Walk,
    decoder: Decoder,
    embeddings: Tensor,
    quality: Quality,
    seed: int,
) -> Transitions:
    """Add to the costs of the jumps that walks take the quality that their pictures lose halfway.

    Args:
        decoder: turns positions into embeddings, on the CPU.
        embeddings: those of the observed frames, [N, D].
        quality: measures consistency and sharpness of the pictures of embeddings.
    """
    sources, places, _ = (each[:MOST_DRAWN] for each in frequent_jumps(walk, graph, seed))
    if not len(sources):
        return transitions
    half = torch.tensor([0.5])
    span, landed, straight = (each[:, 0] for each in crossing(graph, sources, places, half))
    # The frame at which the motion would be without the jump.
    left = torch.minimum(sources + (span / 2).round().long(), graph.last[sources])
    middle = straight + bend(graph, graph.bridges[sources, places], torch.full_like(span, 0.5))
    unpulled = replace(default_controls(len(embeddings), len(sources)), pull=torch.tensor(0.0))
    with torch.no_grad():
        halfway = decoder(middle, graph, embeddings, unpulled)
    consistency, sharpness = quality(torch.cat([halfway, embeddings[landed], embeddings[left]])).unflatten(1, (3, -1))
    ends = (sharpness[1] + sharpness[2]) / 2
    blurred = (1 - sharpness[0] / ends.clamp(min=1e-12)).clamp(0, 1)
    broken = ((consistency[1] + consistency[2]) / 2 - consistency[0]).clamp(0, 1)
    return transitions.penalised(sources, places, BLURRED * blurred + BROKEN * broken)
