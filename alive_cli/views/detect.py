"""Detection of the graphics that a terminal supports, by its answers to queries and by the environment."""

import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from alive_cli.errors import InputError
from alive_cli.views.blocks import Blocks
from alive_cli.views.keyboard import answers_questions, unbuffered
from alive_cli.views.pixels import Kitty, Sixel

ANSWER_SECONDS = 0.4
"""A terminal has this long to answer, which is enough over a slow connection; one without answers delays the start."""
QUERIES = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[16t\x1b[c"
"""These ask for kitty graphics, for the size of a cell, and for the device, which every terminal answers last."""
FORMATS = ("blocks", "kitty", "sixel")
"""A terminal view shows pictures in one of these formats."""

PictureFormat = Blocks | Kitty | Sixel


@dataclass(frozen=True)
class Terminal:
    """The graphics that a terminal supports."""

    kitty: bool = False
    sixel: bool = False
    true_colour: bool = False
    cell: tuple[int, int] | None = None
    """Width and height of a character cell in pixels, or None if they are unknown."""


def ask_terminal(environment: Mapping[str, str] = os.environ) -> Terminal:
    """The graphics that the terminal on stdin and stdout supports: the least, if there is no terminal."""
    if not answers_questions():
        return Terminal(true_colour=has_true_colour(environment))
    if environment.get("TERM", "dumb") in ("dumb", "linux"):
        return Terminal()
    with unbuffered() as read:
        sys.stdout.write(QUERIES)
        sys.stdout.flush()
        return parse_answers(_read_answers(read), has_true_colour(environment))


def has_true_colour(environment: Mapping[str, str]) -> bool:
    """Whether the environment says that the terminal supports 24-bit colours. tmux converts them for any terminal."""
    if environment.get("COLORTERM", "").lower() in ("truecolor", "24bit") or environment.get("TMUX"):
        return True
    return environment.get("TERM", "").endswith(("-direct", "-kitty")) or "WT_SESSION" in environment


def parse_answers(answers: str, true_colour: bool) -> Terminal:
    """Parse a terminal's answers to QUERIES."""
    device = re.search(r"\x1b\[\?([0-9;]*)c", answers)
    cell = re.search(r"\x1b\[6;(\d+);(\d+)t", answers)
    return Terminal(
        kitty="\x1b_Gi=31;OK" in answers,
        sixel="4" in (device[1].split(";") if device else []),
        true_colour=true_colour,
        cell=(int(cell[2]), int(cell[1])) if cell and int(cell[1]) and int(cell[2]) else None,
    )


def choose(name: str | None, terminal: Terminal) -> PictureFormat:
    """The picture format of that name, or the best that the terminal supports.

    Raises:
        InputError: there is no such format.
    """
    best = "kitty" if terminal.kitty else "sixel" if terminal.sixel else "blocks"
    formats: dict[str, Callable[[], PictureFormat]] = {
        "blocks": lambda: Blocks(true_colour=terminal.true_colour),
        "kitty": lambda: Kitty(terminal.cell),
        "sixel": lambda: Sixel(terminal.cell),
    }
    try:
        return formats[name or best]()
    except KeyError:
        raise InputError(f"There is no view {name!r}; choose {', '.join(FORMATS)}.") from None


def terminal_cells() -> os.terminal_size:
    """Columns and lines of the terminal at this time, at least one each."""
    cells = shutil.get_terminal_size()
    return os.terminal_size((max(1, cells.columns), max(1, cells.lines)))


def _read_answers(read: Callable[[float], str]) -> str:
    """Read until the answer that every terminal gives last, or until the time is over."""
    answers, end = "", time.monotonic() + ANSWER_SECONDS
    while not re.search(r"\x1b\[\?[0-9;]*c", answers) and (seconds := end - time.monotonic()) > 0:
        answers += read(seconds)
    return answers
