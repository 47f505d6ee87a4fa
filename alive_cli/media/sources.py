"""What a user names as a clip: a video file, a folder of pictures, a pattern of numbered ones, a folder of videos."""

import hashlib
import re
from enum import StrEnum
from pathlib import Path

from alive_cli.errors import InputError

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
"""Files with these suffixes count as pictures."""
_CONTAINERS = "3g2 3gp apng asf avi dv flv gif m2t m2ts m2v m4v mkv mov mp4 mpeg mpg mts mxf ogm ogv ts vob webm wmv"
VIDEOS = tuple(f".{name}" for name in _CONTAINERS.split())
"""Files with these suffixes count as videos in a folder; a file that the user names may have any."""
SEQUENCE = 8
"""A folder with at least so many pictures holds a clip of pictures; fewer beside videos are covers and thumbnails."""

_PLACE = re.compile(r"%(0\d+)?d")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/", re.IGNORECASE)
_CHUNK = 1 << 20


class Kind(StrEnum):
    """What a path stands for."""

    video = "video"
    """One clip in a file, which may turn out to hold no video."""
    pictures = "pictures"
    """One clip, a folder of pictures or a pattern such as frame_%04d.png."""
    videos = "videos"
    """A folder that holds several clips, or one."""


def kind_of(path: Path) -> Kind:
    """What a path stands for, judged by names alone.

    Raises:
        InputError: there is no such file, the folder has neither pictures nor videos, or it has a clip of each.
    """
    path = Path(path)
    if not path.is_dir():
        if path.exists():
            return Kind.video
        if _ADDRESS.match(str(path)):
            address = _ADDRESS.sub(lambda scheme: scheme[0].rstrip("/") + "//", str(path), count=1)
            raise InputError(f"{address} is an address; download it and give the file.")
        if _pattern(path):
            return Kind.pictures
        raise InputError(f"There is no file {path}; check the path.")
    pictures, videos = _inside(path, PICTURES), videos_in(path)
    if videos and len(pictures) >= SEQUENCE:
        raise InputError(
            f"{path} is a folder of {len(pictures)} pictures and {len(videos)} videos; "
            "give one of the videos, or the pictures by a pattern such as frame_%04d.png."
        )
    if not pictures and not videos:
        raise InputError(f"{path} is a folder without videos or pictures; give a video file or a folder of pictures.")
    return Kind.videos if videos else Kind.pictures


def videos_in(folder: Path) -> list[Path]:
    """The videos of a folder in natural order, by their suffixes and without hidden files."""
    return _inside(folder, VIDEOS)


def pictures_of(path: Path) -> list[Path]:
    """The pictures of a clip: those of a folder in natural order, those of a pattern by number.

    Raises:
        InputError: there are no pictures, or the folder can't be read.
    """
    path = Path(path)
    if path.is_dir():
        pictures = _inside(path, PICTURES)
    else:
        pictures = [picture for _, picture in _numbered(path)]
        if path.suffix.lower() not in PICTURES:
            raise InputError(f"{path.name} doesn't name pictures; it must end in {', '.join(PICTURES)}.")
    if not pictures:
        raise InputError(f"There are no pictures {path}; check the path and the digits of the number.")
    return pictures


def missing_numbers(path: Path) -> int:
    """Count of the numbers without a picture between the first and the last of a pattern; 0 for a folder."""
    numbers = [] if path.is_dir() else [number for number, _ in _numbered(path)]
    return numbers[-1] - numbers[0] + 1 - len(numbers) if numbers else 0


def clip_name(path: Path) -> str:
    """The name of a clip without suffix and number, never empty: `cats` of cats.mp4, of cats/ and of cats_%04d.png."""
    path = Path(path)
    if path.is_dir():
        return path.resolve().name or "clip"
    if path.exists() or not _pattern(path):
        return path.stem
    return _PLACE.sub("", path.stem).strip(" _-.") or path.resolve().parent.name or "clip"


def fingerprint(path: Path) -> tuple[str, int]:
    """SHA-256 and size in bytes of a file, or of the pictures of a sequence one after another.

    Raises:
        InputError: there are no pictures.
        OSError: a file can't be read.
    """
    digest, size = hashlib.sha256(), 0
    for part in [path] if path.is_file() else pictures_of(path):
        with part.open("rb") as file:
            while data := file.read(_CHUNK):
                digest.update(data)
                size += len(data)
    return digest.hexdigest(), size


def _inside(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    try:
        files = [file for file in folder.iterdir() if file.suffix.lower() in suffixes]
    except OSError as error:
        raise InputError(f"{folder} can't be read: {(error.strerror or 'unknown reason').lower()}.") from None
    return sorted((file for file in files if not file.name.startswith(".") and file.is_file()), key=_natural)


def _natural(path: Path) -> list[tuple[int, int, str]]:
    """A sort key that puts frame_9 before frame_10."""
    parts = re.split(r"([0-9]+)", path.name.casefold())
    return [(0, int(part), part) if part.isdecimal() and part.isascii() else (1, 0, part) for part in parts]


def _pattern(path: Path) -> re.Pattern[str] | None:
    """Matches the file names of a pattern; None if the name doesn't have exactly one place for a number."""
    places = list(_PLACE.finditer(path.name))
    if len(places) != 1:
        return None
    place, digits = places[0], int(places[0][1] or 1)
    before, after = (
        re.escape(part.replace("%%", "%")) for part in (path.name[: place.start()], path.name[place.end() :])
    )
    number = rf"[0-9]{{{digits}}}|[1-9][0-9]{{{digits},}}"
    return re.compile(f"{before}({number}){after}")


def _numbered(path: Path) -> list[tuple[int, Path]]:
    pattern = _pattern(path)
    if pattern is None or not path.parent.is_dir():
        return []
    matches = ((pattern.fullmatch(file.name), file) for file in path.parent.iterdir())
    return sorted((int(match[1]), file) for match, file in matches if match and file.is_file())
