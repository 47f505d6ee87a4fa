"""The one frame loop of all live views: it lives, draws ahead, keeps the pace, and hands on what people do."""

import math
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as finish
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from alive_cli.runtime.events import InputEvent
from alive_cli.views.pace import Pace
from alive_cli.views.performance import Performance

EVENT_SECONDS = 0.05
"""Input events are collected at least so often while a frame is shown."""
PAUSED_SECONDS = 0.15
"""Input events are collected so often while nothing moves."""
UNWATCHED_SECONDS = 0.2
"""The loop looks so often for someone who watches."""

Prepared = TypeVar("Prepared")


class Surface(Protocol[Prepared]):
    """Where pictures are shown. It is entered before the first and left after the last."""

    def __enter__(self) -> object: ...

    def __exit__(self, *_: object) -> None: ...

    @property
    def watched(self) -> bool:
        """Whether anyone can see it; while nobody does, nothing is drawn or lived."""
        ...

    def size(self) -> tuple[int, int]:
        """Width and height in pixels of the picture to draw now."""
        ...

    def prepare(self, picture: np.ndarray, size: tuple[int, int]) -> Prepared:
        """Make a picture, uint8 [H, W, 3] of `size` or smaller, ready to be shown; called in a thread of its own."""
        ...

    def show(self, prepared: Prepared, rate: float) -> None:
        """Show a picture, with the status at so many frames a second."""
        ...

    def refresh(self, rate: float) -> None:
        """Bring up to date what is shown while nothing moves: the status, the help, the size."""
        ...

    def events(self) -> list[InputEvent]:
        """What people did since it was last called."""
        ...

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        ...


@dataclass
class Played:
    """What a live view did."""

    shown: int = 0
    dropped: int = 0


@contextmanager
def leaving_on_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end a view as Ctrl-C does, so that the terminal is restored."""
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        names = []  # only the main thread may set handlers
    before = {name: signal.signal(getattr(signal, name), signal.default_int_handler) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def play(show: Performance, surface: Surface[Prepared], *, frames: int | None = None) -> Played:
    """Show a performance until `frames` have passed, someone leaves, or Ctrl-C.

    A frame whose time is over before it could be drawn is lived through but not drawn, so the scene
    keeps its pace on a slow machine. A paused or unwatched scene takes no work but looking for events.
    """
    played = Played()
    left = math.inf if frames is None else frames

    def compose(skipped: int) -> Prepared:
        """Live through `skipped` frames and draw the one after them."""
        for _ in range(skipped):
            next(show)
        size = surface.size()
        return surface.prepare(show.draw(next(show), size), size)

    def listen() -> None:
        for event in surface.events():
            show.handle(event)

    with leaving_on_signals(), ThreadPoolExecutor(1) as pool, surface:
        try:
            pace = Pace(show.fps)
            coming: Future[Prepared] | None = None
            while not show.left and left > 0:
                if not surface.watched:
                    surface.wait(UNWATCHED_SECONDS)
                    listen()
                    pace.resume()
                    continue
                prepared = (coming or pool.submit(compose, 0)).result()
                played.shown += 1
                skipped = int(min(pace.shown(), left - 1))
                played.dropped += skipped
                left -= 1 + skipped
                # The next frame is drawn while this one is shown.
                coming = pool.submit(compose, skipped) if left > 0 else None
                surface.show(prepared, pace.rate)
                while (wait := pace.wait()) > 0 and not show.left:
                    surface.wait(min(wait, EVENT_SECONDS))
                    listen()
                listen()
                if show.paused:
                    finish([coming] if coming else [])  # what is under way still changes what there is to show
                    while show.paused and not show.left:
                        surface.refresh(pace.rate)
                        surface.wait(PAUSED_SECONDS)
                        listen()
                    pace.resume()
        except KeyboardInterrupt:
            pass  # the way to leave that everyone knows
        finally:
            show.leave()
    return played
