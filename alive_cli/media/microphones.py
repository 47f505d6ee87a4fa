"""How ffmpeg opens a microphone, which each system does in its own way."""

import re
import sys

from alive_cli.errors import InputError
from alive_cli.media.devices import Report, report_of, windows_names
from alive_cli.media.ffmpeg import base_command

CHUNK_SECONDS = 0.01
"""The system hands over the sound in pieces of about so many seconds."""


def microphone(number: int | None, rate: int, *, platform: str = sys.platform, report: Report = report_of) -> list[str]:
    """The options with which ffmpeg opens a microphone.

    Args:
        number: a number in the system's list, from 1; None: the one that the system prefers.
        rate: samples a second.

    Raises:
        InputError: there is no microphone of that number.
    """
    if platform == "darwin":
        return ["-f", "avfoundation", "-i", f":{'default' if number is None else number - 1}"]
    if platform == "win32":
        pieces = ["-audio_buffer_size", str(round(1000 * CHUNK_SECONDS))]
        name = _pick(windows_names("audio", report), number)
        return ["-f", "dshow", *pieces, "-i", f"audio={name}"]
    if "pulse" not in (known := report([*base_command(), "-devices"])) and "alsa" in known:
        return ["-f", "alsa", "-i", "default" if number is None else f"hw:{number - 1}"]
    source = "default" if number is None else _pick(_pulse_names(report), number)
    pieces = ["-fragment_size", str(round(2 * rate * CHUNK_SECONDS))]
    return ["-f", "pulse", "-sample_rate", str(rate), "-channels", "1", *pieces, "-i", source]


def _pick(names: list[str], number: int | None) -> str:
    if not names:
        raise InputError("This system lists no microphone; plug one in, or give a sound file.")
    number = number or 1
    if not 1 <= number <= len(names):
        raise InputError(f"There is no mic:{number}; this system lists {len(names)}.")
    return names[number - 1]


def _pulse_names(report: Report) -> list[str]:
    """The sources of PulseAudio or PipeWire, without those that hear what the machine plays."""
    names = re.findall(r"^[* ] (\S+) \[", report([*base_command(), "-sources", "pulse"]), re.MULTILINE)
    return [name for name in names if not name.endswith(".monitor")]
