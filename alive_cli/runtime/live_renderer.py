"""Drawing for a live view: it waits neither for the preparation of a size, nor for more pixels than it has time for."""

import math
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from time import perf_counter

import numpy as np
from PIL import Image

from alive_cli.runtime.pixel_budget import PixelBudget
from alive_cli.runtime.renderers.protocol import Renderer
from alive_cli.runtime.scene import Scene, check_size

FIRST_PIXELS = 1 << 13
"""The first picture has so many pixels, which are ready before one waits for them. Slow machines never draw fewer."""
GROWTH = 8
"""The next renderer has about so many times the pixels of the present one."""
NEARLY = 2
"""The last renderer may have so many times more still, so that a last small step is saved."""
WORTH = 1.5
"""Another renderer is worth its time for so many times the pixels, where there is no time for the full size."""


class LiveRenderer:
    """Draws at any size at once: coarsely at first, while finer renderers are made in a thread of their own.

    What is too large to be drawn in time stays coarser, so that it goes on moving.
    """

    def __init__(self, scene: Scene, ended: Callable[[], bool] = lambda: False, seconds: float = math.inf) -> None:
        """Draw a scene.

        Args:
            ended: whether nobody watches any more, so that nothing is worth finishing.
            seconds: time that a picture may take.
        """
        self._scene, self._ended, self._budget = scene, ended, PixelBudget(seconds)
        self._renderer: Renderer | None = None
        self._size = self._rendered_for = self._coming_for = scene.size
        self._coming: Future[Renderer] | None = None
        self._pool = ThreadPoolExecutor(1)

    def draw(self, embedding: np.ndarray, size: tuple[int, int] | None = None) -> np.ndarray:
        """Draw a unit embedding, float32 [D], as a picture, uint8 [H, W, 3], as finely as is possible now.

        It may be smaller than `size`, and, just after `size` has changed, of the size before: views enlarge it in
        their own ways.

        Raises:
            InputError: as `Scene.draw`.
        """
        began = perf_counter()
        size = size or self._scene.size
        check_size(size)
        self._size = size
        if self._coming and self._coming.done():
            coming, self._coming = self._coming, None
            with suppress(CancelledError):
                self._renderer, self._rendered_for = coming.result(), self._coming_for
        if self._renderer is None:
            self._renderer = self._scene.renderer(_within(size, FIRST_PIXELS), net=self._scene.net(size))
            self._rendered_for = size
            began = perf_counter()
        now = self._renderer.size
        following = self._following(now, size)
        if following != now and self._coming is None:
            self._coming_for, growing = size, following[0] * following[1] > now[0] * now[1]
            self._coming = self._pool.submit(
                self._scene.renderer,
                following,
                lambda: self._ended() or self._size != size,
                net=self._scene.net(size),
                patiently=growing,
            )
        picture = self._renderer.render(embedding)
        if self._coming is None:  # a renderer that is being made takes time from this one
            self._budget.record(now[0] * now[1], perf_counter() - began)
        return picture

    def _following(self, now: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
        """The size to draw at after `now`: that, `size`, or smaller than `size` and of its proportions."""
        budget, pixels, full = self._budget.pixels(), now[0] * now[1], size[0] * size[1]
        if budget is None or (now == size and budget >= pixels):
            return now
        if full <= min(NEARLY * GROWTH * pixels, budget):
            return size
        following = _within(size, int(max(FIRST_PIXELS, min(GROWTH * pixels, budget))))
        count = following[0] * following[1]
        if self._rendered_for == size and (count >= pixels if budget < pixels else count < WORTH * pixels):
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
