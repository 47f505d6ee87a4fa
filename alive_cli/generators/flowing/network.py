"""The two modules of the generator: a grid that holds the motion modes, and what says how far copies are displaced."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from alive_cli.training.copies import COPIES, SHIFT, read_embedding

FULL_CONTRAST = 0.3
"""From this strength on, copies have so little in common that they are made from the picture with more contrast; below
it, the photograph itself takes its place gradually, so that a still scene is the photograph."""
STRONG, PLAIN = 0, 1
"""The numbers of the keyframes: the picture with more contrast, and the one with its own."""


@dataclass(frozen=True)
class FlowingSettings:
    """Shapes and times."""

    width: int
    height: int
    """Of the keyframes in pixels."""
    motion_modes: int
    motion_columns: int
    motion_rows: int
    displacements: int
    """Number of times at which displacements are known, odd; the middle one is that of no displacement."""
    per_life: float
    """Number of these times in a life."""


class ModeGrid(nn.Module):
    """Coordinates [P, 2] to modes [P, 2·S + 1], by linear interpolation; the last is a colour mode of zeros."""

    stretch: Tensor
    grid: Tensor

    def __init__(self, settings: FlowingSettings) -> None:
        super().__init__()
        s = settings
        longest = max(s.width, s.height)
        stretch = torch.tensor([longest / s.width, longest / s.height])
        self.register_buffer("stretch", stretch, persistent=False)
        self.register_buffer("grid", torch.zeros(1, 2 * s.motion_modes + 1, s.motion_rows, s.motion_columns))

    def forward(self, coords: Tensor) -> Tensor:
        places = (coords * self.stretch)[None, None]  # [1, 1, P, 2]
        cells = functional.grid_sample(self.grid, places, mode="bilinear", padding_mode="border", align_corners=False)
        modes: Tensor = cells[0, :, 0].T
        return modes


class Mixture(nn.Module):
    """Embeddings to keyframes, weights and coefficients (SPEC.md, Keyframes)."""

    def __init__(self, settings: FlowingSettings) -> None:
        super().__init__()
        self.settings = settings

    def forward(self, embedding: Tensor, offset: Tensor, displacements: Tensor) -> tuple[Tensor, ...]:
        """Embeddings [B, D], offsets [B, S] and the coefficients of all displacements [T, S] to the five outputs."""
        s = self.settings
        ages, shifts, strength = read_embedding(embedding)
        lived = strength[:, None] * (ages - 0.5 + SHIFT / 2 * shifts)  # in lives, from the middle of each copy's own
        # A picture that the flow has displaced forward is sampled where the flow came from.
        place = (s.displacements // 2 - s.per_life * lived).clamp(0, s.displacements - 1)
        first = place.floor().clamp(max=s.displacements - 2)
        share = (place - first)[..., None]
        number = first.long()
        motion = displacements[number] * (1 - share) + displacements[number + 1] * share  # [B, 3, S]
        weight = (1 - (2 * torch.pi * ages).cos()) / COPIES
        strong = (strength / FULL_CONTRAST).clamp(max=1)[:, None]
        keyframe = torch.tensor([[STRONG] * COPIES + [PLAIN] * COPIES]).expand(embedding.shape[0], -1)
        colour = torch.zeros(1, 1, 3).expand(embedding.shape[0], -1, -1)
        weights = torch.cat([strong * weight, (1 - strong) * weight], 1)
        return keyframe, weights, torch.cat([motion, motion], 1), 1.0 * offset, colour
