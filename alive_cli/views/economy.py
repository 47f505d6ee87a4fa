"""What a live view may cost, as people choose it: a budget of processor time, and when it stands still."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from alive_cli.errors import InputError
from alive_cli.runtime.quiet_hours import QuietHours, read_quiet
from alive_cli.threads import usable_cores

LEAST_PERCENT = 1
"""A budget has at least so many percent of a core, because living alone takes about as much."""
PAGE_CORES = 16
"""A page that goes elsewhere can have so many cores at most, because no more workers draw it."""


@dataclass(frozen=True)
class Economy:
    """What a live view may cost. By default, as much as its pictures take, at all times."""

    cores: float = math.inf
    """Processor seconds that it may use in a second."""
    battery: str = "as-is"
    """What it does while the machine runs on its battery: `as-is`: nothing; `calm`: less; `pause`: it stands still."""
    quiet: QuietHours | None = None
    """When it stands still."""
    pauses_unfocused: bool = False
    """Whether it stands still while its window or terminal hasn't the focus."""

    @property
    def is_chosen(self) -> bool:
        """Whether people chose anything but what happens on battery."""
        return self.cores < math.inf or self.quiet is not None or self.pauses_unfocused

    @property
    def attributes(self) -> dict[str, object]:
        """What an element of a page needs to know of it, by attribute."""
        cpu = None if self.cores == math.inf else f"{100 * self.cores:g}"
        return {"cpu": cpu, "battery": "calm" if self.battery == "calm" else None}


def read_economy(
    cpu: str | None = None,
    battery: str = "as-is",
    quiet: Sequence[str] | None = None,
    *,
    pause_unfocused: bool = False,
) -> Economy:
    """What `--cpu`, `--battery`, `--quiet` and `--pause-unfocused` say.

    Raises:
        InputError: the budget is no share, or too small or large, or the hours are none, or never end.
    """
    cores = math.inf if cpu is None else read_cpu(cpu)
    return Economy(cores, battery, read_quiet(quiet or ()), pause_unfocused)


def page_limits(cpu: str | None, fps: float | None) -> dict[str, float]:
    """What an element of a page that goes elsewhere needs to know of `--cpu` and `--fps`, by attribute.

    Raises:
        InputError: the budget is no share, or too small or large.
    """
    limits = {} if cpu is None else {"cpu": 100 * read_cpu(cpu, PAGE_CORES)}
    return limits if fps is None else limits | {"fps": fps}


def read_cpu(text: str, cores: int | None = None) -> float:
    """A budget such as `25%` or `25`, in cores: 0.25.

    Args:
        cores: how many the machine has; by default those of this one.

    Raises:
        InputError: it is none, below 1 %, or more than the machine has.
    """
    match = re.fullmatch(r"([-+]?\d{1,9}(?:\.\d{1,9})?) ?%?", text.strip(), re.ASCII)
    if match is None:
        raise InputError(f"{text!r} is no share of a core; write it as 25%, where 100% is one whole core.")
    percent, most = float(match[1]), 100 * (cores or usable_cores())
    if not LEAST_PERCENT <= percent <= most:
        where = "" if cores else " here"
        raise InputError(
            f"A scene can't live on {text.strip()} of a core{where}; give --cpu {LEAST_PERCENT}% to {most}%, where "
            "100% is one whole core."
        )
    return percent / 100


def check_place(
    economy: Economy, place: str, *, fullscreen: bool = False, fill: bool = False, waits: bool = False
) -> None:
    """Check that an economy, and a full screen, can be had where a scene plays.

    Args:
        place: the name of a view, or `file`.
        fullscreen, fill: whether the window fills the screen, and whether the picture does.
        waits: whether it waits for a display.

    Raises:
        InputError: they can't.
    """
    if waits and place != "window":
        raise InputError("Only a window waits for a display; add --view window, or leave out --wait-for-display.")
    if fullscreen and place == "file":
        raise InputError("A file has no screen to fill; leave out --fullscreen or --out.")
    if fullscreen and place != "window":
        raise InputError("Only a window fills the screen; leave out --fullscreen, or choose --view window.")
    if fill and not fullscreen:
        raise InputError("Only a full screen can be filled; add --fullscreen, or leave out --fill.")
    if (economy.is_chosen or economy.battery == "pause") and place == "file":
        raise InputError(
            "A file is written as fast as possible; leave out --cpu, --quiet, --pause-unfocused and --battery pause."
        )
    if place == "browser" and (economy.quiet is not None or economy.pauses_unfocused or economy.battery == "pause"):
        raise InputError(
            "A page rests while it is hidden; leave out --quiet, --pause-unfocused and --battery pause, or choose "
            "another view."
        )
    if economy.pauses_unfocused and place == "none":
        raise InputError("What isn't shown has no focus to lose; leave out --pause-unfocused.")
    if economy.battery == "pause" and place == "none" and not economy.is_chosen:
        raise InputError(
            "What isn't shown plays as fast as possible; leave out --battery pause, or give --cpu as well."
        )
