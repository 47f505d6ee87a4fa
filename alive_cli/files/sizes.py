"""Sizes of files as users write them."""

import re

from alive_cli.errors import InputError


def read_size(text: str | None) -> int | None:
    """Read "8MB", "500 kB" or "1.5M", in powers of ten, as a number of bytes.

    Raises:
        InputError: the text is no size.
    """
    if text is None:
        return None
    match = re.fullmatch(r"\s*(\d{1,9}(?:\.\d{1,3})?)\s*([kKmM]?)[bB]?\s*", text)
    size = round(float(match[1]) * {"": 1, "k": 1000, "m": 1_000_000}[match[2].lower()]) if match else 0
    if size < 1:
        raise InputError(f"{text!r} is no size; give one as 8MB or 500kB.")
    return size
