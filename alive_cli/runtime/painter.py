"""Drawing embeddings at one size: the trunk once, then the generator in tiles over threads."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime
from PIL import Image

from alive_cli.runtime.session import run_graph

TILE_PIXELS = 2048
"""Rows of the feature table that one run of the generator takes; measured best on CPUs."""
GPU_TILE_PIXELS = 1 << 18
"""The same on GPUs, which want more at once; bounded, because a tile's activations must fit."""
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
        background: np.ndarray | None = None,
        mask: np.ndarray | None = None,
    ) -> None:
        """Compute what doesn't depend on the embedding.

        Args:
            trunk, generator: sessions of the two drawing graphs.
            size: width and height in pixels.
            threads: CPU threads; by default the cores this process may use.
            background: uint8 [h, w, 3] of any size, None for zeros.
            mask: uint8 [h, w], 0 where nothing ever moves and the background is shown; None draws everywhere.
        """
        self.size = size
        width, height = size
        self._trunk = trunk
        self._generator = generator
        self._still = np.zeros((height * width, 3), np.uint8)
        if background is not None:
            resized = Image.fromarray(background).resize(size, Image.Resampling.LANCZOS)
            self._still = np.asarray(resized).reshape(-1, 3)
        moving = np.arange(height * width) if mask is None else np.flatnonzero(resize_by_maximum(mask, size))
        coords = pixel_coordinates(*size)[moving]
        on_cpu = generator.get_providers()[0] == "CPUExecutionProvider"
        tile = TILE_PIXELS if on_cpu else GPU_TILE_PIXELS
        pieces = [slice(first, first + tile) for first in range(0, len(coords), tile)]
        self._places = [moving[piece] for piece in pieces]
        self._coords = [coords[piece] for piece in pieces]
        self._background = [self._still[places].astype(np.float32) / 255 for places in self._places]
        self._features = self._cache(len(coords))
        workers = (threads or usable_cores()) if on_cpu else 1
        self._pool = ThreadPoolExecutor(workers) if workers > 1 else None

    def paint(self, embedding: np.ndarray) -> np.ndarray:
        """A unit embedding, float32 [D], as a picture, uint8 [H, W, 3]."""
        width, height = self.size
        picture = self._still.copy()
        batch = np.ascontiguousarray(embedding, np.float32)[None]

        def draw(number: int) -> None:
            features = self._features[number] if self._features else self._run_trunk(number)
            feeds = {"embedding": batch, "features": features, "background": self._background[number]}
            rgb = run_graph(self._generator, ["rgb"], feeds)[0][0]
            # A graph from a stranger may give anything; out-of-range floats have no defined uint8.
            np.nan_to_num(rgb, copy=False)
            np.clip(rgb, 0, 1, out=rgb)
            picture[self._places[number]] = rgb * 255 + 0.5

        if self._pool:
            list(self._pool.map(draw, range(len(self._places))))
        else:
            for number in range(len(self._places)):
                draw(number)
        return picture.reshape(height, width, 3)

    def _run_trunk(self, number: int) -> np.ndarray:
        return run_graph(self._trunk, ["features"], {"coords": self._coords[number]})[0]

    def _cache(self, pixels: int) -> list[np.ndarray] | None:
        features: list[np.ndarray] = []
        for number in range(len(self._coords)):
            features.append(self._run_trunk(number))
            if features[0].nbytes / len(features[0]) * pixels > MAX_CACHE_BYTES:
                return None
        return features


def pixel_coordinates(width: int, height: int) -> np.ndarray:
    """Coordinates (x, y) of the pixel centres, row by row: float32 [H·W, 2]; the longest side spans −1…1."""
    longest = max(width, height)
    x = (2 * np.arange(width) + 1 - width) / longest
    y = (2 * np.arange(height) + 1 - height) / longest
    return np.stack(np.meshgrid(x, y), -1).reshape(-1, 2).astype(np.float32)


def resize_by_maximum(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A mask, uint8 [h, w], at width × height `size`: each pixel is the largest value under its area."""

    def reduced(rows: np.ndarray, count: int) -> np.ndarray:
        own = len(rows)
        return np.stack([rows[i * own // count : -(-(i + 1) * own // count)].max(0) for i in range(count)])

    width, height = size
    return reduced(reduced(mask, height).T, width).T


def usable_cores() -> int:
    """CPU cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
