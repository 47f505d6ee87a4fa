"""Single key presses from a terminal, without waiting and without an Enter."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def keyboard() -> Iterator[Callable[[], str]]:
    """Yield a function that gives the keys pressed since it was last asked, "" for none.

    The terminal is as it was afterwards. Without a terminal on stdin there are never any keys.
    """
    if not sys.stdin or not sys.stdin.isatty():
        yield lambda: ""
    elif sys.platform == "win32":
        import msvcrt

        def windows_keys() -> str:
            keys = ""
            while msvcrt.kbhit():
                keys += msvcrt.getwch()
            return keys

        yield windows_keys
    else:
        import os
        import select
        import termios
        import tty

        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)

        def posix_keys() -> str:
            ready, _, _ = select.select([descriptor], [], [], 0)
            return os.read(descriptor, 1024).decode(errors="ignore") if ready else ""

        try:
            tty.setcbreak(descriptor)
            yield posix_keys
        finally:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
