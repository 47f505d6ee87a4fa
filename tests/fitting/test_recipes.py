"""The table of recipes: each has both halves, and both keep to their Protocols."""

import inspect
from pathlib import Path

import pytest

pytest.importorskip("torch")

from alive_cli.behaviors.protocol import Behavior
from alive_cli.errors import InputError
from alive_cli.fitting.recipes import RECIPES, find_recipe
from alive_cli.generators.protocol import Generator
from tests.conftest import REPOSITORY


def members(protocol: type) -> dict[str, object]:
    """What a Protocol asks for, by name."""
    return {name: member for name, member in vars(protocol).items() if not name.startswith("_")}


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize(("half", "protocol"), [("generator", Generator), ("behavior", Behavior)])
def test_each_half_has_the_methods_of_its_protocol(recipe: str, half: str, protocol: type) -> None:
    room = getattr(RECIPES[recipe], half)
    for name, member in members(protocol).items():
        assert hasattr(room, name), f"{recipe}'s {half} has no {name}"
        if inspect.isfunction(member):
            own = list(inspect.signature(getattr(room, name)).parameters)
            assert own == list(inspect.signature(member).parameters)[1:], name


def test_each_room_is_in_the_table() -> None:
    """Nothing would ever run a room that no recipe names."""
    package = REPOSITORY / "alive_cli"
    rooms = {path.parent for kind in ("generators", "behaviors") for path in package.glob(f"{kind}/*/__init__.py")}
    named = {type(half) for recipe in RECIPES.values() for half in (recipe.generator, recipe.behavior)}
    assert {Path(inspect.getfile(each)).parent for each in named} == rooms


def test_an_unknown_recipe_is_said() -> None:
    assert find_recipe("living") is RECIPES["living"]
    with pytest.raises(InputError, match="dreaming"):
        find_recipe("dreaming")
