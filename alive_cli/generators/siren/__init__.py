"""The generator of recipe `original`: the published SIREN."""

from alive_cli.generators.siren.fit import SirenGenerator

__all__ = ["SirenGenerator"]
