"""WebP pictures of a bundle: check that one is a plain still, decode and encode it (SPEC.md, §3).

The container is RFC 9649. Only its header is read to check a picture, so that checking a thousand takes no time.
"""

import io
import struct

import numpy as np
from PIL import Image

from bundle_spec.errors import CorruptBundle

_LOSSY_START = b"\x9d\x01\x2a"
"""A lossy key frame has these bytes after its tag (RFC 6386, §9.1)."""
_LOSSLESS_START = 0x2F
"""Lossless data begin with this byte (RFC 9649, §3.4)."""
_SIDE_BITS = (1 << 14) - 1
"""The sides of a picture have 14 bits each."""
_EXTENDED_BYTES = 10
"""The header of the extended format has this length (RFC 9649, §2.7)."""


def still_size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels of a WebP file, without decoding it.

    Raises:
        CorruptBundle: it is no WebP, or no plain still: it has an animation, alpha, a profile or metadata.
    """
    try:
        return _still_size(data)
    except (struct.error, ValueError, IndexError) as error:
        raise CorruptBundle("it is not a plain WebP picture") from error


def _still_size(data: bytes) -> tuple[int, int]:
    riff, length, form = struct.unpack_from("<4sL4s", data)
    if (riff, form, length) != (b"RIFF", b"WEBP", len(data) - 8):
        raise ValueError("no RIFF file of this length")
    chunks = _chunks(data)
    canvas = None
    if chunks[0][0] == b"VP8X":
        (_, header), *chunks = chunks
        if len(header) != _EXTENDED_BYTES or header[0]:
            raise ValueError("more than a still")
        canvas = (1 + int.from_bytes(header[4:7], "little"), 1 + int.from_bytes(header[7:10], "little"))
    ((kind, body),) = chunks
    size = {b"VP8 ": _lossy_size, b"VP8L": _lossless_size}.get(kind, _no_size)(body)
    if canvas not in (None, size) or min(size) < 1:
        raise ValueError("two sizes, or none")
    return size


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Name and the first bytes of each chunk behind the RIFF header, one more than any of them needs."""
    chunks, place = [], 12
    while place < len(data):
        name, length = struct.unpack_from("<4sL", data, place)
        chunks.append((name, data[place + 8 : place + 8 + min(length, _EXTENDED_BYTES + 1)]))
        place += 8 + length + length % 2
    if place != len(data):
        raise ValueError("a chunk beyond the end")
    return chunks


def _lossy_size(body: bytes) -> tuple[int, int]:
    tag, start, width, height = struct.unpack_from("<B2x3sHH", body)
    if tag & 1 or start != _LOSSY_START:
        raise ValueError("no key frame")
    return width & _SIDE_BITS, height & _SIDE_BITS


def _lossless_size(body: bytes) -> tuple[int, int]:
    start, bits = struct.unpack_from("<BL", body)
    if start != _LOSSLESS_START or bits >> 28:
        raise ValueError("alpha, or another version")
    return (bits & _SIDE_BITS) + 1, (bits >> 14 & _SIDE_BITS) + 1


def _no_size(body: bytes) -> tuple[int, int]:
    raise ValueError("no picture")


def unpack_webp(data: bytes, size: tuple[int, int]) -> np.ndarray:
    """The pixels of a plain WebP picture, uint8 [H, W, 3].

    Args:
        data: the file.
        size: the width and height that it must have; nothing larger is decoded.

    Raises:
        CorruptBundle: it is no plain WebP of this size, or it is damaged.
    """
    if still_size(data) != size:
        raise CorruptBundle("it has another size than declared")
    try:
        with Image.open(io.BytesIO(data), formats=["WEBP"]) as picture:
            if picture.size != size or picture.mode != "RGB":
                raise CorruptBundle("it is not a plain WebP picture")
            return np.array(picture)
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise CorruptBundle("it is damaged") from error


def pack_webp(pixels: np.ndarray, quality: float | None = None) -> bytes:
    """Pixels, uint8 [H, W, 3], as a plain WebP file.

    Args:
        pixels: the picture, sides of at most 16,383 pixels.
        quality: 0 … 100 for lossy compression; None keeps every pixel.
    """
    buffer = io.BytesIO()
    options = {"lossless": True} if quality is None else {"quality": quality}
    Image.fromarray(pixels).save(buffer, "WEBP", method=4, **options)
    return buffer.getvalue()
