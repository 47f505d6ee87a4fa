"""The ZIP container of a bundle, read strictly (SPEC.md, Container).

ZIP says most things twice and leaves room between them, and readers differ in which of the two they believe. This
reader allows only one layout: entries one after the other from the first byte, the directory behind the last, the end
record behind that, and both descriptions of an entry alike. So an archive that passes means the same to every reader.
Nothing is inflated before the whole archive has passed, and never more than an entry declares.
"""

import re
import stat
import struct
import zlib
from dataclasses import dataclass, replace
from typing import BinaryIO

from bundle_spec.errors import CorruptBundle, UnsafeBundle
from bundle_spec.limits import (
    MAX_BUNDLE_BYTES,
    MAX_ENTRIES,
    MAX_INFLATION_RATIO,
    MAX_NAME_BYTES,
    MAX_PART_BYTES,
    SMALL_ENTRY_BYTES,
)

MIMETYPE = b"application/vnd.alive+zip"
"""The first entry has this content, uncompressed, so that programs know the format without parsing the archive."""
MIMETYPE_NAME = "mimetype"
"""The first entry has this name, as in EPUB and OpenDocument."""
STORED, DEFLATED = 0, 8
"""Entries are compressed with one of these two methods, which every ZIP library knows, under ZIP's numbers for them."""

_LOCAL = struct.Struct("<4sHHHHHLLLHH")
"""The fixed part of a local header has this layout (PKWARE APPNOTE, 4.3.7)."""
_CENTRAL = struct.Struct("<4sHHHHHHLLLHHHHHLL")
"""The fixed part of a directory entry has this layout (APPNOTE, 4.3.12)."""
_END = struct.Struct("<4sHHHHLLH")
"""The end record has this layout (APPNOTE, 4.3.16)."""
_LOCAL_MARK, _CENTRAL_MARK, _END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
"""Each of the three begins with its mark."""
_ENCRYPTED, _UTF8 = 0x1, 0x800
"""Flag bits: the first is refused with a message of its own; the second is allowed, because names are ASCII."""
_LEVEL_HINTS = 0x6
"""Flag bits that say how hard the writer compressed; readers have no use for them, so they are allowed."""
_ZIP64 = 0xFFFFFFFF
"""A size or an offset of this value means that the real one is in a ZIP64 record, which the limits make needless."""
_NAME = re.compile(rb"[A-Za-z0-9_-][A-Za-z0-9._-]*")
"""Names have only these characters, so that none of them is a path, a hidden file, or unreadable."""


@dataclass(frozen=True)
class Entry:
    """One entry of the archive."""

    name: str
    method: int
    crc: int
    compressed: int
    bytes: int
    """Length of the uncompressed data."""
    start: int
    """Place in the file at which the compressed data begins."""


def read_entries(file: BinaryIO) -> list[Entry]:
    """The entries of a bundle, in order. The data of all but `mimetype` stay unread.

    Raises:
        CorruptBundle: the file is no bundle, damaged or truncated.
        UnsafeBundle: the file exceeds a limit, or has a layout that a bundle may not have.
    """
    size = file.seek(0, 2)
    if size > MAX_BUNDLE_BYTES:
        raise UnsafeBundle(f"The file is larger than {MAX_BUNDLE_BYTES >> 20} MiB, the limit for a bundle.")
    _check_mimetype(file, size)
    count, directory = _read_end(file, size)
    entries = []
    file.seek(directory)
    packed = file.read(size - _END.size - directory)
    place = end = 0
    for _ in range(count):
        entry, local, length = _read_central(packed, place)
        if local != end:
            raise UnsafeBundle("The bundle's entries overlap, or leave room between them.")
        entries.append(_check_local(file, entry, local, packed[place : place + length]))
        place += length
        end = entries[-1].start + entry.compressed
    if end != directory or place != len(packed):
        raise UnsafeBundle("The bundle holds bytes that belong to no entry.")
    _check_names(entries)
    if sum(entry.bytes for entry in entries) > MAX_BUNDLE_BYTES:
        raise UnsafeBundle(f"The bundle inflates to more than {MAX_BUNDLE_BYTES >> 20} MiB.")
    return entries


def inflate(file: BinaryIO, entry: Entry, limit: int = MAX_PART_BYTES) -> bytes:
    """The uncompressed bytes of one entry, exactly as many as it declares.

    Raises:
        CorruptBundle: the bytes are damaged.
        UnsafeBundle: there are more than `limit`, more than the entry declares, or too many for the compressed ones.
    """
    most = min(limit, max(entry.compressed, SMALL_ENTRY_BYTES) * MAX_INFLATION_RATIO)
    if entry.bytes > most:
        raise UnsafeBundle(f"The bundle's {entry.name} inflates to more than is allowed.")
    file.seek(entry.start)
    data = file.read(entry.compressed)
    if entry.method == DEFLATED:
        stream = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            data = stream.decompress(data, entry.bytes + 1)
        except zlib.error as error:
            raise CorruptBundle(f"The bundle's {entry.name} is damaged ({error}).") from None
        if len(data) > entry.bytes:
            raise UnsafeBundle(f"The bundle's {entry.name} inflates to more than it declares.")
        if not stream.eof or stream.unused_data:
            raise CorruptBundle(f"The bundle's {entry.name} is damaged or truncated.")
    if len(data) != entry.bytes or zlib.crc32(data) != entry.crc:
        raise CorruptBundle(f"The bundle's {entry.name} is damaged: its checksum is wrong.")
    return data


