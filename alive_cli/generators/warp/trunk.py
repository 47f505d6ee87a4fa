"""The trunk: a sine network (SIREN, Sitzmann et al. 2020) of the place, which draws motion modes and colour modes.

It is helped by feature grids (as in Müller et al. 2022, "Instant neural graphics primitives", without the hash). A
player runs it once for a scene.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from alive_cli.generators.positional import ENCODED, PositionalEncoding

GRIDS = ((48, 32), (48, 64), (32, 128))
"""Each feature grid has so many channels, and so many cells along the longest side."""
GRID_SPREAD = 0.3
"""The grids begin with values of this root mean square."""
SKIP_SPREAD = 0.1
"""The weights from the grids to the output begin with this standard deviation, where no modes are known."""


@dataclass(frozen=True)
class TrunkSettings:
    """Shape of the trunk."""

    aspect_width: int
    aspect_height: int
    """The pictures' proportions; the grids cover the picture alone."""
    motion_modes: int
    """S."""
    colour_modes: int
    """R."""
    width: int = 128
    layers: int = 2
    """Sine layers."""
    grid_depth: int = 1
    """Multiplies the feature grids' channels."""

    @property
    def features(self) -> int:
        """Values at each place: x and y of each motion mode, then the colour modes."""
        return 2 * self.motion_modes + self.colour_modes

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
    """Coordinates [P, 2] to modes [P, 2·S + R]."""

    stretch: Tensor
    scale: Tensor

    def __init__(self, settings: TrunkSettings) -> None:
        super().__init__()
        self.settings = s = settings
        longest = max(s.aspect_width, s.aspect_height)
        stretch = torch.tensor([longest / s.aspect_width, longest / s.aspect_height])
        self.register_buffer("stretch", stretch, persistent=False)
        self.register_buffer("scale", torch.ones(s.features))
        """Root mean square of each mode; the network draws modes of unit variance."""
        self.encoding = PositionalEncoding()
        self.grids = nn.ParameterList(nn.Parameter(_even(torch.empty(1, *shape), GRID_SPREAD)) for shape in s.grids)
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
            _even(self.skip.weight, SKIP_SPREAD)

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
        modes: Tensor = (self.last(hidden) + self.skip(helped)) * self.scale
        return modes


def _even(tensor: Tensor, deviation: float) -> Tensor:
    """Fill a tensor with even random values of a standard deviation. Normal ones would load a compiler where a module
    is built without memory."""
    bound = math.sqrt(3) * deviation
    return tensor.uniform_(-bound, bound)
