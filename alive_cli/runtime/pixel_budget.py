"""How many pixels there is time for in each picture, told by how long pictures take."""

import math
import statistics
from collections import deque

FEW, MANY = 5, 30
"""Pictures whose times tell that there is time for more pixels, and that there isn't for these."""
QUICK = 0.1
"""Share of the time that a picture takes where a single one tells enough."""
RESERVE = 0.85
"""Share of the time that is planned with."""
FAR = 2
"""Of the time that is allowed, what FEW pictures tell for sure to be too much."""
WARY = 0.5
"""Of the pixels that took too long, so many are tried again soon."""
FIXED, MOST_FIXED = 0.3, 0.75
"""Share of a picture's time that may not grow with its pixels: as long as one number of them is known, and later."""
CALM = 300
"""Pictures drawn in time after which it is forgotten that more pixels took too long: something else was busy then."""
MOST_CALM = 1 << 16


class Timely:
    """Watches pictures being drawn."""

    def __init__(self, seconds: float) -> None:
        """Allow each picture so many seconds."""
        self._seconds = seconds
        self._pixels = 0
        self._took: deque[float] = deque(maxlen=MANY)
        self._before: tuple[int, float] | None = None
        """Pixels and seconds of the pictures before, which had another number of pixels."""
        self._too_many, self._calm, self._patience = math.inf, 0, CALM

    def took(self, pixels: int, seconds: float) -> None:
        """Tell that a picture of so many pixels took so long."""
        if pixels != self._pixels:
            self._before = (self._pixels, statistics.median(self._took)) if self._took else None
            self._pixels = pixels
            self._took.clear()
        self._took.append(seconds)
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
        return max(statistics.median(self._took), 1e-9)  # clocks may be coarse

    def _tells(self) -> bool:
        """Whether enough pictures of this many pixels were seen."""
        return bool(self._took) and (len(self._took) >= FEW or max(self._took) <= QUICK * self._seconds)

    def _late(self) -> bool:
        """Whether pictures of this many pixels take too long."""
        return self._tells() and self._usual() > self._seconds * (1 if len(self._took) == MANY else FAR)

    def _each(self, usual: float) -> float:
        """Seconds that one pixel more takes, judged with caution."""
        if self._before is None or self._before[0] >= self._pixels:
            return (1 - FIXED) * usual / self._pixels
        pixels, seconds = self._before
        return max((usual - seconds) / (self._pixels - pixels), (1 - MOST_FIXED) * usual / self._pixels)
