"""Command lines that people copy into a shell, which each system quotes in its own way."""

import re
import shlex
import sys
from collections.abc import Sequence

_PLAIN = re.compile(r"[\w./\\:=-]+")
"""No shell of Windows reads anything into such a word."""
_BEFORE_QUOTE = re.compile(r'(\\*)("|\Z)')
"""A quote or the end of a word, with the backslashes before it, which Windows halves there."""


def python_name() -> str:
    """How people begin Python in a shell of this system."""
    return "python" if sys.platform == "win32" else "python3"


def command_line(words: Sequence[str]) -> str:
    """A command as somebody may type it: quoted where needed, on Windows in double quotes, as cmd knows no others.

    Nothing protects a percent sign from cmd: the name of a variable between two of them is replaced.
    """
    return " ".join(map(_double_quoted, words)) if sys.platform == "win32" else shlex.join(words)


def _double_quoted(word: str) -> str:
    """A word as programs of Windows read it. A quote inside is doubled, so that cmd never takes the rest as bare."""
    if _PLAIN.fullmatch(word):
        return word
    return f'"{_BEFORE_QUOTE.sub(lambda match: 2 * match[1] + 2 * match[2], word)}"'
