"""Whether the machine runs on its battery, as Linux, macOS and Windows say it."""

import ctypes
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

SUPPLIES = Path("/sys/class/power_supply")
"""Linux has a folder for each battery and each mains supply here."""
READ_SECONDS = 30.0
"""The system is asked at most once in so many seconds, because people change the supply rarely."""
PATIENCE = 5.0
"""A program that says how macOS is supplied has so many seconds for that."""
LONGEST_WORD = 64
"""So many characters of a file of the system are read, because what it says is one word."""


class Power:
    """Knows whether the machine runs on its battery. Nobody waits for the system, which may take a while to say it."""

    def __init__(
        self, read: Callable[[], bool] | None = None, *, clock: Callable[[], float] = time.monotonic, wait: bool = False
    ) -> None:
        """Know nothing yet, which counts as mains.

        Args:
            read: whether the machine runs on its battery; by default as this system says it.
            clock: the time in seconds.
            wait: whether the caller waits for the system after all.
        """
        self._read, self._clock, self._wait = read or on_battery, clock, wait
        self._is_on_battery = False
        self._read_at: float | None = None

    @property
    def is_on_battery(self) -> bool:
        """Whether the machine ran on its battery when the system was asked for the last time."""
        now = self._clock()
        if self._read_at is None or now - self._read_at >= READ_SECONDS:
            self._read_at = now
            if self._wait:
                self._refresh()
            else:
                threading.Thread(target=self._refresh, name="power", daemon=True).start()
        return self._is_on_battery

    def _refresh(self) -> None:
        self._is_on_battery = self._read()


def on_battery(platform: str = sys.platform) -> bool:
    """Whether this machine runs on its battery; False where there is none, or where the system doesn't say it."""
    try:
        if platform == "darwin":
            return macos_on_battery()
        if platform == "win32":
            return windows_on_battery()
        return linux_on_battery()
    except (OSError, subprocess.SubprocessError, AttributeError, ValueError):
        return False


def linux_on_battery(supplies: Path = SUPPLIES) -> bool:
    """Whether a Linux machine runs on its battery: no mains or USB supply is online, and a battery discharges.

    Batteries of mice and headphones, which have the scope `Device`, don't count.
    """
    if not supplies.is_dir():
        return False
    discharges = False
    for folder in sorted(supplies.iterdir()):
        kind = _word(folder / "type")
        if _word(folder / "scope") == "device":
            continue
        if kind == "battery":
            discharges = discharges or _word(folder / "status") == "discharging"
        elif _word(folder / "online") not in ("", "0"):
            return False
    return discharges


def _word(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(LONGEST_WORD).decode(errors="replace").strip().lower()
    except OSError:
        return ""


def macos_on_battery(run: Callable[..., "subprocess.CompletedProcess[str]"] = subprocess.run) -> bool:
    """Whether a Mac runs on its battery, as `pmset` says it.

    Raises:
        OSError, SubprocessError: the program is missing, or takes too long.
    """
    said = run(["/usr/bin/pmset", "-g", "batt"], capture_output=True, text=True, timeout=PATIENCE, check=False).stdout
    return re.search(r"drawing from 'Battery Power'", said) is not None


class _Status(ctypes.Structure):
    """`SYSTEM_POWER_STATUS` of the Windows API."""

    _fields_ = [
        ("line", ctypes.c_ubyte),
        ("flag", ctypes.c_ubyte),
        ("percent", ctypes.c_ubyte),
        ("saver", ctypes.c_ubyte),
        ("life", ctypes.c_uint32),
        ("full_life", ctypes.c_uint32),
    ]


def windows_on_battery(ask: Callable[..., int] | None = None) -> bool:
    """Whether a Windows machine runs on its battery.

    Args:
        ask: `GetSystemPowerStatus`, which fills in a `SYSTEM_POWER_STATUS` behind a pointer, and returns 0 if it can't.

    Raises:
        AttributeError: this is no Windows.
    """
    status = _Status()
    answer = (ask or ctypes.windll.kernel32.GetSystemPowerStatus)(ctypes.byref(status))  # type: ignore[attr-defined]
    return bool(answer) and status.line == 0
