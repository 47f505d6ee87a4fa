"""Single key presses from a terminal, without waiting and without an Enter."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_ARROWS = {"A": "up", "B": "down", "C": "right", "D": "left"}
_WINDOWS_ARROWS = {"H": "up", "P": "down", "M": "right", "K": "left"}
_KEY = re.compile(r"\x1b[\[O](?:[0-9;]*)([A-Za-z~])|\x1b.?|(.)", re.DOTALL)


def read_keys(text: str) -> list[str]:
    """What a terminal sent, as keys: characters, and `up`, `down`, `right`, `left`; other sequences are left out."""
    keys = []
    for sequence, character in _KEY.findall(text):
        if character:
            keys.append(character)
        elif sequence in _ARROWS:
            keys.append(_ARROWS[sequence])
    return keys


@contextmanager
def keyboard() -> Iterator[Callable[[], list[str]]]:
    """Yield a function that gives the keys pressed since it was last asked.

    The terminal is as it was afterwards. Without a terminal on stdin there are never any keys.
    """
    if not sys.stdin or not sys.stdin.isatty():
        yield list
    elif sys.platform == "win32":
        import msvcrt

        def windows_keys() -> list[str]:
            keys = []
            while msvcrt.kbhit():
                key = msvcrt.getwch()
                keys.append(_WINDOWS_ARROWS.get(msvcrt.getwch(), "") if key in "\0\xe0" else key)
            return keys

        yield windows_keys
    else:
        with unbuffered() as read:
            yield lambda: read_keys(read(0))


@contextmanager
def unbuffered() -> Iterator[Callable[[float], str]]:
    """Yield a function that gives what the terminal sends within some seconds; POSIX only.

    The terminal is as it was afterwards.
    """
    import os
    import select
    import termios
    import tty

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)

    def read(seconds: float) -> str:
        ready, _, _ = select.select([descriptor], [], [], seconds)
        return os.read(descriptor, 1024).decode(errors="ignore") if ready else ""

    try:
        tty.setcbreak(descriptor)
        yield read
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
