"""What terminals do differently on each system: single keys without waiting and without Enter, answers, and escape
sequences."""

import importlib
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

_ARROWS = {"A": "up", "B": "down", "C": "right", "D": "left"}
_WINDOWS_ARROWS = {"H": "up", "P": "down", "M": "right", "K": "left"}
_KEY = re.compile(r"(\x1b\[<[0-9;]*[Mm]|\x1b\[[IO])|\x1b[\[O](?:[0-9;]*)([A-Za-z~])|\x1b[^\x1b]?|(.)", re.DOTALL)
_BEGUN = re.compile(r"\x1b(\[<?[0-9;]*)?\Z")


def read_keys(text: str) -> list[str]:
    """Read a terminal's input as keys: characters, and `up`, `down`, `right`, `left`.

    A report of the mouse or of the focus is a key, too, as it is (mouse.py). Other sequences are ignored.
    """
    keys = []
    for report, sequence, character in _KEY.findall(text):
        if report or character:
            keys.append(report or character)
        elif sequence in _ARROWS:
            keys.append(_ARROWS[sequence])
    return keys


class KeyReader:
    """Reads a terminal's input that may come in pieces: a sequence that is cut in two is one, because its digits would
    be keys."""

    def __init__(self) -> None:
        self._rest = ""

    def read(self, text: str) -> list[str]:
        """The keys of a piece of input, as `read_keys`."""
        # An Esc that nothing of a sequence follows was the key.
        text = text if self._rest == "\x1b" and text[:1] not in ("", "[", "O") else self._rest + text
        begun = _BEGUN.search(text)
        self._rest = begun[0] if begun else ""
        return read_keys(text[: len(text) - len(self._rest)])


_STDOUT = -11
"""Windows knows stdout by this number (STD_OUTPUT_HANDLE)."""
_OBEY_SEQUENCES = 4
"""This bit of a console's mode is ENABLE_VIRTUAL_TERMINAL_PROCESSING."""


def has_keyboard() -> bool:
    """Whether stdin is a terminal, so that somebody can press keys."""
    return bool(sys.stdin) and sys.stdin.isatty()


@contextmanager
def keyboard() -> Iterator[Callable[[], list[str]]]:
    """Yield a function that returns the keys pressed since its last call.

    The terminal is restored afterwards. Without a terminal on stdin the function always returns no keys.
    """
    if not has_keyboard():
        yield list
    elif sys.platform == "win32":
        yield _windows_keys
    else:
        reader = KeyReader()
        with unbuffered() as read:
            yield lambda: reader.read(read(0))


def _windows_keys() -> list[str]:
    msvcrt: Any = importlib.import_module("msvcrt")  # type checkers know it on Windows alone
    keys = []
    while msvcrt.kbhit():
        key = msvcrt.getwch()
        if key == "\x03":
            raise KeyboardInterrupt  # getwch hands over Ctrl-C as a key
        if key in "\0\xe0" and _is_first_half(msvcrt, key):
            key = _WINDOWS_ARROWS.get(msvcrt.getwch(), "")
        keys.append(key)
    return [key for key in keys if key.strip("\0")]


def _is_first_half(msvcrt: Any, key: str) -> bool:
    """Whether a key of Windows has a second half, as arrows have; à begins as they do.

    kbhit doesn't see that half, because getwch keeps it where ungetwch puts characters. That place holds one character,
    so ungetwch fails where the half is in it.
    """
    try:
        msvcrt.ungetwch(key)
    except OSError:
        return True
    msvcrt.getwch()
    return False


def answers_questions() -> bool:
    """Whether stdin and stdout are one terminal whose answers can be read. Windows doesn't hand them over."""
    return has_keyboard() and sys.stdout.isatty() and sys.platform != "win32"


@contextmanager
def escape_sequences() -> Iterator[None]:
    """Let the terminal on stdout obey escape sequences. An older console of Windows does so only when told to, and is
    set as before afterwards."""
    if sys.platform != "win32":
        yield
        return
    import ctypes

    kernel, mode = ctypes.windll.kernel32, ctypes.c_uint32()
    console = kernel.GetStdHandle(_STDOUT)
    # Where stdout is no console, no mode can be read, and none is set.
    changed = bool(kernel.GetConsoleMode(console, ctypes.byref(mode)))
    if changed:
        kernel.SetConsoleMode(console, mode.value | _OBEY_SEQUENCES)
    try:
        yield
    finally:
        if changed:
            kernel.SetConsoleMode(console, mode.value)


@contextmanager
def unbuffered() -> Iterator[Callable[[float], str]]:
    """Yield a function that waits at most some seconds for input of the terminal and returns it. POSIX only.

    The terminal is restored afterwards.
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
        with suppress(termios.error):  # the terminal may have gone
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
