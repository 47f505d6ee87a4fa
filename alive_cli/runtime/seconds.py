"""Seconds of the source, and goals, as users write them."""

import math
from collections.abc import Mapping, Sequence

from alive_cli.errors import InputError
from alive_cli.runtime.goals import frame_at, unknown_name
from bundle_spec.manifest import Source


def read_second(source: Source, text: str | None) -> float | None:
    """Read "12.5", a second of the source, or "120f", the number of an observed frame, as a second of the source.

    Raises:
        InputError: the text is neither.
    """
    if text is None:
        return None
    try:
        if text.endswith("f"):
            return source.start + int(text[:-1]) / source.fps
        second = float(text)
        if not math.isfinite(second):
            raise ValueError(text)
        return second
    except (ValueError, OverflowError):
        raise InputError(f"{text!r} is no second and no frame; give a second as 12.5, or a frame as 120f.") from None


def read_goal(source: Source, names: Mapping[str, Sequence[int]], text: str | None) -> float | str | None:
    """Read a name, or what `read_second` reads.

    Raises:
        InputError: the text is none of them.
    """
    if text is not None and (text in names or text[:1].isalpha()):
        if text not in names:
            raise InputError(unknown_name(text, names))
        return text
    return read_second(source, text)


def read_range(source: Source, frames: int, text: str) -> tuple[int, int]:
    """Read "7" or "7.0-9.5", both also in frames (210f-285f), as the first and the last of so many observed frames.

    Raises:
        InputError: the text is no such range, or it lies outside the clip or ends before it begins.
    """
    ends = [text] if _is_second(source, text) else text.split("-", 1)
    seconds = [read_second(source, end) or 0.0 for end in ends]
    first, last = frame_at(source, frames, seconds[0]), frame_at(source, frames, seconds[-1])
    if first > last:
        raise InputError(f"The range {text} ends before it begins; give the earlier end first.")
    return first, last


def _is_second(source: Source, text: str) -> bool:
    try:
        read_second(source, text)
    except InputError:
        return False
    return True
