"""Recipe `living` behind the two graph contracts."""

import numpy as np
import torch
from torch import Tensor, nn

from alive_cli.export.contracts import SceneModules
from alive_cli.export.original import published_behavior
from alive_cli.fitting.living import restore
from alive_cli.fitting.recipe import Settings
from alive_cli.fitting.shift_siren import ShiftSiren


class Trunk(nn.Module):
    """Coordinates [P, 2] to sine and cosine of the phases [P, 2W]: all that the first layer needs of a place."""

    def __init__(self, siren: ShiftSiren) -> None:
        super().__init__()
        self.siren = siren

    def forward(self, coords: Tensor) -> Tensor:
        phases = self.siren.phases(coords)
        return torch.cat([phases.sin(), phases.cos()], -1)


class FoldedDrawing(nn.Module):
    """The generator with its first sine layer folded away: sin(T + s) = sin T · cos s + cos T · sin s.

    Sine and cosine of the phases are the trunk's features; cos s and sin s scale the rows of the next
    layer's weights, once for a picture instead of once for a pixel.
    """

    def __init__(self, siren: ShiftSiren) -> None:
        super().__init__()
        self.siren = siren

    def forward(self, embedding: Tensor, features: Tensor, background: Tensor) -> Tensor:
        shifts = self.siren.embedding_shifts(embedding)  # [B, layers, W]
        first, *rest = self.siren.hidden
        assert isinstance(first, nn.Linear)
        weight = first.weight.T  # [W, W]
        folded = torch.cat(
            [weight * shifts[:, 0, :, None].cos(), weight * shifts[:, 0, :, None].sin()], 1
        )  # [B, 2W, W]
        hidden = torch.sin(features @ folded + (first.bias + shifts[:, 1])[:, None])  # [B, P, W]
        for number, layer in enumerate(rest, 2):
            hidden = torch.sin(layer(hidden) + shifts[:, number, None])
        colours: Tensor = self.siren.last(hidden)
        return (colours + background).clamp(0, 1)


def scene_modules(settings: Settings, weights: dict[str, np.ndarray], bank: dict[str, np.ndarray]) -> SceneModules:
    """Build the contract modules from what fitting stored."""
    siren, vae = restore(settings, weights)
    return SceneModules(
        trunk=Trunk(siren).eval(),
        generator=FoldedDrawing(siren).eval(),
        **published_behavior(vae, int(settings["densify"] or 1), bank),
    )
