"""The properties of a clip, read before anything is decoded in full."""

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from alive_cli.errors import InputError
from alive_cli.media.colour import Colours, colours_of, refuse_unshowable
from alive_cli.media.ffmpeg import base_command, main_complaint, reading
from alive_cli.media.interlace import Fields, fields_of
from alive_cli.media.packets import Packets, read_packets
from alive_cli.media.pictures import common_size
from alive_cli.media.sources import PICTURES, Kind, kind_of, missing_numbers, pictures_of

SEQUENCE_FPS = 25.0
"""A sequence of pictures plays at so many a second unless the user says otherwise: what ffmpeg and most editors
assume."""
MAX_SEQUENCE_FPS = 1000.0
"""A bundle that states more pictures a second than this is wrong, and its figure is ignored."""

_DURATION = re.compile(r"^  Duration: (\d+):(\d+):(\d+(?:\.\d+)?)", re.MULTILINE)
_FORMAT = re.compile(r"^Input #0, (.+?), from ", re.MULTILINE)
_FRAME = re.compile(r"showinfo.*\bsar:(\d+)/(\d+) s:(\d+)x(\d+)")
_STREAM = re.compile(r"^\s+Stream #0:(\d+)(?:\[0x[0-9a-f]+\])?(?:\(\w*\))?: ", re.MULTILINE)
_VIDEO = re.compile(r"Video: (\w+)")
_RATE = re.compile(r", ([\d.]+)(k?) (?:fps|tbr)\b")
_NO_MOVIE = ("(attached pic)", "(timed thumbnails)", "(still image)")
_TRANSPARENT = re.compile(r"^\s+alpha_mode\s*: 1\s*$", re.MULTILINE)
_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Decoders that keep transparency; ffmpeg's own drop it, and then show colours that should be hidden."""
_ONE_THREAD = ("theora",)
"""Codecs whose decoder in ffmpeg sometimes delivers black frames when it uses several threads."""
_LISTS = (b"#EXTM3U", b"ffconcat", b"v=0", b"[playlist]", b"[Reference]")
_STATES_LENGTH = ("mov", "matroska", "avi", "flv")
"""Formats whose header states the whole length, even if the rest of the file is missing."""
_SHORTFALL = (0.5, 0.01)
"""Seconds, and share of the length, by which a complete file may end before the length that it states."""
_LONG = 600
"""Reading the sound as well takes noticeably long for files of more than so many seconds."""
_INDEXED = ("mov", "matroska", "avi")
"""Formats in which ffmpeg can seek without reading what lies before."""


@dataclass(frozen=True)
class VideoInfo:
    """A clip as a player would show it: rotation applied, square pixels."""

    path: Path
    width: int
    """Display width in square pixels."""
    height: int
    fps: float
    """Frames a second; where they are unevenly timed, by the median interval."""
    duration: float
    """Seconds until the last picture disappears."""
    first: float = 0.0
    """Second at which the first picture appears."""
    stated_duration: float | None = None
    """The length in seconds that the file states, if the file is truncated; None if it is complete."""
    pictures: Sequence[Path] = ()
    """The still pictures that the clip consists of; empty for a video file."""
    stream: str = "0:V:0"
    """Which of the file's streams is shown, for ffmpeg's -map."""
    decoder: Sequence[str] = ()
    """Options that choose a decoder other than ffmpeg's own."""
    colours: Colours | None = None
    fields: Fields = Fields.none
    packets: Packets | None = field(default=None, repr=False, compare=False)
    seekable: bool = False
    """Whether ffmpeg can seek without decoding what lies before."""
    notes: Sequence[str] = ()
    """What the user should know about the clip, one sentence each."""


@dataclass(frozen=True)
class _Stream:
    """A line of ffmpeg's header, and the metadata below it."""

    number: int
    text: str

    @property
    def movie(self) -> bool:
        line = self.text.split("\n", 1)[0]
        return line.startswith("Video: ") and not any(word in line for word in _NO_MOVIE)

    @property
    def default(self) -> bool:
        return "(default)" in self.text.split("\n", 1)[0]


