"""Drawing that nobody waits for."""

import time
from concurrent.futures import CancelledError
from itertools import pairwise
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from alive_cli import Scene
from alive_cli.errors import InputError
from alive_cli.runtime import live_drawing
from alive_cli.runtime.live_drawing import LiveDrawing, enlarged
from alive_cli.runtime.painter import Painter

LARGE = (240, 160)


@pytest.fixture
def scene(bundle: Path) -> Scene:
    return Scene.open(bundle, device="cpu")


def test_small_pictures_are_exact_at_once(scene: Scene) -> None:
    moment = scene.embeddings[3]
    np.testing.assert_array_equal(LiveDrawing(scene).draw(moment), scene.draw(moment))


def test_large_pictures_come_at_once_and_become_exact(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    prepare, go = Scene.painter, Event()

    def slow(own: Scene, size: tuple[int, int], *others: object, **named: object) -> Painter:
        asked.append(size[0] * size[1])
        assert len(asked) == 1 or go.wait(60)
        return prepare(own, size, *others, **named)  # type: ignore[arg-type]

    exact = scene.draw(scene.embeddings[0], LARGE)
    monkeypatch.setattr(Scene, "painter", slow)
    drawing = LiveDrawing(scene)
    coarse = enlarged(drawing.draw(scene.embeddings[0], LARGE), LARGE)
    assert coarse.shape == exact.shape
    assert 0 < np.abs(coarse.astype(int) - exact).mean() < 10
    go.set()
    until = time.monotonic() + 60
    while drawing.draw(scene.embeddings[0], LARGE).shape != exact.shape and time.monotonic() < until:
        time.sleep(0.01)
    np.testing.assert_array_equal(drawing.draw(scene.embeddings[0], LARGE), exact)
    assert asked[0] <= live_drawing.FIRST_PIXELS
    assert all(after <= live_drawing.NEARLY * live_drawing.GROWTH * before for before, after in pairwise(asked))


def test_another_size_is_no_interruption(scene: Scene) -> None:
    drawing = LiveDrawing(scene)
    for size in ((48, 32), LARGE, (20, 90), (1, 1)):
        assert enlarged(drawing.draw(scene.embeddings[0], size), size).shape == (size[1], size[0], 3)


def test_what_nobody_watches_is_not_finished(scene: Scene) -> None:
    with pytest.raises(CancelledError):
        scene.painter(LARGE, lambda: True)


def test_impossible_sizes(scene: Scene) -> None:
    with pytest.raises(InputError, match="9000"):
        scene.painter((9000, 10))


def test_what_goes_wrong_meanwhile_is_told(scene: Scene) -> None:
    drawing = LiveDrawing(scene)

    def watch() -> None:
        for _ in range(1000):
            drawing.draw(scene.embeddings[0], (9000, 10))
            time.sleep(0.01)

    with pytest.raises(InputError, match="9000"):
        watch()


def test_who_has_left_is_not_told_of_what_was_given_up(scene: Scene) -> None:
    drawing = LiveDrawing(scene, lambda: True)
    for _ in range(30):
        drawing.draw(scene.embeddings[0], LARGE)
        time.sleep(0.01)


def test_what_takes_too_long_is_drawn_with_fewer_pixels_as_long_as_it_does(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, slowness, drawn = 0.0, 2e-6, 0
    paint = Painter.paint

    def slow(own: Painter, embedding: np.ndarray) -> np.ndarray:
        nonlocal now, drawn
        drawn = own.size[0] * own.size[1]
        now += slowness * drawn
        return paint(own, embedding)

    monkeypatch.setattr(Painter, "paint", slow)
    monkeypatch.setattr(live_drawing, "perf_counter", lambda: now)
    drawing = LiveDrawing(scene, seconds=0.04)

    def watch(frames: int) -> set[int]:
        seen = set()
        for _ in range(frames):
            drawing.draw(scene.embeddings[0], LARGE)
            seen.add(drawn)
            if drawing._coming:
                drawing._coming.exception()
        return seen

    watch(80)
    assert 14_000 < drawn < 20_000
    assert watch(80) == {drawn}, "it stays with that"
    slowness = 8e-7
    watch(80)
    assert drawn == 240 * 160
    slowness = 2e-6
    watch(80)
    assert 14_000 < drawn < 20_000
    slowness = 1.5e-6
    assert 14_000 < max(watch(80)) < 38_000, "there is a little more time, but not surely"
    slowness = 1e-7
    watch(80)
    np.testing.assert_array_equal(drawing.draw(scene.embeddings[0], LARGE), scene.draw(scene.embeddings[0], LARGE))


def test_however_slow_something_is_drawn(scene: Scene) -> None:
    drawing = LiveDrawing(scene, seconds=0.0)
    for _ in range(live_drawing.MANY + 10):
        drawing.draw(scene.embeddings[0], LARGE)
