"""The published SIREN behind the contract of drawing."""

from torch import Tensor, nn

from alive_cli.generators.positional import PositionalEncoding
from alive_cli.generators.protocol import DrawingModules
from alive_cli.generators.siren.network import Siren


class Drawing(nn.Module):
    """The SIREN, whose colours are added to the background and clamped."""

    def __init__(self, siren: Siren) -> None:
        super().__init__()
        self.siren = siren

    def forward(self, embedding: Tensor, features: Tensor, background: Tensor) -> Tensor:
        colours: Tensor = self.siren(embedding, features)
        return (colours + background).clamp(0, 1)


def drawing_modules(siren: Siren) -> DrawingModules:
    """The positional encoding as the trunk, and the SIREN as the generator."""
    return DrawingModules(PositionalEncoding().eval(), Drawing(siren).eval())
