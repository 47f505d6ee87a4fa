"""Drawing for someone who watches: waiting neither for what a size needs once, nor for more than there is time for."""

import math
import statistics
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from time import perf_counter

import numpy as np
from PIL import Image

from alive_cli.runtime.painter import Painter
from alive_cli.runtime.scene import Scene, check_size

FIRST_PIXELS = 1 << 13
"""Of the picture that is drawn first: ready before one waits for it. Fewer are never drawn for want of time."""
GROWTH = 8
"""How many times the pixels of one painter the next may have, about."""
NEARLY = 2
"""By so much it may have more still, where it is the last."""
FEW, MANY = 5, 30
"""Pictures whose times tell that there is time for more pixels, and that there isn't for these."""
CALM = 300
"""Pictures drawn in time after which it is forgotten that more pixels took too long: something else was busy then."""
RESERVE = 0.85
"""Of the pixels that there seems to be time for so many are drawn."""
SURELY = 2
"""For how many times the pixels there must seem to be time, where there once wasn't for so many."""
WORTH = 1.5
"""How many times the pixels are worth another painter, where those that are wanted can't be had."""


class LiveDrawing:
    """Draws at any size at once: coarsely at first, while finer painters are made in a thread of their own.

    What is too large to be drawn in time stays coarser, so that it goes on moving.
    """

    def __init__(self, scene: Scene, ended: Callable[[], bool] = lambda: False, seconds: float = math.inf) -> None:
        """Draw a scene.

        Args:
            ended: whether nobody watches any more, so that nothing is worth finishing.
            seconds: that a picture may take.
        """
        self._scene, self._ended, self._seconds = scene, ended, seconds
        self._painter: Painter | None = None
        self._wanted: tuple[int, int] | None = None
        self._made_for: tuple[int, int] | None = None
        self._coming: Future[Painter] | None = None
        self._took: deque[float] = deque(maxlen=MANY)
        self._too_many, self._calm = math.inf, 0
        self._pool = ThreadPoolExecutor(1)

    def draw(self, embedding: np.ndarray, size: tuple[int, int] | None = None) -> np.ndarray:
        """Draw a unit embedding, float32 [D], as a picture, uint8 [H, W, 3], as finely as is possible now.

        It is of the size that is asked for, or smaller and of its proportions: views enlarge it in their own ways.

        Raises:
            InputError: as `Scene.draw`.
        """
        began = perf_counter()
        size = size or self._scene.size
        if size != self._wanted:
            check_size(size)
            self._wanted = size
            self._took.clear()
        if self._coming and self._coming.done():
            coming, self._coming = self._coming, None
            with suppress(CancelledError):
                self._painter = coming.result()
            self._took.clear()
        if self._painter is None:
            self._painter, self._made_for = self._scene.painter(_within(size, FIRST_PIXELS)), size
            began = perf_counter()
        following = self._following(self._painter.size, size)
        if following != self._painter.size and self._coming is None:
            self._made_for = size
            self._coming = self._pool.submit(
                self._scene.painter, following, lambda: self._ended() or self._wanted != size, patiently=True
            )
        picture = self._painter.paint(embedding)
        if self._coming is None:  # a painter that is being made takes time from this one
            self._took.append(perf_counter() - began)
            self._calm += 1
            if self._calm == CALM:
                self._too_many = math.inf
        return picture

    def _following(self, now: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
        """The size to draw at next, of the proportions of `size` and at most that, for one that is drawn at `now`."""
        pixels, wanted, timely = now[0] * now[1], size[0] * size[1], math.inf
        if self._seconds < math.inf:
            if len(self._took) < FEW:
                return now
            usual = statistics.median(self._took)
            timely = RESERVE * pixels * self._seconds / usual
            if usual > self._seconds * (1 if len(self._took) == MANY else SURELY):
                self._too_many, self._calm = pixels, 0
                fewer = _within(size, max(FIRST_PIXELS, int(timely)))
                return fewer if fewer[0] * fewer[1] < pixels else now
            if now == size:
                return now
            if timely < SURELY * self._too_many:
                timely = min(timely, RESERVE * self._too_many)
        if wanted <= min(NEARLY * GROWTH * pixels, timely):
            return size
        if self._made_for == size and timely < WORTH * pixels:
            return now
        return _within(size, max(FIRST_PIXELS, int(min(GROWTH * pixels, timely))))


def enlarged(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A picture, uint8 [h, w, 3], at width × height `size`, where it isn't of that size."""
    if picture.shape[1::-1] == size:
        return picture
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR))


def _within(size: tuple[int, int], pixels: int) -> tuple[int, int]:
    """The size, or one of its proportions with about so many pixels, at most."""
    width, height = size
    scale = min(1.0, math.sqrt(pixels / (width * height)))
    return max(1, int(width * scale)), max(1, int(height * scale))
