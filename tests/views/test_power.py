"""Whether the machine runs on its battery, by what systems say."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from alive_cli.views import power
from alive_cli.views.power import (
    READ_SECONDS,
    Power,
    linux_on_battery,
    macos_on_battery,
    on_battery,
    windows_on_battery,
)

DISCHARGING = {"type": "Battery", "status": "Discharging"}
LINUX: dict[str, tuple[list[dict[str, str]], bool]] = {
    "a desktop": ([], False),
    "a laptop on mains": ([{"type": "Mains", "online": "1"}, {"type": "Battery", "status": "Charging"}], False),
    "a laptop on battery": ([{"type": "Mains", "online": "0"}, DISCHARGING], True),
    "full, on mains": ([{"type": "Mains", "online": "1"}, {"type": "Battery", "status": "Full"}], False),
    "by USB-C": ([{"type": "Mains", "online": "0"}, {"type": "USB", "online": "1"}, DISCHARGING], False),
    "no mains supply is listed": ([DISCHARGING], True),
    "a second battery, which is unused": ([DISCHARGING, {"type": "Battery", "status": "Unknown"}], True),
    "a wireless mouse of a desktop": ([{**DISCHARGING, "scope": "Device"}], False),
    "files without end": ([{"type": "Battery" * 1000, "status": "Discharging" * 1000}], False),
}


@pytest.mark.parametrize("case", LINUX)
def test_linux(case: str, tmp_path: Path) -> None:
    supplies, expected = LINUX[case]
    for number, files in enumerate(supplies):
        folder = tmp_path / f"supply{number}"
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(f"{text}\n")
    assert linux_on_battery(tmp_path) is expected


def test_linux_without_the_folder(tmp_path: Path) -> None:
    assert not linux_on_battery(tmp_path / "none")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Now drawing from 'Battery Power'\n -InternalBattery-0 (id=1)\t80%; discharging; 4:01 remaining", True),
        ("Now drawing from 'AC Power'\n -InternalBattery-0 (id=1)\t80%; charging; 0:41 remaining", False),
        ("Now drawing from 'AC Power'", False),
        ("", False),
    ],
)
def test_macos(said: str, expected: bool) -> None:
    def run(command: list[str], **options: Any) -> "subprocess.CompletedProcess[str]":
        assert command[1:] == ["-g", "batt"]
        assert options["timeout"] > 0
        return subprocess.CompletedProcess(command, 0, said, "")

    assert macos_on_battery(run) is expected


@pytest.mark.parametrize(("line", "answer", "expected"), [(0, 1, True), (1, 1, False), (255, 1, False), (0, 0, False)])
def test_windows(line: int, answer: int, expected: bool) -> None:
    def ask(pointer: Any) -> int:
        pointer._obj.line = line
        return answer

    assert windows_on_battery(ask) is expected


@pytest.mark.parametrize("platform", ["darwin", "win32", "linux", "freebsd14"])
def test_a_system_that_says_nothing_runs_on_mains(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(power, "SUPPLIES", Path("/nonexistent"))
    monkeypatch.setattr(subprocess, "run", fail)
    assert on_battery(platform) is False


def test_the_system_is_read_seldom() -> None:
    now, reads = 0.0, 0

    def read() -> bool:
        nonlocal reads
        reads += 1
        return reads > 1

    own = Power(read, clock=lambda: now, wait=True)
    assert [own.is_on_battery for _ in range(9)] == [False] * 9
    now += READ_SECONDS
    assert [own.is_on_battery for _ in range(9)] == [True] * 9
    assert reads == 2
