"""Interlaced video: frames that consist of two fields, filmed one after the other."""

import re
import subprocess
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from alive_cli.media.ffmpeg import base_command, reading

_SAYS_FIELDS = re.compile(r"[(,] ?(?:top|bottom) (?:coded )?first")
_FIRST_FRAME = re.compile(r"showinfo.*\bi:([TBP])\b")
_RASTERS = (480, 486, 576, 1080)
"""Heights in which interlaced video is made."""
_SILENT = ("ffv1", "huffyuv", "ffvhuff", "utvideo", "lagarith", "rawvideo", "v210", "mjpeg", "mpeg4", "dvvideo")
"""Codecs of capture devices and old tools, whose files often don't say that they are interlaced."""
_LOOKED_AT = 120
"""So many frames are searched for combs."""
_CLEARLY = 3
"""One field order must appear in so many times as many frames as everything else."""
_IDET = re.compile(r"Multi frame detection: TFF:\s*(\d+) BFF:\s*(\d+) Progressive:\s*(\d+)")


class Fields(StrEnum):
    """How the frames of a stream are interlaced."""

    none = "none"
    marked = "marked"
    """Each frame states whether it is interlaced, and which field is first."""
    top = "top"
    """All frames are interlaced, the upper field first."""
    bottom = "bottom"
    """All frames are interlaced, the lower field first."""


def fields_of(path: Path, stream: str, codec: str, header: str, shown: str, height: int) -> Fields:
    """Whether and how a stream is interlaced.

    The stream's header and its first frame say so. The frames of formats that often don't say it are searched for
    combs.
    """
    frame = _FIRST_FRAME.search(shown)
    if frame and frame[1] in "TB":
        return Fields.marked
    line = header.split("\n", 1)[0]
    if says := _SAYS_FIELDS.search(line):
        # The container can be right where frames are not; in these codecs, which mix both kinds, each frame is marked.
        return Fields.marked if codec in ("h264", "mpeg2video", "vc1") else _order("top" in says[0])
    if "progressive" in line or codec not in _SILENT or height not in _RASTERS:
        return Fields.none
    command = [*base_command("info"), *reading(path), "-map", stream, "-frames:v", str(_LOOKED_AT), "-vf", "idet"]
    report = subprocess.run(
        [*command, "-f", "null", "-"], capture_output=True, encoding="utf-8", errors="replace", check=False
    )
    counts = _IDET.findall(report.stderr)
    if not counts:
        return Fields.none
    top, bottom, whole = (int(count) for count in counts[-1])
    if max(top, bottom) > _CLEARLY * (whole + min(top, bottom)):
        return _order(top > bottom)
    return Fields.none


def deinterlacing(fields: Fields) -> Sequence[str]:
    """Filters that make one whole frame of each pair of fields, at the time of the first."""
    if fields is Fields.none:
        return ()
    if fields is Fields.marked:
        return ("bwdif=mode=send_frame:deint=interlaced",)
    return (f"bwdif=mode=send_frame:deint=all:parity={'tff' if fields is Fields.top else 'bff'}",)


def _order(top: bool) -> Fields:
    return Fields.top if top else Fields.bottom
