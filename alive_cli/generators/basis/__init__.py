"""The generator of recipe `living`: basis images that the embedding mixes."""

from alive_cli.generators.basis.fit import BasisGenerator

__all__ = ["BasisGenerator"]
