"""Quiet hours of a living scene."""

import time

import pytest

from alive_cli.runtime.quiet_hours import QuietClock, QuietHours
from alive_cli.runtime.scene import Scene
from alive_cli.serve import living
from alive_cli.serve.living import Living
from tests.conftest import CONFORMANCE


def test_time_stands_still_in_quiet_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    wall = "05 23:00"

    def clock(quiet: QuietHours | None) -> QuietClock:
        return QuietClock(quiet, now=lambda: time.strptime(f"2026-01-{wall}", "%Y-%m-%d %H:%M"))

    monkeypatch.setattr(living, "QuietClock", clock)
    monkeypatch.setattr(living, "QUIET_SECONDS", 0.01)
    scene = Scene.open(CONFORMANCE / "valid" / "plain.alive", device="cpu")
    own = Living(scene, scene.controls(), seed=1, fps=100, quiet=QuietHours(["22:00-07:00"]))
    own.start()
    try:
        time.sleep(0.2)
        assert (own.present.number, own.is_paused) == (1, True)
        wall = "06 07:00"
        until = time.monotonic() + 20
        while own.present.number < 3 and time.monotonic() < until:
            time.sleep(0.01)
        assert own.present.number >= 3
        assert not own.is_paused
    finally:
        own.stop()
    assert own.error is None
