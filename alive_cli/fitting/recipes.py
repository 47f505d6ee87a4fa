"""All recipes by name."""

from collections.abc import Callable
from dataclasses import dataclass

from alive_cli.fitting import living, original
from alive_cli.fitting.recipe import Fitted


@dataclass(frozen=True)
class FittingRecipe:
    """A way to fit a scene."""

    fit: Callable[..., Fitted]
    """Takes observations, a length, `seed`, `encode` and `progress`."""
    in_betweens: bool
    """Whether it learns from motion-compensated pictures between the frames."""


RECIPES: dict[str, FittingRecipe] = {
    living.NAME: FittingRecipe(living.fit, in_betweens=True),
    original.NAME: FittingRecipe(original.fit, in_betweens=False),
}
