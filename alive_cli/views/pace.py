"""When frames are due: a live view that is late skips frames, and never queues them."""

import time
from collections.abc import Callable

MAX_CATCH_UP = 1.0
"""Seconds of delay after which a view stops catching up: it was suspended, or life itself is too slow."""
RATE_SMOOTHING = 0.1


class Pace:
    """The clock of a live view."""

    def __init__(self, fps: float, clock: Callable[[], float] = time.perf_counter) -> None:
        """Frame 0 is due now, and one more each 1/`fps` s."""
        self.rate = fps
        """Frames really shown each second, smoothed."""
        self._fps = fps
        self._clock = clock
        self._started = clock()
        self._number = 0
        self._shown: float | None = None

    def shown(self) -> int:
        """Tell that a frame was shown; returns how many frames after it are to be skipped, because they are late."""
        now = self._clock()
        if self._shown is not None:
            self.rate += RATE_SMOOTHING * (1 / max(now - self._shown, 1e-6) - self.rate)
        self._shown = now
        late = now - self._started - self._number / self._fps
        if late > MAX_CATCH_UP:
            self._started += late
            late = 0.0
        skipped = max(0, int(late * self._fps))
        self._number += skipped + 1
        return skipped

    def wait(self) -> float:
        """Seconds until the next frame is due; below 0 if it is late."""
        return self._started + self._number / self._fps - self._clock()

    def resume(self) -> None:
        """Go on after a pause: the next frame is due now."""
        self._started, self._number, self._shown = self._clock(), 0, None
