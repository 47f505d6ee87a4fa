"""Read, write and verify the ZIP container of an `.alive` bundle (SPEC.md, Container).

A bundle is parsed in memory and never extracted to disk. Every length is checked against the
bytes that were really inflated, not against what the archive claims.
"""

import hashlib
import io
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
import safetensors
import safetensors.numpy
from PIL import Image

from bundle_spec.atomic import replacing
from bundle_spec.errors import CorruptBundle, UnsafeBundle
from bundle_spec.manifest import Manifest, Part, decode_manifest, encode_manifest

MIMETYPE = b"application/vnd.alive+zip"
MIMETYPE_NAME = "mimetype"
MANIFEST_NAME = "manifest.json"
TRUNK_NAME = "trunk.onnx"
GENERATOR_NAME = "generator.onnx"
FAST_NAME = "generator_fast.onnx"
BEHAVIOR_NAME = "behavior.onnx"
BANK_NAME = "bank.safetensors"
WEIGHTS_NAME = "weights.safetensors"
POSTER_NAME = "poster.png"
BACKGROUND_NAME = "background.png"
MASK_NAME = "mask.png"

MAX_ENTRIES = 64
MAX_BUNDLE_BYTES = 1 << 30
MAX_PART_BYTES = 512 << 20
MAX_MANIFEST_BYTES = 1 << 20
MAX_INFLATION_RATIO = 200
MAX_NAME_BYTES = 128
MAX_TENSORS = 256
MAX_PICTURE_SIDE = 8192

DEFLATE_LEVEL = 6
LEAST_RATIO = 1.05
"""Entries that deflate by less are stored."""
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_ENCRYPTED = 0x1
_ZIP_START = b"PK\x03\x04"
_INFLATE_CHUNK = 1 << 20


@dataclass(frozen=True)
class Bundle:
    """A verified bundle in memory: the manifest and every other part as bytes, by name."""

    manifest: Manifest
    parts: dict[str, bytes] = field(default_factory=dict)

    def part(self, name: str) -> bytes:
        """The bytes of one part.

        Raises:
            CorruptBundle: the bundle has no such part.
        """
        try:
            return self.parts[name]
        except KeyError:
            raise CorruptBundle(f"The bundle has no {name}.") from None

    def tensors(self, name: str) -> dict[str, np.ndarray]:
        """The tensors of one `.safetensors` part.

        Raises:
            CorruptBundle: the part is missing, damaged, or holds more than MAX_TENSORS tensors.
        """
        try:
            tensors = safetensors.numpy.load(self.part(name))
        except (safetensors.SafetensorError, KeyError, TypeError, ValueError) as error:
            raise CorruptBundle(f"{name} is damaged: {error}.") from error
        if len(tensors) > MAX_TENSORS:
            raise CorruptBundle(f"{name} holds {len(tensors)} tensors; at most {MAX_TENSORS} are allowed.")
        return tensors

    def picture(self, name: str, mode: str) -> np.ndarray:
        """The pixels of one PNG part, uint8: [H, W, 3] for mode `RGB`, [H, W] for mode `L`.

        Raises:
            CorruptBundle: the part is missing, or no PNG of that mode.
            UnsafeBundle: a side is longer than MAX_PICTURE_SIDE.
        """
        try:
            with Image.open(io.BytesIO(self.part(name)), formats=["PNG"]) as picture:
                if max(picture.size) > MAX_PICTURE_SIDE:
                    raise UnsafeBundle(f"{name} is larger than {MAX_PICTURE_SIDE} pixels on a side.")
                if picture.mode != mode:
                    raise CorruptBundle(f"{name} is not a PNG of mode {mode}.")
                return np.asarray(picture)
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise CorruptBundle(f"{name} is not a PNG picture that can be read.") from error


