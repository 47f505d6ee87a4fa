"""The published generator: a SIREN of (embedding, positional encoding) → RGB.

Architecture: "Alive Scene" (Cheng 2023); sine layers and their initialisation: "Implicit Neural
Representations with Periodic Activation Functions" (Sitzmann et al. 2020), §3.2.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from alive_cli.generators.positional import ENCODED


@dataclass(frozen=True)
class SirenSettings:
    """Shape of the published generator."""

    embedding: int = 512
    width: int = 256
    hidden: int = 4
    w0: float = 20.0


class Siren(nn.Module):
    """Four sine layers of 256 over [embedding, encoded coordinates], then linear to RGB."""

    def __init__(self, settings: SirenSettings) -> None:
        super().__init__()
        self.settings = settings
        inputs = settings.embedding + ENCODED
        self.first = nn.Linear(inputs, settings.width)
        self.hidden = nn.ModuleList(nn.Linear(settings.width, settings.width) for _ in range(settings.hidden - 1))
        self.last = nn.Linear(settings.width, 3)
        nn.init.uniform_(self.first.weight, -1 / inputs, 1 / inputs)
        bound = math.sqrt(6 / settings.width) / settings.w0
        for layer in (*self.hidden, self.last):
            assert isinstance(layer, nn.Linear)
            nn.init.uniform_(layer.weight, -bound, bound)

    def forward(self, embedding: Tensor, features: Tensor) -> Tensor:
        """Embeddings [B, D] and encoded coordinates [P, 48] to colours [B, P, 3], not clamped.

        The first layer acts on the concatenation [embedding, features]. Its two halves are applied separately and
        added: the same sum, with P times fewer products for the embedding.
        """
        w0 = self.settings.w0
        of_embedding, of_features = torch.split(self.first.weight, [self.settings.embedding, ENCODED], dim=1)
        of_scene = functional.linear(embedding, of_embedding, self.first.bias)  # [B, W]
        of_place = functional.linear(features, of_features)  # [P, W]
        hidden = torch.sin(w0 * (of_scene[:, None] + of_place[None]))  # [B, P, W]
        for layer in self.hidden:
            hidden = torch.sin(w0 * layer(hidden))
        colours: Tensor = self.last(hidden)
        return colours
