"""How many pixels there is time for in each picture, judged by how long pictures take."""

import math
import statistics
from collections import deque

FEW, MANY = 5, 30
"""The times of FEW pictures show that there is time for more pixels, those of MANY that there isn't for these."""
QUICK = 0.1
"""A single picture shows enough where it takes no more than this share of the time."""
RESERVE = 0.85
"""Plans use this share of the time, because pictures vary."""
FAR = 2
"""FEW pictures show for sure that it takes too long where they take so many times the time that is allowed."""
WARY = 0.5
"""Soon after pictures took too long, this share of their pixels is tried."""
FIXED, MOST_FIXED = 0.3, 0.75
"""This share of a picture's time may not grow with its pixels: the first while one size is known, the other later."""
CALM = 300
"""After so many pictures in time it is forgotten that more pixels took too long: something else was busy then."""
MOST_CALM = 1 << 16
"""The wait before larger pictures are tried again doubles up to so many pictures."""


class PixelBudget:
    """Watches pictures being drawn."""

    def __init__(self, seconds: float) -> None:
        """Allow each picture so many seconds."""
        self._seconds = seconds
        self._pixels = 0
        self._times: deque[float] = deque(maxlen=MANY)
        self._before: tuple[int, float] | None = None
        """Pixels and seconds of the pictures before, which had another number of pixels."""
        self._too_many, self._calm, self._patience = math.inf, 0, CALM

    def record(self, pixels: int, seconds: float) -> None:
        """Record that a picture of so many pixels took so many seconds."""
        if pixels != self._pixels:
            self._before = (self._pixels, statistics.median(self._times)) if self._times else None
            self._pixels = pixels
            self._times.clear()
        self._times.append(seconds)
        self._calm += 1
        if self._calm == self._patience:
            self._too_many = math.inf
        if self._late() and pixels != self._too_many:
            if self._calm > self._patience:  # what was forgotten is so still
                self._patience = min(MOST_CALM, 2 * self._patience)
            self._too_many, self._calm = pixels, 0

    def pixels(self) -> float | None:
        """How many pixels there is time for: fewer than those of late pictures only where these take too long.

        None as long as too few pictures were seen to tell.
        """
        if self._seconds == math.inf:
            return math.inf
        if not self._tells():
            return None
        usual = self._usual()
        if self._late():
            return RESERVE * self._pixels * self._seconds / usual
        spare = RESERVE * self._seconds - usual
        return max(self._pixels, min(self._pixels + spare / self._each(usual), WARY * self._too_many))

    def _usual(self) -> float:
        return max(statistics.median(self._times), 1e-9)  # clocks may be coarse

    def _tells(self) -> bool:
        """Whether enough pictures of this many pixels were seen."""
        return bool(self._times) and (len(self._times) >= FEW or max(self._times) <= QUICK * self._seconds)

    def _late(self) -> bool:
        """Whether pictures of this many pixels take too long."""
        return self._tells() and self._usual() > self._seconds * (1 if len(self._times) == MANY else FAR)

    def _each(self, usual: float) -> float:
        """Seconds that one pixel more takes, judged with caution."""
        if self._before is None or self._before[0] >= self._pixels:
            return (1 - FIXED) * usual / self._pixels
        pixels, seconds = self._before
        return max((usual - seconds) / (self._pixels - pixels), (1 - MOST_FIXED) * usual / self._pixels)
