"""Mappings of sound, as people write them."""

import pytest

from alive_cli.errors import InputError
from alive_cli.runtime.mappings import Mapping, read_mappings


def test_mappings_are_read() -> None:
    read = read_mappings(["loud=temperature:2", "beat=nudge, loud=calm:-0.5  beat=speed"])
    assert read == [
        Mapping("loud", "temperature", 2.0),
        Mapping("beat", "nudge"),
        Mapping("loud", "calm", -0.5),
        Mapping("beat", "speed"),
    ]
    assert read_mappings([str(each) for each in read]) == read
    assert read_mappings([]) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["loud"], "is no mapping"),
        (["loud="], "is no mapping"),
        (["=nudge"], "no signal ''"),
        (["bass=nudge"], "no signal 'bass'; its signals are loud and beat"),
        (["loud=speed:fast"], "'fast' in loud=speed:fast is no number"),
        (["loud=speed:nan"], "is no number"),
        (["loud=speed:"], "is no number"),
        (["loud=speed", "loud=speed:2"], "is there twice"),
        ([f"loud=a{number}" for number in range(17)], "at most 16"),
    ],
)
def test_bad_mappings_get_one_sentence(words: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_mappings(words)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)
