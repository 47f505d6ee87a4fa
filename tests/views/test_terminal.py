"""Live play into a captured terminal: pace, keys, and restoration."""

import io
import time
from itertools import repeat
from pathlib import Path

import numpy as np
import pytest

from alive_cli import Scene
from alive_cli.views import blocks, terminal
from alive_cli.views.terminal import play_in_terminal


@pytest.fixture
def scene(bundle: Path) -> Scene:
    return Scene.open(bundle, device="cpu")


def play(scene: Scene, **options: object) -> tuple[terminal.Played, str]:
    output = io.StringIO()
    controls = scene.controls()
    source = repeat(scene.embeddings[0])
    played = play_in_terminal(scene, source, controls, fps=50, seed=3, output=output, **options)  # type: ignore[arg-type]
    return played, output.getvalue()


def test_shows_and_restores(scene: Scene) -> None:
    played, text = play(scene, frames=5)
    assert played.shown + played.dropped == 5
    assert text.startswith(blocks.ENTER)
    assert text.endswith(blocks.LEAVE)
    assert "seed 3" in text


def test_late_frames_are_lived_but_not_drawn(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = scene.draw

    def slow(embedding: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        time.sleep(0.07)  # three and a half frames at 50 per second
        return draw(embedding, size)

    monkeypatch.setattr(scene, "draw", slow)
    played, _ = play(scene, frames=20)
    assert played.shown + played.dropped == 20
    assert played.dropped >= 8


def test_q_leaves(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import contextmanager

    @contextmanager
    def typed():  # type: ignore[no-untyped-def]
        answers = iter(["", "x", ""])
        yield lambda: next(answers, "q")

    monkeypatch.setattr(terminal, "keyboard", typed)
    played, text = play(scene)
    assert 1 <= played.shown <= 4
    assert text.endswith(blocks.LEAVE)


def test_ctrl_c_restores(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(scene, "draw", interrupted)
    _, text = play(scene)
    assert text.endswith(blocks.LEAVE)
