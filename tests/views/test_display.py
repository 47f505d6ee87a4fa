"""Displays that go away, and come back."""

import os
import sys
from types import SimpleNamespace
from typing import NoReturn

import pytest

from alive_cli import cli
from alive_cli.errors import InputError
from alive_cli.views import display


def test_a_window_waits_for_its_display(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    said: list[str] = []
    monkeypatch.setattr(display.time, "sleep", waits.append)

    def open_window() -> str:
        if len(waits) < 3:
            raise InputError("No window can be opened here.")
        return "window"

    assert display.open_when_there(open_window, waits=True, say=said.append) == "window"
    assert waits == 3 * [display.RETRY_SECONDS]
    assert said == [display.WAITING]


def test_a_window_that_waits_for_nothing_is_refused() -> None:
    def open_window() -> str:
        raise InputError("No window can be opened here.")

    with pytest.raises(InputError):
        display.open_when_there(open_window, waits=False, say=print)


def test_what_libraries_complain_of_is_not_seen(capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> NoReturn:
        with display.quiet_stderr():
            os.write(2, b"XDG_RUNTIME_DIR is not set")
            raise InputError("No window can be opened here.")

    with pytest.raises(InputError):
        fail()
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"


@pytest.mark.parametrize("driver", ["dummy", "wayland", "windows"])
def test_only_x_servers_are_watched(driver: str) -> None:
    def gone() -> NoReturn:
        raise AssertionError

    pygame = SimpleNamespace(display=SimpleNamespace(get_driver=lambda: driver))
    assert not display.watch_display(pygame, gone)


@pytest.mark.parametrize("options", [[], ["--view", "blocks"], ["--out", "a.mp4"], ["--view", "browser"]])
def test_only_windows_wait(options: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["play", "a.alive", "--wait-for-display", *options]) == 2
    assert "Only a window waits for a display" in " ".join(capfd.readouterr().err.split())


class Ended(Exception):
    """Stands for the end of the process."""


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the process ended with, or the command line that replaced it."""
    ends: list[object] = []

    def end(*what: object) -> NoReturn:
        ends.extend(what)
        raise Ended

    monkeypatch.setattr(os, "_exit", end)
    monkeypatch.setattr(os, "execv", end)
    return ends


def test_a_display_that_goes_ends_the_program(ends: list[object]) -> None:
    said: list[str] = []
    with pytest.raises(Ended):
        display.leave_without_display(False, said.append)
    assert (said, ends) == ([display.GONE], [2])


def test_a_program_that_can_not_begin_again_says_so(ends: list[object], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> NoReturn:
        raise OSError("Argument list too long")

    monkeypatch.setattr(os, "execv", fail)
    said: list[str] = []
    with pytest.raises(Ended):
        display.leave_without_display(True, said.append)
    assert (said, ends) == ([display.GONE], [2])


def test_whoever_waits_begins_again(ends: list[object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "orig_argv", ["python", "-m", "alive_cli.cli", "play", "a.alive"])
    with pytest.raises(Ended):
        display.begin_again()
    assert ends == [sys.executable, [sys.executable, "-m", "alive_cli.cli", "play", "a.alive"]]