def probe(path: Path, sequence_fps: float | None = None) -> VideoInfo:
    """Read the display size, rate and duration of a clip: of the video stream that players show, or of a sequence.

    The size is that of the first decoded frame, with its rotation applied and its pixels stretched to squares. Times
    are the timestamps of all packets: this reads the whole file, but decodes one frame only.

    Args:
        sequence_fps: pictures a second of a sequence of pictures; SEQUENCE_FPS by default.

    Raises:
        InputError: there is no such file, it is a folder of videos, empty, or a list of other files, its colours can't
            be shown, or ffmpeg can't decode a picture from it.
    """
    path = Path(path)
    kind = kind_of(path)
    if kind is Kind.videos:
        raise InputError(f"{path} is a folder of videos; give one video file.")
    if kind is Kind.pictures:
        return _sequence(path, sequence_fps or SEQUENCE_FPS)
    _refuse_unreadable(path)
    report, streams = _look(path, "0:V:0")
    movies = [stream for stream in streams if stream.movie]
    # The first stream that is marked as default, as players choose, or else the first.
    shown = next((stream for stream in movies if stream.default), movies[0] if movies else None)
    if shown is None:
        raise InputError(f"{path.name} has no video stream; give a file with moving pictures.")
    codec = _codec(shown)
    decoder: list[str] = []
    if codec in _ALPHA_DECODERS and _TRANSPARENT.search(shown.text):
        decoder = [f"-c:{shown.number}", _ALPHA_DECODERS[codec]]
    stream = "0:V:0" if shown is movies[0] else f"0:{shown.number}"
    if decoder or shown is not movies[0]:
        report, _ = _look(path, stream, decoder)
    if codec in _ONE_THREAD:
        decoder = ["-threads", "1"]
    header, _, rest = report.partition("Stream mapping:")
    frame = _FRAME.search(rest)
    if frame is None:
        raise _unreadable(path, report)
    format_name = match[1] if (match := _FORMAT.search(header)) else ""
    # The other streams show whether the file is truncated; those of a long file are read only on suspicion.
    others = format_name.startswith(_STATES_LENGTH) and _seconds(_DURATION.search(header)) < _LONG
    packets = read_packets(path, stream, others=others)
    if len(packets.times) == 1:
        raise _single(path)
    above, below, stored, height = (int(group) for group in frame.groups())
    width = max(1, round(stored * above / below)) if above and below else stored
    colours = colours_of(codec, shown.text, rest, stored, height)
    refuse_unshowable(colours, path.name)
    fields = fields_of(path, stream, codec, shown.text, rest, height)
    notes = []
    if len(movies) > 1:
        notes.append(f"{path.name} holds {len(movies)} video streams; number {movies.index(shown) + 1} is used.")
    if fields is not Fields.none:
        notes.append(f"{path.name} is interlaced; its frames are deinterlaced.")
    stated = _stated_duration(header, format_name, packets)
    if stated is not None and not others:
        stated = _stated_duration(header, format_name, read_packets(path, stream, others=True))
    if packets.torn and stated is None:
        notes.append(f"{path.name} ends inside a picture, at second {packets.end:.1f}, as if cut short.")
    duration = packets.end or _seconds(_DURATION.search(header))
    return VideoInfo(
        path=path,
        width=width,
        height=height,
        fps=_rate(shown.text, packets),
        duration=duration,
        first=max(0.0, float(packets.times[0])) if len(packets.times) else 0.0,
        stated_duration=stated,
        stream=stream,
        decoder=decoder,
        colours=colours,
        fields=fields,
        packets=packets,
        seekable=format_name.startswith(_INDEXED),
        notes=notes,
    )


