"""What ffmpeg says about the cameras and microphones of this machine."""

import re
import subprocess
from collections.abc import Callable

from alive_cli.media.ffmpeg import base_command

LISTING_SECONDS = 10.0
"""A system that hasn't listed its devices after so many seconds never will."""

Report = Callable[[list[str]], str]
"""Runs a command, and returns everything that it prints."""


def report_of(command: list[str]) -> str:
    """Everything that a command prints; nothing if it takes too long."""
    try:
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", timeout=LISTING_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout + done.stderr


def windows_names(kind: str, report: Report) -> list[str]:
    """The names of the devices that Windows knows of a kind, `video` or `audio`."""
    listed = report([*base_command("info"), "-list_devices", "true", "-f", "dshow", "-i", "dummy"])
    return re.findall(rf'"([^"\n]+)" \({kind}\)', listed)
