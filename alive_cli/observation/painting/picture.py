"""A painting's picture, and what of it moves."""

import warnings
from pathlib import Path

import numpy as np
from PIL import Image

from alive_cli.errors import InputError
from alive_cli.media.pictures import FORMATS, read_pictures, sound_size

MOST_PIXELS = 64_000_000
"""A painting has at most so many pixels: larger ones fill the memory, and a scene shows only a few of them."""
LEAST_SIDE = 64
"""A painting has at least so many pixels on each side, because less shows no face."""
BRIGHT = 127
"""What is brighter than this in a mask moves."""


def read_painting(path: Path) -> tuple[int, int]:
    """Width and height of a painting in pixels, upright as viewers show it. Nothing is decoded.

    Raises:
        InputError: it can't be read, is an animation, or is too large or too small.
    """
    if _moves(path):
        raise InputError(f"{path.name} is an animation; save one of its pictures as PNG, and give that.")
    return sound_size(path, MOST_PIXELS, LEAST_SIDE, "a painting", "make it smaller before you set points")


def read_mask(path: Path, size: tuple[int, int]) -> np.ndarray:
    """What of a painting of width × height `size` moves: uint8 [H, W], bright where it does.

    Raises:
        InputError: it can't be read, has another size, or nothing in it is bright.
    """
    own = read_painting(path)
    if own != size:
        raise InputError(
            f"{path.name} is {own[0]}×{own[1]} pixels, and the painting {size[0]}×{size[1]}; make the mask of its size."
        )
    mask = np.asarray(next(read_pictures([path], size)).mean(-1), np.uint8)
    if not (mask > BRIGHT).any():
        raise InputError(f"Nothing in {path.name} is bright, so nothing would move; paint white what moves.")
    return mask


def _moves(path: Path) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=[*FORMATS, "GIF"]) as picture:
                if picture.format == "MPO":  # photographs of phones hold smaller ones
                    return False
                return picture.format == "GIF" or getattr(picture, "n_frames", 1) > 1
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError):
        return False  # reading it says why
