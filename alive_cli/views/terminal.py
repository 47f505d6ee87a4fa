"""A scene living in the terminal, at its own frame rate."""

import math
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as finish
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from alive_cli.views import blocks
from alive_cli.views.detect import Surface, terminal_cells
from alive_cli.views.keyboard import keyboard
from alive_cli.views.pace import Pace
from alive_cli.views.performance import HELP, Performance

KEY_SECONDS = 0.05
PAUSED_SECONDS = 0.15
"""How often keys are looked for while nothing moves."""


@contextmanager
def leaving_on_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end a view as Ctrl-C does, so that the terminal is restored."""
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        names = []  # only the main thread may set handlers
    before = {name: signal.signal(getattr(signal, name), signal.default_int_handler) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


@dataclass
class Played:
    """What a live view did."""

    shown: int = 0
    dropped: int = 0


def play_in_terminal(
    show: Performance, surface: Surface, *, frames: int | None = None, output: TextIO | None = None
) -> Played:
    """Show a performance until `frames` have passed, someone leaves, or Ctrl-C; restore the terminal.

    A frame whose time is over before it could be drawn is lived through but not drawn, so the scene
    keeps its pace on a slow machine. A paused scene takes no work but looking for keys.
    """
    output = output or sys.stdout
    played = Played()
    aspect = show.scene.size[0] / show.scene.size[1]

    def compose(skipped: int, cells: os.terminal_size) -> str:
        """Live through `skipped` frames and draw the one after them."""
        for _ in range(skipped):
            next(show)
        size = surface.size(cells, aspect)
        return surface.encode(show.draw(next(show), size), size, cells)

    with keyboard() as keys, leaving_on_signals(), ThreadPoolExecutor(1) as pool:
        output.write(blocks.ENTER)
        screen = _Screen(surface, output)

        def listen() -> None:
            for key in keys():
                show.press(key)

        try:
            pace = Pace(show.fps)
            cells = terminal_cells()
            coming: Future[str] = pool.submit(compose, 0, cells)
            left = math.inf if frames is None else frames
            while not show.left and left > 0:
                picture, drawn_for = coming.result(), cells
                played.shown += 1
                skipped = int(min(pace.shown(), left - 1))
                played.dropped += skipped
                left -= 1 + skipped
                cells = terminal_cells()
                if left > 0:  # the next frame is drawn while this one is shown
                    coming = pool.submit(compose, skipped, cells)
                screen.show(picture, drawn_for, show, pace.rate)
                while (wait := pace.wait()) > 0 and not show.left:
                    time.sleep(min(wait, KEY_SECONDS))
                    listen()
                listen()
                if show.paused:
                    finish([coming])  # what is under way still changes what there is to tell
                    while show.paused and not show.left:
                        screen.tell(terminal_cells(), show, pace.rate)
                        time.sleep(PAUSED_SECONDS)
                        listen()
                    pace.resume()
        except KeyboardInterrupt:
            pass  # the way to leave that everyone knows
        finally:
            show.leave()
            output.write((surface.clear if played.shown else "") + blocks.LEAVE)
            output.flush()
    return played


class _Screen:
    """What stands on the screen, so that only what changed is written."""

    def __init__(self, surface: Surface, output: TextIO) -> None:
        self._surface, self._output = surface, output
        self._cells: os.terminal_size | None = None
        self._helped = False
        self._told = self._picture = ""

    def show(self, picture: str, cells: os.terminal_size, show: Performance, rate: float) -> None:
        """Write a picture drawn for these cells, and the status below it."""
        fresh = cells != self._cells or self._helped != show.help
        self._cells, self._helped, self._picture = cells, show.help, picture
        start = blocks.BEGIN_UPDATE + (self._surface.clear if fresh else "") + blocks.HOME
        self._output.write(start + picture + self._lines(cells, show, rate) + blocks.END_UPDATE)
        self._output.flush()

    def tell(self, cells: os.terminal_size, show: Performance, rate: float) -> None:
        """Write what changed: the status, or everything where the help comes or goes, or the size is another."""
        lines = self._lines(cells, show, rate)
        if self._helped != show.help or cells != self._cells:
            self._told = lines
            self.show(self._picture, cells, show, rate)
        elif lines != self._told:
            self._told = lines
            self._output.write(lines)
            self._output.flush()

    @staticmethod
    def _lines(cells: os.terminal_size, show: Performance, rate: float) -> str:
        width = max(0, cells.columns - 1)
        status = f"\x1b[{cells.lines};1H{f' {show.status(rate)}   ? help'[:width]}{blocks.CLEAR_LINE}"
        if not show.help:
            return status
        lines = [f"\x1b[{row};2H {line} "[: width + 6] for row, line in enumerate(HELP, 2) if row < cells.lines]
        return "".join(lines) + status
