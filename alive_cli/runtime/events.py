"""What a person does in front of a scene, as views report it and drivers receive it."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class KeyEvent:
    """A key was pressed: a character, or `up`, `down`, `left`, `right`."""

    key: str


@dataclass(frozen=True)
class TextEvent:
    """Text was typed."""

    text: str


@dataclass(frozen=True)
class PointerEvent:
    """A mouse, finger or pen did something.

    Places are in the picture's coordinates, as the trunk's (SPEC.md, Drawing): the longest side spans −1…1, y points
    down. They are 0 when the pointer leaves.
    """

    kind: Literal["move", "press", "drag", "release", "leave"]
    x: float = 0.0
    y: float = 0.0


InputEvent = KeyEvent | TextEvent | PointerEvent


def key_events(key: str) -> list[InputEvent]:
    """The events of one key: the key itself, and the text that it types, if any."""
    events: list[InputEvent] = [KeyEvent(key)]
    if len(key) == 1 and key.isprintable():
        events.append(TextEvent(key))
    return events


def place(column: float, row: float, size: tuple[float, float]) -> tuple[float, float]:
    """The picture's coordinates of a place in a picture that is shown `size` pixels wide and high.

    Args:
        column, row: pixels from the top left corner of the picture; they may lie outside.
    """
    width, height = size
    longest = max(width, height, 1)
    return (2 * column - width) / longest, (2 * row - height) / longest
