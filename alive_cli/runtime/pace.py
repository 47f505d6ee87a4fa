"""The pace of whatever lives in real time: if it is late, it skips frames and never queues them."""

import time
from collections.abc import Callable

MAX_CATCH_UP = 1.0
"""A view that is later than this, in seconds, doesn't catch up, because it was suspended or is far too slow."""
RATE_SMOOTHING = 0.1
"""Each frame changes the displayed rate by this share of the difference, so that the number is readable."""


class Pace:
    """The clock of a live view."""

    def __init__(self, fps: float, clock: Callable[[], float] = time.perf_counter) -> None:
        """Frame 0 is due now, and each following frame 1/`fps` s later."""
        self.rate = fps
        """Frames that are really shown per second, smoothed."""
        self._fps = fps
        self._clock = clock
        self._started = clock()
        self._number = 0
        self._shown: float | None = None

    def record_frame(self) -> int:
        """Record that a frame was shown. Returns how many of the next frames to skip because they are late."""
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

    def leave_out(self, frames: int) -> None:
        """Let so many frames pass that nobody draws: the one after them is due that much later."""
        self._number += frames

    def seconds_left(self) -> float:
        """Seconds until the next frame is due, negative if it is late."""
        return self._started + self._number / self._fps - self._clock()

    def resume(self) -> None:
        """Continue after a pause: the next frame is due now."""
        self._started, self._number, self._shown = self._clock(), 0, None
