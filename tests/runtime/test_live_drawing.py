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
from alive_cli.runtime.live_drawing import LiveDrawing
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

    def slow(own: Scene, size: tuple[int, int], *others: object) -> Painter:
        asked.append(size[0] * size[1])
        assert len(asked) == 1 or go.wait(60)
        return prepare(own, size, *others)  # type: ignore[arg-type]

    exact = scene.draw(scene.embeddings[0], LARGE)
    monkeypatch.setattr(Scene, "painter", slow)
    drawing = LiveDrawing(scene)
    coarse = drawing.draw(scene.embeddings[0], LARGE)
    assert coarse.shape == exact.shape
    assert 0 < np.abs(coarse.astype(int) - exact).mean() < 10
    go.set()
    until = time.monotonic() + 60
    while np.abs(drawing.draw(scene.embeddings[0], LARGE).astype(int) - exact).max() and time.monotonic() < until:
        time.sleep(0.01)
    np.testing.assert_array_equal(drawing.draw(scene.embeddings[0], LARGE), exact)
    assert asked[0] <= live_drawing.FIRST_PIXELS
    assert all(after <= live_drawing.NEARLY * live_drawing.GROWTH * before for before, after in pairwise(asked))


def test_another_size_is_no_interruption(scene: Scene) -> None:
    drawing = LiveDrawing(scene)
    for size in ((48, 32), LARGE, (20, 90), (1, 1)):
        assert drawing.draw(scene.embeddings[0], size).shape == (size[1], size[0], 3)


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
        assert drawing.draw(scene.embeddings[0], LARGE).shape == (160, 240, 3)
        time.sleep(0.01)