def _sequence(path: Path, fps: float) -> VideoInfo:
    pictures = pictures_of(path)
    width, height = common_size(pictures)
    notes = []
    if lost := missing_numbers(path):
        notes.append(
            f"{path.name}: {lost} numbers have no picture; the pictures before and after such a gap follow each other."
        )
    return VideoInfo(path, width, height, fps, len(pictures) / fps, pictures=pictures, notes=notes)


def _refuse_unreadable(path: Path) -> None:
    if not path.is_file():
        raise InputError(f"{path} is not a file; give one that is stored on a disk.")
    try:
        with path.open("rb") as file:
            start = file.read(1024)
    except OSError as error:
        raise InputError(f"{path} can't be read: {(error.strerror or 'unknown reason').lower()}.") from None
    if not start:
        raise InputError(f"{path.name} is empty (0 bytes); copy or download it again.")
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(_LISTS) or (text.startswith(b"<") and b"<MPD" in text):
        raise InputError(f"{path.name} is a list of other files or addresses; give the video itself.")


def _look(path: Path, stream: str, decoder: Sequence[str] = ()) -> tuple[str, list[_Stream]]:
    """ffmpeg's report on a file and on the first frame of one stream, and the streams of the file."""
    command = [*base_command("info"), *decoder, *reading(path), "-map", stream, "-an", "-sn", "-dn"]
    command += ["-frames:v", "1", "-vf", "showinfo", "-f", "null", "-"]
    report = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False).stderr
    if "matches no streams" in report:
        raise InputError(f"{path.name} has no video stream; give a file with moving pictures.")
    if not _FRAME.search(report):
        raise _unreadable(path, report)
    header = report.split("Stream mapping:")[0]
    starts = list(_STREAM.finditer(header))
    ends = [start.start() for start in starts[1:]] + [len(header)]
    streams = [_Stream(int(start[1]), header[start.end() : end]) for start, end in zip(starts, ends, strict=True)]
    return report, streams


def _unreadable(path: Path, report: str) -> InputError:
    if path.suffix.lower() in PICTURES:
        return _single(path)
    if "Format not on whitelist" in report:
        return InputError(f"{path.name} is of a kind that holds no video; give a video file.")
    complaint = main_complaint("\n".join(line for line in report.splitlines() if _is_complaint(line)))
    return InputError(
        f"{path.name} can't be read as a video ({complaint}); it may be damaged, cut short or not a video."
    )


def _single(path: Path) -> InputError:
    flowing = ", or let it flow with --hints (alive hints draws them), --flow-of or --flow-model"
    hints = flowing if path.suffix.lower() in PICTURES else ""
    return InputError(f"{path.name} is a single picture (one frame); give a video, or a folder of pictures{hints}.")


def _is_complaint(line: str) -> bool:
    return bool(re.search(r"invalid|not found|error|could not|unknown|missing", line, re.IGNORECASE))


def _codec(stream: _Stream) -> str:
    match = _VIDEO.match(stream.text)
    return match[1] if match else ""


def _rate(stream: str, packets: Packets) -> float:
    """The rate that ffmpeg states, unless the timestamps drift from it by a quarter of a frame or more."""
    match = _RATE.search(stream.split("\n", 1)[0])
    stated = float(match[1]) * (1000 if match[2] else 1) if match else 0.0
    measured = packets.rate
    if not measured:
        return stated or SEQUENCE_FPS
    span = float(packets.times[-1] - packets.times[0])
    return stated if packets.even and abs(stated - measured) * span < 0.25 else measured


def _stated_duration(header: str, format_name: str, packets: Packets) -> float | None:
    stated = _seconds(_DURATION.search(header))
    if not format_name.startswith(_STATES_LENGTH) or not len(packets.times):
        return None
    seconds, share = _SHORTFALL
    short = stated - packets.last > max(seconds, share * stated)
    return stated if short or (packets.torn and stated > packets.end) else None


def _seconds(match: re.Match[str] | None) -> float:
    return int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3]) if match else 0.0
