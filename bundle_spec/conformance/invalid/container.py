"""Archives that a reader must refuse: wrong layout, names, headers and sizes (SPEC.md, §1)."""

import zlib
from typing import Any

from bundle_spec.archive import MIMETYPE
from bundle_spec.conformance.forge import Item, archive, items, with_items
from bundle_spec.conformance.invalid.base import BASE, CORRUPT, UNSAFE, Build, Cases
from bundle_spec.container import Bundle

NOTE = b"a note that nobody needs"
"""The part that has something wrong has this content, which no player reads."""


def _note(**wrong: Any) -> bytes:
    """The scene with a listed part `note.txt` whose entry has something wrong."""

    def change(entries: dict[str, Item]) -> None:
        for name, value in wrong.items():
            setattr(entries["note.txt"], name, value)

    return with_items(Bundle(BASE.manifest, BASE.parts | {"note.txt": NOTE}), change)


def _extra(item: Item) -> bytes:
    """The scene with one more entry, which the manifest doesn't list."""
    return archive([*items(BASE), item])


def _named(name: bytes) -> Build:
    return lambda: _extra(Item(name, NOTE))


def _truncate(fraction: float) -> Build:
    def build() -> bytes:
        whole = archive(items(BASE))
        return whole[: int(len(whole) * fraction)]

    return build


def _truncate_at(mark: bytes, behind: int = 0) -> Build:
    """Cut before the last such mark, or some bytes behind it."""

    def build() -> bytes:
        whole = archive(items(BASE))
        return whole[: whole.rindex(mark) + behind]

    return build


def _overlapping() -> bytes:
    each = items(BASE)
    first = archive(each).index(b"PK\x03\x04", 4)
    return archive([*each, Item(b"again", b"", offset=first)])


def _quoted() -> bytes:
    """An entry whose data hold another entry's header and data (Fifield 2019, A better zip bomb)."""
    inner = Item(b"inner.bin", b"\0" * 64)
    name, shared = inner.fields()
    quoted = b"PK\x03\x04" + shared + name + inner.data
    each = [*items(BASE), Item(b"outer.bin", quoted)]
    place = len(archive(each)) - len(archive(each)[archive(each).rindex(quoted) :])
    return archive([*each, Item(b"inner.bin", b"\0" * 64, packed=b"", compressed=64, offset=place)])


def _without(name: str) -> Build:
    return lambda: with_items(BASE, lambda entries: [item for key, item in entries.items() if key != name])


def _reordered() -> bytes:
    first, second, *rest = items(BASE)
    return archive([second, first, *rest])


def _bomb(declared: bool) -> Build:
    def build() -> bytes:
        zeros = bytes(8 << 20)
        item = Item(b"note.txt", zeros, deflate=True, length=None if declared else len(NOTE))
        listed = Bundle(BASE.manifest, BASE.parts | {"note.txt": zeros if declared else NOTE})
        return archive([*items(listed)[:-2], item, *items(listed)[-1:]])

    return build


