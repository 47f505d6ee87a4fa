"""All recipes by name."""

from collections.abc import Callable

from alive_cli.fitting import living, original
from alive_cli.fitting.recipe import Fitted

RECIPES: dict[str, Callable[..., Fitted]] = {living.NAME: living.fit, original.NAME: original.fit}
"""Each takes observations, a length, `seed` and `progress`."""
