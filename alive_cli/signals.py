"""Signals that end a program: which of them a system has, and what they do meanwhile. Systems differ here, and nowhere
else."""

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType, ModuleType
from typing import Any

NEW_GROUP = 0x200
"""CREATE_NEW_PROCESS_GROUP of Windows, which `subprocess` has only there."""
APART: dict[str, Any] = {"process_group": 0} if hasattr(os, "setpgid") else {"creationflags": NEW_GROUP}
"""With these options of `subprocess.Popen`, Ctrl-C in the terminal ends no program that was begun: its owner does."""


def endings(system: ModuleType = signal) -> list[int]:
    """The signals, besides Ctrl-C, by which this system ends a program.

    They are SIGTERM, SIGHUP where a terminal can be closed (not on Windows), and SIGBREAK (only on Windows, for a
    closed window).
    """
    return [getattr(system, name) for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(system, name)]


def end_like_ctrl_c() -> None:
    """Make SIGTERM end the program like Ctrl-C, from now on. Only the main thread may call this."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@contextmanager
def interrupt_on_signals() -> Iterator[None]:
    """Make the signals of `endings` end a view like Ctrl-C, so that the terminal is restored."""
    with _handled(endings(), signal.default_int_handler):
        yield


@contextmanager
def _handled(numbers: Iterable[int], handler: Callable[[int, FrameType | None], Any]) -> Iterator[None]:
    """Handle signals inside. Only the main thread may do so; in others nothing changes.

    A signal that the process ignores stays ignored, as SIGHUP does under nohup. One whose handler isn't Python's stays
    as it is, because such a handler can't be restored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handled = [number for number in numbers if signal.getsignal(number) not in (signal.SIG_IGN, None)]
    before = {number: signal.signal(number, handler) for number in handled}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


@contextmanager
def leave_on_interrupt() -> Iterator[None]:
    """End what is inside by Ctrl-C or the signals of `endings`, which leave like the key q."""
    with suppress(KeyboardInterrupt), interrupt_on_signals():
        yield


@contextmanager
def deferred_interruption(*, enabled: bool = True) -> Iterator[Callable[[], bool]]:
    """Yield a function that says whether Ctrl-C or SIGTERM has arrived, so that the present step can be finished.

    A second signal raises KeyboardInterrupt at once. Signals reach the main thread only: in other threads, and without
    `enabled`, nothing is deferred.
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
    with _handled((signal.SIGINT, signal.SIGTERM), request_stop):
        yield lambda: stop_requested


@contextmanager
def own_termination() -> Iterator[None]:
    """Keep what SIGTERM does here, whatever is called inside: some libraries set a handler of their own."""
    handler = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread() and handler is not None:
            signal.signal(signal.SIGTERM, handler)
