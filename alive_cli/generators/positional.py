"""The positional encoding that all generators share."""

import math

import torch
from torch import Tensor, nn

FREQUENCIES = 12
"""Each axis has so many frequencies, the published number."""
LOWEST, HIGHEST = math.pi, 32 * math.pi
"""The frequencies span the published range: from half a wave over the longest side to sixteen waves."""
ENCODED = 4 * FREQUENCIES
"""An encoded place has a sine and a cosine of x and of y at each frequency."""


class PositionalEncoding(nn.Module):
    """Sine and cosine of x and y at 12 frequencies, π to 32π in equal ratios: [P, 2] → [P, 48]."""

    frequencies: Tensor

    def __init__(self) -> None:
        super().__init__()
        ratio = HIGHEST / LOWEST
        # Plain numbers, because torch's functions would load a compiler where a module is built without memory.
        frequencies = [LOWEST * ratio ** (number / (FREQUENCIES - 1)) for number in range(FREQUENCIES)]
        self.register_buffer("frequencies", torch.tensor(frequencies), persistent=False)

    def forward(self, coords: Tensor) -> Tensor:
        x = coords[:, :1] * self.frequencies  # [P, 12]
        y = coords[:, 1:] * self.frequencies
        return torch.cat([x.sin(), x.cos(), y.sin(), y.cos()], -1)
