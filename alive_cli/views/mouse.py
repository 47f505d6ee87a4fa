"""The mouse of a terminal, which reports it in the SGR encoding of xterm, and its focus."""

import re
from dataclasses import dataclass
from typing import Literal

START = "\x1b[?1003h\x1b[?1006h"
"""After this sequence the terminal reports where the mouse is, and its buttons."""
STOP = "\x1b[?1006l\x1b[?1003l"
"""This sequence ends the reports."""
WATCH_FOCUS, IGNORE_FOCUS = "\x1b[?1004h", "\x1b[?1004l"
"""After the first sequence the terminal reports whether it has the focus, until the second one."""
FOCUS = {"\x1b[I": True, "\x1b[O": False}
"""These reports say whether the terminal has the focus."""

_REPORT = re.compile(r"\x1b\[<(\d+);(\d+);(\d+)([Mm])")
_MOTION, _BUTTONS, _OTHERS, _NO_BUTTON = 32, 3, 64 + 128, 3


@dataclass(frozen=True)
class MouseReport:
    """What the mouse did, and in which cell."""

    kind: Literal["move", "press", "drag", "release"]
    column: int
    """From 0, at the left."""
    row: int
    """From 0, at the top."""


def read_mouse(sequence: str) -> MouseReport | None:
    """Read a report; None for anything else, for the wheel, and for all buttons but the left one."""
    match = _REPORT.fullmatch(sequence)
    if match is None:
        return None
    code, column, row = int(match[1]), int(match[2]) - 1, int(match[3]) - 1
    button, moves = code & _BUTTONS, bool(code & _MOTION)
    if code & _OTHERS or (button and not (moves and button == _NO_BUTTON)):
        return None
    if moves:
        return MouseReport("move" if button == _NO_BUTTON else "drag", column, row)
    return MouseReport("press" if match[4] == "M" else "release", column, row)
