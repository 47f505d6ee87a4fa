"""The surface of a cast: what it sends, what it says, and how it survives errors."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from alive_cli import Scene
from alive_cli.errors import InputError
from alive_cli.views.cast.casting import cast
from alive_cli.views.cast.frame_size import fitted
from alive_cli.views.cast.sender import Order
from alive_cli.views.cast.surface import RETRY_SECONDS, CastSurface, is_attended
from alive_cli.views.cast.targets import TARGETS
from alive_cli.views.performance import Performance
from tests.conftest import CONFORMANCE
from tests.views.cast import stand_ins

PLAIN, CLEAR = CONFORMANCE / "valid" / "plain.alive", CONFORMANCE / "valid" / "warp-alpha.alive"


class Sink:
    """A sender that notes what it gets, and fails for some pictures."""

    name = "sink"

    def __init__(self, failing: set[int] = frozenset()) -> None:  # type: ignore[assignment]
        self.sent: list[np.ndarray] = []
        self.closed, self._failing = False, failing

    def send(self, picture: np.ndarray) -> None:
        if len(self.sent) in self._failing:
            raise RuntimeError("the driver\n ended.")
        self.sent.append(picture.copy())

    def close(self) -> None:
        self.closed = True
        raise OSError("it is closed already")


def performance(path: Path = PLAIN, *, clear: bool = False) -> Performance:
    scene = Scene.open(path)
    return Performance(scene, scene.controls(), name="ring", fps=100, seed=1, clear=clear)


def test_it_tries_again_and_says_so_once() -> None:
    now, said = [0.0], []
    sinks = [Sink({1}), Sink({0}), Sink(set())]
    first, *others = sinks
    left: list[Sink | None] = [None, *others]
    tries = []

    def reopen() -> Sink:
        tries.append(now[0])
        sink = left.pop(0)
        if sink is None:
            raise InputError("There is no camera.")
        return sink

    fitting = fitted((6, 4), (32, 16))
    surface = CastSurface(
        performance(), first, reopen, fitting, said.append, background=(9, 8, 7), clock=lambda: now[0]
    )
    picture = np.full((4, 6, 3), 200, np.uint8)
    for _ in range(200):
        surface.show(surface.prepare(picture, (6, 4)), 30)
        now[0] += RETRY_SECONDS / 4
    assert [len(sink.sent) for sink in sinks] == [1, 0, 200 - 13]
    assert tries == [RETRY_SECONDS * (count + 1 / 4) for count in (1, 2, 3)]
    assert said == [
        "Nothing is sent at present (the driver ended); it tries again every 3 seconds.",
        "Pictures are sent again.",
    ]
    assert first.closed
    surface.refresh(30)  # a paused scene is sent, too
    assert len(sinks[2].sent) == 200 - 12
    shown = sinks[2].sent[-1]
    assert shown[8, 16].tolist() == [200, 200, 200]
    assert shown[8, 0].tolist() == [9, 8, 7]


@pytest.mark.parametrize("multiply", [False, True])
def test_transparent_pictures_stay_transparent(multiply: bool) -> None:
    sink = Sink()
    show = performance(CLEAR, clear=True)
    fitting = fitted(show.scene.size, (32, 16), alpha=True)
    surface = CastSurface(show, sink, Sink, fitting, lambda _: None, multiply=multiply)
    picture = np.zeros((16, 24, 4), np.uint8)
    picture[:] = 200, 100, 50, 128
    surface.show(surface.prepare(picture, (24, 16)), 30)
    assert sink.sent[0][8, 16].tolist() == ([100, 50, 25, 128] if multiply else [200, 100, 50, 128])
    assert sink.sent[0][8, 0].tolist() == [0, 0, 0, 0]
    drawn = show.draw(next(show), fitting.drawn)
    assert drawn.shape[2] == 4


def test_keys_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    show = performance()
    surface = CastSurface(show, Sink(), Sink, fitted(show.scene.size, (32, 16)), said.append)
    monkeypatch.setattr("alive_cli.views.cast.surface.is_attended", lambda: True)
    keys: list[str] = []
    surface._keys = lambda: [keys.pop(0)] if keys else []

    def press(key: str) -> list[str]:
        said.clear()
        keys.append(key)
        for event in surface.events():
            show.handle(event)
        surface.refresh(30)
        surface.refresh(30)
        return said

    assert "temperature" in press("up")[0]
    assert len(said) == 1
    lines = press("?")
    assert lines[-1] == "q      leave"
    assert not any(line.startswith(("drag", "f ", "t ")) for line in lines)
    assert press("c") == ["Nothing leads this scene; alive play --lead gives it a video or a camera to follow."]
    assert press(" ")[-1:] == []  # its message is still there
    assert show.paused


def test_a_rest_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    show = performance()
    surface = CastSurface(show, Sink(), Sink, fitted(show.scene.size, (32, 16)), said.append, background=(0, 0, 0))
    reason = ["quiet until 07:00"]
    monkeypatch.setattr("alive_cli.views.rest.Rest.reason", property(lambda _: reason[0]))
    picture = surface.prepare(np.zeros((4, 6, 3), np.uint8), (6, 4))
    surface.show(picture, 30)
    surface.refresh(30)
    surface.show(picture, 30)  # it is drawn more finely while it stays
    surface.refresh(30)
    reason[0] = ""
    surface.show(picture, 30)
    surface.show(picture, 30)
    assert said == ["The scene stands still (quiet until 07:00).", "The scene lives again."]


def test_a_pause_does_not_end_a_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    show = performance()
    surface = CastSurface(show, Sink(), Sink, fitted(show.scene.size, (32, 16)), said.append, background=(0, 0, 0))
    monkeypatch.setattr("alive_cli.views.rest.Rest.reason", "paused on battery")
    surface.refresh(30)
    show.press(" ")
    assert show.paused
    surface.refresh(30)
    assert said == ["The scene stands still (paused on battery)."]


def test_a_second_cast_is_refused_after_the_device_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    cameras = stand_ins.camera(monkeypatch)
    order, target = Order(None, (32, 16), 100), TARGETS["camera"]
    fitting = fitted((6, 4), (32, 16))
    from alive_cli.views.cast.holding import held

    with held(target, "/dev/video9"), pytest.raises(InputError, match="/dev/video9 already"):
        cast(performance(), target, sys.modules["pyvirtualcam"], order, fitting, lambda _: None, frames=1)
    assert cameras.opened[0].closed
    said: list[str] = []
    cameras.failing = staticmethod(lambda number: number == 2)  # type: ignore[assignment]
    monkeypatch.setattr("alive_cli.views.cast.surface.RETRY_SECONDS", 0.0)
    cast(performance(), target, sys.modules["pyvirtualcam"], order, fitting, said.append, frames=100)
    assert said[0] == "Casting to the camera /dev/video9 at 32×16, 100 pictures a second."
    assert said[2:] == [
        "Nothing is sent at present (the camera went away); it tries again every 0 seconds.",
        "Pictures are sent again.",
    ]
    assert [each.device for each in cameras.opened[1:]] == ["/dev/video9"] * 2
    assert all(each.closed for each in cameras.opened)


BACKGROUND = """
import os, sys
from alive_cli.views.cast.surface import is_attended
print(is_attended())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no background of a terminal")
def test_a_program_in_the_background_reads_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert not is_attended()
    main, side = pty.openpty()
    try:
        process = subprocess.run(
            [sys.executable, "-c", BACKGROUND], stdin=side, capture_output=True, check=True, start_new_session=True
        )
    finally:
        os.close(main)
        os.close(side)
    assert process.stdout.decode().strip() == "False"
