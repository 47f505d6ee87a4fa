"""Still pictures that make up a clip, one at a time."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps

from alive_cli.errors import InputError

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP")
"""Pillow opens pictures of these formats alone, so that a stranger's file never reaches one of its rarer readers."""
BACKGROUND = (255, 255, 255)
"""Transparent pixels show this white behind them, because most such pictures are made to lie on a white page."""

_TURNED = (5, 6, 7, 8)
"""EXIF orientations that exchange width and height."""
_ORIENTATION = 0x0112
_RESERVE = 2
"""A large JPEG is decoded at no less than so many times the requested size."""


def sound_size(picture: Path, most_pixels: int, least_side: int, kind: str, remedy: str) -> tuple[int, int]:
    """Width and height in pixels of one picture, upright as viewers show it. Nothing is decoded.

    Args:
        most_pixels, least_side: the picture has at most so many pixels, and at least so many on each side.
        kind: what needs that many, as in "a photograph".
        remedy: what to do about a picture that is too large.

    Raises:
        InputError: it can't be read, or is too large or too small.
    """
    if not picture.is_file():
        raise InputError(f"There is no file {picture}; check the path.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of large pictures, and most_pixels refuses them
        width, height = common_size([picture])
    if width * height > most_pixels:
        raise InputError(
            f"{picture.name} has {width * height / 1e6:.0f} megapixels; at most {most_pixels // 10**6} are read, "
            f"so {remedy}."
        )
    if min(width, height) < least_side:
        raise InputError(f"{picture.name} is {width}×{height} pixels; {kind} needs at least {least_side} a side.")
    return width, height


def common_size(pictures: Sequence[Path]) -> tuple[int, int]:
    """Width and height in pixels of pictures as they are shown, from their headers.

    Raises:
        InputError: a picture can't be read, or differs in size from the first.
        ValueError: there are no pictures.
    """
    size: tuple[int, int] | None = None
    for path in pictures:
        with _opened(path) as picture:
            turned = picture.getexif().get(_ORIENTATION) in _TURNED
            if turned and picture.format == "TIFF":
                picture.load()  # this turns it; some versions of Pillow state the turned size even before
                turned = False
            shown = picture.size[::-1] if turned else picture.size
        if size is None:
            size = shown
        elif shown != size:
            raise InputError(
                f"{path.name} is {shown[0]}×{shown[1]} pixels, {pictures[0].name} is {size[0]}×{size[1]}; "
                "the pictures of a clip must have one size."
            )
    if size is None:
        raise ValueError("no pictures")
    return size


def transparent(pictures: Sequence[Path]) -> bool:
    """Whether one of the pictures says in its header that it may be transparent; raises as `read_pictures`."""
    for path in pictures:
        with _opened(path) as picture:
            if picture.has_transparency_data:
                return True
    return False


def read_pictures(pictures: Sequence[Path], size: tuple[int, int], *, alpha: bool = False) -> Iterator[np.ndarray]:
    """Each picture as it is shown, upright and scaled to width and height `size`: sRGB, uint8 [H, W, 3].

    Args:
        alpha: keep it: the pictures are [H, W, 4], with colours multiplied by it. Otherwise BACKGROUND is behind them.

    Raises:
        InputError: a picture is damaged, or has floating-point pixels.
    """
    for path in pictures:
        with _opened(path) as picture:
            picture.draft("RGB", (max(size) * _RESERVE, max(size) * _RESERVE))
            upright = ImageOps.exif_transpose(picture)
            shown = _premultiplied(upright, path) if alpha else _rgb(upright, path)
        if shown.size != size:
            shown = shown.resize(size, Image.Resampling.BOX)
        yield np.asarray(shown)


def read_grey(path: Path, most_pixels: int) -> np.ndarray:
    """A picture as brightness, upright, with all of its bits: float32 [H, W].

    Args:
        most_pixels: a picture of more pixels is refused before it is decoded.

    Raises:
        InputError: there is no such file, or it is no picture, or too large.
    """
    if not path.is_file():
        raise InputError(f"There is no file {path}; check the path.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of large pictures, and `most_pixels` refuses them
        width, height = common_size([path])
        if width * height > most_pixels:
            raise InputError(
                f"{path.name} has {width * height / 1e6:.0f} megapixels; at most {most_pixels // 10**6} are read, so "
                "make it smaller first."
            )
        with _opened(path) as picture:
            shown = ImageOps.exif_transpose(picture)
            grey = shown if shown.mode == "F" or shown.mode.startswith("I") else _rgb(shown, path).convert("L")
            return np.asarray(grey).astype(np.float32)


def shrunk_size(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """Width and height in the same proportions, whose longest side is at most `longest` pixels."""
    scale = min(1.0, longest / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def shrunk(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A picture, uint8 [H, W, 3], of width and height `size`, averaged over areas; the same if it has this size."""
    if picture.shape[1::-1] == size:
        return picture
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    try:
        with Image.open(path, formats=FORMATS) as picture:
            yield picture
    except InputError:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        reason = "permission denied" if isinstance(error, PermissionError) else "damaged, too large or not a picture"
        raise InputError(f"{path.name} can't be read as a picture ({reason}); replace or remove it.") from None


def _premultiplied(picture: Image.Image, path: Path) -> Image.Image:
    if not picture.has_transparency_data:
        return _rgb(picture, path).convert("RGBA").convert("RGBa")
    whole = picture.convert("RGBA")
    profile = picture.info.get("icc_profile")
    if profile:
        managed = _managed(whole.convert("RGB"), profile)
        managed.putalpha(whole.getchannel("A"))
        whole = managed
    return whole.convert("RGBa")


def _rgb(picture: Image.Image, path: Path) -> Image.Image:
    if picture.mode == "F":
        raise InputError(f"{path.name} has floating-point pixels; save it with 8 or 16 bits.")
    if picture.mode.startswith("I"):
        deep = np.asarray(picture).astype(np.uint32)
        picture = Image.fromarray(np.rint(deep.clip(0, 0xFFFF) / 257).astype(np.uint8))
    profile = picture.info.get("icc_profile")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        page = Image.new("RGBA", picture.size, (*BACKGROUND, 255))
        picture = Image.alpha_composite(page, picture).convert("RGB")
    if profile:
        picture = _managed(picture, profile)
    return picture.convert("RGB")


def _managed(picture: Image.Image, profile: bytes) -> Image.Image:
    """The picture in sRGB if its profile can be read; like viewers, this ignores other profiles."""
    if picture.mode == "P":
        picture = picture.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return picture
        managed = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return managed or picture
