"""Drawing for someone who watches: waiting neither for what a size needs once, nor for more than there is time for."""

import math
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from time import perf_counter

import numpy as np
from PIL import Image

from alive_cli.runtime.pixel_budget import Timely
from alive_cli.runtime.renderers.implicit import Painter
from alive_cli.runtime.scene import Scene, check_size

FIRST_PIXELS = 1 << 13
"""Of the picture that is drawn first: ready before one waits for it. Fewer are never drawn for want of time."""
GROWTH = 8
"""How many times the pixels of one painter the next may have, about."""
NEARLY = 2
"""By so much it may have more still, where it is the last."""
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
        self._scene, self._ended, self._timely = scene, ended, Timely(seconds)
        self._painter: Painter | None = None
        self._wanted = self._painted_for = self._coming_for = scene.size
        self._coming: Future[Painter] | None = None
        self._pool = ThreadPoolExecutor(1)

    def draw(self, embedding: np.ndarray, size: tuple[int, int] | None = None) -> np.ndarray:
        """Draw a unit embedding, float32 [D], as a picture, uint8 [H, W, 3], as finely as is possible now.

        It may be smaller than what is asked for, and, just after another size was asked for, of that size:
        views enlarge it in their own ways.

        Raises:
            InputError: as `Scene.draw`.
        """
        began = perf_counter()
        size = size or self._scene.size
        check_size(size)
        self._wanted = size
        if self._coming and self._coming.done():
            coming, self._coming = self._coming, None
            with suppress(CancelledError):
                self._painter, self._painted_for = coming.result(), self._coming_for
        if self._painter is None:
            self._painter = self._scene.painter(_within(size, FIRST_PIXELS), net=self._scene.net(size))
            self._painted_for = size
            began = perf_counter()
        now = self._painter.size
        following = self._following(now, size)
        if following != now and self._coming is None:
            self._coming_for, growing = size, following[0] * following[1] > now[0] * now[1]
            self._coming = self._pool.submit(
                self._scene.painter,
                following,
                lambda: self._ended() or self._wanted != size,
                net=self._scene.net(size),
                patiently=growing,
            )
        picture = self._painter.paint(embedding)
        if self._coming is None:  # a painter that is being made takes time from this one
            self._timely.took(now[0] * now[1], perf_counter() - began)
        return picture

    def _following(self, now: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
        """The size to draw at after `now`: that, `size`, or smaller than `size` and of its proportions."""
        timely, pixels, wanted = self._timely.pixels(), now[0] * now[1], size[0] * size[1]
        if timely is None or (now == size and timely >= pixels):
            return now
        if wanted <= min(NEARLY * GROWTH * pixels, timely):
            return size
        following = _within(size, int(max(FIRST_PIXELS, min(GROWTH * pixels, timely))))
        count = following[0] * following[1]
        if self._painted_for == size and (count >= pixels if timely < pixels else count < WORTH * pixels):
            return now
        return following


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
