"""Pictures that a reader must refuse: wrong sizes, kinds and chunks (SPEC.md, §3)."""

import io
import struct
import zlib

from PIL import Image

from bundle_spec.conformance.forge import with_part
from bundle_spec.conformance.invalid.base import CORRUPT, LAYERED, UNSAFE, Build, Cases
from bundle_spec.container import BACKGROUND_NAME, MASK_NAME


def _picture(verdict: str, data: Build, name: str = BACKGROUND_NAME) -> tuple[str, Build]:
    return verdict, lambda: with_part(LAYERED, name, data())


def _png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of 8-bit RGB that claims a size, with some data."""
    header = struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)
    body = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(bytes(64))), (b"IEND", b"")]
    packed = (
        struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data)) for kind, data in body
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def _saved(kind: str, mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (12, 8)).save(buffer, kind)
    return buffer.getvalue()


PICTURES: Cases = {
    "picture of 100,000 pixels a side": _picture(CORRUPT, lambda: _png(100_000, 100_000)),
    "picture of 8,192 pixels a side": _picture(UNSAFE, lambda: _png(8192, 8192)),
    "picture 16,384 pixels wide": _picture(UNSAFE, lambda: _png(16_384, 2)),
    "picture truncated": _picture(CORRUPT, lambda: _saved("PNG")[:45]),
    "picture of no size": _picture(CORRUPT, lambda: _png(0, 0)),
    "picture with a text bomb": _picture(
        CORRUPT, lambda: _png(12, 8, (b"zTXt", b"Comment\0\0" + zlib.compress(bytes(64 << 20), 9)))
    ),
    "picture a JPEG": _picture(CORRUPT, lambda: _saved("JPEG")),
    "picture a drawing": _picture(CORRUPT, lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "picture with a palette": _picture(CORRUPT, lambda: _saved("PNG", "P")),
    "mask in colour": _picture(CORRUPT, lambda: _saved("PNG"), MASK_NAME),
    "mask of another size": _picture(CORRUPT, lambda: _png_grey(3, 3), MASK_NAME),
}
"""Pictures with one thing wrong, by name."""


def _png_grey(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (width, height)).save(buffer, "PNG")
    return buffer.getvalue()
