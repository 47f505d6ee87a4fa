"""A scene whose keyframes are transparent (SPEC.md, §3)."""

import io

import numpy as np
from PIL import Image

from bundle_spec.conformance.warp import (
    HEIGHT,
    INPUTS,
    KEYFRAMES,
    WIDTH,
    assemble,
    generator,
    keyframes,
    layout,
    tables,
    trunk,
)
from bundle_spec.container import Bundle
from bundle_spec.features.alpha import requiring_alpha
from bundle_spec.webp import pack_webp


def clear_keyframes(count: int = KEYFRAMES, *, quality: float | None = None, opaque: int = 0) -> list[bytes]:
    """The keyframes of the other scenes, each with a soft round hole at another place, and clear around it.

    Args:
        quality: for lossy colours; None keeps every pixel.
        opaque: so many of the last ones have no alpha.
    """
    across, down = np.meshgrid(np.arange(WIDTH) / WIDTH, np.arange(HEIGHT) / HEIGHT)
    files = []
    for number, file in enumerate(keyframes(count)):
        with Image.open(io.BytesIO(file)) as picture:
            colours = np.asarray(picture)
        away = np.hypot(across - 0.3 - 0.08 * number, down - 0.45)
        alpha = np.round(255 * np.clip(2.2 - np.abs(6 * away - 2), 0, 1)).astype(np.uint8)
        clear = np.dstack([colours, alpha])
        files.append(pack_webp(clear[..., :3] if number >= count - opaque else clear, quality))
    return files


def transparent(*, masked: bool = False, quality: float | None = None, opaque: int = 0) -> Bundle:
    """A scene that displaces transparent keyframes; other arguments are those of `clear_keyframes`.

    Args:
        masked: whether a transparent background is behind its mask.
    """
    pictures = clear_keyframes(KEYFRAMES, quality=quality, opaque=opaque)
    if masked:
        pictures.append(clear_keyframes(KEYFRAMES + 1)[-1])
    bundle = assemble(layout(), trunk(), generator(shifts=masked), tables(), INPUTS, pictures, masked=masked)
    return Bundle(requiring_alpha(bundle.manifest), bundle.parts)
