"""The generator of recipe `living`: keyframes that motion modes displace, plus colour modes."""

from alive_cli.generators.warp.generator import WarpGenerator as WarpGenerator
