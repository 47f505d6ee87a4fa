"""Recipe `living` behind the two graph contracts."""

import numpy as np
from torch import Tensor, nn

from alive_cli.export.contracts import SceneModules
from alive_cli.export.original import published_behavior
from alive_cli.fitting.basis_siren import Coefficients, Responses
from alive_cli.fitting.living import restore
from alive_cli.fitting.recipe import Settings


class Mixing(nn.Module):
    """Basis images mixed by an embedding over a background; all of it that is left to do for a picture."""

    def __init__(self, responses: Responses, coefficients: Coefficients) -> None:
        super().__init__()
        self.responses, self.coefficients = responses, coefficients

    def forward(self, embedding: Tensor, features: Tensor, background: Tensor) -> Tensor:
        mixed: Tensor = self.coefficients(self.responses(embedding))
        return (features @ mixed + background).clamp(0, 1)


def scene_modules(settings: Settings, weights: dict[str, np.ndarray], bank: dict[str, np.ndarray]) -> SceneModules:
    """Build the contract modules from what fitting stored."""
    siren, vae = restore(settings, weights)
    # A clip of few basis images has one net: the leading ones are all there are.
    small = siren.fast.features < siren.fine.features
    return SceneModules(
        trunk=siren.trunk.eval(),
        generator=Mixing(siren.responses, siren.fine).eval(),
        fast=Mixing(siren.responses, siren.fast).eval() if small else None,
        fast_features=siren.fast.features,
        **published_behavior(vae, int(settings["densify"] or 1), bank),
    )
