"""WebP pictures of a bundle: check that one is a plain still, decode and encode it (SPEC.md, §3).

The container is RFC 9649. Only its header is read to check a picture, so that checking a thousand takes no time.
"""

import io
import struct
from dataclasses import dataclass

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
_ALPHA_FLAG = 0x10
"""The first byte of that header is this where the picture has alpha, and 0 where it is a plain still."""
_METHODS = 1
"""The lowest two bits of alpha data are at most this: it is stored as it is, or lossless (RFC 9649, §2.7.1.2)."""


@dataclass(frozen=True)
class Still:
    """What the header of a WebP file says."""

    size: tuple[int, int]
    """Width and height in pixels."""
    alpha: bool
    """Whether pixels may be transparent."""


def still_size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels of a plain WebP file, without decoding it.

    Raises:
        CorruptBundle: it is no WebP, or no plain still: it has an animation, alpha, a profile or metadata.
    """
    still = read_still(data)
    if still.alpha:
        raise CorruptBundle("it is not a plain WebP picture")
    return still.size


def read_still(data: bytes) -> Still:
    """What the header of a WebP file says, whose pixels may be transparent.

    Raises:
        CorruptBundle: it is no WebP, or no still: it has an animation, a profile or metadata.
    """
    try:
        return _read_still(data)
    except (struct.error, ValueError, IndexError) as error:
        raise CorruptBundle("it is not a plain WebP picture") from error


def _read_still(data: bytes) -> Still:
    riff, length, form = struct.unpack_from("<4sL4s", data)
    if (riff, form, length) != (b"RIFF", b"WEBP", len(data) - 8):
        raise ValueError("no RIFF file of this length")
    chunks = _chunks(data)
    canvas, flags = None, 0
    if chunks[0][0] == b"VP8X":
        (_, header), *chunks = chunks
        if len(header) != _EXTENDED_BYTES or header[0] not in (0, _ALPHA_FLAG):
            raise ValueError("more than a still")
        canvas, flags = (
            (1 + int.from_bytes(header[4:7], "little"), 1 + int.from_bytes(header[7:10], "little")),
            header[0],
        )
    *before, (kind, body) = chunks
    if kind == b"VP8L":
        size, alpha = _lossless_size(body)
    else:
        size, alpha = _lossy_size(kind, body), bool(flags)
        if [name for name, _ in before] != [b"ALPH"] * alpha or any(data[0] & 3 > _METHODS for _, data in before):
            raise ValueError("alpha that is not declared, or another kind of it")
        before = []
    if before or canvas not in (None, size) or min(size) < 1 or (canvas and bool(flags) != alpha):
        raise ValueError("two sizes or none, or alpha of which the header knows nothing")
    return Still(size, alpha)


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


def _lossy_size(kind: bytes, body: bytes) -> tuple[int, int]:
    if kind != b"VP8 ":
        raise ValueError("no picture")
    tag, start, width, height = struct.unpack_from("<B2x3sHH", body)
    if tag & 1 or start != _LOSSY_START:
        raise ValueError("no key frame")
    return width & _SIDE_BITS, height & _SIDE_BITS


def _lossless_size(body: bytes) -> tuple[tuple[int, int], bool]:
    start, bits = struct.unpack_from("<BL", body)
    if start != _LOSSLESS_START or bits >> 29:
        raise ValueError("another version")
    return ((bits & _SIDE_BITS) + 1, (bits >> 14 & _SIDE_BITS) + 1), bool(bits >> 28)


def unpack_webp(data: bytes, size: tuple[int, int], *, alpha: bool = False) -> np.ndarray:
    """The pixels of a WebP picture, uint8 [H, W, 3].

    Args:
        data: the file.
        size: the width and height that it must have; nothing larger is decoded.
        alpha: whether it may be transparent. The pixels are then [H, W, 4], straight: colours are not multiplied by
            alpha. That of a plain picture is 255.

    Raises:
        CorruptBundle: it is no plain WebP of this size, or it is damaged.
    """
    still = read_still(data) if alpha else Still(still_size(data), alpha=False)
    if still.size != size:
        raise CorruptBundle("it has another size than declared")
    try:
        with Image.open(io.BytesIO(data), formats=["WEBP"]) as picture:
            if picture.size != size or picture.mode not in ("RGB", "RGBA" if still.alpha else "RGB"):
                raise CorruptBundle("it is not a plain WebP picture")
            return np.array(picture.convert("RGBA") if alpha else picture)
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise CorruptBundle("it is damaged") from error


def pack_webp(pixels: np.ndarray, quality: float | None = None) -> bytes:
    """Pixels, uint8 [H, W, 3], as a plain WebP file; or [H, W, 4], straight, as one with alpha, which is kept exactly.

    Args:
        pixels: the picture, sides of at most 16,383 pixels.
        quality: 0 … 100 for lossy compression; None keeps every pixel.
    """
    buffer = io.BytesIO()
    options = {"lossless": True} if quality is None else {"quality": quality}
    Image.fromarray(pixels).save(buffer, "WEBP", method=4, **options)
    return buffer.getvalue()