CONTAINER: Cases = {
    "empty file": (CORRUPT, lambda: b""),
    "one byte": (CORRUPT, lambda: b"P"),
    "text": (CORRUPT, lambda: b"I am no bundle at all, just some text that goes on for a while.\n" * 4),
    "another zip": (CORRUPT, lambda: archive([Item(b"readme.txt", NOTE)])),
    "empty zip": (CORRUPT, lambda: archive([])),
    "mimetype missing": (CORRUPT, _without("mimetype")),
    "mimetype not first": (CORRUPT, _reordered),
    "mimetype of a book": (CORRUPT, lambda: with_items(BASE, lambda e: setattr(e["mimetype"], "data", b"epub" * 7))),
    "mimetype deflated": (CORRUPT, lambda: with_items(BASE, lambda e: setattr(e["mimetype"], "deflate", True))),
    "mimetype said twice": (UNSAFE, lambda: _extra(Item(b"mimetype", MIMETYPE))),
    "manifest missing": (CORRUPT, _without("manifest.json")),
    "part missing": (CORRUPT, _without("bank.safetensors")),
    "part not listed": (UNSAFE, _named(b"virus.exe")),
    "part swapped": (CORRUPT, lambda: _note(data=NOTE[::-1])),
    "part longer than listed": (CORRUPT, lambda: _note(data=NOTE + b"!")),
    "name climbs": (UNSAFE, _named(b"../evil")),
    "name absolute": (UNSAFE, _named(b"/etc/passwd")),
    "name with backslash": (UNSAFE, _named(b"a\\b")),
    "name with drive": (UNSAFE, _named(b"C:evil")),
    "name with nul": (UNSAFE, _named(b"evil\0.txt")),
    "name empty": (UNSAFE, _named(b"")),
    "name of two dots": (UNSAFE, _named(b"..")),
    "name hidden": (UNSAFE, _named(b".profile")),
    "name in a folder": (UNSAFE, _named(b"folder/part.bin")),
    "name with escape sequence": (UNSAFE, _named(b"\x1b]0;owned\x07")),
    "name with newline": (UNSAFE, _named(b"a\nb")),
    "name right to left": (UNSAFE, _named("\u202egnp.exe".encode())),
    "name of other bytes": (UNSAFE, _named(b"\xff\xfe")),
    "name too long": (UNSAFE, _named(b"n" * 129)),
    "name twice": (UNSAFE, lambda: archive([*items(BASE), Item(b"bank.safetensors", NOTE)])),
    "name twice but for case": (UNSAFE, _named(b"BANK.safetensors")),
    "entry is a link": (UNSAFE, lambda: _note(attributes=0o120777 << 16)),
    "entry is a folder": (UNSAFE, lambda: _note(attributes=0o040755 << 16)),
    "entry is a device": (UNSAFE, lambda: _note(attributes=0o060666 << 16)),
    "entry encrypted": (UNSAFE, lambda: _note(flags=1)),
    "entry streamed": (UNSAFE, lambda: _note(flags=8)),
    "entry masked": (UNSAFE, lambda: _note(flags=0x2000)),
    "entry compressed by bzip2": (UNSAFE, lambda: _note(method=12)),
    "entry compressed by nothing known": (UNSAFE, lambda: _note(method=99)),
    "entry with extra field": (UNSAFE, lambda: _note(extra=b"\x75\x70\x04\x00\x01\x00\x00\x00")),
    "entry with extra field in one place": (UNSAFE, lambda: _note(local={"extra": b"\0\0\0\0"})),
    "entry with comment": (UNSAFE, lambda: _note(comment=b"hello")),
    "entry on another disk": (UNSAFE, lambda: _note(disk=1)),
    "entry with wrong checksum": (CORRUPT, lambda: _note(crc=1)),
    "entry longer than said": (CORRUPT, lambda: _note(length=len(NOTE) - 1)),
    "entry shorter than said": (CORRUPT, lambda: _note(length=len(NOTE) + 1)),
    "entry reaching into the next": (UNSAFE, lambda: _note(compressed=len(NOTE) + 9, length=len(NOTE) + 9)),
    "entry with two names": (UNSAFE, lambda: _note(local={"name": b"nute.txt"})),
    "entry with two sizes": (UNSAFE, lambda: _note(local={"length": 7, "compressed": 7})),
    "entry with two checksums": (UNSAFE, lambda: _note(local={"crc": 7})),
    "entry with two methods": (UNSAFE, lambda: _note(local={"method": 8})),
    "entry beyond the end": (UNSAFE, lambda: _note(offset=1 << 30)),
    "entry with garbage for deflate": (CORRUPT, lambda: _note(deflate=True, packed=b"\xff" * 30)),
    "entry with truncated deflate": (CORRUPT, lambda: _note(deflate=True, packed=zlib.compress(NOTE)[2:-6])),
    "entry with bytes behind its deflate": (
        CORRUPT,
        lambda: _note(deflate=True, packed=Item(b"", NOTE, deflate=True).body() + b"more"),
    ),
    "entries overlap": (UNSAFE, _overlapping),
    "entries inside one another": (UNSAFE, _quoted),
    "entries with room between": (UNSAFE, lambda: _note(behind=b"hidden")),
    "entries too many": (UNSAFE, lambda: archive([*items(BASE), *(Item(b"p%d" % n, b"") for n in range(64))])),
    "entries said to be 65,535": (UNSAFE, lambda: archive(items(BASE), count=0xFFFF)),
    "entries said to be fewer": (UNSAFE, lambda: archive(items(BASE), count=3)),
    "bytes before": (CORRUPT, lambda: archive(items(BASE), before=b"#!/bin/sh\n")),
    "bytes behind": (CORRUPT, lambda: archive(items(BASE), behind=b"\0" * 8)),
    "archive comment": (CORRUPT, lambda: archive(items(BASE), comment=b"PK")),
    "archive on two disks": (UNSAFE, lambda: archive(items(BASE), disk=1)),
    "archive of zip64": (UNSAFE, lambda: archive(items(BASE), offset=0xFFFFFFFF)),
    "directory elsewhere": (CORRUPT, lambda: archive(items(BASE), offset=31)),
    "bomb": (UNSAFE, _bomb(declared=True)),
    "bomb that lies": (UNSAFE, _bomb(declared=False)),
    "truncated in the first header": (CORRUPT, lambda: archive(items(BASE))[:17]),
    "truncated behind the mimetype": (CORRUPT, lambda: archive(items(BASE))[:63]),
    "truncated in the manifest": (CORRUPT, _truncate(0.15)),
    "truncated in a part": (CORRUPT, _truncate(0.6)),
    "truncated before the last entry": (CORRUPT, _truncate_at(b"PK\x03\x04")),
    "truncated behind the last header": (CORRUPT, _truncate_at(b"PK\x03\x04", 30)),
    "truncated before the last entry of the directory": (CORRUPT, _truncate_at(b"PK\x01\x02")),
    "truncated in the directory": (CORRUPT, _truncate_at(b"PK\x01\x02", 20)),
    "truncated before the end record": (CORRUPT, _truncate_at(b"PK\x05\x06")),
    "truncated in the end record": (CORRUPT, _truncate_at(b"PK\x05\x06", 21)),
}
"""Archives with one thing wrong, by name."""
