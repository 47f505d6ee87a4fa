"""When each picture of a file is shown: the timestamps of its packets, without decoding any."""

import re
import subprocess
import tempfile
from array import array
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from alive_cli.media.ffmpeg import base_command, reading

_KEY, _CORRUPT, _DISCARD = 1, 2, 4
_UNKNOWN = -(2**63)
"""ffmpeg writes this number where there is no timestamp."""
_FLAGS = re.compile(r"F=0x([0-9A-Fa-f]+)")
_CUT = re.compile(r"partial file|ended prematurely", re.IGNORECASE)
_JITTER = 0.5
"""Pictures within this share of an even interval are evenly timed, because containers round timestamps."""


@dataclass(frozen=True)
class Packets:
    """The pictures of one stream in the order in which they are shown, in seconds of the player's clock."""

    times: np.ndarray
    """float64 [N], ascending: when each picture appears."""
    keys: np.ndarray
    """bool [N]: whether decoding can begin at each picture."""
    end: float
    """When the last picture disappears."""
    last: float
    """When the last packet ends, including those of sound and subtitles."""
    torn: bool
    """True where the last picture is incomplete, or ffmpeg says that the rest is missing."""

    @property
    def even(self) -> bool:
        """Whether all pictures are evenly timed."""
        if len(self.times) < 3:
            return True
        even = np.linspace(self.times[0], self.times[-1], len(self.times))
        return bool(np.abs(self.times - even).max() < _JITTER * (even[1] - even[0]))

    @property
    def rate(self) -> float:
        """Pictures a second; where they are unevenly timed, by the median interval. 0 for less than two pictures."""
        steps = np.diff(self.times)
        steps = steps[steps > 0]
        if not len(steps):
            return 0.0
        return float(len(steps) / steps.sum() if self.even else 1 / np.median(steps))


def read_packets(path: Path, stream: str, *, others: bool) -> Packets:
    """Read a file once and keep the timestamps of a video stream: 25 bytes for each picture.

    Args:
        stream: `0:V:0` for example, as ffmpeg's -map reads it.
        others: read the sound and the subtitles as well. Not for broadcast formats, in which ffmpeg sets its clock by
            the streams that it reads.
    """
    command = [*base_command(), *reading(path), "-map", stream]
    if others:
        command += [*("-map", "0:a?", "-map", "0:s?", "-map", "0:d?"), "-ignore_unknown"]
    command += ["-c", "copy", "-f", "framecrc", "-"]
    time_bases: dict[str, float] = {}
    times, decoding, steps, keys, others_end = array("d"), array("d"), array("d"), bytearray(), 0.0
    some_unknown = broken = False
    # A file and not a pipe: nobody reads stderr while packets are read, and a full pipe would stop ffmpeg.
    with tempfile.TemporaryFile() as complaints:
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=complaints, encoding="utf-8", errors="replace"
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("#tb "):
                    number, value = line[4:].split(":")
                    above, below = value.split("/")
                    time_bases[number.strip()] = int(above) / int(below)
                elif line[:1].isdigit():
                    number, decoded, shown, step, rest = line.split(",", 4)
                    flags = _FLAGS.search(rest) if "F=" in rest else None
                    marks = int(flags[1], 16) if flags else _KEY
                    timestamp = int(shown)
                    if marks & _DISCARD:
                        continue
                    time_base = time_bases[number]
                    if number != "0" and timestamp != _UNKNOWN:
                        others_end = max(others_end, (timestamp + int(step)) * time_base)
                    if number != "0":
                        continue
                    broken = bool(marks & _CORRUPT)
                    some_unknown |= timestamp == _UNKNOWN
                    times.append(timestamp * time_base)
                    decoding.append(int(decoded) * time_base)
                    steps.append(max(0, int(step)) * time_base)
                    keys.append(marks & _KEY)
        complaints.seek(0)
        torn = broken or bool(_CUT.search(complaints.read(1 << 20).decode(errors="replace")))
    shown_at, lengths = np.frombuffer(times, np.float64), np.frombuffer(steps, np.float64)
    if some_unknown:
        # Raw streams, AVI and MPEG-2 leave timestamps out; those of decoding are as many, and evenly spaced.
        known = shown_at[shown_at > _UNKNOWN * max(time_bases.values())]
        shown_at = np.frombuffer(decoding, np.float64)
        shown_at = shown_at - shown_at[0] + (known.min() if len(known) else 0.0)
    order = np.argsort(shown_at, kind="stable")
    shown_at, lengths = shown_at[order], lengths[order]
    end = 0.0
    if len(shown_at):
        typical = float(np.median(np.diff(shown_at))) if len(shown_at) > 1 else 0.0
        end = float(shown_at[-1] + (lengths[-1] or typical))
    return Packets(shown_at, np.frombuffer(bytes(keys), np.bool_)[order], end, max(end, others_end), torn)
