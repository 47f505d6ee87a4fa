"""Write ZIP archives byte by byte, so that anything about them can be wrong."""

import hashlib
import json
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import onnx

from bundle_spec.archive import MIMETYPE, MIMETYPE_NAME
from bundle_spec.container import MANIFEST_NAME, Bundle
from bundle_spec.manifest_json import encode_manifest

REGULAR = 0o100644 << 16
"""External attributes of a regular file, as ZIP stores them: its mode in the upper half."""


@dataclass
class Item:
    """An entry of an archive. A field that is None has the right value for the data."""

    name: bytes
    data: bytes
    deflate: bool = False
    packed: bytes | None = None
    crc: int | None = None
    length: int | None = None
    compressed: int | None = None
    method: int | None = None
    flags: int = 0
    extra: bytes = b""
    comment: bytes = b""
    attributes: int = REGULAR
    disk: int = 0
    offset: int | None = None
    behind: bytes = b""
    local: dict[str, Any] = field(default_factory=dict)
    """Fields of the local header that differ from those of the directory."""

    def body(self) -> bytes:
        if self.packed is not None:
            return self.packed
        if not self.deflate:
            return self.data
        stream = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        return stream.compress(self.data) + stream.flush()

    def fields(self, **instead: Any) -> tuple[bytes, bytes]:
        """Name, and the ten fields that both headers share."""

        def pick(name: str, default: Any) -> Any:
            if name in instead:
                return instead[name]
            own = getattr(self, name)
            return default if own is None else own

        name = pick("name", b"")
        shared = struct.pack(
            "<HHHHHLLLHH",
            20,
            pick("flags", 0),
            pick("method", 8 if self.deflate else 0),
            0,
            0x21,
            pick("crc", zlib.crc32(self.data)),
            pick("compressed", len(self.body())),
            pick("length", len(self.data)),
            len(name),
            len(pick("extra", b"")),
        )
        return name, shared


def archive(
    items: list[Item],
    *,
    before: bytes = b"",
    behind: bytes = b"",
    comment: bytes = b"",
    disk: int = 0,
    count: int | None = None,
    offset: int | None = None,
) -> bytes:
    """An archive of these items; the other arguments put something wrong around them."""
    body, directory = before, b""
    for item in items:
        start = len(body) if item.offset is None else item.offset
        name, shared = item.fields(**item.local)
        extra: bytes = item.local.get("extra", item.extra)
        body += b"PK\x03\x04" + shared + name + extra + item.body() + item.behind
        name, shared = item.fields()
        rest = struct.pack("<HHHLL", len(item.comment), item.disk, 0, item.attributes, start)
        directory += b"PK\x01\x02" + struct.pack("<H", 0x314) + shared + rest + name + item.extra + item.comment
    number = len(items) if count is None else count
    end = struct.pack(
        "<4sHHHHLLH",
        b"PK\x05\x06",
        disk,
        disk,
        number,
        number,
        len(directory),
        len(body) if offset is None else offset,
        len(comment),
    )
    return body + directory + end + comment + behind


def items(bundle: Bundle, manifest: bytes | None = None) -> list[Item]:
    """The entries of a bundle, all stored. Without `manifest` they have the bundle's own, with right digests."""
    if manifest is None:
        manifest = json.dumps(manifest_of(bundle)).encode()
    pairs = [(MIMETYPE_NAME, MIMETYPE), (MANIFEST_NAME, manifest), *sorted(bundle.parts.items())]
    return [Item(name.encode(), data) for name, data in pairs]


def manifest_of(bundle: Bundle) -> dict[str, Any]:
    """A bundle's manifest as JSON, with right digests."""
    parts = {
        name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in bundle.parts.items()
    }
    manifest: dict[str, Any] = json.loads(encode_manifest(bundle.manifest))
    return manifest | {"parts": parts}


def with_manifest(bundle: Bundle, change: Callable[[dict[str, Any]], Any]) -> bytes:
    """A bundle after `change` has changed its manifest in place, or with what it returns (text, bytes or JSON)."""
    manifest = manifest_of(bundle)
    content = change(manifest)
    if content is None:
        content = manifest
    if not isinstance(content, (str, bytes)):
        content = json.dumps(content)
    return archive(items(bundle, content.encode() if isinstance(content, str) else content))


def with_part(bundle: Bundle, name: str, data: bytes) -> bytes:
    """A bundle with another part, which its manifest lists with the right digest."""
    return archive(items(Bundle(bundle.manifest, bundle.parts | {name: data})))


def with_graph(bundle: Bundle, name: str, change: Callable[[onnx.ModelProto], None]) -> bytes:
    """A bundle after `change` has changed a graph in place; its manifest still declares the old signature."""
    model = onnx.load_from_string(bundle.parts[name])
    change(model)
    return with_part(bundle, name, model.SerializeToString())


def with_items(bundle: Bundle, change: Callable[[dict[str, Item]], Any]) -> bytes:
    """A bundle after `change` has changed its entries in place, or with the entries that it returns."""
    each = {item.name.decode(): item for item in items(bundle)}
    entries = change(each)
    return archive(list(each.values()) if entries is None else entries)
