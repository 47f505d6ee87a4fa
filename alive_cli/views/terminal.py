"""The terminal view: it shows a scene in the terminal, at the scene's own frame rate."""

import errno
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import TextIO

import numpy as np

from alive_cli.runtime.events import FocusEvent, InputEvent, PointerEvent, key_events, picture_coordinates
from alive_cli.views import blocks, mouse
from alive_cli.views.detect import PictureFormat, terminal_cells
from alive_cli.views.keyboard import escape_sequences, has_keyboard, keyboard
from alive_cli.views.loop import Playback, play
from alive_cli.views.performance import Performance

Prepared = tuple[str, os.terminal_size]
"""A prepared picture is text, and the number of cells that it was drawn for."""

HELP_HINT = "   ? help"
"""The status ends with this, however narrow the terminal is: nothing else says that there are keys."""


def shortened(status: str, width: int) -> str:
    """The beginning of a status: its whole items, with three spaces between them, that fit into `width` characters."""
    if len(status) <= width:
        return status
    end = status.rfind("   ", 0, max(0, width) + 3)
    return status[: end if end > 0 else max(0, width)]


def play_in_terminal(
    performance: Performance, picture_format: PictureFormat, *, frames: int | None = None, output: TextIO | None = None
) -> Playback:
    """Show a performance in the terminal, as `play` does, and restore the terminal afterwards.

    Where the terminal goes away, the performance ends as by the key q.
    """
    return play(performance, TerminalSurface(performance, picture_format, output or sys.stdout), frames=frames)


class Output:
    """What is written to a terminal, until that goes away."""

    def __init__(self, output: TextIO, gone: Callable[[], None]) -> None:
        """Write to a terminal, and call `gone` if it has gone; then nothing is written to it any more."""
        self._output, self._gone = output, gone

    def write(self, text: str) -> None:
        """As that of a file."""
        self._attempt(lambda: self._output.write(text))

    def flush(self) -> None:
        """As that of a file."""
        self._attempt(self._output.flush)

    def _attempt(self, action: Callable[[], object]) -> None:
        try:
            action()
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            self._silence()
            self._gone()

    def _silence(self) -> None:
        """Let stdout and stderr lead nowhere where they are that terminal: what is left to say has no reader."""
        terminal = os.fstat(self._output.fileno())
        for number in {self._output.fileno(), 1, 2}:
            if os.path.samestat(os.fstat(number), terminal):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, number)
                os.close(nowhere)


class TerminalSurface:
    """The surface of the terminal view: the alternate screen. It writes only what has changed."""

    def __init__(self, performance: Performance, picture_format: PictureFormat, output: TextIO) -> None:
        self._performance, self._format = performance, picture_format
        self._output = Output(output, performance.leave)
        self._aspect = performance.scene.size[0] / performance.scene.size[1]
        self._stack = ExitStack()
        self._drawing_for = terminal_cells()
        self._cells: os.terminal_size | None = None
        """The number of cells that the picture on the screen was drawn for."""
        self._help_is_shown = False
        self._lines = self._picture = ""
        self._size = (1, 1)
        """Width and height in pixels of the picture on the screen."""
        self._mouse = False
        """Whether the terminal reports the mouse."""

    def __enter__(self) -> "TerminalSurface":
        self._stack.enter_context(escape_sequences())
        self._keys = self._stack.enter_context(keyboard())
        self._focus = self._performance.rest.pauses_unfocused and has_keyboard()
        """Whether the terminal reports its focus."""
        self._output.write(blocks.ENTER + self._watch_mouse() + (mouse.WATCH_FOCUS if self._focus else ""))
        return self

    def __exit__(self, *_: object) -> None:
        stop = (mouse.STOP if self._mouse else "") + (mouse.IGNORE_FOCUS if self._focus else "")
        with self._stack:
            self._output.write((self._format.clear if self._picture else "") + stop + blocks.LEAVE)
            self._output.flush()

    def size(self) -> tuple[int, int]:
        """As `Surface.size`."""
        self._drawing_for = terminal_cells()
        return self._format.size(self._drawing_for, self._aspect)

    def prepare(self, picture: np.ndarray, size: tuple[int, int]) -> Prepared:
        """As `Surface.prepare`."""
        self._size, cells = size, self._drawing_for  # the view's thread may change it meanwhile
        return self._format.encode(picture, size, cells), cells

    def show(self, prepared: Prepared, rate: float) -> None:
        """As `Surface.show`."""
        picture, cells = prepared
        help_is_shown = self._performance.help
        fresh = cells != self._cells or self._help_is_shown != help_is_shown
        self._cells, self._help_is_shown, self._picture = cells, help_is_shown, picture
        self._output.write(self._watch_mouse())
        start = blocks.BEGIN_UPDATE + (self._format.clear if fresh else "") + blocks.HOME
        self._output.write(start + picture + self._status(cells, rate) + blocks.END_UPDATE)
        self._output.flush()

    def refresh(self, rate: float) -> None:
        """As `Surface.refresh`. It writes the status, or everything if the help or the size has changed."""
        cells = terminal_cells()
        lines = self._status(cells, rate)
        if self._help_is_shown != self._performance.help or cells != self._cells:
            self._lines = lines
            self.show((self._picture, cells), rate)
        elif lines != self._lines:
            self._lines = lines
            self._output.write(lines)
            self._output.flush()

    def events(self) -> list[InputEvent]:
        """As `Surface.events`."""
        events: list[InputEvent] = []
        for key in self._keys():
            if key in mouse.FOCUS:
                events.append(FocusEvent(mouse.FOCUS[key]))
                continue
            report = mouse.read_mouse(key)
            events += [self._pointer(report)] if report else key_events(key)
        return events

    def _watch_mouse(self) -> str:
        """What makes the terminal report the mouse while somebody may use it: nothing if it does as it should."""
        performance = self._performance
        drivers = [performance.rollout.driver(name) for name in ("touch", "look")]
        wants = performance.scene.steering is not None and has_keyboard() and any(each.enabled for each in drivers)
        if wants == self._mouse:
            return ""
        self._mouse = wants
        return mouse.START if wants else mouse.STOP

    def _pointer(self, report: mouse.MouseReport) -> InputEvent:
        left, top, columns, rows = self._format.place(self._size, self._cells or self._drawing_for)
        width, height = self._size
        across, down = (report.column + 0.5 - left) / columns, (report.row + 0.5 - top) / rows
        return PointerEvent(report.kind, *picture_coordinates(across * width, down * height, (width, height)))

    def wait(self, seconds: float) -> None:
        """As `Surface.wait`."""
        time.sleep(seconds)

    def _status(self, cells: os.terminal_size, rate: float) -> str:
        width = max(0, cells.columns - 1)
        words = shortened(f" {self._performance.status(rate)}", width - len(HELP_HINT))
        status = f"\x1b[{cells.lines};1H{f'{words}{HELP_HINT}'[:width]}{blocks.CLEAR_LINE}"
        if not self._performance.help:
            return status
        rows = enumerate(self._performance.help_lines, 2)
        lines = [f"\x1b[{row};2H {line} "[: width + 6] for row, line in rows if row < cells.lines]
        return "".join(lines) + status
