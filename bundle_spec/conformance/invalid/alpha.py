"""Transparent scenes that a reader must refuse (SPEC.md, §3)."""

import struct
from collections.abc import Callable
from typing import Any

import msgspec

from bundle_spec.conformance.alpha import clear_keyframes, transparent
from bundle_spec.conformance.forge import archive, items, with_manifest, with_part
from bundle_spec.conformance.invalid.base import CORRUPT, LAYERED, Build, Cases
from bundle_spec.conformance.invalid.webp import extension, riff
from bundle_spec.conformance.warp import HEIGHT, WIDTH, keyframes, warped
from bundle_spec.container import KEYFRAMES_NAME, Bundle
from bundle_spec.features.alpha import requiring_alpha
from bundle_spec.features.warp import pack_keyframes

CLEAR = transparent()
"""Most of the invalid bundles here are this valid scene with one thing wrong."""
_HINT = 1 << 28
"""The header of lossless data says with this bit that there is alpha."""


def _last(picture: Callable[[], bytes]) -> tuple[str, Build]:
    """Corrupt: the last keyframe is another file."""
    return CORRUPT, lambda: with_part(CLEAR, KEYFRAMES_NAME, pack_keyframes([*clear_keyframes()[:-1], picture()]))


def _required(bundle: Bundle) -> tuple[str, Build]:
    """Corrupt: a bundle without any alpha requires the feature."""
    return CORRUPT, lambda: archive(items(Bundle(requiring_alpha(bundle.manifest), bundle.parts)))


def _not_required() -> bytes:
    def change(manifest: dict[str, Any]) -> str:
        manifest["features_required"].remove("alpha")
        return msgspec.json.encode(manifest).decode()

    return with_manifest(CLEAR, change)


def _chunks(picture: bytes) -> list[tuple[bytes, bytes]]:
    chunks, place = [], 12
    while place < len(picture):
        name, length = struct.unpack_from("<4sL", picture, place)
        chunks.append((name, picture[place + 8 : place + 8 + length]))
        place += 8 + length + length % 2
    return chunks


def _lossy() -> tuple[bytes, bytes]:
    """The alpha and the colours of a lossy keyframe."""
    (_, alpha), (_, colours) = _chunks(clear_keyframes(quality=90)[-1])[1:]
    return alpha, colours


def _extended(flags: int, *names: bytes, alpha: Callable[[bytes], bytes] = bytes) -> bytes:
    """A lossy keyframe with these chunks behind a header with these flags."""
    first, colours = _lossy()
    data = {b"ALPH": alpha(first), b"VP8 ": colours, b"VP8L": _chunks(clear_keyframes()[-1])[0][1]}
    return riff(extension(flags, WIDTH, HEIGHT), *((name, data[name]) for name in names))


def _hinted(bits: int) -> bytes:
    """A lossless keyframe whose header has other bits above its size."""
    data = bytearray(_chunks(clear_keyframes()[-1])[0][1])
    (word,) = struct.unpack_from("<L", data, 1)
    struct.pack_into("<L", data, 1, (word & (_HINT - 1)) | bits)
    return riff((b"VP8L", bytes(data)))


ALPHA: Cases = {
    "alpha not required": (CORRUPT, _not_required),
    "alpha required by a scene of 1.0": _required(LAYERED),
    "alpha required by opaque keyframes": _required(warped()),
    "alpha required by opaque keyframes and background": _required(warped(masked=True)),
    "alpha that the header denies": _last(lambda: _extended(0, b"ALPH", b"VP8 ")),
    "alpha that the header claims": _last(lambda: _extended(0x10, b"VP8 ")),
    "alpha of lossless colours that the header denies": _last(lambda: _extended(0, b"VP8L")),
    "alpha beside lossless colours": _last(lambda: _extended(0x10, b"ALPH", b"VP8L")),
    "alpha without a header": _last(lambda: riff((b"ALPH", _lossy()[0]), (b"VP8 ", _lossy()[1]))),
    "alpha behind its colours": _last(lambda: _extended(0x10, b"VP8 ", b"ALPH")),
    "alpha twice": _last(lambda: _extended(0x10, b"ALPH", b"ALPH", b"VP8 ")),
    "alpha without colours": _last(lambda: _extended(0x10, b"ALPH")),
    "alpha of no bytes": _last(lambda: _extended(0x10, b"ALPH", b"VP8 ", alpha=lambda data: b"")),
    "alpha of an unknown method": _last(lambda: _extended(0x10, b"ALPH", b"VP8 ", alpha=lambda d: b"\x02" + d[1:])),
    "alpha and an animation": _last(lambda: _extended(0x12, b"ALPH", b"VP8 ")),
    "alpha and metadata": _last(lambda: _extended(0x18, b"ALPH", b"VP8 ")),
    "alpha of another version": _last(lambda: _hinted(3 << 28)),
    "alpha in a plain keyframe too large": _last(lambda: keyframes(1, WIDTH + 1)[0]),
}
"""Transparent scenes with one thing wrong, by name."""
