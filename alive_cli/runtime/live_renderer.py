"""Drawing for a live view: coarse pictures come at once, and finer ones as soon as they can be drawn in time."""

import math
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from time import perf_counter

import numpy as np
from PIL import Image

from alive_cli.runtime.cpu_budget import EVERYTHING, Thrift
from alive_cli.runtime.frame import Drawn
from alive_cli.runtime.picture_size import check_size
from alive_cli.runtime.pixel_budget import PixelBudget
from alive_cli.runtime.renderers.protocol import Renderer
from alive_cli.runtime.scene import Scene

FIRST_PIXELS = 1 << 13
"""The first picture has this many pixels, because they are ready at once. No machine draws fewer."""
GROWTH = 8
"""The next renderer has about this many times the pixels of the present one, so that few renderers are made."""
FINAL_GROWTH = 2
"""The last renderer may exceed GROWTH by this factor, which saves one more small renderer."""
COARSE_SHARE = 0.3
"""Pictures of at most this share of the pixels that are shown have coarser colours, which takes half of the time."""
WORTHWHILE_GROWTH = 1.5
"""If there is no time for the full size, a new renderer is made only if it has this many times the pixels."""


class LiveRenderer:
    """Draws at any size without delay: coarsely at first, while a second thread makes finer renderers.

    A picture that is too large to be drawn in time stays coarser, so that the motion stays smooth.
    """

    def __init__(self, scene: Scene, is_over: Callable[[], bool] = lambda: False, seconds: float = math.inf) -> None:
        """Draw a scene.

        Args:
            is_over: whether the view has ended, so that the second thread may stop.
            seconds: the time that a picture may take.
        """
        self._scene, self._is_over, self._budget = scene, is_over, PixelBudget(seconds)
        self._seconds = seconds
        self._renderer: Renderer | None = None
        self._size = self._rendered_for = self._coming_for = scene.size
        self._coming: Future[Renderer] | None = None
        self._pool = ThreadPoolExecutor(1)

    def draw(self, drawn: Drawn, size: tuple[int, int] | None = None, thrift: Thrift = EVERYTHING) -> np.ndarray:
        """Draw a frame, or a unit embedding, float32 [D], as a picture, uint8 [H, W, 3], as finely as is possible now.

        The picture may be smaller than `size`. Just after `size` has changed, it may still have the old size. So views
        enlarge it.

        Args:
            thrift: at most this share of the pixels of `size` is drawn, but FIRST_PIXELS always may be; and a picture
                may take so many times the seconds, because so many frames pass meanwhile.

        Raises:
            InputError: a side of `size` is below 1 or above 8,192.
        """
        began = perf_counter()
        size = size or self._scene.size
        check_size(size)
        self._size = size
        self._budget.allow(self._seconds * thrift.frames)
        if self._coming and self._coming.done():
            coming, self._coming = self._coming, None
            with suppress(CancelledError):
                self._renderer, self._rendered_for = coming.result(), self._coming_for
        if self._renderer is None:
            first = _within(size, FIRST_PIXELS)
            self._renderer = self._scene.renderer(first, net=self._scene.net(size), coarse=_is_coarse(first, size))
            self._rendered_for = size
            began = perf_counter()
        now = self._renderer.size
        next_size = self._next_size(now, size, thrift.pixels)
        if next_size != now and self._coming is None:
            self._coming_for, growing = size, next_size[0] * next_size[1] > now[0] * now[1]
            self._coming = self._pool.submit(
                self._scene.renderer,
                next_size,
                lambda: self._is_over() or self._size != size,
                net=self._scene.net(size),
                low_priority=growing,
                coarse=_is_coarse(next_size, size),
            )
        picture = self._renderer.render(drawn)
        if self._coming is None:  # making a renderer slows this one down
            self._budget.record(now[0] * now[1], perf_counter() - began)
        return picture

    def draw_whole(self, drawn: Drawn, size: tuple[int, int], is_over: Callable[[], bool]) -> np.ndarray | None:
        """Draw a frame as a picture of all of `size`, uint8 [H, W, 3], however long that takes, for what stands still.

        Args:
            is_over: whether nobody needs it any more; then this returns None.

        Raises:
            InputError: a side of `size` is below 1 or above 8,192.
        """
        try:
            return self._scene.renderer(size, is_over, net=self._scene.net(size)).render(drawn)
        except CancelledError:
            return None

    def _next_size(self, now: tuple[int, int], size: tuple[int, int], share: float) -> tuple[int, int]:
        """The size to draw at next: `now`, `size`, or one with the proportions of `size` and fewer pixels."""
        budget, pixels, full = self._budget.pixels(), now[0] * now[1], size[0] * size[1]
        most = math.inf if share >= 1 else max(FIRST_PIXELS, share * full)
        if most < pixels:  # that is certain, whatever the times of pictures say
            budget = min(most, math.inf if budget is None else budget)
        elif budget is not None:
            budget = min(most, budget)
        if budget is None or (now == size and budget >= pixels):
            return now
        if full <= min(FINAL_GROWTH * GROWTH * pixels, budget):
            return size
        next_size = _within(size, int(max(FIRST_PIXELS, min(GROWTH * pixels, budget))))
        count = next_size[0] * next_size[1]
        if self._rendered_for == size and (count >= pixels if budget < pixels else count < WORTHWHILE_GROWTH * pixels):
            return now
        return next_size


def _is_coarse(size: tuple[int, int], shown: tuple[int, int]) -> bool:
    """Whether pictures of a size are shown so large that fine details of their colours aren't seen."""
    return size[0] * size[1] <= COARSE_SHARE * shown[0] * shown[1]


def enlarge(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A picture, uint8 [h, w, 3], at width and height `size`: the same one if it has that size."""
    if picture.shape[1::-1] == size:
        return picture
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR))


def _within(size: tuple[int, int], pixels: int) -> tuple[int, int]:
    """The size, or one with its proportions and at most about `pixels` pixels."""
    width, height = size
    scale = min(1.0, math.sqrt(pixels / (width * height)))
    return max(1, int(width * scale)), max(1, int(height * scale))
