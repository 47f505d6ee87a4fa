"""The window view: it shows a scene in a window, through SDL (extra `window`)."""

import os
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from alive_cli.errors import InputError
from alive_cli.runtime.events import InputEvent, KeyEvent, PointerEvent, TextEvent, picture_coordinates
from alive_cli.views.display import leave_without_display, open_when_there, watch_display
from alive_cli.views.loop import Playback, play
from alive_cli.views.performance import Performance

DISPLAYLESS_DRIVERS = ("dummy", "offscreen")
"""SDL falls back to these drivers if there is no display."""
SCREEN_SHARE = 0.85
"""A window opens with at most this share of the screen's sides, because title bars and panels need the rest."""
LONGEST_WAIT = 20
"""The window collects events at least every this many milliseconds, so that it reacts immediately."""


def play_in_window(
    performance: Performance,
    *,
    frames: int | None = None,
    size: tuple[int, int] | None = None,
    waits: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> Playback:
    """Show a performance in a window, as `play` does. Closing the window leaves it.

    Args:
        size: width and height of the pictures; by default the scene's own, or smaller if the screen is. If the user
            enlarges the window, the pictures are enlarged.
        waits: wait for a display where there is none, and begin again when it has gone. Otherwise the program ends.
        say: it receives messages for the user.

    Raises:
        InputError: pygame is not installed, or there is no display.
    """
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    try:
        import pygame
    except ModuleNotFoundError:
        raise InputError("A window needs the extra 'window': pip install 'alive-scene[window]'.") from None

    def gone() -> NoReturn:
        performance.leave()
        performance.saved()
        leave_without_display(waits, say)

    surface = open_when_there(lambda: WindowSurface(pygame, performance, size), waits=waits, say=say)
    watch_display(pygame, gone)
    return play(performance, surface, frames=frames)


class WindowSurface:
    """A window that keeps the proportions of the pictures."""

    def __init__(self, pygame: Any, performance: Performance, size: tuple[int, int] | None) -> None:
        """Open the window.

        Raises:
            InputError: there is no display.
        """
        self._pygame, self._performance = pygame, performance
        try:
            pygame.display.init()
            if pygame.display.get_driver() in DISPLAYLESS_DRIVERS and "SDL_VIDEODRIVER" not in os.environ:
                raise pygame.error("there is no display")
            pygame.display.set_caption(performance.scene.manifest.title or "alive")
            self._size = size or self._size_on_screen()
            self._window = pygame.display.set_mode(self._size, pygame.RESIZABLE)
        except pygame.error as error:
            pygame.display.quit()  # else SDL would keep the driver that it fell back to
            raise InputError(f"No window can be opened here ({error}); use --view browser, or a terminal.") from None
        self._arrows = {pygame.K_UP: "up", pygame.K_DOWN: "down", pygame.K_LEFT: "left", pygame.K_RIGHT: "right"}
        self._picture: np.ndarray | None = None
        self._stale = False
        self._caption = ""

    def __enter__(self) -> "WindowSurface":
        return self

    def __exit__(self, *_: object) -> None:
        self._pygame.display.quit()

    def size(self) -> tuple[int, int]:
        """As `Surface.size`."""
        return self._size

    def prepare(self, picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """As `Surface.prepare`. It changes nothing, because only one thread may use SDL."""
        return picture

    def show(self, prepared: np.ndarray, rate: float) -> None:
        """As `Surface.show`."""
        self._picture = prepared
        self._draw()
        self._write(rate)

    def refresh(self, rate: float) -> None:
        """As `Surface.refresh`."""
        if self._stale:
            self._draw()
        self._write(rate)

    def events(self) -> list[InputEvent]:
        """As `Surface.events`."""
        events: list[InputEvent] = []
        for event in self._pygame.event.get():
            if event.type == self._pygame.QUIT:
                self._performance.leave()
            elif event.type == self._pygame.KEYDOWN:
                events.append(KeyEvent(self._arrows.get(event.key) or event.unicode))
            elif event.type == self._pygame.TEXTINPUT:
                events.append(TextEvent(event.text))
            elif event.type in (self._pygame.VIDEORESIZE, self._pygame.VIDEOEXPOSE):
                self._stale = True
            else:
                events += self._pointer(event)
        return events

    def wait(self, seconds: float) -> None:
        """As `Surface.wait`."""
        self._pygame.time.wait(max(1, min(LONGEST_WAIT, int(seconds * 1000))))

    def _size_on_screen(self) -> tuple[int, int]:
        """The scene's own size, or the largest in its proportions that takes SCREEN_SHARE of the screen."""
        scene = self._performance.scene
        across, down = self._pygame.display.get_desktop_sizes()[0]
        scale = SCREEN_SHARE * min(across / scene.size[0], down / scene.size[1])
        return scene.size if scale >= 1 else scene.size_within(max(1, int(scale * max(scene.size))))

    def _pointer(self, event: Any) -> list[InputEvent]:
        pygame = self._pygame
        if event.type == pygame.WINDOWLEAVE:
            return [PointerEvent("leave")]
        if event.type not in (pygame.MOUSEMOTION, pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP):
            return []
        (left, top), shown = self._frame()
        x, y = picture_coordinates(event.pos[0] - left, event.pos[1] - top, shown)
        if event.type == pygame.MOUSEMOTION:
            return [PointerEvent("drag" if event.buttons[0] else "move", x, y)]
        if event.button != 1:
            return []
        return [PointerEvent("press" if event.type == pygame.MOUSEBUTTONDOWN else "release", x, y)]

    def _frame(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """The position of the picture in the window: (left, top), and (width, height)."""
        across, down = self._window.get_size()
        width, height = self._size  # a coarse picture has these proportions only approximately
        scale = min(across / width, down / height)
        shown = max(1, round(width * scale)), max(1, round(height * scale))
        return ((across - shown[0]) // 2, (down - shown[1]) // 2), shown

    def _draw(self) -> None:
        assert self._picture is not None
        surface = self._pygame.image.frombuffer(self._picture.tobytes(), self._picture.shape[1::-1], "RGB")
        corner, shown = self._frame()
        if shown != surface.get_size():
            surface = self._pygame.transform.smoothscale(surface, shown)
        self._window.fill((0, 0, 0))
        self._window.blit(surface, corner)
        self._pygame.display.flip()
        self._stale = False

    def _write(self, rate: float) -> None:
        """Write the status or the help into the window's title."""
        performance = self._performance
        text = performance.status(rate)
        if performance.help:
            text = "   ".join(" ".join(line.split()) for line in performance.help_lines)
        caption = f"{performance.scene.manifest.title}   {text}"
        if caption != self._caption:
            self._caption = caption
            self._pygame.display.set_caption(caption)
