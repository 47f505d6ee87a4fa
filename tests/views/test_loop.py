"""The frame loop, with a view that notes what it is shown."""

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from alive_cli import Scene
from alive_cli.runtime.events import InputEvent, KeyEvent, VisibilityEvent
from alive_cli.views import loop
from alive_cli.views.performance import Performance
from alive_cli.views.rest import Rest
from bundle_spec import conformance

PLAIN = Path(conformance.__file__).parent / "valid" / "plain.alive"


LARGE = (320, 160)
"""Width and height of a surface that the first picture is too coarse for."""


class Resting:
    """A large surface that pauses at its first picture, and notes what it is shown; `turn` may change it at a turn."""

    def __init__(self, performance: Performance, turn: Callable[["Resting", int], None], turns: int = 400) -> None:
        self.shown: list[np.ndarray] = []
        self.performance, self.size_now = performance, LARGE
        self._turn, self._turns, self._passed = turn, turns, 0

    def __enter__(self) -> "Resting":
        return self

    def __exit__(self, *_: object) -> None: ...

    def size(self) -> tuple[int, int]:
        return self.size_now

    def prepare(self, picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        return picture.copy()

    def show(self, prepared: np.ndarray, rate: float) -> None:
        self.shown.append(prepared)
        self.performance.paused = True

    def refresh(self, rate: float) -> None: ...

    def wait(self, seconds: float) -> None:
        threading.Event().wait(min(seconds, 0.01))
        if not self.performance.stands_still:
            return
        self._passed += 1
        if self._passed >= self._turns:
            self.performance.leave()
        self._turn(self, self._passed)

    def events(self) -> list[InputEvent]:
        return []


def shown_sizes(surface: Resting) -> list[tuple[int, ...]]:
    """Width and height of the pictures that a surface was shown."""
    return [picture.shape[1::-1] for picture in surface.shown]


def leave_at(count: int) -> Callable[[Resting, int], None]:
    """Leave once so many pictures were shown."""

    def turn(surface: Resting, passed: int) -> None:
        if len(surface.shown) == count:
            surface.performance.leave()

    return turn


@pytest.fixture
def still() -> Performance:
    """A performance that is to stand still."""
    scene = Scene.open(PLAIN)
    return Performance(scene, scene.controls(), name="ring", fps=100, seed=1)


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


def test_a_picture_that_stays_is_drawn_whole(still: Performance) -> None:
    surface = Resting(still, leave_at(2))
    loop.play(still, surface)
    coarse, fine = shown_sizes(surface)
    assert coarse[0] < LARGE[0]
    assert fine == LARGE
    np.testing.assert_array_equal(surface.shown[-1], still.scene.renderer(LARGE).render(still.recent[-1]))


def test_a_picture_that_stays_is_drawn_once(still: Performance) -> None:
    surface = Resting(still, lambda *_: None, turns=60)
    loop.play(still, surface)
    assert len(shown_sizes(surface)) == 2


def test_it_is_drawn_again_where_the_surface_becomes_larger(still: Performance) -> None:
    larger = (400, 200)

    def turn(surface: Resting, passed: int) -> None:
        if len(surface.shown) == 2:
            surface.size_now = larger
        leave_at(3)(surface, passed)

    surface = Resting(still, turn)
    loop.play(still, surface)
    assert shown_sizes(surface)[1:] == [LARGE, larger]


def test_what_nobody_sees_stays_coarse(still: Performance) -> None:
    still.handle(VisibilityEvent(is_visible=False))
    surface = Resting(still, lambda *_: None, turns=30)
    loop.play(still, surface)
    assert len(shown_sizes(surface)) == 1


def test_a_whole_picture_that_comes_too_late_is_not_shown(still: Performance, monkeypatch: pytest.MonkeyPatch) -> None:
    began, lives = threading.Event(), threading.Event()
    ends: list[bool] = []

    def draw_whole(size: tuple[int, int], is_over: Callable[[], bool]) -> np.ndarray:
        began.set()
        assert lives.wait(10)
        for _ in range(1000):
            if is_over():
                break
            threading.Event().wait(0.01)
        ends.append(is_over())
        return np.zeros((size[1], size[0], 3), np.uint8)

    def turn(surface: Resting, passed: int) -> None:
        if began.is_set() and not lives.is_set():
            still.paused = False
            lives.set()
        elif len(surface.shown) > 1:
            still.leave()

    monkeypatch.setattr(still, "draw_whole", draw_whole)
    surface = Resting(still, turn)
    loop.play(still, surface)
    assert len(surface.shown) == 2
    assert all(picture.any() for picture in surface.shown)
    assert set(ends) == {True}


def test_only_the_thread_of_the_view_looks_at_the_rest_while_a_picture_stays(
    still: Performance, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: set[str] = set()

    class Quiet(Resting):
        def show(self, prepared: np.ndarray, rate: float) -> None:
            self.shown.append(prepared)

    def reason(rest: Rest) -> str:
        threads.add(threading.current_thread().name)
        return "quiet until 07:00" if surface.shown else ""

    monkeypatch.setattr(Rest, "reason", property(reason))
    surface = Quiet(still, leave_at(2))
    loop.play(still, surface)
    assert len(surface.shown) == 2
    assert threads == {threading.current_thread().name}


def test_it_is_drawn_whole_where_the_size_changed_only_for_a_while(
    still: Performance, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[bool] = []

    def draw_whole(size: tuple[int, int], is_over: Callable[[], bool]) -> np.ndarray | None:
        if not drawn:  # the surface gets another size, and the one before, while this one is drawn
            surface.size_now = (400, 200)
            while not is_over():
                threading.Event().wait(0.01)
            surface.size_now = LARGE
        drawn.append(is_over())
        return None if is_over() else np.ones((size[1], size[0], 3), np.uint8)

    monkeypatch.setattr(still, "draw_whole", draw_whole)
    surface = Resting(still, leave_at(2))
    loop.play(still, surface)
    assert drawn == [True, False]
    assert shown_sizes(surface)[1:] == [LARGE]
