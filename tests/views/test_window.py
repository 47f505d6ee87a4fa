"""The window, on SDL's dummy display."""

from pathlib import Path

import numpy as np
import pytest

from alive_cli import Scene
from alive_cli.errors import InputError
from alive_cli.views.performance import Performance
from alive_cli.views.window import WindowSurface, play_in_window
from bundle_spec import conformance

PLAIN = Path(conformance.__file__).parent / "valid" / "plain.alive"


@pytest.fixture
def show() -> Performance:
    scene = Scene.open(PLAIN)
    return Performance(scene, scene.controls(), name="ring", fps=50, seed=1)


def test_what_was_drawn_is_shown(show: Performance, monkeypatch: pytest.MonkeyPatch) -> None:
    pygame = pytest.importorskip("pygame")
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    drawn: list[np.ndarray] = []
    shown: list[np.ndarray] = []
    draw, flip = show.draw, pygame.display.flip

    def drawing(embedding: np.ndarray, size: tuple[int, int] | None = None) -> np.ndarray:
        drawn.append(draw(embedding, size))
        return drawn[-1]

    def showing() -> None:
        flip()
        shown.append(pygame.surfarray.array3d(pygame.display.get_surface()).swapaxes(0, 1))

    monkeypatch.setattr(show, "draw", drawing)
    monkeypatch.setattr(pygame.display, "flip", showing)
    played = play_in_window(show, frames=5, size=(48, 32))
    assert played.frames_shown + played.frames_dropped == 5
    assert len(shown) == len(drawn) == played.frames_shown > 0
    assert np.ptp(drawn[0]) > 50
    for picture, window in zip(drawn, shown, strict=True):
        assert window.shape == (32, 48, 3)
        np.testing.assert_array_equal(window, picture)
    assert not pygame.display.get_init()


@pytest.mark.parametrize(
    ("own", "opened"), [((48, 32), (48, 32)), ((1920, 1080), (870, 489)), ((400, 4000), (65, 652))]
)
def test_a_window_is_no_larger_than_the_screen(
    show: Performance, own: tuple[int, int], opened: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    pygame = pytest.importorskip("pygame")
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setattr(pygame.display, "get_desktop_sizes", lambda: [(1024, 768)])
    monkeypatch.setattr(Scene, "size", own)
    with WindowSurface(pygame, show, None) as surface:
        assert surface.size() == opened == pygame.display.get_window_size()


def test_closing_the_window_leaves(show: Performance, monkeypatch: pytest.MonkeyPatch) -> None:
    pygame = pytest.importorskip("pygame")
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    events = iter(
        [[pygame.event.Event(pygame.KEYDOWN, key=pygame.K_UP, unicode="")], [pygame.event.Event(pygame.QUIT)]]
    )
    monkeypatch.setattr(pygame.event, "get", lambda: next(events, []))
    play_in_window(show)
    assert show.left
    assert show.controls.temperature == 1.1


def test_no_display(show: Performance, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pygame")
    monkeypatch.setenv("SDL_VIDEODRIVER", "nonsense")
    with pytest.raises(InputError, match="--view browser"):
        play_in_window(show)
