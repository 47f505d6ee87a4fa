"""Ctrl-C and SIGTERM, put off until what is being done is finished."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def finishing(*, wanted: bool = True) -> Iterator[Callable[[], bool]]:
    """Yield a function that says whether someone asked to stop; who asks twice is obeyed at once.

    Signals reach the main thread only: elsewhere, and where it isn't `wanted`, nothing is put off.
    """
    asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    if not wanted or threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    # Whoever was told to ignore a signal goes on ignoring it; a handler that isn't Python's can't be put back.
    heeded = [
        number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) not in (signal.SIG_IGN, None)
    ]
    before = {number: signal.signal(number, ask) for number in heeded}
    try:
        yield lambda: asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
