"""Items are made one ahead, in order, and errors arrive in their place."""

from collections.abc import Iterator
from itertools import count, islice

import pytest

from alive_cli.runtime.prefetch import prefetch


def test_same_items() -> None:
    assert list(prefetch(range(5))) == list(range(5))
    assert list(prefetch([])) == []


def test_one_ahead_and_no_more() -> None:
    made: list[int] = []

    def source() -> Iterator[int]:
        for number in count():
            made.append(number)
            yield number

    assert list(islice(prefetch(source()), 3)) == [0, 1, 2]
    assert len(made) <= 4


def test_errors_arrive_in_their_place() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise ValueError("late")

    items = prefetch(source())
    assert next(items) == 1
    with pytest.raises(ValueError, match="late"):
        next(items)
