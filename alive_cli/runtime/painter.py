"""Drawing embeddings at one size: the trunk once, then the generator in tiles over threads."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime

TILE_PIXELS = 2048
"""Rows of the feature table that one run of the generator takes; measured best on CPUs."""
MAX_CACHE_BYTES = 256 << 20
"""Beyond this the trunk is run again for each tile instead of being kept."""


class Painter:
    """Draws embeddings at a fixed size. Not safe to use from two threads at once."""

    def __init__(
        self,
        trunk: onnxruntime.InferenceSession,
        generator: onnxruntime.InferenceSession,
        size: tuple[int, int],
        threads: int | None = None,
    ) -> None:
        """`size` is (width, height) in pixels; `threads` defaults to the CPU cores this process may use."""
        self.size = size
        self._trunk = trunk
        self._generator = generator
        coords = pixel_coordinates(*size)
        on_cpu = generator.get_providers()[0] == "CPUExecutionProvider"
        tile = TILE_PIXELS if on_cpu else len(coords)
        self._tiles = [slice(first, min(first + tile, len(coords))) for first in range(0, len(coords), tile)]
        self._coords = [coords[tile] for tile in self._tiles]
        self._background = np.zeros((min(tile, len(coords)), 3), np.float32)
        self._features = self._cache()
        workers = (threads or usable_cores()) if on_cpu else 1
        self._pool = ThreadPoolExecutor(workers) if workers > 1 else None

    def paint(self, embedding: np.ndarray) -> np.ndarray:
        """A unit embedding, float32 [D], as a picture, uint8 [H, W, 3]."""
        width, height = self.size
        picture = np.empty((height * width, 3), np.uint8)
        batch = np.ascontiguousarray(embedding, np.float32)[None]

        def draw(number: int) -> None:
            features = self._features[number] if self._features else self._run_trunk(number)
            feeds = {"embedding": batch, "features": features, "background": self._background[: len(features)]}
            rgb = self._generator.run(["rgb"], feeds)[0][0]
            # A graph from a stranger may give anything; out-of-range floats have no defined uint8.
            np.nan_to_num(rgb, copy=False)
            np.clip(rgb, 0, 1, out=rgb)
            picture[self._tiles[number]] = rgb * 255 + 0.5

        if self._pool:
            list(self._pool.map(draw, range(len(self._tiles))))
        else:
            for number in range(len(self._tiles)):
                draw(number)
        return picture.reshape(height, width, 3)

    def _run_trunk(self, number: int) -> np.ndarray:
        return np.asarray(self._trunk.run(["features"], {"coords": self._coords[number]})[0])

    def _cache(self) -> list[np.ndarray] | None:
        first = self._run_trunk(0)
        pixels = self.size[0] * self.size[1]
        if first.nbytes / len(first) * pixels > MAX_CACHE_BYTES:
            return None
        return [first, *(self._run_trunk(number) for number in range(1, len(self._tiles)))]


def pixel_coordinates(width: int, height: int) -> np.ndarray:
    """Coordinates (x, y) of the pixel centres, row by row: float32 [H·W, 2]; the longest side spans −1…1."""
    longest = max(width, height)
    x = (2 * np.arange(width) + 1 - width) / longest
    y = (2 * np.arange(height) + 1 - height) / longest
    return np.stack(np.meshgrid(x, y), -1).reshape(-1, 2).astype(np.float32)


def usable_cores() -> int:
    """CPU cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