def _check_mimetype(file: BinaryIO, size: int) -> None:
    """Check the first entry, which names the format at a fixed place in the file."""
    file.seek(0)
    start = file.read(_LOCAL.size + len(MIMETYPE_NAME) + len(MIMETYPE))
    if not start.startswith(_LOCAL_MARK):
        raise CorruptBundle("This is not an .alive bundle.")
    if size < len(start) + _END.size:
        raise CorruptBundle("The bundle is truncated.")
    _, _, _, method, _, _, _, _, _, name_length, extra = _LOCAL.unpack_from(start)
    expected = MIMETYPE_NAME.encode() + MIMETYPE
    if method != STORED or name_length != len(MIMETYPE_NAME) or extra or start[_LOCAL.size :] != expected:
        raise CorruptBundle("This is a ZIP file, but not an .alive bundle.")


def _read_end(file: BinaryIO, size: int) -> tuple[int, int]:
    """The number of entries, and the place at which the directory begins."""
    file.seek(size - _END.size)
    mark, disk, first_disk, here, count, length, directory, comment = _END.unpack(file.read(_END.size))
    if mark != _END_MARK:
        raise CorruptBundle("The bundle is damaged or truncated, or has something behind its end.")
    if directory == _ZIP64 or length == _ZIP64 or count == 0xFFFF:
        raise UnsafeBundle("The bundle uses ZIP64, which its limits make needless.")
    if disk or first_disk or here != count or comment:
        raise UnsafeBundle("The bundle spans several disks or carries a comment.")
    if count > MAX_ENTRIES:
        raise UnsafeBundle(f"The bundle has {count} entries; at most {MAX_ENTRIES} are allowed.")
    if directory + length + _END.size != size:
        raise CorruptBundle("The bundle's directory is not where its end record says.")
    return count, directory


def _read_central(packed: bytes, place: int) -> tuple[Entry, int, int]:
    """An entry as the directory describes it, the place of its local header, and the length of the description."""
    try:
        fields = _CENTRAL.unpack_from(packed, place)
    except struct.error:
        raise CorruptBundle("The bundle's directory is truncated.") from None
    mark, _, _, flags, method, _, _, crc, compressed, length, named, extra, comment, disk, _, attributes, local = fields
    name = packed[place + _CENTRAL.size : place + _CENTRAL.size + named]
    if mark != _CENTRAL_MARK or len(name) != named:
        raise CorruptBundle("The bundle's directory is damaged.")
    if named > MAX_NAME_BYTES or not _NAME.fullmatch(name):
        shown = ascii(name[:MAX_NAME_BYTES].decode("utf-8", "replace"))
        raise UnsafeBundle(f"The bundle has an entry with an unsafe name: {shown}.")
    shown = name.decode()
    if flags & _ENCRYPTED:
        raise UnsafeBundle(f"The bundle's {shown} is encrypted.")
    if flags & ~(_UTF8 | _LEVEL_HINTS):
        raise UnsafeBundle(f"The bundle's {shown} is written as a stream, or in another way that a bundle may not be.")
    if method not in (STORED, DEFLATED):
        raise UnsafeBundle(f"The bundle's {shown} is compressed with an unknown method.")
    if extra or comment or disk:
        raise UnsafeBundle(f"The bundle's {shown} carries extra fields or a comment.")
    mode = attributes >> 16
    if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
        raise UnsafeBundle(f"The bundle's {shown} is a link or a special file.")
    if method == STORED and compressed != length:
        raise CorruptBundle(f"The bundle's {shown} has two sizes, though it is stored.")
    return Entry(shown, method, crc, compressed, length, 0), local, _CENTRAL.size + named


def _check_local(file: BinaryIO, entry: Entry, local: int, central: bytes) -> Entry:
    """The same entry with the place of its data, after its local header has been compared with the directory."""
    behind = file.tell()
    file.seek(local)
    header = file.read(_LOCAL.size + len(entry.name))
    file.seek(behind)
    # Version, flags, method, time, checksum, sizes, length of the name: twenty-four bytes, the same in both.
    alike = header[4:28] == central[6:30] and header[_LOCAL.size :] == central[_CENTRAL.size :]
    if not header.startswith(_LOCAL_MARK) or not alike:
        raise UnsafeBundle(f"The bundle describes its {entry.name} in two ways that differ.")
    if header[28:30] != b"\0\0":
        raise UnsafeBundle(f"The bundle's {entry.name} carries extra fields or a comment.")
    return replace(entry, start=local + len(header))


def _check_names(entries: list[Entry]) -> None:
    seen: set[str] = set()
    for entry in entries:
        if entry.name.lower() in seen:
            raise UnsafeBundle(f"The bundle has two entries named {entry.name}.")
        seen.add(entry.name.lower())
