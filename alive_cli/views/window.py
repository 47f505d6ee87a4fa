"""The window view: it shows a scene in a window, through SDL (extra `window`)."""

import os
import time
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from alive_cli.errors import InputError
from alive_cli.runtime.events import (
    FocusEvent,
    InputEvent,
    KeyEvent,
    PointerEvent,
    TextEvent,
    VisibilityEvent,
    picture_coordinates,
)
from alive_cli.texts import printable
from alive_cli.views.crop import share_above
from alive_cli.views.display import leave_without_display, open_when_there, quiet_stderr, watch_display
from alive_cli.views.loop import Playback, play
from alive_cli.views.performance import Performance, help_of
from alive_cli.views.window_text import WindowText

DISPLAYLESS_DRIVERS = ("dummy", "offscreen")
"""SDL falls back to these drivers if there is no display."""
SCREEN_SHARE = 0.85
"""A window opens with at most this share of the screen's sides, because title bars and panels need the rest."""
LONGEST_WAIT = 0.02
"""A window that shows every frame collects events every this many seconds, so that it reacts immediately."""
POINTER_SECONDS = 2.0
"""A full screen hides the pointer when it hasn't moved for so many seconds."""
KEEP_FULL = "SDL_VIDEO_MINIMIZE_ON_FOCUS_LOSS"
"""SDL reads from this environment variable whether a full screen vanishes when another window gets the focus."""


