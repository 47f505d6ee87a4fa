"""Keyframes that are not plain WebP stills, and parts that don't hold what they say (SPEC.md, §3)."""

import struct
from collections.abc import Callable

import numpy as np

from bundle_spec.conformance.forge import with_part
from bundle_spec.conformance.invalid.base import CORRUPT, Build, Cases
from bundle_spec.conformance.invalid.warp import WARPED, last, part, warp_fields
from bundle_spec.conformance.warp import HEIGHT, WIDTH, keyframes
from bundle_spec.conformance.warp_extremes import extend
from bundle_spec.container import KEYFRAMES_NAME, TRUNK_NAME

SIZE = (WIDTH, HEIGHT)
"""Every keyframe of the scene has this size."""


Chunk = tuple[bytes, bytes]
"""A chunk of a RIFF file has a name and data."""


def riff(*chunks: Chunk, length: int | None = None, form: bytes = b"WEBP", name: bytes = b"RIFF") -> bytes:
    """A RIFF file of these chunks."""
    body = form + b"".join(
        kind + len(data).to_bytes(4, "little") + data + bytes(len(data) % 2) for kind, data in chunks
    )
    return name + (len(body) if length is None else length).to_bytes(4, "little") + body


def lossless(*, width: int = WIDTH, height: int = HEIGHT, upper: int = 0, start: int = 0x2F) -> bytes:
    """The data of a lossless keyframe, whose header claims a size; `upper` are its four highest bits."""
    bits = (width - 1) | (height - 1) << 14 | upper << 28
    return bytes([start]) + bits.to_bytes(4, "little") + keyframes()[-1][25:]


def lossy(
    *, width: int = WIDTH, height: int = HEIGHT, tag: int = 0x10, start: bytes = b"\x9d\x01\x2a", length: int = 40
) -> bytes:
    """The data of a lossy keyframe with any header; no decoder ever sees what follows."""
    return (bytes([tag, 2, 0]) + start + struct.pack("<HH", width, height) + bytes(40))[:length]


PICTURE = (b"VP8L", lossless())
"""The chunk of a sound keyframe."""


def extension(flags: int = 0, width: int = WIDTH, height: int = HEIGHT, length: int = 10) -> Chunk:
    """A header of the extended format."""
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"VP8X", (bytes([flags, 0, 0, 0]) + sides + bytes(8))[:length]


def _offsets(*places: int, dtype: type = np.int64) -> tuple[str, Build]:
    """Corrupt: the offsets are these numbers; −1 stands for the length of the data."""

    def change(tensors: dict[str, np.ndarray]) -> None:
        length = len(tensors["data"])
        tensors["offsets"] = np.array([length if place == -1 else place for place in places], dtype)

    return part(change)


def _whole(data: Callable[[], bytes]) -> tuple[str, Build]:
    """Corrupt: the part with the keyframes is something else."""
    return CORRUPT, lambda: with_part(WARPED, KEYFRAMES_NAME, data())


def _flagged(flags: int) -> tuple[str, Build]:
    return last(lambda: extend(keyframes()[-1], SIZE, flags))


def _beside(*chunks: Chunk) -> tuple[str, Build]:
    return last(lambda: riff(*chunks))


def _chunk_length(length: int) -> bytes:
    picture = keyframes()[-1]
    return picture[:16] + length.to_bytes(4, "little") + picture[20:]


FLAGS = {"an animation": 2, "XMP": 4, "EXIF": 8, "alpha": 16, "a profile": 32, "something unknown": 0x41}
"""The header of the extended format has a bit for each of these."""

KINDS = ("ICCP", "ALPH", "ANIM", "EXIF", "XMP ", "JUNK")
"""No chunk of these kinds may be in a keyframe."""

