"""What a video file holds, before anything is decoded in full."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from alive_cli.errors import InputError
from alive_cli.media.ffmpeg import base_command, main_complaint

REORDERED = 3
"""Pictures that may be shown after the last packet's time, because packets stand in decoding order."""

_DURATION = re.compile(r"^  Duration: (\d+):(\d+):(\d+(?:\.\d+)?)", re.MULTILINE)
_RATE = re.compile(r"^  Stream #0:.*Video: .*?, ([\d.]+)(k?) fps", re.MULTILINE)
_TICKS = re.compile(r"^  Stream #0:.*Video: .*?, ([\d.]+)(k?) tbr", re.MULTILINE)
_FRAME = re.compile(r"showinfo.*\bsar:(\d+)/(\d+) s:(\d+)x(\d+)")
_STREAM = re.compile(r"^\s*Stream #0:", re.MULTILINE)
_LAST_TIME = re.compile(r"time=(\d+):(\d+):(\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class VideoInfo:
    """A clip as a player would show it: rotation applied, square pixels."""

    path: Path
    width: int
    """Display width in square pixels."""
    height: int
    fps: float
    """Average frames per second."""
    duration: float
    """Seconds of moving pictures."""


def probe(path: Path) -> VideoInfo:
    """Read the display size, rate and duration of the first real video stream.

    The size comes from the first decoded frame, after ffmpeg has applied the rotation, with the
    sample aspect ratio stretched to square pixels.

    Raises:
        InputError: no such file, a folder, empty, or nothing ffmpeg can decode a picture from.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path} is a folder; give one video file.")
    if not path.exists():
        raise InputError(f"There is no file {path}; check the path.")
    try:
        if path.stat().st_size == 0:
            raise InputError(f"{path.name} is empty (0 bytes); copy or download it again.")
        with path.open("rb"):
            pass
    except PermissionError:
        raise InputError(f"{path} can't be read: permission denied.") from None

    # Capital V leaves out cover pictures of audio files.
    source = ["-i", f"file:{path}", "-map", "0:V:0", "-an", "-sn", "-dn"]
    command = [*base_command("info"), *source, "-frames:v", "1", "-vf", "showinfo", "-f", "null", "-"]
    result = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    text = result.stderr
    frame = _FRAME.search(text)
    if frame is None:
        if "matches no streams" in text:
            raise InputError(f"{path.name} has no video stream; give a file with moving pictures.")
        complaint = main_complaint("\n".join(line for line in text.splitlines() if _is_complaint(line)))
        raise InputError(
            f"{path.name} can't be read as a video ({complaint}); it may be damaged, cut short or not a video."
        )
    numerator, denominator, width, height = (int(group) for group in frame.groups())
    if numerator and denominator:
        width = max(1, round(width * numerator / denominator))
    fps, duration = _rate(text), _seconds(_DURATION.search(text))
    # The header tells the duration of the longest stream, which may be the sound.
    if len(_STREAM.findall(text.split("Stream mapping:")[0])) > 1:
        counted = _count_duration([*source, "-c", "copy"])
        duration = min(duration, counted + REORDERED / fps) if counted else duration
    return VideoInfo(
        path=path,
        width=width,
        height=height,
        fps=fps,
        duration=duration or _count_duration(source),
    )


def _is_complaint(line: str) -> bool:
    return bool(re.search(r"invalid|not found|error|could not|unknown|missing", line, re.IGNORECASE))


def _rate(text: str) -> float:
    match = _RATE.search(text) or _TICKS.search(text)
    return float(match[1]) * (1000 if match[2] else 1) if match else 25.0


def _seconds(match: re.Match[str] | None) -> float:
    return int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3]) if match else 0.0


def _count_duration(source: list[str]) -> float:
    """Seconds until the end of the last picture of `source`, by going through it once and keeping nothing."""
    command = [*base_command("info"), "-stats", *source, "-f", "null", "-"]
    result = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    matches = list(_LAST_TIME.finditer(result.stderr))
    return _seconds(matches[-1]) if matches else 0.0
