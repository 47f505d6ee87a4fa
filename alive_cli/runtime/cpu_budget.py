"""A budget of processor time: pictures get fewer pixels, and then there are fewer pictures, until it is kept."""

import math
import time
from collections.abc import Callable
from typing import NamedTuple

WINDOW_SECONDS = 2.0
"""Processor time is measured over so many seconds, because single pictures vary."""
LEAST_PICTURES = 3
"""It is measured over at least so many pictures, which takes longer where there are few."""
CLEAR_EXCESS = 1.1
"""One measurement is enough to save more if it exceeds the budget by this factor; otherwise two are needed."""
PLANNED_SHARE = 0.9
"""More is drawn only where that is expected to take at most this share of the budget."""
MOST_FIXED, LEAST_FIXED = 0.5, 0.3
"""These shares of a picture's time are assumed not to grow with its pixels: the first where fewer pixels are to save
time, the second where more would take time."""
SETTLING_SECONDS = 4.0
"""For so many seconds after pictures get another size, what is measured isn't their usual time: keyframes are decoded
anew for it, and others are made ready."""
MOST_SETTLING = 4
"""At most so many measurements in a row are left out for that, so that no size that changes for ever breaks the
budget."""
FIRST_PATIENCE, LEAST_PATIENCE, MOST_PATIENCE = 4.0, 20.0, 3600.0
"""More is drawn after so many seconds within the budget; after a try that failed, after at least the second number,
twice as long each time, up to the third."""


class Thrift(NamedTuple):
    """How much of a life is drawn."""

    pixels: float
    """The share of the pixels of a picture that are drawn."""
    frames: int
    """One of so many frames is drawn; the life goes through the others as well."""

    def beside(self, other: "Thrift") -> "Thrift":
        """Both at once."""
        return Thrift(self.pixels * other.pixels, self.frames * other.frames)

    def work(self, fixed: float) -> float:
        """The time that it takes, as a share of that of drawing everything.

        Args:
            fixed: the share of a picture's time that doesn't depend on its pixels, 0 … 1.
        """
        return (fixed + (1 - fixed) * self.pixels) / self.frames


EVERYTHING = Thrift(1.0, 1)
"""All pixels of all frames are drawn."""
LADDER = (
    EVERYTHING,
    Thrift(1 / 2, 1),
    *(Thrift(1 / 4, frames) for frames in (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)),
)
"""From all to little: a quarter of the pixels still looks like the scene, and then pictures come less often."""
FIRST_LEVEL = 2
"""A life begins at this place of the ladder, with coarse pictures, because finer ones must first prove to fit."""


class CpuBudget:
    """Measures the processor time of this process, all its threads included, and chooses how much is drawn."""

    def __init__(
        self,
        cores: float,
        *,
        clock: Callable[[], float] = time.perf_counter,
        used: Callable[[], float] = time.process_time,
    ) -> None:
        """Begin to measure.

        Args:
            cores: processor seconds that may be used in a second; infinite without a budget.
            clock, used: seconds that passed, and processor seconds that were used.
        """
        self.cores, self._clock, self._used = cores, clock, used
        self._level = 0 if cores == math.inf else FIRST_LEVEL
        self.share: float | None = None
        """Cores that the last measurement showed; None before it."""
        self.is_kept = True
        """Whether the budget is kept, or can still be."""
        self._since: tuple[float, float] | None = None
        self._pictures = self._excesses = 0
        self._calm, self._patience, self._tried = 0.0, FIRST_PATIENCE, False
        self._settling = True
        self._pixels = self._left_out = 0
        self._settled_at = -math.inf

    @property
    def thrift(self) -> Thrift:
        """How much is to be drawn now."""
        return LADDER[self._level]

    def forget(self) -> None:
        """Begin a new measurement, because time passed in which nothing was drawn."""
        self._since = None

    def record_picture(self, pixels: int = 0) -> None:
        """Record that a picture of so many pixels was shown; this may change how much is drawn."""
        if self.cores == math.inf:
            return
        now, used = self._clock(), self._used()
        if pixels != self._pixels:
            self._pixels, self._settled_at = pixels, now + SETTLING_SECONDS
        if self._since is None:
            self._since, self._pictures = (now, used), 0
            return
        self._pictures += 1
        seconds = now - self._since[0]
        if seconds < WINDOW_SECONDS or self._pictures < LEAST_PICTURES:
            return
        share, began = (used - self._since[1]) / seconds, self._since[0]
        self._since, self._pictures = (now, used), 0
        if self._settling or (began < self._settled_at and self._left_out < MOST_SETTLING):
            self._settling = False
            self._left_out += 1
            return
        self._left_out = 0
        self.share = share
        self._choose(share, seconds)

    def _choose(self, share: float, seconds: float) -> None:
        if share > self.cores:
            self._excesses += 1
            self._calm = 0.0
            if share > CLEAR_EXCESS * self.cores or self._excesses > 1:
                self._save(share)
            return
        self._excesses, self.is_kept = 0, True
        self._calm += seconds
        if self._calm >= LEAST_PATIENCE:
            self._tried = False
        if self._level == 0:
            return
        more = LADDER[self._level - 1]
        if self._calm >= self._patience and self._expected(share, more, LEAST_FIXED) <= PLANNED_SHARE * self.cores:
            self._tried = True
            self._change(self._level - 1)

    def _save(self, share: float) -> None:
        """Go down to the first place of the ladder that is expected to keep the budget; after a try that failed, to the
        one before, which has kept it."""
        lower = range(self._level + 1, len(LADDER))
        if self._tried:
            self._patience = min(MOST_PATIENCE, 2 * max(self._patience, LEAST_PATIENCE / 2))
            self._tried = False
            lower = lower[:1]
        self.is_kept = self._level < len(LADDER) - 1
        fits = (level for level in lower if self._expected(share, LADDER[level], MOST_FIXED) <= self.cores)
        self._change(next(fits, lower[-1] if lower else self._level))

    def _expected(self, share: float, thrift: Thrift, fixed: float) -> float:
        return share * thrift.work(fixed) / self.thrift.work(fixed)

    def _change(self, level: int) -> None:
        self._settling = level != self._level
        self._level, self._calm, self._excesses = level, 0.0, 0