def pack_picture(pixels: np.ndarray) -> bytes:
    """Pixels, uint8 [H, W, 3] or [H, W], as the bytes of a PNG part."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def pack_tensors(tensors: dict[str, np.ndarray]) -> bytes:
    """Tensors as the bytes of a `.safetensors` part; the same tensors give the same bytes."""
    return safetensors.numpy.save({name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)})


def pack_bundle(manifest: Manifest, parts: dict[str, bytes]) -> bytes:
    """The bytes of a bundle; the part digests of the manifest are computed here.

    The same manifest and parts give the same bytes wherever zlib is the same: entries are sorted,
    deflated where that saves room, and carry a fixed time.
    """
    digests = {
        name: Part(bytes=len(data), sha256=hashlib.sha256(data).hexdigest()) for name, data in sorted(parts.items())
    }
    manifest = msgspec.structs.replace(manifest, parts=digests)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        entries = [(MIMETYPE_NAME, MIMETYPE), (MANIFEST_NAME, encode_manifest(manifest)), *sorted(parts.items())]
        for name, data in entries:
            info = zipfile.ZipInfo(name, _FIXED_TIME)
            info.create_system = 3
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            deflates = name != MIMETYPE_NAME and _worth_deflating(data)
            method = zipfile.ZIP_DEFLATED if deflates else zipfile.ZIP_STORED
            archive.writestr(info, data, method, DEFLATE_LEVEL)
    return buffer.getvalue()


def _worth_deflating(data: bytes) -> bool:
    ratio = len(data) / len(zlib.compress(data, DEFLATE_LEVEL))
    return LEAST_RATIO < ratio < MAX_INFLATION_RATIO / 2  # a reader takes more for a bomb


def write_bundle(path: Path, manifest: Manifest, parts: dict[str, bytes]) -> None:
    """Write a bundle atomically: `path` is replaced when every byte is on disk, or left as it was."""
    data = pack_bundle(manifest, parts)
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def read_bundle(path: Path) -> Bundle:
    """Read and verify a bundle.

    Raises:
        OSError: the file can't be read.
        BundleError: it is no bundle, damaged, unsafe, or needs a newer reader.
    """
    path = Path(path)
    with path.open("rb") as file:
        start = file.read(len(_ZIP_START))
        if start != _ZIP_START:  # told before the rest is read: it may be anything, and endless
            raise CorruptBundle("This is not an .alive bundle.")
        data = start + file.read(MAX_BUNDLE_BYTES)
    if len(data) > MAX_BUNDLE_BYTES:
        raise UnsafeBundle(f"The file is larger than {MAX_BUNDLE_BYTES >> 20} MiB, the limit for a bundle.")
    return unpack_bundle(data)


def unpack_bundle(data: bytes) -> Bundle:
    """Verify the bytes of a bundle and take them apart.

    Raises:
        BundleError: they are no bundle, damaged, unsafe, or need a newer reader.
    """
    _check_mimetype(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_entries(entries)
            by_name = {entry.filename: entry for entry in entries}
            if MANIFEST_NAME not in by_name:
                raise CorruptBundle("The bundle has no manifest.json.")
            manifest = decode_manifest(_inflate(archive, by_name[MANIFEST_NAME], MAX_MANIFEST_BYTES))
            unlisted = sorted(set(by_name) - set(manifest.parts) - {MIMETYPE_NAME, MANIFEST_NAME})
            if unlisted:
                raise UnsafeBundle(f"The bundle holds {unlisted[0]!r}, which its manifest doesn't list.")
            parts, total = {}, 0
            for name, listed in manifest.parts.items():
                if name not in by_name:
                    raise CorruptBundle(f"The bundle's {name} is missing.")
                part = _inflate(archive, by_name[name], MAX_PART_BYTES)
                total += len(part)
                if total > MAX_BUNDLE_BYTES:
                    raise UnsafeBundle(f"The bundle inflates to more than {MAX_BUNDLE_BYTES >> 20} MiB.")
                if len(part) != listed.bytes or hashlib.sha256(part).hexdigest() != listed.sha256:
                    raise CorruptBundle(
                        f"The bundle's {name} is not what its manifest says: it was damaged or swapped."
                    )
                parts[name] = part
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, struct.error, RuntimeError) as error:
        raise CorruptBundle(f"The bundle is damaged or cut short ({error}).") from error
    return Bundle(manifest, parts)


def _check_mimetype(data: bytes) -> None:
    """The first entry names the format, at a fixed place, so that `file` knows it too."""
    if not data.startswith(_ZIP_START):
        raise CorruptBundle("This is not an .alive bundle.")
    if len(data) < 30 + len(MIMETYPE_NAME) + len(MIMETYPE):
        raise CorruptBundle("The bundle is cut short.")
    method, name_length, extra_length = struct.unpack_from("<H", data, 8) + struct.unpack_from("<HH", data, 26)
    expected = MIMETYPE_NAME.encode() + MIMETYPE
    if method != 0 or name_length != len(MIMETYPE_NAME) or extra_length or data[30 : 30 + len(expected)] != expected:
        raise CorruptBundle("This is a ZIP file, but not an .alive bundle.")


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ENTRIES:
        raise UnsafeBundle(f"The bundle has {len(entries)} entries; at most {MAX_ENTRIES} are allowed.")
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename
        if not name or len(name.encode()) > MAX_NAME_BYTES or name in (".", "..") or set(name) & set("/\\:\0"):
            raise UnsafeBundle(f"The bundle has an entry with an unsafe name: {name[:MAX_NAME_BYTES]!r}.")
        if name.casefold() in seen:
            raise UnsafeBundle(f"The bundle has two entries named {name!r}.")
        seen.add(name.casefold())
        mode = entry.external_attr >> 16
        if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
            raise UnsafeBundle(f"The bundle's {name!r} is a link or a special file.")
        if entry.flag_bits & _ENCRYPTED:
            raise UnsafeBundle(f"The bundle's {name!r} is encrypted.")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnsafeBundle(f"The bundle's {name!r} is compressed with an unknown method.")


def _inflate(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    """Inflate one entry, stopping as soon as it passes `limit` bytes or MAX_INFLATION_RATIO."""
    limit = min(limit, max(entry.compress_size, 1024) * MAX_INFLATION_RATIO)
    pieces, total = [], 0
    with archive.open(entry) as stream:
        while piece := stream.read(_INFLATE_CHUNK):
            total += len(piece)
            if total > limit:
                raise UnsafeBundle(f"The bundle's {entry.filename!r} inflates to more than is allowed.")
            pieces.append(piece)
    return b"".join(pieces)
