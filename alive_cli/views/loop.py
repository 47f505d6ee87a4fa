"""The frame loop of all live views: it advances the rollout, draws ahead, keeps the pace and passes on input events."""

import math
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as finish
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from alive_cli.runtime.events import InputEvent
from alive_cli.runtime.frame import Frame
from alive_cli.runtime.pace import RATE_SMOOTHING, Pace
from alive_cli.signals import interrupt_on_signals
from alive_cli.views.performance import Performance

EVENT_SECONDS = 0.05
"""While a frame is shown, input events are collected at this interval, which feels immediate."""
STEERED_SECONDS = 0.004
"""While somebody moves the picture, input events are collected at this interval."""
SLACK = 1.25
"""While somebody moves the picture, the next one is drawn as late as this many times its usual time allows."""
PAUSED_SECONDS = 0.15
"""While the scene is paused, input events are collected at this interval, which costs almost no work."""
HIDDEN_SECONDS = 0.4
"""While nobody can see the scene, input events are collected at this interval: waking up is all that it costs then."""
CHECK_SECONDS = 0.5
"""The main thread checks at this interval for Ctrl-C, which some systems don't report to a thread that waits."""

Prepared = TypeVar("Prepared")


class Surface(Protocol[Prepared]):
    """Shows pictures. The loop enters it before the first picture and leaves it after the last."""

    def __enter__(self) -> object: ...

    def __exit__(self, *_: object) -> None: ...

    def size(self) -> tuple[int, int]:
        """Width and height in pixels of the next picture."""
        ...

    def prepare(self, picture: np.ndarray, size: tuple[int, int]) -> Prepared:
        """Convert a picture, uint8 [H, W, 3] of `size` or smaller, for `show`. It is called in a second thread."""
        ...

    def show(self, prepared: Prepared, rate: float) -> None:
        """Show a picture and the status. `rate` is in frames per second."""
        ...

    def refresh(self, rate: float) -> None:
        """Update the status, the help and the size while the scene is paused."""
        ...

    def events(self) -> list[InputEvent]:
        """The input events since the last call."""
        ...

    def wait(self, seconds: float) -> None:
        """Wait for at most this long."""
        ...


@dataclass
class Playback:
    """How many frames a live view showed, and how many it didn't: `frames_dropped` were late."""

    frames_shown: int = 0
    frames_dropped: int = 0
    frames_spared: int = 0
    """Frames that were lived but not drawn, to save work."""

    def summary(self, shown: str, dropped: str) -> str:
        """A sentence with these numbers, in the words of a view for what it showed and dropped."""
        spared = f", {self.frames_spared} not drawn to save work" if self.frames_spared else ""
        return f"{self.frames_shown} {shown}, {self.frames_dropped} {dropped}{spared}."


@dataclass(frozen=True)
class Composed(Generic[Prepared]):
    """A picture on its way to a surface."""

    prepared: Prepared
    frames: list[Frame]
    """The frames that it brings, the one that it shows last."""
    drawn: tuple[int, int]
    """Width and height at which it was drawn."""
    size: tuple[int, int]
    """Width and height of the surface."""


def wait_for(left: threading.Event) -> None:
    """Wait until somebody leaves."""
    while not left.wait(CHECK_SECONDS):
        pass


def listen(performance: Performance, surface: Surface[Prepared]) -> None:
    """Let a performance react to the input events of its surface."""
    for event in surface.events():
        performance.handle(event)


def wait_for_first(performance: Performance, surface: Surface[Prepared], coming: "Future[Composed[Prepared]]") -> None:
    """Let a performance react to input events while its first picture is drawn, which may take seconds."""
    while not performance.left and finish([coming], EVENT_SECONDS).not_done:
        listen(performance, surface)


class Redrawing(Generic[Prepared]):
    """Draws what is shown once more, in a second thread, where it is coarser than its surface.

    A picture that stays is looked at closely, and has all the time it takes.
    """

    def __init__(
        self,
        performance: Performance,
        surface: Surface[Prepared],
        pool: ThreadPoolExecutor,
        whole: tuple[int, int] | None,
    ) -> None:
        """Begin in the view's thread.

        Args:
            whole: width and height of a surface that the present picture was drawn for with all pixels, or None.
        """
        self._performance, self._surface, self._pool, self._whole = performance, surface, pool, whole
        self._size = surface.size()
        self._coming: Future[Prepared | None] | None = None
        self._over = threading.Event()
        """Whether the picture on its way is of no use. Only the view's thread may look at the rest, and so say that."""

    def look(self) -> Prepared | None:
        """The finer picture, once it is drawn; else None. A size that has stayed since the last look is drawn next."""
        finer: Prepared | None = None
        if self._coming is not None and self._coming.done():
            finer, self._coming = self._coming.result(), None
            if finer is None:
                self._whole = None
        before, self._size = self._size, self._surface.size()
        if self._size == self._whole:
            return finer
        self._over.set()
        if self._coming is None and before == self._size and self._performance.rest.is_visible:
            self._whole, self._over = self._size, threading.Event()
            self._coming = self._pool.submit(self._draw, self._size, self._over)
        return None

    def end(self) -> None:
        """End it: what is on its way is not needed any more."""
        self._over.set()

    def _draw(self, size: tuple[int, int], over: threading.Event) -> Prepared | None:
        picture = self._performance.draw_whole(size, over.is_set)
        return None if picture is None or over.is_set() else self._surface.prepare(picture, size)


