"""How ffmpeg opens a camera of this machine. Systems differ here, and nowhere else."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from alive_cli.errors import InputError
from alive_cli.media.ffmpeg import base_command

CAMERA = "camera"
"""A lead of this name, or `camera:1`, is a camera and no file."""
SIZE = "640x480"
"""Cameras are read at this size, which all of them have."""
RATE = 30
"""Cameras are read at so many pictures a second, which most of them reach."""
MOST_CAMERAS = 64
"""A machine has no cameras with numbers from this on."""
_DSHOW_VIDEO = re.compile(r'"([^"]+)" \(video\)')
_LISTING_SECONDS = 10.0


def camera_number(text: str) -> int | None:
    """The number of the camera that `camera` or `camera:1` names; None where the text names no camera.

    Raises:
        InputError: what follows `camera:` is no number of a camera.
    """
    name, colon, number = text.partition(":")
    if name != CAMERA:
        return None
    if not colon:
        return 0
    if not (number.isascii() and number.isdecimal() and len(number) < 3 and int(number) < MOST_CAMERAS):
        raise InputError(f"{text} names no camera; write camera for the first, or camera:1 for the second.")
    return int(number)


def camera_input(number: int, platform: str = sys.platform) -> list[str]:
    """The options with which ffmpeg opens a camera, -i included.

    Args:
        number: 0 is the first camera.
        platform: as `sys.platform`.

    Raises:
        InputError: there is no such camera, or no way to read one on this system.
    """
    ways: dict[str, Callable[[int], list[str]]] = {"linux": _v4l2, "darwin": _avfoundation, "win32": _dshow}
    way = ways.get(platform)
    if way is None:
        raise InputError("Cameras can't be read on this system; lead with a video file.")
    return way(number)


def _v4l2(number: int) -> list[str]:
    device = Path(f"/dev/video{number}")
    if not device.exists():
        raise InputError(f"There is no camera {number} ({device} is missing); plug one in, or lead with a video file.")
    return [*_live("v4l2"), str(device)]


def _avfoundation(number: int) -> list[str]:
    return [*_live("avfoundation"), f"{number}:none"]


def _dshow(number: int) -> list[str]:
    names = _dshow_names()
    if number >= len(names):
        raise InputError(f"There is no camera {number} among {len(names)}; plug one in, or lead with a video file.")
    return [*_live("dshow"), f"video={names[number]}"]


def _live(driver: str) -> list[str]:
    """Options for a driver of cameras, up to its device: nothing is kept back."""
    return ["-fflags", "nobuffer", "-f", driver, "-framerate", str(RATE), "-video_size", SIZE, "-i"]


def _dshow_names() -> list[str]:
    """The names of the cameras that Windows knows."""
    command = [*base_command("info"), "-list_devices", "true", "-f", "dshow", "-i", "dummy"]
    try:
        report = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", check=False, timeout=_LISTING_SECONDS
        ).stderr
    except subprocess.TimeoutExpired:
        return []
    return _DSHOW_VIDEO.findall(report)
