"""The tool as a process: started as people start it, in a terminal, under an X server or without either."""

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.conftest import REPOSITORY

ALIVE = (sys.executable, "-m", "alive_cli.cli")
"""The command line begins so."""
PICTURE = b"\x1b[?2026l"
"""A terminal view ends every picture with this."""
GRACE = 20.0
"""A process has so many seconds to end."""
CELLS = (40, 100)
"""Rows and columns of a terminal."""


def environment(**more: str) -> dict[str, str]:
    """The environment of the tool: this checkout, and one thread for each library."""
    return {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        **more,
    }


class Tool:
    """One run of the tool, whose output is kept, and which may have a terminal."""

    def __init__(
        self,
        arguments: Sequence[str],
        folder: Path,
        *,
        terminal: bool = False,
        variables: dict[str, str] | None = None,
        command: Sequence[str] = ALIVE,
    ) -> None:
        """Start it in a folder.

        Args:
            terminal: whether it has a terminal, whose other end is read here and counts pictures.
            variables: of its environment, beside the usual ones.
            command: what comes before the arguments.
        """
        self.pictures = 0
        self.output = b""
        """The last of what it wrote, on stderr and on stdout or in its terminal."""
        self._lock = threading.Lock()
        self.handle: int | None = None
        inner = None
        if terminal:
            self.handle, inner = pty.openpty()
            fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", *CELLS, CELLS[1] * 8, CELLS[0] * 16))
        self.process = subprocess.Popen(
            [*command, *arguments],
            cwd=folder,
            env=environment(**(variables or {})),
            stdin=inner if terminal else subprocess.DEVNULL,
            stdout=inner if terminal else subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=_take_terminal if terminal else None,
        )
        if inner is not None:
            os.close(inner)
        self.errors = b""
        """What it wrote on stderr."""
        streams = (
            [(self.process.stderr, True)] if terminal else [(self.process.stdout, False), (self.process.stderr, True)]
        )
        for stream, is_errors in streams:
            assert stream is not None
            threading.Thread(target=self._read, args=(stream.fileno(), is_errors), daemon=True).start()
        if self.handle is not None:
            threading.Thread(target=self._read, args=(self.handle, False), daemon=True).start()

    @property
    def pid(self) -> int:
        return self.process.pid

    def _read(self, handle: int, is_errors: bool) -> None:
        while True:
            try:
                select.select([handle], [], [])
                data = os.read(handle, 1 << 18)
            except (OSError, ValueError):
                return
            if not data:
                return
            if not is_errors and self.handle is not None and b"\x1b[c" in data:  # it asks what the terminal can do
                self.press("\x1b[?62c")
            with self._lock:
                self.pictures += data.count(PICTURE)
                self.output = (self.output + data)[-65536:]
                if is_errors:
                    self.errors = (self.errors + data)[-65536:]

    def press(self, keys: str) -> None:
        """Press keys in its terminal."""
        assert self.handle is not None
        with contextlib.suppress(OSError):
            os.write(self.handle, keys.encode())

    def hang_up(self) -> None:
        """Close its terminal, as the window of a terminal does."""
        assert self.handle is not None
        os.close(self.handle)
        self.handle = None

    @property
    def text(self) -> str:
        """What it wrote last, without colours."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.output.decode(errors="replace"))

    @property
    def complaints(self) -> str:
        """What it wrote on stderr, without colours."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.errors.decode(errors="replace")).strip()

    def says(self, pattern: str, seconds: float = 60.0) -> re.Match[str] | None:
        """Wait until its output matches."""
        match: list[re.Match[str]] = []

        def came() -> bool:
            match[:] = [matched] if (matched := re.search(pattern, self.text)) else []
            return bool(match)

        return match[0] if until(came, seconds) else None

    def ended(self, seconds: float = GRACE) -> int | None:
        """Its exit code, or None if it goes on."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def end(self) -> int | None:
        """End it as a service manager does. Returns its exit code, or None if it had to be killed."""
        if self.process.poll() is None:
            self.process.terminate()
        code = self.ended()
        if code is None:
            self.process.kill()
            self.process.wait()
        if self.handle is not None:
            self.hang_up()
        return code


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Display:
    """An X server without a screen, which can go away and come back under the same number."""

    def __init__(self, size: str = "400x300x24") -> None:
        self._size = size
        reading, writing = os.pipe()
        self.process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), *self._options],
            pass_fds=[writing],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with os.fdopen(reading) as lines:
            self.name = f":{lines.readline().strip()}"

    @property
    def _options(self) -> list[str]:
        return ["-screen", "0", self._size, "-nolisten", "tcp"]

    def go(self) -> None:
        """Kill the server."""
        self.process.kill()
        self.process.wait()

    def come_back(self) -> None:
        """Start the server again."""
        self.process = subprocess.Popen(
            ["Xvfb", self.name, *self._options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def titles(self) -> list[str]:
        """Titles of its windows."""
        command = ["xwininfo", "-root", "-tree"]
        shown = subprocess.run(
            command, env={**os.environ, "DISPLAY": self.name}, capture_output=True, text=True, check=False, timeout=30
        ).stdout
        return re.findall(r'"(.*)": \(', shown)

    def rate(self) -> float | None:
        """Frames a second that the first window says in its title."""
        rates = [float(rate[1]) for title in self.titles() if (rate := re.search(r"([\d.]+) fps", title))]
        return rates[0] if rates else None


@contextlib.contextmanager
def display() -> Iterator[Display]:
    """An X server that ends afterwards."""
    server = Display()
    try:
        yield server
    finally:
        server.go()


def until(happened: Callable[[], object], seconds: float = 60.0) -> bool:
    """Wait until something has happened. Returns whether it has."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if happened():
            return True
        time.sleep(0.2)
    return bool(happened())