def play_in_window(
    performance: Performance,
    *,
    frames: int | None = None,
    size: tuple[int, int] | None = None,
    fullscreen: bool = False,
    fill: bool = False,
    waits: bool = False,
    poster: np.ndarray | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Playback:
    """Show a performance in a window, as `play` does. Closing the window leaves it.

    Args:
        size: width and height of the pictures; by default the scene's own, or smaller if the screen is. If the user
            enlarges the window, the pictures are enlarged.
        fullscreen: whether the window fills the screen, which keys change later.
        fill: whether a full screen cuts off what of the picture doesn't fit, instead of black bars.
        poster: a picture, uint8 [h, w, 3], which is shown until the first one is drawn; black by default.
        waits: wait for a display where there is none, and begin again when it has gone. Otherwise the program ends.
        say: it receives messages for the user.

    Raises:
        InputError: pygame is not installed, there is no display, or it goes away.
    """
    os.environ.setdefault(KEEP_FULL, "0")
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    try:
        import pygame
    except ModuleNotFoundError:
        raise InputError("A window needs the extra 'window': pip install 'alive-scene[window]'.") from None

    def open_window() -> WindowSurface:
        return WindowSurface(pygame, performance, size, fullscreen=fullscreen, fill=fill, poster=poster)

    def gone() -> NoReturn:
        begins_again = False
        try:
            performance.leave()
            performance.saved(say)
            begins_again = waits
        finally:  # Ctrl-C and signals end it for good
            leave_without_display(begins_again, say)

    surface = open_when_there(open_window, waits=waits, say=say)
    watch_display(pygame, gone)
    try:
        return play(performance, surface, frames=frames)
    except pygame.error as error:
        raise InputError(f"The window can't be shown any more ({error}); start the scene again.") from None


class WindowSurface:
    """A window that keeps the proportions of the pictures."""

    def __init__(
        self,
        pygame: Any,
        performance: Performance,
        size: tuple[int, int] | None,
        *,
        fullscreen: bool = False,
        fill: bool = False,
        poster: np.ndarray | None = None,
    ) -> None:
        """Open the window, with the arguments of `play_in_window`.

        Raises:
            InputError: there is no display.
        """
        self._pygame, self._performance = pygame, performance
        self._began_full = self._is_full = fullscreen
        self._fills = fill
        try:
            with quiet_stderr():
                pygame.display.init()
            if pygame.display.get_driver() in DISPLAYLESS_DRIVERS and "SDL_VIDEODRIVER" not in os.environ:
                raise pygame.error("there is no display")
            pygame.display.set_caption(printable(performance.scene.manifest.title) or "alive")
            self._chosen = size
            self._size = self._own_size()
            self._window = self._open()
        except pygame.error as error:
            pygame.display.quit()  # else SDL would keep the driver that it fell back to
            raise InputError(f"No window can be opened here ({error}); use --view browser, or a terminal.") from None
        self._arrows = {pygame.K_UP: "up", pygame.K_DOWN: "down", pygame.K_LEFT: "left", pygame.K_RIGHT: "right"}
        self._picture = poster
        self._stale = False
        self._caption = ""
        self._text = WindowText(pygame)
        self._is_visible = self._has_focus = True
        self._moved_at = time.monotonic()
        """When the pointer moved."""
        self._is_pointer_shown = True
        self._is_preparing = True
        """Whether no frame was shown yet."""

    def _open(self) -> Any:
        """Open the window, or change it to what it is to be now."""
        pygame = self._pygame
        if self._is_full:
            return pygame.display.set_mode(pygame.display.get_desktop_sizes()[0], pygame.FULLSCREEN | pygame.NOFRAME)
        return pygame.display.set_mode(self._own_size(), pygame.RESIZABLE)

    def __enter__(self) -> "WindowSurface":
        if self._picture is not None:
            self._draw()
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
        self._picture, self._is_preparing = prepared, False
        self._draw()
        self._write(rate)

    def refresh(self, rate: float) -> None:
        """As `Surface.refresh`."""
        if self._stale or (self._is_full and self._text.changes(self._lines())):
            self._draw()
        self._write(rate)

    def events(self) -> list[InputEvent]:
        """As `Surface.events`."""
        events: list[InputEvent] = []
        for event in self._pygame.event.get():
            if event.type == self._pygame.QUIT:
                self._performance.leave()
            elif event.type == self._pygame.KEYDOWN and self._change(event.key):
                pass
            elif event.type == self._pygame.KEYDOWN:
                events.append(KeyEvent(self._arrows.get(event.key) or event.unicode))
            elif event.type == self._pygame.TEXTINPUT:
                events.append(TextEvent(event.text))
            elif event.type in (self._pygame.VIDEORESIZE, self._pygame.VIDEOEXPOSE):
                self._stale = True
            else:
                events += self._pointer(event)
        self._hide_pointer()
        if self._is_preparing and self._stale and self._picture is not None:
            self._draw()
        return [*events, *self._seen()]

    def wait(self, seconds: float) -> None:
        """As `Surface.wait`."""
        if not self._performance.stands_still and self._performance.rest.thrift.frames == 1:
            seconds = min(seconds, LONGEST_WAIT)
        # SDL would wait for an event by looking for one each millisecond, which costs more than looking now and then.
        self._pygame.time.wait(max(1, int(seconds * 1000)))

    def _change(self, key: int) -> bool:
        """Do what a key does in a full screen. Returns whether it does anything."""
        pygame = self._pygame
        if key == pygame.K_ESCAPE and self._is_full and self._began_full:
            self._performance.leave()
        elif key == pygame.K_F11 or (key == pygame.K_ESCAPE and self._is_full):
            self._is_full = not self._is_full
            self._window = self._open()
            self._stale = True
        else:
            return False
        return True

    def _seen(self) -> list[InputEvent]:
        """What has changed about whether the window is seen, and whether it has the focus."""
        events: list[InputEvent] = []
        is_visible, has_focus = self._pygame.display.get_active(), self._pygame.key.get_focused()
        if is_visible != self._is_visible:
            events.append(VisibilityEvent(is_visible))
        if has_focus != self._has_focus:
            events.append(FocusEvent(has_focus))
        self._is_visible, self._has_focus = is_visible, has_focus
        return events

    def _hide_pointer(self) -> None:
        """Hide the pointer in a full screen where it rests, and show it otherwise."""
        is_shown = not self._is_full or time.monotonic() - self._moved_at < POINTER_SECONDS
        if is_shown != self._is_pointer_shown:
            self._is_pointer_shown = is_shown
            self._pygame.mouse.set_visible(is_shown)

    def _own_size(self) -> tuple[int, int]:
        """The size that people chose; by default the scene's own, or the largest in its proportions that a full screen,
        or SCREEN_SHARE of it for a window, holds."""
        if self._chosen:
            return self._chosen
        scene = self._performance.scene
        across, down = self._pygame.display.get_desktop_sizes()[0]
        scale = (1 if self._is_full else SCREEN_SHARE) * min(across / scene.size[0], down / scene.size[1])
        return scene.size if scale >= 1 else scene.size_within(max(1, int(scale * max(scene.size))))

    def _pointer(self, event: Any) -> list[InputEvent]:
        pygame = self._pygame
        if event.type == pygame.WINDOWLEAVE:
            return [PointerEvent("leave")]
        if event.type not in (pygame.MOUSEMOTION, pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP):
            return []
        self._moved_at = time.monotonic()
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
        scale = (max if self._is_full and self._fills else min)(across / width, down / height)
        shown = max(1, round(width * scale)), max(1, round(height * scale))
        spare = down - shown[1]
        return ((across - shown[0]) // 2, spare // 2 if spare > 0 else round(spare * share_above(self._size))), shown

    def _draw(self) -> None:
        assert self._picture is not None
        surface = self._pygame.image.frombuffer(self._picture.tobytes(), self._picture.shape[1::-1], "RGB")
        corner, shown = self._frame()
        if shown != surface.get_size():
            surface = self._pygame.transform.smoothscale(surface, shown)
        self._window.fill((0, 0, 0))
        self._window.blit(surface, corner)
        if self._is_full:
            self._text.draw(self._window, self._lines())
        self._pygame.display.flip()
        self._stale = False

    def _lines(self) -> list[str]:
        """What a full screen, which has no title, shows on the picture: the help, or the present message."""
        if self._performance.help:
            return self._help_lines
        return [self._performance.message] if self._performance.message else []

    @property
    def _help_lines(self) -> list[str]:
        """The help of the scene, and that of the window."""
        escape = {"Esc": "leave" if self._began_full else "leave the full screen"} if self._is_full else {}
        return [*self._performance.help_lines, *help_of({"F11": "full screen or not"} | escape)]

    def _write(self, rate: float) -> None:
        """Write the status or the help into the window's title, and let the system switch off a screen that rests."""
        performance = self._performance
        allows = performance.stands_still or not self._is_full
        if allows != self._pygame.display.get_allow_screensaver():
            self._pygame.display.set_allow_screensaver(allows)
        text = performance.status(rate)
        if performance.help:
            text = "   ".join(" ".join(line.split()) for line in self._help_lines)
        caption = f"{performance.scene.manifest.title}   {text}"
        if caption != self._caption:
            self._caption = caption
            self._pygame.display.set_caption(printable(caption))
