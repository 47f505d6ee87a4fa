"""Notes that are due once a day."""

import os
import sys
from pathlib import Path

import pytest

from alive_cli.files.notes import DAY, is_due
from alive_cli.files.user_folder import FOLDER, cache_folder


def test_a_note_is_due_once_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path / "cache"))
    assert is_due("clip")
    assert not is_due("clip")
    assert is_due("another")
    (stamp,) = (tmp_path / "cache").glob("clip*")
    before = stamp.stat().st_mtime - DAY - 1
    os.utime(stamp, (before, before))
    assert is_due("clip")
    assert not is_due("clip")


def test_a_clock_that_was_set_back_hides_no_note_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    assert is_due("clip")
    (stamp,) = tmp_path.glob("clip*")
    after = stamp.stat().st_mtime + 10 * DAY
    os.utime(stamp, (after, after))
    assert is_due("clip")


def test_without_a_folder_a_note_is_always_due(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(FOLDER, str(tmp_path / "file" / "cache"))
    assert is_due("clip")
    assert is_due("clip")


@pytest.mark.parametrize(("platform", "variable"), [("linux", "XDG_CACHE_HOME"), ("win32", "LOCALAPPDATA")])
def test_each_system_has_its_folder(
    platform: str, variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(FOLDER, raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, str(tmp_path))
    assert cache_folder() == tmp_path / "alive"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_folder().parts[-3:] == ("Library", "Caches", "alive")
