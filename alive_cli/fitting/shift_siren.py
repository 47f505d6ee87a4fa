"""The generator of recipe `living`: a SIREN whose coordinate trunk doesn't know the embedding.

Everything that depends on the place alone is one trunk, run once for a picture size. The embedding
only shifts the phases of the sine layers behind it, so a picture costs a few small layers a pixel.
Sine layers and their initialisation: Sitzmann et al. 2020, "Implicit Neural Representations with
Periodic Activation Functions"; conditioning by phase shifts: Chan et al. 2021, "pi-GAN".
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from alive_cli.fitting.siren import ENCODED, PositionalEncoding

FIRST_W0 = 30.0
"""Only the output layer's initialisation still knows it; inside, it is folded into the weights."""


@dataclass(frozen=True)
class ShiftSirenSettings:
    """Shape of the generator."""

    embedding: int = 512
    components: int = 64
    """Principal components of the bank that the shifts are taken from."""
    trunk: int = 256
    width: int = 64
    layers: int = 3
    """Sine layers behind the trunk; the first is folded into the second at play."""


class ShiftSiren(nn.Module):
    """embedding → principal components → shifts; sin(trunk + s₀) → sin(· + s₁) → sin(· + s₂) → RGB."""

    centre: Tensor
    basis: Tensor

    def __init__(self, settings: ShiftSirenSettings) -> None:
        super().__init__()
        s = settings
        self.settings = settings
        self.register_buffer("centre", torch.zeros(s.embedding))
        self.register_buffer("basis", torch.zeros(s.embedding, s.components))
        self.encoding = PositionalEncoding()
        self.place_in = nn.Linear(ENCODED, s.trunk)
        self.place_out = nn.Linear(s.trunk, s.width)
        self.shifts = nn.Linear(s.components, s.layers * s.width)
        self.hidden = nn.ModuleList(nn.Linear(s.width, s.width) for _ in range(s.layers - 1))
        self.last = nn.Linear(s.width, 3)
        with torch.no_grad():
            _uniform(self.place_in, math.sqrt(6 / ENCODED), math.pi)
            _uniform(self.place_out, math.sqrt(6 / s.trunk), 0.1)
            self.shifts.weight.normal_(0, 1 / math.sqrt(s.components))
            self.shifts.bias.zero_()
            for layer in self.hidden:
                assert isinstance(layer, nn.Linear)
                _uniform(layer, math.sqrt(6 / s.width), 0.1)
            _uniform(self.last, math.sqrt(6 / s.width) / FIRST_W0, 0.0)

    def observe(self, embeddings: Tensor) -> None:
        """Take centre and components from the observed embeddings [N, D], in units of the first one's spread.

        One scale for all: whitening each component would amplify noise.
        """
        with torch.no_grad():
            centre = embeddings.double().mean(0)
            _, spreads, directions = torch.linalg.svd(embeddings.double() - centre, full_matrices=False)
            count = min(self.settings.components, len(spreads))
            scale = math.sqrt(len(embeddings)) / spreads[0].clamp(min=1e-12)
            # A singular vector's sign is arbitrary: fix it, or two machines would disagree.
            peaks = directions[:count].abs().argmax(1, keepdim=True)
            directions = directions[:count] * directions[:count].gather(1, peaks).sign()
            self.centre.copy_(centre)
            self.basis.zero_()
            self.basis[:, :count] = (directions * scale).T

    def phases(self, coords: Tensor) -> Tensor:
        """The trunk: coordinates [P, 2] to phases [P, W]."""
        phases: Tensor = self.place_out(torch.sin(self.place_in(self.encoding(coords))))
        return phases

    def embedding_shifts(self, embedding: Tensor) -> Tensor:
        """Embeddings [B, D] to the shifts of each layer [B, layers, W]."""
        shifts: Tensor = self.shifts((embedding - self.centre) @ self.basis)
        each: Tensor = shifts.unflatten(-1, (self.settings.layers, self.settings.width))
        return each

    def forward(self, embedding: Tensor, phases: Tensor) -> Tensor:
        """Embeddings [B, D] and the trunk's phases [P, W] to colours [B, P, 3], relative to the background."""
        shifts = self.embedding_shifts(embedding)
        hidden = torch.sin(phases[None] + shifts[:, :1])  # [B, P, W]
        for number, layer in enumerate(self.hidden, 1):
            hidden = torch.sin(layer(hidden) + shifts[:, number, None])
        colours: Tensor = self.last(hidden)
        return colours


def _uniform(layer: nn.Linear, weight: float, bias: float) -> None:
    layer.weight.uniform_(-weight, weight)
    layer.bias.uniform_(-bias, bias)
