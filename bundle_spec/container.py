"""Read, write and verify the ZIP container of an `.alive` bundle (SPEC.md, Container).

A bundle is parsed in memory and never extracted to disk.
"""

import hashlib
import io
import os
import stat
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np
import safetensors
import safetensors.numpy
from PIL import Image

from bundle_spec.archive import MIMETYPE, MIMETYPE_NAME, Entry, inflate, read_entries
from bundle_spec.atomic import replacing
from bundle_spec.errors import CorruptBundle, UnsafeBundle
from bundle_spec.limits import (
    MAX_INFLATION_RATIO,
    MAX_MANIFEST_BYTES,
    MAX_PICTURE_PIXELS,
    MAX_PICTURE_SIDE,
    MAX_TENSORS,
)
from bundle_spec.manifest import Manifest, Part
from bundle_spec.manifest_json import decode_manifest, encode_manifest

MANIFEST_NAME = "manifest.json"
"""Every bundle has this part, which describes all others."""
TRUNK_NAME = "trunk.onnx"
"""This writer gives the trunk this name; readers take the names of graphs and pictures from the manifest."""
GENERATOR_NAME = "generator.onnx"
"""This writer gives the generator this name."""
FAST_NAME = "generator_fast.onnx"
"""This writer gives the generator of fewer features this name."""
BEHAVIOR_NAME = "behavior.onnx"
"""This writer gives the behavior graph this name."""
BANK_NAME = "bank.safetensors"
"""Every bundle has this part, which holds the observed embeddings and the other inputs of the behavior."""
WEIGHTS_NAME = "weights.safetensors"
"""This optional part holds the training weights. Players ignore it."""
POSTER_NAME = "poster.png"
"""This optional part is a still of the scene, for lists and pages."""
BACKGROUND_NAME = "background.png"
"""This writer gives the picture behind the moving pixels this name."""
MASK_NAME = "mask.png"
"""This writer gives the picture that marks the moving pixels this name."""

KEYFRAMES_NAME = "keyframes.safetensors"
"""This writer gives the part with the keyframes of a warp drawing this name."""

DEFLATE_LEVEL = 6
"""Entries are deflated at zlib's default level, because higher ones take longer and save little."""
LEAST_RATIO = 1.05
"""Entries that get smaller by less than this ratio are stored, because inflating them would cost more than it saves."""
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
"""Every entry has this time, the earliest that ZIP knows, so that the same scene gives the same bytes."""


@dataclass(frozen=True)
class Bundle:
    """A verified bundle in memory: the manifest, and the bytes of the other parts by name."""

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
        """The pixels of one PNG part, uint8: [H, W, 3] for mode `RGB`, [H, W, 4] for `RGBA`, [H, W] for `L`.

        Raises:
            CorruptBundle: the part is missing, or no PNG of that mode.
            UnsafeBundle: it exceeds MAX_PICTURE_SIDE or MAX_PICTURE_PIXELS.
        """
        try:
            with Image.open(io.BytesIO(self.part(name)), formats=["PNG"]) as picture:
                if max(picture.size) > MAX_PICTURE_SIDE or picture.width * picture.height > MAX_PICTURE_PIXELS:
                    raise UnsafeBundle(f"{name} claims {picture.width}×{picture.height} pixels, too many.")
                if picture.mode != mode:
                    raise CorruptBundle(f"{name} is not a PNG of mode {mode}.")
                return np.asarray(picture)
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise CorruptBundle(f"{name} is not a PNG picture that can be read.") from error


def pack_picture(pixels: np.ndarray) -> bytes:
    """Pixels, uint8 [H, W, 3], [H, W, 4] or [H, W], as the bytes of a PNG part."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def pack_tensors(tensors: dict[str, np.ndarray]) -> bytes:
    """Tensors as the bytes of a `.safetensors` part; the same tensors give the same bytes."""
    return safetensors.numpy.save({name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)})


def pack_bundle(manifest: Manifest, parts: dict[str, bytes]) -> bytes:
    """The bytes of a bundle, with the digests of its parts in the manifest.

    The same manifest and parts give the same bytes wherever zlib is the same, because entries are sorted, deflated by
    a fixed rule, and have a fixed time.
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
    return LEAST_RATIO < ratio < MAX_INFLATION_RATIO / 2  # readers refuse higher ratios as zip bombs


def write_bundle(path: Path, manifest: Manifest, parts: dict[str, bytes]) -> None:
    """Write a bundle atomically: `path` is replaced once every byte is on disk and verified, or stays the same."""
    data = pack_bundle(manifest, parts)
    with replacing(path) as temporary:
        temporary.write_bytes(data)
        read_bundle(temporary)


def read_bundle(path: Path, *, to_play: bool = False) -> Bundle:
    """Read and verify a bundle.

    Args:
        to_play: leave the training weights unread and unverified, because they can be most of a bundle.

    Raises:
        OSError: the file can't be read.
        BundleError: it is no bundle, damaged, unsafe, or needs a newer reader.
    """
    with open_file(path) as file:
        return _read(file, {WEIGHTS_NAME} if to_play else set())


def unpack_bundle(data: bytes) -> Bundle:
    """Verify the bytes of a bundle and take them apart; errors as for `read_bundle`."""
    return _read(io.BytesIO(data), set())


def open_file(path: Path) -> BinaryIO:
    """Open a bundle for reading. Refuse anything but a regular file, because opening a pipe can wait for ever.

    Raises:
        OSError: the file can't be read.
        CorruptBundle: it is no regular file.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise CorruptBundle("This is not an .alive bundle: it is no regular file.")
    return Path(path).open("rb")


def read_manifest(file: BinaryIO) -> tuple[Manifest, list[Entry]]:
    """The manifest of a bundle, and its entries for the other parts in the order of the file.

    Raises:
        BundleError: it is no bundle, damaged, unsafe, or needs a newer reader.
    """
    entries = {entry.name: entry for entry in read_entries(file)}
    if MANIFEST_NAME not in entries:
        raise CorruptBundle("The bundle has no manifest.json.")
    manifest = decode_manifest(inflate(file, entries.pop(MANIFEST_NAME), MAX_MANIFEST_BYTES))
    entries.pop(MIMETYPE_NAME)
    for name in sorted(set(entries) ^ set(manifest.parts)):
        if name in entries:
            raise UnsafeBundle(f"The bundle holds {name}, which its manifest doesn't list.")
        raise CorruptBundle(f"The bundle's {name} is missing.")
    return manifest, list(entries.values())


def read_part(file: BinaryIO, entry: Entry, manifest: Manifest) -> bytes:
    """The verified bytes of a part.

    Raises:
        BundleError: length or digest differ from those in the manifest, or the part exceeds a limit.
    """
    part = manifest.parts[entry.name]
    data = inflate(file, entry)
    if len(data) != part.bytes or hashlib.sha256(data).hexdigest() != part.sha256:
        raise CorruptBundle(f"The bundle's {entry.name} is not what its manifest says: it was damaged or swapped.")
    return data


def _read(file: BinaryIO, unread: set[str]) -> Bundle:
    manifest, entries = read_manifest(file)
    parts = {entry.name: read_part(file, entry, manifest) for entry in entries if entry.name not in unread}
    return Bundle(manifest, parts)
