"""What the terminal can show: asked of the terminal itself where that is possible."""

import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from alive_cli.errors import InputError
from alive_cli.views.blocks import Blocks
from alive_cli.views.keyboard import unbuffered
from alive_cli.views.pixels import Kitty, Sixel

ANSWER_SECONDS = 0.4
QUESTIONS = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[16t\x1b[c"
"""Kitty graphics? How large is a cell? And what every terminal answers: which device it is."""
FORMATS = ("blocks", "kitty", "sixel")
"""A terminal shows pictures in one of these formats."""

PictureFormat = Blocks | Kitty | Sixel


@dataclass(frozen=True)
class Terminal:
    """A terminal's abilities."""

    kitty: bool = False
    sixel: bool = False
    true_colour: bool = False
    cell: tuple[int, int] | None = None
    """Width and height of a character cell in pixels, where it is known."""


def ask_terminal(environment: Mapping[str, str] = os.environ) -> Terminal:
    """What the terminal on stdin and stdout can show; nothing where there is none."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()) or sys.platform == "win32":
        return Terminal(true_colour=in_true_colour(environment))
    if environment.get("TERM", "dumb") in ("dumb", "linux"):
        return Terminal()
    with unbuffered() as read:
        sys.stdout.write(QUESTIONS)
        sys.stdout.flush()
        return understand(_listen(read), in_true_colour(environment))


def in_true_colour(environment: Mapping[str, str]) -> bool:
    """Whether the terminal says that it knows 24-bit colours; tmux takes them for any terminal."""
    if environment.get("COLORTERM", "").lower() in ("truecolor", "24bit") or environment.get("TMUX"):
        return True
    return environment.get("TERM", "").endswith(("-direct", "-kitty")) or "WT_SESSION" in environment


def understand(answers: str, true_colour: bool) -> Terminal:
    """A terminal's answers to QUESTIONS."""
    device = re.search(r"\x1b\[\?([0-9;]*)c", answers)
    cell = re.search(r"\x1b\[6;(\d+);(\d+)t", answers)
    return Terminal(
        kitty="\x1b_Gi=31;OK" in answers,
        sixel="4" in (device[1].split(";") if device else []),
        true_colour=true_colour,
        cell=(int(cell[2]), int(cell[1])) if cell and int(cell[1]) and int(cell[2]) else None,
    )


def choose(name: str | None, terminal: Terminal) -> PictureFormat:
    """The format to show pictures in: the one of that name, or the best that the terminal can show.

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
    """Columns and lines of the terminal now, at least one of each."""
    cells = shutil.get_terminal_size()
    return os.terminal_size((max(1, cells.columns), max(1, cells.lines)))


def _listen(read: Callable[[float], str]) -> str:
    """Everything up to the answer that every terminal gives, or what came in time."""
    heard, until = "", time.monotonic() + ANSWER_SECONDS
    while not re.search(r"\x1b\[\?[0-9;]*c", heard) and (left := until - time.monotonic()) > 0:
        heard += read(left)
    return heard
