"""The published SIREN behind the contract of drawing."""

import numpy as np
import torch
from torch import Tensor, nn

from alive_cli.generators.positional import PositionalEncoding
from alive_cli.generators.protocol import Bank, DrawingGraph, DrawingModules
from alive_cli.generators.siren.network import Siren
from alive_cli.observation.observation import pixel_coordinates
from bundle_spec.container import GENERATOR_NAME, TRUNK_NAME
from bundle_spec.manifest import Drawing as DrawingInfo

CHECKED_SIDE = 48
"""The graphs are compared with torch on pictures of so many pixels a side."""
CHECKED_EMBEDDINGS = 8
"""The graphs are compared with torch at so many observed embeddings, evenly spread."""


class Drawing(nn.Module):
    """The SIREN, whose colours are added to the background and clamped."""

    def __init__(self, siren: Siren) -> None:
        super().__init__()
        self.siren = siren

    def forward(self, embedding: Tensor, features: Tensor, background: Tensor) -> Tensor:
        colours: Tensor = self.siren(embedding, features)
        return (colours + background).clamp(0, 1)


def drawing_modules(siren: Siren, bank: Bank) -> DrawingModules:
    """The positional encoding as the trunk, and the SIREN as the generator."""
    observed = bank["embedding"]
    chosen = np.linspace(0, len(observed) - 1, CHECKED_EMBEDDINGS).round().astype(int)
    coords = pixel_coordinates(CHECKED_SIDE, CHECKED_SIDE)
    trunk = PositionalEncoding().eval()
    inputs = {
        "embedding": torch.from_numpy(observed[chosen]),
        "features": trunk(coords),
        "background": torch.zeros(len(coords), 3),
    }
    return DrawingModules(
        graphs=[
            DrawingGraph(
                file=TRUNK_NAME,
                module=trunk,
                inputs={"coords": coords},
                outputs=["features"],
                free={"coords": ("P",)},
                free_outputs={"features": ("P",)},
            ),
            DrawingGraph(
                file=GENERATOR_NAME,
                module=Drawing(siren).eval(),
                inputs=inputs,
                outputs=["rgb"],
                free={"embedding": ("B",), "features": ("P",), "background": ("P",)},
                free_outputs={"rgb": ("B", "P")},
            ),
        ],
        describe=lambda graphs: DrawingInfo(trunk=graphs[TRUNK_NAME], generator=graphs[GENERATOR_NAME]),
    )
