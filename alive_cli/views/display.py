"""Displays that go away while a window is on them, and come back."""

import ctypes
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn, TypeVar

from alive_cli.errors import InputError

EXIT_CODE = 2
"""The program ends with this code when its display has gone, as after all that people can correct."""
STDERR = 2
"""The number of the file that libraries write their complaints to."""
RETRY_SECONDS = 3.0
"""A window that waits for its display tries to open so often."""
GONE = "The display has gone; start the scene again, with --wait-for-display if it shall wait for the display itself."
"""People read this when their display has gone."""
WAITING = "There is no display; waiting for it."
"""People read this when a window can't be opened yet."""

_EXIT_HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
_ERROR_HANDLER = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)
_KEPT: list[object] = []
"""Handlers that Xlib may still call must not be collected."""

Opened = TypeVar("Opened")


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Let nothing be written to the program's stderr: libraries that look for a display complain there themselves."""
    try:
        kept = os.dup(STDERR)
    except OSError:  # it was closed, so nobody reads it
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, STDERR)
        yield
    finally:
        os.dup2(kept, STDERR)
        os.close(nowhere)
        os.close(kept)


def open_when_there(open_window: Callable[[], Opened], *, waits: bool, say: Callable[[str], None]) -> Opened:
    """Open a window, as soon as there is a display if it waits.

    Args:
        say: it receives a message where there is no display yet.

    Raises:
        InputError: there is no display, and it doesn't wait.
    """
    has_said = False
    while True:
        try:
            return open_window()
        except InputError:
            if not waits:
                raise
            if not has_said:
                say(WAITING)
            has_said = True
            time.sleep(RETRY_SECONDS)


def watch_display(pygame: Any, gone: Callable[[], NoReturn]) -> bool:
    """Call a function when the X server that shows pygame's window has gone.

    Xlib ends the program then, without a chance to close anything. Nor can SDL go on: it waits for answers of the
    server. So the function must end the program, or replace it (`begin_again`).

    Returns:
        Whether the display can be watched. Others than X11 report such errors themselves.
    """
    try:
        if pygame.display.get_driver() != "x11":
            return False
        xlib = ctypes.CDLL("libX11.so.6")
        address = ctypes.pythonapi.PyCapsule_GetPointer
        address.restype, address.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
        display = address(pygame.display.get_wm_info()["display"], b"display")
        set_exit_handler, set_error_handler = xlib.XSetIOErrorExitHandler, xlib.XSetIOErrorHandler
    except (AttributeError, KeyError, OSError, ValueError):
        return False
    quiet = _ERROR_HANDLER(lambda _display: 0)
    leave = _EXIT_HANDLER(lambda _display, _data: gone())
    _KEPT.extend((quiet, leave))
    set_error_handler.restype = ctypes.c_void_p
    set_error_handler(quiet)
    set_exit_handler.restype, set_exit_handler.argtypes = None, [ctypes.c_void_p, _EXIT_HANDLER, ctypes.c_void_p]
    set_exit_handler(display, leave, None)
    return True


def begin_again() -> NoReturn:
    """Replace the program by one with the same command line.

    Raises:
        OSError: the system can't begin it.
    """
    _flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def leave_without_display(waits: bool, say: Callable[[str], None]) -> NoReturn:
    """End the program because its display has gone, or begin again where it waits for the display."""
    try:
        if waits:
            with suppress(OSError):
                begin_again()
        say(GONE)
        _flush()
    finally:
        os._exit(EXIT_CODE)


def _flush() -> None:
    """Write what is still to be written, where somebody reads it."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
