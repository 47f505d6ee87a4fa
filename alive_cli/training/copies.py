"""Embeddings of a photograph that flows: where each of three displaced copies is in its life.

A copy lives for three periods, and the next begins a period later, so that the same three ages come back in each
period. A copy may begin its life farther up or down the stream than the others: that is its shift. An embedding holds,
as a unit vector, the phase of the period as a point on a circle, the shifts s as Σ s, Σ s cos θ and Σ s sin θ (θ is the
angle of a copy's age; these sums determine the shifts and don't depend on the order of the copies), and the strength of
the motion. Behavior and generator of recipe `flowing` know of each other only what stands here.
"""

import math

import torch
from torch import Tensor

COPIES = 3
"""So many copies are mixed at a time, a third of a life apart."""
SHIFT = 0.25
"""A shift of 1 moves the whole life of a copy by this share of half a life."""
MOST_STRENGTH = 2.0
"""Displacements are at most so many times those of the flow."""
CIRCLE, SHIFTED, STRENGTH = 1.0, 0.03, 0.3
"""Lengths of the parts of an embedding beside its last number, before all are brought to unit length. The phase counts
most: a new shift, which changes a picture by nothing at first, must not look like a jump."""
DIMENSION = 7
"""An embedding has so many numbers."""
SECTORS = 64
"""The angle of a point on the circle is measured from the nearest of so many directions, because graphs have no
arctangent."""


def embed(life: Tensor, shifts: Tensor, strength: Tensor) -> Tensor:
    """Unit embeddings, float32 [B, 7].

    Args:
        life: the age of the first copy, 0…1 of a life, [B].
        shifts: −1…1, [B, 3]: those of the copies that are 0, 1 and 2 thirds of a life older than the first.
        strength: 0…MOST_STRENGTH, [].
    """
    ages = 2 * math.pi * (life[:, None] + torch.arange(COPIES) / COPIES)  # [B, 3]
    phase = 2 * math.pi * COPIES * life
    parts = [
        CIRCLE * phase.cos(),
        CIRCLE * phase.sin(),
        SHIFTED * (shifts * ages.cos()).sum(1),
        SHIFTED * (shifts * ages.sin()).sum(1),
        SHIFTED * shifts.sum(1),
        STRENGTH * strength.expand_as(life) / MOST_STRENGTH,
        torch.ones_like(life),
    ]
    vector = torch.stack(parts, 1)
    unit: Tensor = vector / vector.norm(dim=1, keepdim=True)
    return unit


def read_embedding(embedding: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What embeddings [B, 7] say: the copies' ages, 0…1 of a life [B, 3], their shifts [B, 3], and the strength [B].

    The order of the copies is that of their ages. Embeddings between two neighbours say what lies between.
    """
    numbers = embedding / embedding[:, -1:].clamp(min=1e-3)
    point = numbers[:, :2]
    point = point / point.norm(dim=1, keepdim=True).clamp(min=1e-6)
    angles = 2 * math.pi * torch.arange(SECTORS) / SECTORS
    directions = torch.stack([angles.cos(), angles.sin()])  # [2, SECTORS]
    sector = (point @ directions).argmax(1)
    near = directions.T[sector]
    sine = near[:, 0] * point[:, 1] - near[:, 1] * point[:, 0]
    phase = sector / SECTORS + (sine + sine**3 / 6) / (2 * math.pi)
    phase = phase - phase.floor()
    ages = (phase[:, None] + torch.arange(COPIES)) / COPIES
    sums = numbers[:, 2:5] / SHIFTED
    turned = 2 * math.pi * ages
    shifts = (2 * (sums[:, :1] * turned.cos() + sums[:, 1:2] * turned.sin()) + sums[:, 2:]) / COPIES
    strength = numbers[:, 5] * MOST_STRENGTH / STRENGTH
    return ages, shifts.clamp(-1, 1), strength.clamp(0, MOST_STRENGTH)
