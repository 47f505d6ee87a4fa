"""Mappings of a sound's signals to what they drive in a scene: three words each, as in `loud=temperature:2`."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from alive_cli.errors import InputError

LOUD, BEAT = "loud", "beat"
"""A sound has a loudness, 0…1, and beats, which are pulses of 0.5…1."""
SIGNALS = (LOUD, BEAT)
"""The first of three words names one of these signals."""
DEFAULT_MAPPINGS = ("loud=temperature",)
"""A sound is mapped so unless somebody says otherwise."""
MOST_MAPPINGS = 16
"""There are at most so many mappings, because each costs time in every picture."""
FORM = "write it as in loud=temperature, loud=calm:0.7 or beat=nudge"
"""People read this where a mapping isn't one."""


@dataclass(frozen=True)
class Mapping:
    """What one signal of a sound drives."""

    signal: str
    """`loud` or `beat`."""
    target: str
    """The name of a control, mood, action or frame of the scene, or `nudge`."""
    strength: float | None = None
    """The value of a control, or the strength of a mood or nudge, where the signal is 1; None: the usual one."""

    def __str__(self) -> str:
        end = "" if self.strength is None else f":{self.strength:g}"
        return f"{self.signal}={self.target}{end}"


def read_mappings(words: Iterable[str]) -> list[Mapping]:
    """Read mappings such as `loud=temperature`; one text may hold several, with spaces or commas between them.

    Raises:
        InputError: a text is no mapping, there is no such signal, a mapping is there twice, or there are too many.
    """
    mappings: list[Mapping] = []
    for word in [part for text in words for part in re.split(r"[\s,]+", text) if part]:
        mapping = _read(word)
        if any((each.signal, each.target) == (mapping.signal, mapping.target) for each in mappings):
            raise InputError(f"The mapping {mapping.signal}={mapping.target} is there twice; leave one out.")
        mappings.append(mapping)
    if len(mappings) > MOST_MAPPINGS:
        raise InputError(f"There are {len(mappings)} mappings of sound; at most {MOST_MAPPINGS} work at once.")
    return mappings


def _read(word: str) -> Mapping:
    signal, equals, rest = word.partition("=")
    target, colon, text = rest.partition(":")
    if not equals or not target:
        raise InputError(f"{word!r} is no mapping of sound; {FORM}.")
    if signal not in SIGNALS:
        raise InputError(f"A sound has no signal {signal!r}; its signals are {' and '.join(SIGNALS)}.")
    try:
        strength = float(text) if colon else None
    except ValueError:
        strength = math.nan
    if strength is not None and not math.isfinite(strength):
        raise InputError(f"{text!r} in {word} is no number; {FORM}.")
    return Mapping(signal, target, strength)
