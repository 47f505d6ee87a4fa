"""The check of the lock, without a network."""

import importlib.util
import subprocess
import time
from types import ModuleType

import pytest

from tests.conftest import REPOSITORY


@pytest.fixture
def check_lock() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_lock", REPOSITORY / ".ci" / "check_lock.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_uvs_reason_is_no_pin(
    check_lock: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        fails = "compile" in command
        return subprocess.CompletedProcess(command, int(fails), "", "No solution found\n  when resolving" * fails)

    monkeypatch.setattr(check_lock.subprocess, "run", run)
    assert check_lock.main([]) == 1
    said = capsys.readouterr().err
    assert said == "requirements.lock can't be made from pyproject.toml: No solution found when resolving\n"
    with pytest.raises(check_lock.Unsolved):
        check_lock.missing([], time.monotonic() + 9)
