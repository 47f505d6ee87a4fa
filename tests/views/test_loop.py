"""The frame loop, with a view that notes what it is shown."""

import threading
from pathlib import Path

import numpy as np
import pytest

from alive_cli import Scene
from alive_cli.runtime.events import InputEvent, KeyEvent
from alive_cli.views import loop
from alive_cli.views.performance import Performance
from bundle_spec import conformance

PLAIN = Path(conformance.__file__).parent / "valid" / "plain.alive"


class Notes:
    """A view that pauses after some pictures, and leaves after more."""

    def __init__(self, keys: dict[int, str]) -> None:
        self.shown: list[np.ndarray] = []
        self._keys = keys

    def __enter__(self) -> "Notes":
        return self

    def __exit__(self, *_: object) -> None: ...

    def size(self) -> tuple[int, int]:
        return 24, 16

    def prepare(self, picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        return picture.copy()

    def show(self, prepared: np.ndarray, rate: float) -> None:
        self.shown.append(prepared)

    def refresh(self, rate: float) -> None:
        self._keys = {len(self.shown): "q"}

    def events(self) -> list[InputEvent]:
        key = self._keys.pop(len(self.shown), None)
        return [KeyEvent(key)] if key else []

    def wait(self, seconds: float) -> None:
        threading.Event().wait(min(seconds, 0.01))


def test_what_is_shown_is_what_is_saved() -> None:
    scene = Scene.open(PLAIN)
    show = Performance(scene, scene.controls(temperature=2), name="ring", fps=100, seed=1)
    notes = Notes({7: " "})
    loop.play(show, notes)
    assert len(notes.shown) == 7
    np.testing.assert_array_equal(show.draw(show.recent[-1], notes.size()), notes.shown[-1])
    with pytest.raises(AssertionError):
        np.testing.assert_array_equal(show.draw(next(show), notes.size()), notes.shown[-1])


def test_skipped_frames_are_saved_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alive_cli.runtime.pace.Pace.record_frame", lambda pace: 2)
    scene = Scene.open(PLAIN)
    show = Performance(scene, scene.controls(), name="ring", fps=100, seed=1)
    played = loop.play(show, Notes({}), frames=9)
    assert (played.frames_shown, played.frames_dropped) == (3, 6)
    other = Performance(scene, scene.controls(), name="ring", fps=100, seed=1)
    np.testing.assert_array_equal(
        np.stack([each.embedding for each in show.recent]), np.stack([next(other).embedding for _ in range(7)])
    )
