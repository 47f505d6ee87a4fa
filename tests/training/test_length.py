"""How long a fit trains: its steps, its seconds, or its quality."""

import pytest

from alive_cli.training.length import Earlier, FitLength

QUALITIES = {"draft": 1000, "standard": 2000}


def never(budget: float) -> int:
    pytest.fail(f"nobody asked how many steps fit into {budget} s")


def test_steps_count_before_a_budget_and_a_budget_before_a_quality() -> None:
    assert FitLength("draft", steps=7, budget=60).steps_of(QUALITIES, never) == 7
    assert FitLength("draft", budget=60).steps_of(QUALITIES, lambda budget: int(2 * budget)) == 120
    assert FitLength("draft").steps_of(QUALITIES, never) == 1000
    assert FitLength().steps_of(QUALITIES, never) == 2000


def test_steps_of_an_earlier_scene() -> None:
    assert Earlier({"steps": 60}, {}).steps == 60
