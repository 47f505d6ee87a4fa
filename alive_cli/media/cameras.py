"""How ffmpeg opens a camera of this machine. Systems differ here, and nowhere else."""

import sys
from pathlib import Path

from alive_cli.errors import InputError
from alive_cli.media.devices import Report, report_of, windows_names

CAMERA = "camera"
"""A lead of this name, or `camera:2`, is a camera and no file."""
SIZE = "640x480"
"""Cameras are read at this size, which all of them have."""
RATE = 30
"""Cameras are read at so many pictures a second, which most of them reach."""
MOST_CAMERAS = 64
"""A machine has no cameras with numbers above this."""


def camera_number(text: str) -> int | None:
    """The number of the camera that `camera` or `camera:2` names, from 1; None where the text names no camera.

    Raises:
        InputError: what follows `camera:` is no number of a camera.
    """
    name, colon, number = text.partition(":")
    if name != CAMERA:
        return None
    if not colon:
        return 1
    if not (number.isascii() and number.isdecimal() and len(number) < 3 and 1 <= int(number) <= MOST_CAMERAS):
        raise InputError(f"{text} names no camera; write camera for the first, or camera:2 for the second.")
    return int(number)


def camera_input(number: int, platform: str = sys.platform, report: Report = report_of) -> list[str]:
    """The options with which ffmpeg opens a camera, -i included.

    Args:
        number: 1 is the first camera.
        platform: as `sys.platform`.

    Raises:
        InputError: there is no such camera, or no way to read one on this system.
    """
    if platform == "linux":
        return _v4l2(number)
    if platform == "darwin":
        return [*_live("avfoundation"), f"{number - 1}:none"]
    if platform == "win32":
        return _dshow(number, report)
    raise InputError("Cameras can't be read on this system; lead with a video file.")


def _v4l2(number: int) -> list[str]:
    device = Path(f"/dev/video{number - 1}")
    if not device.exists():
        raise InputError(f"There is no camera {number} ({device} is missing); plug one in, or lead with a video file.")
    return [*_live("v4l2"), str(device)]


def _dshow(number: int, report: Report) -> list[str]:
    names = windows_names("video", report)
    if number > len(names):
        raise InputError(f"There is no camera {number} among {len(names)}; plug one in, or lead with a video file.")
    return [*_live("dshow"), f"video={names[number - 1]}"]


def _live(driver: str) -> list[str]:
    """Options for a driver of cameras, up to its device: nothing is kept back."""
    return ["-fflags", "nobuffer", "-f", driver, "-framerate", str(RATE), "-video_size", SIZE, "-i"]
