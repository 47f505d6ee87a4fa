"""A clip on its way to another machine."""

import shutil
from pathlib import Path

import pytest

from alive_cli.fitting import clip_payload
from alive_cli.fitting.clip_payload import ClipPayload
from alive_cli.media.sources import clip_name, fingerprint


def test_pictures_travel_by_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip_payload, "PATIENCE", 1)
    (tmp_path / "walk").mkdir()
    for number in range(10):
        (tmp_path / "walk" / f"f_{number:02d}.png").write_bytes(bytes([number]))
    folder, pattern = (ClipPayload.of(tmp_path / "walk" / name) for name in ("", "f_%02d.png"))
    assert folder.files == pattern.files
    with pattern.unpacked("x") as first, pattern.unpacked("x") as second:
        assert first != second
        for place in (first, second):
            path = place / pattern.path
            assert fingerprint(path) == fingerprint(tmp_path / "walk")
            assert clip_name(path) == clip_name(tmp_path / "walk" / "f_%02d.png")
        (first / "kept").touch()
    assert [path.name for path in first.iterdir()] == ["kept"]
    assert not second.exists()
    shutil.rmtree(first)
