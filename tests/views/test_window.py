"""The window, on SDL's dummy display."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from alive_cli import Scene
from alive_cli.errors import InputError
from alive_cli.runtime.events import FocusEvent, VisibilityEvent
from alive_cli.views import window
from alive_cli.views.loop import Playback
from alive_cli.views.performance import Performance
from alive_cli.views.window import WindowSurface, play_in_window
from bundle_spec import conformance
from tests.views.test_senses import Heard

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
    for picture, screen in zip(drawn, shown, strict=True):
        assert screen.shape == (32, 48, 3)
        np.testing.assert_array_equal(screen, picture)
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


@pytest.fixture
def sdl(monkeypatch: pytest.MonkeyPatch) -> Any:
    """SDL on its dummy screen, which has 1024 × 768 pixels."""
    pygame = pytest.importorskip("pygame")
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    return pygame


def keyed(pygame: Any, monkeypatch: pytest.MonkeyPatch, *keys: int) -> None:
    """Have one key pressed at each look for events."""
    events = iter([[pygame.event.Event(pygame.KEYDOWN, key=key, unicode="")] for key in keys])
    monkeypatch.setattr(pygame.event, "get", lambda: next(events, []))


@pytest.mark.parametrize(("fill", "corner", "shown"), [(False, (0, 42), (1024, 683)), (True, (-64, 0), (1152, 768))])
def test_a_full_screen_holds_the_picture_or_is_filled(
    show: Performance, sdl: Any, fill: bool, corner: tuple[int, int], shown: tuple[int, int]
) -> None:
    with WindowSurface(sdl, show, (24, 16), fullscreen=True, fill=fill) as surface:
        assert sdl.display.get_window_size() == (1024, 768)
        assert surface._frame() == (corner, shown)
        surface.show(np.full((16, 24, 3), 200, np.uint8), 20.0)
        screen = sdl.surfarray.array3d(sdl.display.get_surface())
        assert screen[512, 384].tolist() == [200, 200, 200]
        assert (screen[512, 2] == (200 if fill else 0)).all()
        moved = sdl.event.Event(sdl.MOUSEMOTION, pos=(512, 384), buttons=(0, 0, 0))
        (event,) = surface._pointer(moved)
        assert (event.x, event.y) == pytest.approx((0, 0), abs=0.002)


@pytest.mark.parametrize(("height", "corner"), [(24, (0, -128)), (36, (0, -230))])
def test_of_a_tall_picture_the_upper_part_fills_a_full_screen(
    show: Performance, sdl: Any, height: int, corner: tuple[int, int]
) -> None:
    with WindowSurface(sdl, show, (24, height), fullscreen=True, fill=True) as surface:
        assert surface._frame() == (corner, (1024, 1024 * height // 24))


@pytest.mark.parametrize("fill", [False, True])
def test_a_poster_is_shown_until_the_first_picture_is_drawn(
    show: Performance, sdl: Any, monkeypatch: pytest.MonkeyPatch, fill: bool
) -> None:
    poster = np.full((4, 6, 3), 150, np.uint8)
    with WindowSurface(sdl, show, (24, 16), fullscreen=True, fill=fill, poster=poster) as surface:
        screen = sdl.surfarray.array3d(sdl.display.get_surface())
        assert (screen[512, 384] == 150).all()
        assert (screen[512, 2] == (150 if fill else 0)).all(), "it lies as pictures do"
        keyed(sdl, monkeypatch, sdl.K_F11)
        surface.events()
        assert (sdl.surfarray.array3d(sdl.display.get_surface()) == 150).all()
        surface.show(np.full((16, 24, 3), 200, np.uint8), 20.0)
        assert (sdl.surfarray.array3d(sdl.display.get_surface()) == 200).all()


def test_the_help_of_a_window_says_what_its_keys_do(
    show: Performance, sdl: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def keys(surface: WindowSurface) -> list[tuple[str, str]]:
        return [(line[:7].strip(), line[7:].strip()) for line in surface._help_lines][len(show.help_lines) :]

    fills = ("F11", "full screen or not")
    keyed(sdl, monkeypatch, sdl.K_F11)
    with WindowSurface(sdl, show, (24, 16)) as surface:
        assert keys(surface) == [fills]
        surface.events()
        assert keys(surface) == [fills, ("Esc", "leave the full screen")]
    with WindowSurface(sdl, show, (24, 16), fullscreen=True) as surface:
        assert keys(surface) == [fills, ("Esc", "leave")]
    assert not any("F11" in line or "Esc" in line for line in show.help_lines), "terminals have other keys"


def test_keys_of_a_full_screen(show: Performance, sdl: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    keyed(sdl, monkeypatch, sdl.K_F11, sdl.K_ESCAPE, sdl.K_F11, sdl.K_ESCAPE)
    with WindowSurface(sdl, show, (48, 32), fullscreen=True) as surface:
        sizes = []
        for _ in range(3):
            surface.events()
            sizes.append(sdl.display.get_window_size())
        assert sizes == [(48, 32), (48, 32), (1024, 768)]
        assert not show.left
        surface.events()
        assert show.left


def test_escape_leaves_a_full_screen_that_began_as_a_window(
    show: Performance, sdl: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyed(sdl, monkeypatch, sdl.K_F11, sdl.K_ESCAPE)
    with WindowSurface(sdl, show, (48, 32)) as surface:
        surface.events()
        assert sdl.display.get_window_size() == (1024, 768)
        surface.events()
        assert sdl.display.get_window_size() == (48, 32)
    assert not show.left


def test_a_full_screen_hides_the_pointer_and_stays_on(
    show: Performance, sdl: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[bool] = []
    allowed: list[bool] = []
    monkeypatch.setattr(sdl.mouse, "set_visible", shown.append)
    monkeypatch.setattr(window, "POINTER_SECONDS", 0.0)
    with WindowSurface(sdl, show, (24, 16), fullscreen=True) as surface:
        surface.show(np.zeros((16, 24, 3), np.uint8), 20.0)
        for _ in range(3):
            surface.events()
        allowed.append(sdl.display.get_allow_screensaver())
        show.press(" ")
        for _ in range(2):
            surface.refresh(20.0)
            allowed.append(sdl.display.get_allow_screensaver())
    assert shown == [False]
    assert allowed == [False, True, True]


@pytest.mark.parametrize(("fullscreen", "paused"), [(False, False), (False, True), (True, True)])
def test_from_its_start_a_window_lets_the_screen_be_switched_off(
    show: Performance, sdl: Any, fullscreen: bool, paused: bool
) -> None:
    if paused:
        show.press(" ")
    with WindowSurface(sdl, show, (24, 16), fullscreen=fullscreen) as surface:
        surface.show(np.zeros((16, 24, 3), np.uint8), 20.0)
        assert sdl.display.get_allow_screensaver()


def test_a_window_after_a_full_screen_is_no_larger_than_any(
    show: Performance, sdl: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyed(sdl, monkeypatch, sdl.K_F11)
    monkeypatch.setattr(sdl.display, "get_desktop_sizes", lambda: [(1024, 768)])
    monkeypatch.setattr(Scene, "size", (1920, 1080))
    with WindowSurface(sdl, show, None, fullscreen=True) as surface:
        assert surface.size() == (1024, 576)
        surface.events()
        assert sdl.display.get_window_size() == (870, 489)


@pytest.mark.parametrize("text", ["a\0b", "odd \udcff name", "\x1b[2Jx", "a\nb", ""])
def test_odd_texts_of_strangers_are_shown(show: Performance, sdl: Any, text: str) -> None:
    show.scene.manifest = msgspec.structs.replace(show.scene.manifest, title=text)
    for fullscreen in (False, True):
        with WindowSurface(sdl, show, (24, 16), fullscreen=fullscreen) as surface:
            show.say(text)
            surface.show(np.zeros((16, 24, 3), np.uint8), 20.0)


def test_a_full_screen_shows_messages_and_help(show: Performance, sdl: Any) -> None:
    with WindowSurface(sdl, show, (24, 16), fullscreen=True) as surface:
        surface.show(np.full((16, 24, 3), 200, np.uint8), 20.0)
        plain = sdl.surfarray.array3d(sdl.display.get_surface())
        pictures = []
        for message in ("a message", "", ""):
            show.say(message)
            show.help = message == "" and not show.help
            surface.refresh(20.0)
            pictures.append(sdl.surfarray.array3d(sdl.display.get_surface()))
        said, helped, after = (bool((each != plain).any()) for each in pictures)
        assert (said, helped, after) == (True, True, False)


def test_a_window_says_whether_it_is_seen(show: Performance, sdl: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdl.event, "get", list)
    is_seen = has_focus = True
    monkeypatch.setattr(sdl.display, "get_active", lambda: is_seen)
    monkeypatch.setattr(sdl.key, "get_focused", lambda: has_focus)
    with WindowSurface(sdl, show, (24, 16)) as surface:
        assert surface.events() == []
        is_seen = has_focus = False
        assert surface.events() == [VisibilityEvent(False), FocusEvent(False)]
        assert surface.events() == []
        is_seen = True
        assert surface.events() == [VisibilityEvent(True)]


def test_a_display_that_goes_away_gets_a_sentence(show: Performance, sdl: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise sdl.error("the display is gone")

    monkeypatch.setattr(sdl.display, "flip", fail)
    with pytest.raises(InputError, match="display is gone"):
        play_in_window(show, frames=3, size=(24, 16))
    assert show.left


@pytest.mark.parametrize("error", [None, KeyboardInterrupt])
def test_what_listens_and_looks_ends_with_the_display(
    show: Performance, monkeypatch: pytest.MonkeyPatch, error: type[BaseException] | None
) -> None:
    pytest.importorskip("pygame")
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    sense, gone, left = Heard(), [], []
    show.senses.add(sense)

    def play(*_: object, **__: object) -> Playback:
        assert not sense.is_on, "it begins with the pictures"
        show.senses.begin()
        gone[0]()
        return Playback()

    def saved(say: object) -> list[Path]:
        assert not sense.is_on
        if error:
            raise error
        return []

    monkeypatch.setattr(window, "watch_display", lambda pygame, ends: gone.append(ends))
    monkeypatch.setattr(window, "play", play)
    monkeypatch.setattr(window, "leave_without_display", lambda waits, say: left.append(waits))
    monkeypatch.setattr(show, "saved", saved)
    with nullcontext() if error is None else pytest.raises(error):
        play_in_window(show, waits=True)
    assert left == [error is None], "whoever stops it doesn't want it again"
