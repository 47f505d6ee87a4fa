"""Input events: views report them, and drivers receive them."""

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
    """A mouse, finger or pen moved, or was pressed or released.

    Positions are in the picture's coordinates, like the trunk's (SPEC.md, Drawing): the longest side spans −1…1, and
    y points down. They are 0 when the pointer leaves.
    """

    kind: Literal["move", "press", "drag", "release", "leave"]
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True)
class VisibilityEvent:
    """The view was hidden, as a minimised window is, or is shown again."""

    is_visible: bool


@dataclass(frozen=True)
class FocusEvent:
    """The view got or lost the focus of the keyboard."""

    has_focus: bool


InputEvent = KeyEvent | TextEvent | PointerEvent | VisibilityEvent | FocusEvent


def key_events(key: str) -> list[InputEvent]:
    """The events of one key press: the key itself, and the text that it types, if any."""
    events: list[InputEvent] = [KeyEvent(key)]
    if len(key) == 1 and key.isprintable():
        events.append(TextEvent(key))
    return events


def picture_coordinates(column: float, row: float, size: tuple[float, float]) -> tuple[float, float]:
    """The picture's coordinates of a pixel of a picture that is shown at width and height `size`.

    Args:
        column, row: pixels from the top left corner of the picture. They may lie outside.
    """
    width, height = size
    longest = max(width, height, 1)
    return (2 * column - width) / longest, (2 * row - height) / longest
