"""Seconds of the source as users write them."""

import math
from typing import TYPE_CHECKING

from alive_cli.errors import InputError

if TYPE_CHECKING:
    from alive_cli.runtime.scene import Scene


def read_second(scene: "Scene", text: str | None) -> float | None:
    """The second of the source that "12.5" or "120f", a frame of the bank, stands for.

    Raises:
        InputError: it is neither.
    """
    if text is None:
        return None
    try:
        if text.endswith("f"):
            return scene.manifest.source.start + int(text[:-1]) / scene.fps
        second = float(text)
        if not math.isfinite(second):
            raise ValueError(text)
        return second
    except (ValueError, OverflowError):
        raise InputError(f"{text!r} is no second; give a second, as 12.5, or a frame, as 120f.") from None
