"""The one table of recipes: which generator goes with which behavior."""

from dataclasses import dataclass

from alive_cli.behaviors.motion_graph import MotionGraphBehavior
from alive_cli.behaviors.protocol import Behavior
from alive_cli.behaviors.vae import VaeBehavior
from alive_cli.errors import InputError
from alive_cli.generators.protocol import Generator
from alive_cli.generators.siren import SirenGenerator
from alive_cli.generators.warp import WarpGenerator
from alive_cli.media.decode import DEFAULT_SIZE

ORIGINAL_SIZE = 256
"""The published method reads clips at this longest side, because it learns and draws every pixel by itself."""


@dataclass(frozen=True)
class Recipe:
    """A generator and a behavior that make a scene together."""

    generator: Generator
    behavior: Behavior
    size: int = DEFAULT_SIZE
    """The longest side, in pixels, at which a clip is read unless `--size` says otherwise."""


RECIPES: dict[str, Recipe] = {
    "living": Recipe(WarpGenerator(), MotionGraphBehavior()),
    "original": Recipe(SirenGenerator(), VaeBehavior(), ORIGINAL_SIZE),
}
"""A recipe is known by its name, which every bundle keeps."""


def find_recipe(name: str) -> Recipe:
    """A recipe by its name.

    Raises:
        InputError: there is no such recipe.
    """
    try:
        return RECIPES[name]
    except KeyError:
        raise InputError(
            f"This alive knows no recipe {name!r}, only {' and '.join(RECIPES)}; a newer one may: "
            "pip install -U alive-scene"
        ) from None