def stand_still(
    performance: Performance, surface: Surface[Prepared], rate: float, redrawing: Redrawing[Prepared]
) -> None:
    """Collect events until a performance lives again, or somebody leaves. In a rest nothing listens or looks."""
    try:
        while performance.stands_still and not performance.left:
            if performance.rest.reason:
                performance.senses.rest()
            if (finer := redrawing.look()) is not None:
                surface.show(finer, rate)
            if performance.rest.is_visible:
                surface.refresh(rate)
            surface.wait(PAUSED_SECONDS if performance.rest.is_visible else HIDDEN_SECONDS)
            listen(performance, surface)
    finally:
        redrawing.end()
    if not performance.left:
        performance.senses.wake()
    performance.rest.end()


def play(performance: Performance, surface: Surface[Prepared], *, frames: int | None = None) -> Playback:
    """Show a performance until `frames` frames have passed, somebody leaves, or Ctrl-C.

    The rollout advances over frames that are late, but they are not drawn. So the scene keeps its pace on a slow
    machine. It also advances over those that the performance's economy leaves out. A scene that stands still only
    collects events. What listens and looks begins with the surface, and ends with it.
    """
    played = Playback()
    left = math.inf if frames is None else frames
    drawing_seconds = 0.0

    def compose(skipped: int) -> Composed[Prepared]:
        """Advance over `skipped` frames, and draw the next one."""
        nonlocal drawing_seconds
        began = time.perf_counter()
        frames = []
        for _ in range(skipped):
            if performance.left:
                break
            frames.append(next(performance))
        frames.append(next(performance))
        size = surface.size()
        picture = performance.draw(frames[-1], size)
        prepared = surface.prepare(picture, size)
        drawing_seconds += RATE_SMOOTHING * (time.perf_counter() - began - drawing_seconds)
        return Composed(prepared, frames, (picture.shape[1], picture.shape[0]), size)

    with interrupt_on_signals(), ThreadPoolExecutor(1) as pool, surface:
        try:
            performance.senses.begin(resting=bool(performance.rest.reason))  # a surface may have waited for its display
            performance.thrift = performance.rest.thrift
            pace = Pace(performance.fps)
            coming: Future[Composed[Prepared]] | None = pool.submit(compose, 0) if left > 0 else None
            if coming is not None:
                wait_for_first(performance, surface, coming)
            while not performance.left and left > 0:
                picture = (coming or pool.submit(compose, 0)).result()
                played.frames_shown += 1
                skipped = int(min(pace.record_frame(), left - 1))
                played.frames_dropped += skipped
                performance.rest.record_picture(picture.drawn[0] * picture.drawn[1])
                performance.thrift = performance.rest.thrift
                spared = int(min(performance.thrift.frames - 1, left - 1 - skipped))
                pace.leave_out(spared)
                played.frames_spared += spared
                skipped += spared
                left -= 1 + skipped
                # The next frame is drawn while this one is shown; but late, if somebody moves it, to show that soon.
                coming = pool.submit(compose, skipped) if left > 0 and not performance.is_steered else None
                surface.show(picture.prepared, pace.rate)
                performance.record(picture.frames)
                while (wait := pace.seconds_left()) > 0 and not performance.left:
                    before = wait - SLACK * drawing_seconds
                    if coming is None and left > 0 and before <= 0:
                        coming = pool.submit(compose, skipped)
                    until = before if coming is None and before > 0 else wait
                    surface.wait(min(until, STEERED_SECONDS if performance.is_steered else EVENT_SECONDS))
                    listen(performance, surface)
                listen(performance, surface)
                if coming is None and left > 0:
                    coming = pool.submit(compose, skipped)
                if performance.stands_still and left > 0:
                    finish([coming] if coming else [])  # it still changes the status that `refresh` shows
                    whole = picture.size if picture.drawn == picture.size else None
                    stand_still(performance, surface, pace.rate, Redrawing(performance, surface, pool, whole))
                    pace.resume()
                else:
                    performance.senses.wake()
        except KeyboardInterrupt:
            pass  # Ctrl-C leaves like the key q
        finally:
            performance.leave()
    return played
