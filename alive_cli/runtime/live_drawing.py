"""Drawing for someone who watches: never waiting for what a picture size needs once."""

import math
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress

import numpy as np
from PIL import Image

from alive_cli.runtime.painter import Painter
from alive_cli.runtime.scene import Scene, check_size

FIRST_PIXELS = 1 << 13
"""Of the picture that is drawn first: ready before one waits for it."""
GROWTH = 8
"""How many times the pixels of one painter the next may have, about."""
NEARLY = 2
"""By so much it may have more still, where it is the last."""


class LiveDrawing:
    """Draws at any size at once, coarsely at first, while finer painters are made in a thread of their own."""

    def __init__(self, scene: Scene, ended: Callable[[], bool] = lambda: False) -> None:
        """Draw a scene.

        Args:
            ended: whether nobody watches any more, so that nothing is worth finishing.
        """
        self._scene, self._ended = scene, ended
        self._painter: Painter | None = None
        self._wanted: tuple[int, int] | None = None
        self._coming: Future[Painter] | None = None
        self._pool = ThreadPoolExecutor(1)

    def draw(self, embedding: np.ndarray, size: tuple[int, int] | None = None) -> np.ndarray:
        """Draw a unit embedding, float32 [D], as a picture, uint8 [H, W, 3], as finely as is possible now.

        Raises:
            InputError: as `Scene.draw`.
        """
        size = size or self._scene.size
        if size != self._wanted:
            check_size(size)
            self._wanted = size
        if self._coming and self._coming.done():
            coming, self._coming = self._coming, None
            with suppress(CancelledError):
                self._painter = coming.result()
        if self._painter is None:
            self._painter = self._scene.painter(_within(size, FIRST_PIXELS))
        if self._painter.size != size and self._coming is None:
            width, height = self._painter.size
            most = GROWTH * width * height
            following = size if size[0] * size[1] <= NEARLY * most else _within(size, most)
            self._coming = self._pool.submit(
                self._scene.painter, following, lambda: self._ended() or self._wanted != size
            )
        picture = self._painter.paint(embedding)
        if self._painter.size == size:
            return picture
        return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR))


def _within(size: tuple[int, int], pixels: int) -> tuple[int, int]:
    """The size, or one of its proportions with about so many pixels, at most."""
    width, height = size
    scale = min(1.0, math.sqrt(pixels / (width * height)))
    return max(1, int(width * scale)), max(1, int(height * scale))
