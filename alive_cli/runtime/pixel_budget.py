"""How many pixels a picture may have so that it is drawn in time, estimated from the times of earlier pictures."""

import math
import statistics
from collections import deque

FEW_PICTURES = 5
"""This many times are enough to conclude that there is time for more pixels."""
MANY_PICTURES = 30
"""This many times are needed to conclude that pictures take slightly too long, because single times vary."""
QUICK_SHARE = 0.1
"""One picture is enough to conclude that there is time for more, if it takes at most this share of the time."""
PLANNED_SHARE = 0.85
"""The estimate uses this share of the time, because times vary."""
CLEAR_EXCESS = 2
"""FEW_PICTURES times are enough to conclude that pictures take too long, if they exceed the time by this factor."""
RETRY_SHARE = 0.5
"""After pictures took too long, the estimate allows at most this share of their pixels for some time."""
FIXED_SHARE = 0.3
"""This share of a picture's time is assumed not to grow with its pixels, as long as only one size was measured."""
MOST_FIXED_SHARE = 0.75
"""At most this share of a picture's time is assumed not to grow with its pixels, even if two sizes suggest more."""
FORGETTING_PICTURES = 300
"""After this many pictures in time, larger pictures are tried again: another program may have been busy before."""
MOST_FORGETTING_PICTURES = 1 << 16
"""The number of pictures before larger ones are tried again doubles each time, up to this limit."""


class PixelBudget:
    """Records how long pictures take and estimates how many pixels fit into the time."""

    def __init__(self, seconds: float) -> None:
        """`seconds` is the time that a picture may take."""
        self._seconds = seconds
        self._pixels = 0
        self._times: deque[float] = deque(maxlen=MANY_PICTURES)
        self._before: tuple[int, float] | None = None
        """Pixels and median seconds of the earlier pictures, which had another number of pixels."""
        self._too_many, self._calm, self._patience = math.inf, 0, FORGETTING_PICTURES

    def allow(self, seconds: float) -> None:
        """Change the time that a picture may take. More time lets larger pictures be tried again."""
        if seconds > self._seconds:
            self._too_many = math.inf
        self._seconds = seconds

    def record(self, pixels: int, seconds: float) -> None:
        """Record how many pixels a picture had and how many seconds it took."""
        if pixels != self._pixels:
            self._before = (self._pixels, statistics.median(self._times)) if self._times else None
            self._pixels = pixels
            self._times.clear()
        self._times.append(seconds)
        self._calm += 1
        if self._calm == self._patience:
            self._too_many = math.inf
        if self._late() and pixels != self._too_many:
            if self._calm > self._patience:  # larger pictures were tried again and are still too slow
                self._patience = min(MOST_FORGETTING_PICTURES, 2 * self._patience)
            self._too_many, self._calm = pixels, 0

    def pixels(self) -> float | None:
        """Estimate how many pixels fit into the time.

        The estimate is smaller than the present number only if pictures take too long. It is None until enough
        pictures were recorded.
        """
        if self._seconds == math.inf:
            return math.inf
        if not self._is_certain():
            return None
        usual = self._usual()
        if self._late():
            return PLANNED_SHARE * self._pixels * self._seconds / usual
        spare = PLANNED_SHARE * self._seconds - usual
        largest = min(self._pixels + spare / self._seconds_per_pixel(usual), RETRY_SHARE * self._too_many)
        return max(self._pixels, largest)

    def _usual(self) -> float:
        return max(statistics.median(self._times), 1e-9)  # clocks may be coarse

    def _is_certain(self) -> bool:
        """Whether enough pictures of the present number of pixels were recorded."""
        if not self._times:
            return False
        return len(self._times) >= FEW_PICTURES or max(self._times) <= QUICK_SHARE * self._seconds

    def _late(self) -> bool:
        """Whether pictures of the present number of pixels take too long."""
        excess = 1 if len(self._times) == MANY_PICTURES else CLEAR_EXCESS
        return self._is_certain() and self._usual() > self._seconds * excess

    def _seconds_per_pixel(self, usual: float) -> float:
        """A cautious estimate of the seconds that one more pixel takes."""
        if self._before is None or self._before[0] >= self._pixels:
            return (1 - FIXED_SHARE) * usual / self._pixels
        pixels, seconds = self._before
        return max((usual - seconds) / (self._pixels - pixels), (1 - MOST_FIXED_SHARE) * usual / self._pixels)
