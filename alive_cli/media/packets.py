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
"""How ffmpeg writes that there is no timestamp."""
_FLAGS = re.compile(r"F=0x([0-9A-Fa-f]+)")
_CUT = re.compile(r"partial file|ended prematurely", re.IGNORECASE)
_JITTER = 0.5
"""Pictures nearer to an even beat than this share of it are evenly timed; containers round timestamps."""


@dataclass(frozen=True)
class Packets:
    """The pictures of one stream in the order of showing, in seconds of the player's clock."""

    times: np.ndarray
    """float64 [N], ascending: when each picture appears."""
    keys: np.ndarray
    """bool [N]: where decoding can begin."""
    end: float
    """When the last picture goes."""
    last: float
    """When the last packet ends, that of sound and subtitles included."""
    torn: bool
    """True where the last picture is incomplete, or ffmpeg says that the rest is missing."""

    @property
    def even(self) -> bool:
        """Whether all pictures keep to one beat."""
        if len(self.times) < 3:
            return True
        beat = np.linspace(self.times[0], self.times[-1], len(self.times))
        return bool(np.abs(self.times - beat).max() < _JITTER * (beat[1] - beat[0]))

    @property
    def rate(self) -> float:
        """Pictures a second; where they are unevenly timed, at the pace that most of them keep. 0 for less than two."""
        steps = np.diff(self.times)
        steps = steps[steps > 0]
        if not len(steps):
            return 0.0
        return float(len(steps) / steps.sum() if self.even else 1 / np.median(steps))


def read_packets(path: Path, stream: str, *, others: bool) -> Packets:
    """Go through a file once and keep the timestamps of a video stream (`0:V:0`): 25 bytes for each picture.

    Args:
        others: heed the sound and the subtitles as well. Not for broadcast formats, in which ffmpeg sets the clock by
            the streams that are asked for.
    """
    command = [*base_command(), *reading(path), "-map", stream]
    if others:
        command += [*("-map", "0:a?", "-map", "0:s?", "-map", "0:d?"), "-ignore_unknown"]
    command += ["-c", "copy", "-f", "framecrc", "-"]
    ticks: dict[str, float] = {}
    times, decoding, steps, keys, heard = array("d"), array("d"), array("d"), bytearray(), 0.0
    guessed = broken = False
    # A file, not a pipe: nobody reads stderr while packets are read, and a full pipe would stall ffmpeg.
    with tempfile.TemporaryFile() as complaints:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("#tb "):
                    number, value = line[4:].split(":")
                    above, below = value.split("/")
                    ticks[number.strip()] = int(above) / int(below)
                elif line[:1].isdigit():
                    number, decoded, shown, step, rest = line.split(",", 4)
                    flags = _FLAGS.search(rest) if "F=" in rest else None
                    marks = int(flags[1], 16) if flags else _KEY
                    moment = int(shown)
                    if marks & _DISCARD:
                        continue
                    tick = ticks[number]
                    if number != "0" and moment != _UNKNOWN:
                        heard = max(heard, (moment + int(step)) * tick)
                    if number != "0":
                        continue
                    broken = bool(marks & _CORRUPT)
                    guessed |= moment == _UNKNOWN
                    times.append(moment * tick)
                    decoding.append(int(decoded) * tick)
                    steps.append(max(0, int(step)) * tick)
                    keys.append(marks & _KEY)
        complaints.seek(0)
        torn = broken or bool(_CUT.search(complaints.read(1 << 20).decode(errors="replace")))
    moments, lengths = np.frombuffer(times, np.float64), np.frombuffer(steps, np.float64)
    if guessed:
        # Raw streams, AVI and MPEG-2 leave timestamps out; the order of decoding has as many moments, at even steps.
        known = moments[moments > _UNKNOWN * max(ticks.values())]
        moments = np.frombuffer(decoding, np.float64)
        moments = moments - moments[0] + (known.min() if len(known) else 0.0)
    order = np.argsort(moments, kind="stable")
    moments, lengths = moments[order], lengths[order]
    end = 0.0
    if len(moments):
        typical = float(np.median(np.diff(moments))) if len(moments) > 1 else 0.0
        end = float(moments[-1] + (lengths[-1] or typical))
    return Packets(moments, np.frombuffer(bytes(keys), np.bool_)[order], end, max(end, heard), torn)