WEBP: Cases = {
    **{f"keyframe header with {what}": _flagged(flags) for what, flags in FLAGS.items()},
    "keyframe header of another size": last(lambda: riff(extension(width=WIDTH + 1), PICTURE)),
    "keyframe header of 16,777,216 pixels a side": last(
        lambda: riff(extension(width=1 << 24, height=1 << 24), PICTURE)
    ),
    "keyframe header too short": last(lambda: riff(extension(length=9), PICTURE)),
    "keyframe header too long": last(lambda: riff(extension(length=12), PICTURE)),
    "keyframe header behind its picture": last(lambda: riff(PICTURE, extension())),
    "keyframe header twice": last(lambda: riff(extension(), extension(), PICTURE)),
    "keyframe header alone": last(lambda: riff(extension())),
    **{f"keyframe with a chunk {kind.strip()} before": _beside((kind.encode(), bytes(6)), PICTURE) for kind in KINDS},
    **{f"keyframe with a chunk {kind.strip()} behind": _beside(PICTURE, (kind.encode(), bytes(6))) for kind in KINDS},
    "keyframe a frame of an animation": last(lambda: riff((b"ANMF", bytes(16) + keyframes()[-1][12:]))),
    "keyframe without chunks": last(lambda: riff()),
    "keyframe RIFF of no length": last(lambda: riff(PICTURE, length=0)),
    "keyframe RIFF of four gigabytes": last(lambda: riff(PICTURE, length=2**32 - 1)),
    "keyframe RIFF one byte short": last(lambda: riff(PICTURE)[:-1]),
    "keyframe RIFF the other way round": last(lambda: riff(PICTURE, name=b"RIFX")),
    "keyframe RIFF of sound": last(lambda: riff(PICTURE, form=b"WAVE")),
    "keyframe chunk of four gigabytes": last(lambda: _chunk_length(2**32 - 1)),
    "keyframe chunk beyond the end": last(lambda: _chunk_length(len(keyframes()[-1]))),
    "keyframe chunk of no length": last(lambda: _chunk_length(0)),
    "keyframe chunk in lower case": last(lambda: riff((b"vp8l", lossless()))),
    "keyframe without padding": last(lambda: riff((b"VP8L", lossless()[:25]), length=37)[:-1]),
    "keyframe of another version": last(lambda: riff((b"VP8L", lossless(upper=2)))),
    "keyframe of another signature": last(lambda: riff((b"VP8L", lossless(start=0x2E)))),
    "keyframe of four bytes of pixels": last(lambda: riff((b"VP8L", lossless()[:4]))),
    "keyframe of 16,383 pixels a side": last(lambda: riff((b"VP8L", lossless(width=1 << 14, height=1 << 14)))),
    "keyframe that needs another": last(lambda: riff((b"VP8 ", lossy(tag=0x11)))),
    "keyframe of another start code": last(lambda: riff((b"VP8 ", lossy(start=b"\x9d\x01\x2b")))),
    "keyframe of no width": last(lambda: riff((b"VP8 ", lossy(width=0)))),
    "keyframe of another height": last(lambda: riff((b"VP8 ", lossy(height=16383)))),
    "keyframe of nine lossy bytes": last(lambda: riff((b"VP8 ", lossy(length=9)))),
    "keyframe lossy in a lossless chunk": last(lambda: riff((b"VP8L", lossy()))),
    "keyframe lossless in a lossy chunk": last(lambda: riff((b"VP8 ", lossless()))),
    "keyframe offsets in two dimensions": part(lambda t: t.update(offsets=t["offsets"][None])),
    "keyframe offsets without a sign": part(lambda t: t.update(offsets=t["offsets"].astype(np.uint64))),
    "keyframe offsets in floats": part(lambda t: t.update(offsets=t["offsets"].astype(np.float64))),
    "keyframe offsets none": _offsets(),
    "keyframe offsets one": _offsets(0),
    "keyframe offsets all zero": _offsets(0, 0, 0, 0, 0),
    "keyframe offsets with an empty file": _offsets(0, 200, 200, 400, -1),
    "keyframe offsets that wrap around": _offsets(0, 2**62, 2**63 - 1, -(2**63), -1),
    "keyframe offsets all at the end": _offsets(-1, -1, -1, -1, -1),
    "keyframe offsets with 100,000 files": _offsets(*range(100_000)),
    "keyframe data signed": part(lambda t: t.update(data=t["data"].view(np.int8))),
    "keyframe data in rows": part(lambda t: t.update(data=t["data"].reshape(1, -1))),
    "keyframe data missing": part(lambda t: t.pop("data")),
    "keyframe data empty": part(lambda t: t.update(data=t["data"][:0])),
    "keyframes an empty part": _whole(bytes),
    "keyframes a header beyond its part": _whole(lambda: (2**62).to_bytes(8, "little") + b"{}"),
    "keyframes without tensors": _whole(lambda: (2).to_bytes(8, "little") + b"{}"),
    "keyframes a graph": warp_fields(CORRUPT, keyframes=TRUNK_NAME),
    "keyframes the manifest": warp_fields(CORRUPT, keyframes="manifest.json"),
}
"""Keyframes with one thing wrong, by name."""
