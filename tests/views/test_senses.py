"""What a performance hears and sees: when it is on."""

import pytest

from alive_cli.views.senses import Senses


class Heard:
    """A sense that notes what happens to it."""

    def __init__(self) -> None:
        self.is_on = False
        self.happened: list[str] = []

    def start(self) -> None:
        self.is_on = True
        self.happened.append("starts")

    def stop(self) -> None:
        if self.is_on:
            self.happened.append("stops")
        self.is_on = False


@pytest.fixture
def own() -> tuple[Senses, Heard, Heard]:
    senses, first, second = Senses(), Heard(), Heard()
    senses.add(first)
    senses.add(second)
    assert not first.happened
    senses.begin()
    return senses, first, second


def test_only_what_was_on_comes_back(own: tuple[Senses, Heard, Heard]) -> None:
    senses, first, second = own
    second.is_on = False  # it has ended by itself
    senses.wake()
    for _ in range(2):
        senses.rest()
    assert (first.is_on, second.is_on) == (False, False)
    for _ in range(2):
        senses.wake()
    assert first.happened == ["starts", "stops", "starts"]
    assert second.happened == ["starts"]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_what_is_switched_in_a_rest_waits_for_its_end(own: tuple[Senses, Heard, Heard], count: int) -> None:
    senses, first, second = own
    senses.rest()
    answers = [senses.switch(first) for _ in range(count)]
    assert answers == [False, True, False][:count]
    assert not first.is_on
    senses.wake()
    assert first.is_on == answers[-1]
    assert second.is_on
    assert senses.switch(first) == first.is_on == (not answers[-1])


def test_after_the_end_nothing_comes_back(own: tuple[Senses, Heard, Heard]) -> None:
    senses, first, _ = own
    senses.rest()
    senses.end()
    senses.wake()
    assert not first.is_on
    senses.begin()
    senses.end()
    assert not first.is_on


def test_in_a_rest_from_the_start_nothing_begins() -> None:
    senses, sense = Senses(), Heard()
    senses.add(sense)
    senses.begin(resting=True)
    assert senses.are_resting
    assert senses.waits(sense)
    senses.rest()
    assert not sense.happened
    senses.wake()
    assert not senses.are_resting
    assert not senses.waits(sense)
    assert sense.happened == ["starts"]
