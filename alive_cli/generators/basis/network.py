"""The generator of recipe `living`: a SIREN of the place alone, mixed by what the embedding says.

A picture is a background plus a sum of F basis images: rgb(e, x) = background(x) + Σ c_f(e)·φ_f(x).
The basis images φ are a sine network of the coordinates (Sitzmann et al. 2020), helped by feature
grids (as in Müller et al. 2022, "Instant neural graphics primitives", without the hash): all of it is
run once for a picture size. The coefficients c are a radial basis function network of the embedding's
principal components, beside a linear term (Poggio & Girosi 1990, "Networks for approximation and
learning"). Far from everything observed only the linear term is left: it blurs, and never shatters.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from alive_cli.generators.positional import ENCODED, PositionalEncoding

GRIDS = ((16, 32), (8, 64), (4, 128))
"""Each feature grid has so many channels, and so many cells along the longest side."""
GRID_SPREAD = 0.1
"""The grids begin with random values of this standard deviation."""
SKIP_SPREAD = 0.1
"""The weights from the grids to the output begin with this standard deviation."""


@dataclass(frozen=True)
class BasisSirenSettings:
    """Shape of the generator."""

    aspect_width: int
    aspect_height: int
    """The pictures' proportions; the grids cover the picture alone."""
    features: int
    """Basis images, in the order of what they contribute."""
    fast_features: int
    """How many of them the fast net draws with."""
    components: int
    """Principal components of the embeddings that the coefficients are taken from."""
    anchors: int
    """Centres of the radial basis functions."""
    embedding: int = 512
    width: int = 256
    layers: int = 3
    """Sine layers of the trunk."""
    grid_depth: int = 1
    """Multiplies the feature grids' channels."""

    @property
    def grids(self) -> list[tuple[int, int, int]]:
        """Channels, rows and columns of each feature grid."""
        longest = max(self.aspect_width, self.aspect_height)
        across, down = self.aspect_width / longest, self.aspect_height / longest
        return [
            (channels * self.grid_depth, max(1, round(cells * down)), max(1, round(cells * across)))
            for channels, cells in GRIDS
        ]


class Trunk(nn.Module):
    """Coordinates [P, 2] to basis images [P, F], each of about unit variance."""

    stretch: Tensor

    def __init__(self, settings: BasisSirenSettings) -> None:
        super().__init__()
        s = settings
        longest = max(s.aspect_width, s.aspect_height)
        stretch = torch.tensor([longest / s.aspect_width, longest / s.aspect_height])
        self.register_buffer("stretch", stretch, persistent=False)
        self.encoding = PositionalEncoding()
        self.grids = nn.ParameterList(nn.Parameter(torch.randn(1, *shape) * GRID_SPREAD) for shape in s.grids)
        channels = sum(shape[0] for shape in s.grids)
        widths = [ENCODED + channels] + [s.width] * s.layers
        self.sines = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))
        self.last = nn.Linear(s.width, s.features)
        self.skip = nn.Linear(channels, s.features, bias=False)
        with torch.no_grad():
            for number, layer in enumerate(self.sines):
                assert isinstance(layer, nn.Linear)
                bound = math.sqrt(6 / layer.in_features)
                layer.weight.uniform_(-bound, bound)
                layer.bias.uniform_(-math.pi, math.pi) if number == 0 else layer.bias.uniform_(-0.1, 0.1)
            bound = math.sqrt(6 / s.width)
            self.last.weight.uniform_(-bound, bound)
            self.last.bias.zero_()
            self.skip.weight.normal_(0, SKIP_SPREAD)

    def forward(self, coords: Tensor) -> Tensor:
        places = (coords * self.stretch)[None, None]  # [1, 1, P, 2]
        cells = [
            functional.grid_sample(grid, places, mode="bilinear", padding_mode="border", align_corners=False)[0, :, 0].T
            for grid in self.grids
        ]
        helped = torch.cat(cells, -1)  # [P, G]
        hidden = torch.cat([self.encoding(coords), helped], -1)
        for layer in self.sines:
            hidden = torch.sin(layer(hidden))
        features: Tensor = self.last(hidden) + self.skip(helped)
        return features


class Responses(nn.Module):
    """Unit embeddings [B, D] to their principal components and radial basis functions [B, K + A]."""

    centre: Tensor
    basis: Tensor
    anchors: Tensor
    sharpness: Tensor

    def __init__(self, settings: BasisSirenSettings) -> None:
        super().__init__()
        s = settings
        self.register_buffer("centre", torch.zeros(s.embedding))
        self.register_buffer("basis", torch.zeros(s.embedding, s.components))
        self.register_buffer("anchors", torch.zeros(s.anchors, s.components))
        self.register_buffer("sharpness", torch.ones(()))
        """1 / (2·width²) of the radial basis functions."""

    def forward(self, embedding: Tensor) -> Tensor:
        components = (embedding - self.centre) @ self.basis  # [B, K]
        squares = components.square().sum(-1, keepdim=True) + self.anchors.square().sum(-1)
        distances = (squares - 2 * components @ self.anchors.T).clamp(min=0)
        return torch.cat([components, torch.exp(-self.sharpness * distances)], -1)


class Coefficients(nn.Module):
    """Responses [B, K + A] to coefficients [B, F, 3] of the basis images, one for each colour."""

    weights: Tensor

    def __init__(self, settings: BasisSirenSettings, features: int) -> None:
        super().__init__()
        self.features = features
        self.register_buffer("weights", torch.zeros(settings.components + settings.anchors, features * 3))

    def forward(self, responses: Tensor) -> Tensor:
        coefficients: Tensor = (responses @ self.weights).unflatten(-1, (self.features, 3))
        return coefficients


class BasisSiren(nn.Module):
    """The trunk, with the coefficients of all its basis images (`fine`) and of the leading ones (`fast`)."""

    def __init__(self, settings: BasisSirenSettings) -> None:
        super().__init__()
        self.settings = settings
        self.trunk = Trunk(settings)
        self.responses = Responses(settings)
        self.fine = Coefficients(settings, settings.features)
        self.fast = Coefficients(settings, settings.fast_features)

    @property
    def heads(self) -> tuple[Coefficients, Coefficients]:
        """Fine, then fast."""
        return self.fine, self.fast

    def forward(self, embedding: Tensor, features: Tensor) -> Tensor:
        """Embeddings [B, D] and the trunk's features [P, F] to colours [B, P, 3], relative to the background.

        Features of the leading basis images alone are drawn by the fast net.
        """
        head = self.fast if features.shape[-1] == self.settings.fast_features else self.fine
        mixed: Tensor = head(self.responses(embedding))  # [B, F, 3]
        # One product for all of them: one for each would be five times as slow.
        colours: Tensor = features @ mixed.transpose(0, 1).flatten(1)  # [P, B·3]
        pictures: Tensor = colours.unflatten(1, (-1, 3)).transpose(0, 1)
        return pictures
