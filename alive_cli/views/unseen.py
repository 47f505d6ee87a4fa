"""The view that shows nothing: a scene lives and draws, as time passes or at once, to try what that costs."""

import time
from itertools import islice

import numpy as np

from alive_cli.runtime.events import InputEvent
from alive_cli.runtime.prefetch import prefetch
from alive_cli.views.loop import Playback, play
from alive_cli.views.performance import Performance


def play_unseen(performance: Performance, *, frames: int | None = None) -> Playback:
    """Draw a performance in real time, as `play` does, and show it nowhere."""
    return play(performance, UnseenSurface(performance.scene.size), frames=frames)


def draw_at_once(performance: Performance, *, frames: int | None = None) -> None:
    """Draw a performance as fast as possible, without end or for some frames, and show it nowhere."""
    performance.senses.begin()
    for frame in islice(prefetch(performance), frames):
        performance.draw(frame)


class UnseenSurface:
    """A surface that shows nothing, and that nobody touches."""

    def __init__(self, size: tuple[int, int]) -> None:
        """`size` is width and height of the pictures that are drawn."""
        self._size = size

    def __enter__(self) -> "UnseenSurface":
        return self

    def __exit__(self, *_: object) -> None: ...

    def size(self) -> tuple[int, int]:
        """As `Surface.size`."""
        return self._size

    def prepare(self, picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """As `Surface.prepare`."""
        return picture

    def show(self, prepared: np.ndarray, rate: float) -> None:
        """As `Surface.show`."""

    def refresh(self, rate: float) -> None:
        """As `Surface.refresh`."""

    def events(self) -> list[InputEvent]:
        """As `Surface.events`."""
        return []

    def wait(self, seconds: float) -> None:
        """As `Surface.wait`."""
        time.sleep(seconds)
