"""Ctrl-C and SIGTERM, deferred until the present step is finished."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def deferred_interruption(*, enabled: bool = True) -> Iterator[Callable[[], bool]]:
    """Yield a function that says whether a signal has arrived. A second signal raises KeyboardInterrupt at once.

    Signals reach the main thread only. In other threads, and without `enabled`, nothing is deferred.
    """
    stop_requested = False

    def request_stop(number: int, frame: FrameType | None) -> None:
        nonlocal stop_requested
        if stop_requested:
            raise KeyboardInterrupt
        stop_requested = True

    if not enabled or threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    # A signal that the process ignores stays ignored; a handler that isn't Python's can't be restored.
    numbers = [
        number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) not in (signal.SIG_IGN, None)
    ]
    before = {number: signal.signal(number, request_stop) for number in numbers}
    try:
        yield lambda: stop_requested
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
