"""Which jumps the generator can draw: between near moments it draws motion, between far ones a dissolve."""

from collections.abc import Callable

import torch
from torch import Tensor

from alive_cli.fitting.bridges import crossing, taken
from alive_cli.fitting.living_step import Decoder
from alive_cli.fitting.transitions import Transitions
from alive_cli.fitting.walk import Moments, Walk, bend

MOST_DRAWN = 128
"""Jumps drawn in a round, the most frequent ones."""
BLURRED, BROKEN = 20.0, 20.0
"""Cost, in median steps, of a jump whose picture halfway keeps none of its ends' sharpness, or consistency."""

Quality = Callable[[Tensor], Tensor]
"""Embeddings [M, D] to consistency and sharpness, [2, M], of the pictures drawn from them."""


def judged(
    transitions: Transitions,
    observed: Moments,
    walk: Walk,
    decoder: Decoder,
    embeddings: Tensor,
    quality: Quality,
    seed: int,
) -> Transitions:
    """Transitions of which the jumps that walks take cost what their pictures lose halfway.

    Args:
        decoder: of the motion space, on the CPU.
        embeddings: the observed ones, [N, D].
    """
    moments, places, _ = (each[:MOST_DRAWN] for each in taken(walk, observed, seed))
    if not len(moments):
        return transitions
    half = torch.tensor([0.5])
    span, landed, straight = (each[:, 0] for each in crossing(observed, moments, places, half))
    # The moment that the motion would have come to instead.
    left = torch.minimum(moments + (span / 2).round().long(), observed.last[moments])
    middle = straight + bend(observed, observed.bridges[moments, places], torch.full_like(span, 0.5))
    with torch.no_grad():
        halfway = decoder(middle, observed, embeddings, torch.tensor(0.0), torch.ones(len(embeddings)))
    consistency, sharpness = quality(torch.cat([halfway, embeddings[landed], embeddings[left]])).unflatten(1, (3, -1))
    ends = (sharpness[1] + sharpness[2]) / 2
    blurred = (1 - sharpness[0] / ends.clamp(min=1e-12)).clamp(0, 1)
    broken = ((consistency[1] + consistency[2]) / 2 - consistency[0]).clamp(0, 1)
    return transitions.penalised(moments, places, BLURRED * blurred + BROKEN * broken)
