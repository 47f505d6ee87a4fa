"""The container: determinism, atomic writing, and the basic refusals."""

import io
import stat
import zipfile
from pathlib import Path

import msgspec
import numpy as np
import pytest

from bundle_spec import container as c
from bundle_spec.errors import BundleError, CorruptBundle, UnsafeBundle
from bundle_spec.manifest_json import encode_manifest
from tests.bundle_spec.test_manifest import example

PARTS = {"bank.safetensors": c.pack_tensors({"embedding": np.eye(4, dtype=np.float32)}), "note.bin": b"\0" * 4096}


def packed() -> bytes:
    return c.pack_bundle(example(), PARTS)


def rebuilt(change: object = None, drop: str = "", extra: tuple[str, bytes] | None = None) -> bytes:
    """The same bundle, packed by hand, with one thing wrong."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed())) as source, zipfile.ZipFile(buffer, "w") as target:
        for entry in source.infolist():
            if entry.filename == drop:
                continue
            data = source.read(entry)
            if callable(change):
                data = change(entry, data)
            target.writestr(entry, data)
        if extra:
            target.writestr(*extra)
    return buffer.getvalue()


def test_round_trip() -> None:
    bundle = c.unpack_bundle(packed())
    assert bundle.parts == PARTS
    assert bundle.tensors("bank.safetensors")["embedding"].shape == (4, 4)


def test_same_parts_same_bytes() -> None:
    assert packed() == packed()


def test_format_is_recognisable_at_a_fixed_place() -> None:
    assert packed()[30:64] == b"mimetypeapplication/vnd.alive+zip\x50"[:34]


def test_deflated_entries_are_read() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed())) as source, zipfile.ZipFile(buffer, "w") as target:
        for entry in source.infolist():
            kind = zipfile.ZIP_STORED if entry.filename == "mimetype" else zipfile.ZIP_DEFLATED
            target.writestr(zipfile.ZipInfo(entry.filename), source.read(entry), kind)
    assert c.unpack_bundle(buffer.getvalue()).parts == PARTS


def _swap(entry: zipfile.ZipInfo, data: bytes) -> bytes:
    return b"\1" * len(data) if entry.filename == "note.bin" else data


def _as_link(entry: zipfile.ZipInfo, data: bytes) -> bytes:
    if entry.filename == "note.bin":
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return data


WRONG = {
    "nothing": (b"", CorruptBundle),
    "text": (b"hello, I am no bundle at all, just some text that goes on", CorruptBundle),
    "plain zip": (b"PK\x03\x04" + b"\0" * 100, CorruptBundle),
    "swapped part": (rebuilt(_swap), CorruptBundle),
    "missing part": (rebuilt(drop="note.bin"), CorruptBundle),
    "missing manifest": (rebuilt(drop="manifest.json"), CorruptBundle),
    "missing mimetype": (rebuilt(drop="mimetype"), CorruptBundle),
    "unlisted part": (rebuilt(extra=("virus.exe", b"x")), UnsafeBundle),
    "traversal": (rebuilt(extra=("../evil", b"x")), UnsafeBundle),
    "absolute": (rebuilt(extra=("/etc/passwd", b"x")), UnsafeBundle),
    "backslash": (rebuilt(extra=("a\\b", b"x")), UnsafeBundle),
    "case twin": (rebuilt(extra=("NOTE.bin", b"x")), UnsafeBundle),
    "link": (rebuilt(_as_link), UnsafeBundle),
}


@pytest.mark.parametrize("name", WRONG)
def test_refuses(name: str) -> None:
    data, error = WRONG[name]
    with pytest.raises(error):
        c.unpack_bundle(data)


def test_refuses_every_truncation() -> None:
    data = packed()
    for length in range(0, len(data), 97):
        with pytest.raises(BundleError):
            c.unpack_bundle(data[:length])


def test_refuses_a_bomb() -> None:
    bomb = b"\0" * (8 << 20)
    manifest = msgspec.structs.replace(example(), parts={})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), c.MIMETYPE)
        archive.writestr(zipfile.ZipInfo("manifest.json"), encode_manifest(manifest) + bomb, zipfile.ZIP_DEFLATED)
    with pytest.raises(UnsafeBundle, match="inflates"):
        c.unpack_bundle(buffer.getvalue())


def test_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.alive"
    c.write_bundle(path, example(), PARTS)
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(OSError, match="disk full"):
        c.write_bundle(path, example(), {})
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.alive"]


def test_players_leave_training_weights_unread(tmp_path: Path) -> None:
    weights = np.random.default_rng(0).bytes(4096)
    data = c.pack_bundle(example(), PARTS | {c.WEIGHTS_NAME: weights})
    place = data.index(weights) + 2000
    path = tmp_path / "x.alive"
    path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    assert c.read_bundle(path, to_play=True).parts == PARTS
    with pytest.raises(CorruptBundle, match=r"weights\.safetensors is damaged"):
        c.read_bundle(path)
