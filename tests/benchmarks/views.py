"""What each live view costs: frames shown each second and CPU share while it plays and while it is paused.

    python tests/benchmarks/views.py BUNDLE [--seconds 60] [--views blocks kitty sixel window]

Each view runs `alive play` as a user does: terminal views on a terminal of 160×50 cells of 10×20 pixels that
reads all that is written, the window on SDL's dummy display. Shares are of one CPU core; `first` is the time from the
command to the first picture. Prints a table and JSON. A browser draws by itself, so web.py measures that.
"""

import argparse
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path

TERMINAL_VIEWS = ("blocks", "kitty", "sixel")
PAUSED_SECONDS = 10


class Reader(threading.Thread):
    """Reads everything from a terminal or a stream, and notes when a picture came."""

    def __init__(self, read, mark: bytes) -> None:  # type: ignore[no-untyped-def]
        super().__init__(daemon=True)
        self._read, self._mark = read, mark
        self.first: float | None = None
        self.pictures = 0
        self.text = b""
        self.start()

    def run(self) -> None:
        while data := self._read():
            count = data.count(self._mark)
            if count and self.first is None:
                self.first = time.perf_counter()
            self.pictures += count
            self.text = (self.text + data)[-4096:]


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def share(pid: int, seconds: float) -> float:
    before, began = cpu_seconds(pid), time.perf_counter()
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / (time.perf_counter() - began)


def measure(bundle: Path, view: str, seconds: float) -> dict:
    alive = str(Path(sys.executable).with_name("alive"))
    command = [alive, "play", str(bundle), "--loop", "--view", view]
    environment = {**os.environ, "COLORTERM": "truecolor", "TERM": "xterm-256color", "SDL_VIDEODRIVER": "dummy"}
    began = time.perf_counter()
    if view in TERMINAL_VIEWS:
        pid, handle = pty.fork()
        if pid == 0:
            os.execve(command[0], command, environment)
        fcntl.ioctl(handle, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 1600, 1000))

        def read() -> bytes:
            select.select([handle], [], [])
            try:
                data = os.read(handle, 1 << 20)
            except OSError:
                return b""
            if b"\x1b[c" in data:  # answers of a terminal that can do all of it
                os.write(handle, b"\x1b[6;20;10t\x1b[?62;4c")
            return data

        reader = Reader(read, b"\x1b[?2026l")
        press = lambda key: os.write(handle, key.encode())  # noqa: E731
    else:
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        pid = process.pid
        assert process.stderr is not None
        reader = Reader(lambda: b"", b"x")
        press = None
    time.sleep(3)
    pictures = reader.pictures
    playing = share(pid, seconds)
    result = {"view": view, "fps": (reader.pictures - pictures) / seconds, "playing": playing}
    result["first"] = None if reader.first is None else reader.first - began
    if press is not None:
        press(" ")
        time.sleep(1)
        result["paused"] = share(pid, PAUSED_SECONDS)
    os.kill(pid, signal.SIGINT)
    if view in TERMINAL_VIEWS:
        os.waitpid(pid, 0)
    else:
        messages = process.communicate(timeout=10)[1].decode()
        if view == "window" and (shown := re.search(r"(\d+) frames shown", messages)):
            result["fps"] = int(shown[1]) / (time.perf_counter() - began)  # its start-up is counted in
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--views", nargs="+", default=[*TERMINAL_VIEWS, "window"])
    arguments = parser.parse_args()
    rows = [measure(arguments.bundle, view, arguments.seconds) for view in arguments.views]
    print("| view | frames/s | CPU, playing | CPU, paused | first picture |\n| --- | --- | --- | --- | --- |")
    for row in rows:
        paused = f"{row['paused']:.1%}" if "paused" in row else "–"
        first = f"{row['first']:.2f} s" if row["first"] else "–"
        print(f"| {row['view']} | {row['fps']:.1f} | {row['playing']:.0%} | {paused} | {first} |")
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
