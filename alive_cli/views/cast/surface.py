"""What the frame loop shows a scene on while it is cast: a sender, which it opens again after an error."""

import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress

import numpy as np

from alive_cli.media.alpha import premultiplied
from alive_cli.runtime.events import InputEvent, key_events
from alive_cli.views.cast.frame_size import Fitting
from alive_cli.views.cast.sender import Sender
from alive_cli.views.keyboard import has_keyboard, keyboard
from alive_cli.views.performance import Performance

RETRY_SECONDS = 3.0
"""After an error the sender is opened again at most this often, which costs a machine nothing."""
POINTER_KEYS = ("drag", "t ", "f ")
"""The help of other views has these, which need a pointer."""


def is_attended() -> bool:
    """Whether somebody can press keys: a program in the background of a terminal would be stopped if it read them."""
    if not has_keyboard() or not hasattr(os, "tcgetpgrp"):
        return has_keyboard()
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except OSError:
        return False


class CastSurface:
    """Sends every picture. It survives errors of the driver, and writes a line for every key."""

    def __init__(
        self,
        performance: Performance,
        sender: Sender,
        reopen: Callable[[], Sender],
        fitting: Fitting,
        say: Callable[[str], None],
        *,
        background: tuple[int, int, int] | None = None,
        multiply: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Send with an open sender.

        Args:
            reopen: opens another one after an error; it may raise any exception.
            say: it receives sentences for the person at the terminal.
            background: the colour of bars, 0…255; None: they are transparent, as pictures are.
            multiply: whether colours are multiplied by alpha.
        """
        self._performance, self._fitting, self._say, self._clock = performance, fitting, say, clock
        self._sender: Sender | None = sender
        self._reopen, self._lost, self._retry = reopen, False, 0.0
        self._multiply = multiply and background is None
        width, height = fitting.frame
        colour = (0, 0, 0, 0) if background is None else background
        self._empty = np.full((height, width, len(colour)), colour, np.uint8)
        self._shown: np.ndarray | None = None
        self._pressed = False
        self._message = self._reason = ""
        self._keys: Callable[[], list[str]] = list
        self._stack = ExitStack()

    def __enter__(self) -> "CastSurface":
        if is_attended():
            self._keys = self._stack.enter_context(keyboard())
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        self._close()

    def size(self) -> tuple[int, int]:
        """As `Surface.size`."""
        return self._fitting.drawn

    def prepare(self, picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """As `Surface.prepare`."""
        frame = self._empty.copy()
        self._fitting.put(picture, frame)
        return premultiplied(frame) if self._multiply else frame

    def show(self, prepared: np.ndarray, rate: float) -> None:
        """As `Surface.show`."""
        self._shown = prepared
        self._send()
        if not self._performance.stands_still:  # a picture that stays is shown again, drawn more finely
            self._tell_rest("")
        self._tell(rate)

    def refresh(self, rate: float) -> None:
        """As `Surface.refresh`. It sends the picture again, because programs drop a camera that is silent."""
        self._send()
        if not self._performance.paused:
            self._tell_rest(self._performance.rest.reason)
        self._tell(rate)

    def events(self) -> list[InputEvent]:
        """As `Surface.events`."""
        keys = self._keys() if is_attended() else []
        self._pressed = self._pressed or bool(keys)
        return [event for key in keys for event in key_events(key)]

    def wait(self, seconds: float) -> None:
        """As `Surface.wait`."""
        time.sleep(seconds)

    def _send(self) -> None:
        if self._shown is None or (self._sender is None and self._clock() < self._retry):
            return
        try:
            if self._sender is None:
                self._sender = self._reopen()
            self._sender.send(self._shown)
        except Exception as error:  # libraries raise what they like, and a cast goes on without anybody watching
            self._close()
            self._retry = self._clock() + RETRY_SECONDS
            if not self._lost:
                self._lost = True
                reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
                self._say(f"Nothing is sent at present ({reason}); it tries again every {RETRY_SECONDS:g} seconds.")
            return
        if self._lost:
            self._lost = False
            self._say("Pictures are sent again.")

    def _close(self) -> None:
        if self._sender is not None:
            with suppress(Exception):  # what has failed may fail once more
                self._sender.close()
            self._sender = None

    def _tell_rest(self, reason: str) -> None:
        """Say once why the scene stands still though nobody paused it, and once that it lives again."""
        if reason != self._reason:
            self._reason = reason
            self._say(f"The scene stands still ({reason})." if reason else "The scene lives again.")

    def _tell(self, rate: float) -> None:
        """Say what a key has done, and what else the scene has to say; each message once."""
        performance = self._performance
        if performance.help:
            performance.help = self._pressed = False
            for line in performance.help_lines:
                if not line.startswith(POINTER_KEYS):
                    self._say(line.rstrip())
        message = performance.message
        if message != self._message if message else self._pressed:
            self._say(performance.status(rate))
        self._pressed, self._message = False, message
