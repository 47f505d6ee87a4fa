"""The one table of recipes: which generator goes with which behavior."""

from dataclasses import dataclass

from alive_cli.behaviors.motion_graph import MotionGraphBehavior
from alive_cli.behaviors.protocol import Behavior
from alive_cli.behaviors.vae import VaeBehavior
from alive_cli.errors import InputError
from alive_cli.generators.protocol import Generator
from alive_cli.generators.siren import SirenGenerator
from alive_cli.generators.warp import WarpGenerator


@dataclass(frozen=True)
class Recipe:
    """A generator and a behavior that make a scene together."""

    generator: Generator
    behavior: Behavior


RECIPES: dict[str, Recipe] = {
    "living": Recipe(WarpGenerator(), MotionGraphBehavior()),
    "original": Recipe(SirenGenerator(), VaeBehavior()),
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
