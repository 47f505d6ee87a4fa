"""The one table of recipes: which generator goes with which behavior."""

from dataclasses import dataclass

from alive_cli.behaviors.circle import CircleBehavior
from alive_cli.behaviors.motion_graph import MotionGraphBehavior
from alive_cli.behaviors.protocol import Behavior
from alive_cli.behaviors.vae import VaeBehavior
from alive_cli.errors import InputError
from alive_cli.files.bundles import PHOTOGRAPH
from alive_cli.generators.flowing import FlowingGenerator
from alive_cli.generators.protocol import Generator
from alive_cli.generators.siren import SirenGenerator
from alive_cli.generators.warp import WarpGenerator
from alive_cli.media.decode import DEFAULT_SIZE
from bundle_spec.manifest import Manifest

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
    PHOTOGRAPH: Recipe(FlowingGenerator(), CircleBehavior()),
}
"""A recipe is known by its name, which every bundle keeps."""


def recipe_of(manifest: Manifest) -> Recipe:
    """The recipe of a scene that is to be exported or trained further.

    Raises:
        InputError: there is no such recipe, or the scene was made by an earlier version of it.
    """
    recipe = find_recipe(manifest.recipe.name)
    if recipe.generator.observes_motion and not manifest.encoder.slices:
        raise InputError(
            f"An earlier version of recipe {manifest.recipe.name} made this scene; this alive plays it, but neither "
            f"trains nor exports it, so fit it anew from its clip: alive fit {manifest.source.name}"
        )
    return recipe


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
