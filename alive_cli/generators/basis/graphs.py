"""The basis-image generator behind the contract of drawing."""

from torch import Tensor, nn

from alive_cli.generators.basis.network import BasisSiren, Coefficients, Responses
from alive_cli.generators.protocol import DrawingModules


class Mixing(nn.Module):
    """Basis images mixed by an embedding over a background; all of it that is left to do for a picture."""

    def __init__(self, responses: Responses, coefficients: Coefficients) -> None:
        super().__init__()
        self.responses, self.coefficients = responses, coefficients

    def forward(self, embedding: Tensor, features: Tensor, background: Tensor) -> Tensor:
        mixed: Tensor = self.coefficients(self.responses(embedding))
        return (features @ mixed + background).clamp(0, 1)


def drawing_modules(siren: BasisSiren) -> DrawingModules:
    """The trunk, and a generator for all and for the leading basis images."""
    # A clip of few basis images has one net: the leading ones are all there are.
    small = siren.fast.features < siren.fine.features
    return DrawingModules(
        siren.trunk.eval(),
        Mixing(siren.responses, siren.fine).eval(),
        fast=Mixing(siren.responses, siren.fast).eval() if small else None,
        fast_features=siren.fast.features,
    )
