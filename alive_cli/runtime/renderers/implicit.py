"""The drawing of format 1.0: a trunk once for a picture size, then a generator in tiles over threads."""

import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TypeVar

import numpy as np
import onnxruntime
from PIL import Image

from alive_cli.errors import InputError
from alive_cli.runtime.session import Bound, graph_bytes, on_cuda, open_session, run_graph
from bundle_spec.contracts import VerifiedScene, features_of

A = TypeVar("A")
B = TypeVar("B")

TILE_BYTES = 8 << 20
"""One run of the generator reads so many bytes of features on a CPU: enough that starting it costs little, and so few
that every thread has several runs."""
TILES_PER_THREAD = 8
"""A picture is cut into about so many tiles for each thread, if they aren't smaller than the least size then."""
LEAST_TILE, MOST_TILE = 2048, 32768
"""A tile has at least and at most so many pixels on a CPU, beside the other rules."""
WORTH_A_THREAD = 1024
"""A thread is worth starting for so many pixels; fewer are drawn sooner than it starts."""
GPU_TILE_PIXELS = 1 << 18
"""A tile has so many pixels on a GPU, which needs more at once; more would not fit with their activations."""
LEAST_RUN = 64
"""Neighbouring pixels are copied run by run where runs are at least so long on average; shorter ones go by place."""
PIXEL = np.dtype("V3")
"""A pixel is copied as one item of three bytes, which is faster than three items."""
PATIENT = 5
"""A patient thread lowers its priority by so much; with the lowest it would never end beside a busy one."""
MAX_CACHE_BYTES = 256 << 20
"""Beyond this features are kept as 16-bit floats, and beyond twice this the trunk runs for each picture anew."""
LIVE_BYTES = 96 << 20
"""Two CPU cores read so many bytes of features 30 times a second with time to spare; beyond, `auto` draws with the
fast net."""
NETS = ("auto", "fine", "fast")
"""A user may choose one of these nets."""


class ImplicitRenderer:
    """Draws embeddings at a fixed size. Not safe to use from two threads at once."""

    def __init__(
        self,
        trunk: onnxruntime.InferenceSession,
        generator: onnxruntime.InferenceSession,
        size: tuple[int, int],
        threads: int | None = None,
        background: np.ndarray | None = None,
        mask: np.ndarray | None = None,
        fitting_pixels: Callable[[int], int] = lambda pixels: pixels,
        ended: Callable[[], bool] = lambda: False,
        patiently: bool = False,
    ) -> None:
        """Compute what doesn't depend on the embedding, and lay out every buffer that a picture needs.

        Args:
            trunk, generator: sessions of the two drawing graphs; the generator may read only the
                leading ones of the trunk's features.
            size: width and height in pixels.
            threads: CPU threads; by default the cores this process may use.
            background: uint8 [h, w, 3] of any size, None for zeros.
            mask: uint8 [h, w], 0 where nothing ever moves and the background is shown; None draws everywhere.
            fitting_pixels: how many pixels, at most as many as wanted, the graphs may be run for at once.
            ended: whether the renderer is no longer needed, asked before each tile.
            patiently: whether to let whatever else there is to do go first, where the system can.

        Raises:
            CancelledError: it isn't.
        """
        self.size = size
        width, height = size
        self._trunk = trunk
        shapes = {tensor.name: tensor.shape for tensor in generator.get_inputs()}
        self._features = int(shapes["features"][1])
        self._still = np.zeros((height * width, 3), np.uint8)
        if background is not None:
            resized = Image.fromarray(background).resize(size, Image.Resampling.LANCZOS)
            self._still = np.asarray(resized).reshape(-1, 3)
        moving = np.arange(height * width) if mask is None else np.flatnonzero(resize_by_maximum(mask, size))
        cuda = on_cuda(generator)
        workers = 1 if cuda else threads or usable_cores()
        self._pool = ThreadPoolExecutor(workers) if workers > 1 else None
        tile = GPU_TILE_PIXELS if cuda else tile_pixels(len(moving), self._features, workers)
        tile = fitting_pixels(tile)
        bytes_each = 4 * self._features
        self._embedding = np.zeros((1, int(shapes["embedding"][1])), np.float32)
        coords = pixel_coordinates(*size)

        def tile_of(first: int) -> _Tile:
            if ended():
                raise CancelledError
            places = moving[first : first + tile]
            bound = Bound(generator, "rgb", (1, len(places), 3))
            bound.feed("background", self._still[places].astype(np.float32) / 255)
            bound.feed_shared("embedding", self._embedding)
            made = _Tile(coords[places], runs_of(places), bound, np.empty((len(places), 3), np.uint8))
            if bytes_each * len(moving) <= MAX_CACHE_BYTES:
                bound.feed("features", self._run_trunk(made))
            elif bytes_each // 2 * len(moving) <= MAX_CACHE_BYTES:
                made.halves = self._run_trunk(made).astype(np.float16)
            else:
                made.uncached = True
            return made

        with ThreadPoolExecutor(workers, initializer=_step_back if patiently else None) as pool:
            self._tiles = list(pool.map(tile_of, range(0, len(moving), tile)))

    def render(self, embedding: np.ndarray) -> np.ndarray:
        """A unit embedding, float32 [D], as a picture, uint8 [H, W, 3]."""
        width, height = self.size
        picture = self._still.copy()
        pixels = whole_pixels(picture)
        self._embedding[0] = embedding

        def draw(tile: "_Tile") -> None:
            if tile.halves is not None:
                tile.bound.feed("features", tile.halves.astype(np.float32))
            elif tile.uncached:
                tile.bound.feed("features", self._run_trunk(tile))
            rgb = tile.bound.run()[0]
            # A graph from a stranger may give anything; out-of-range floats have no defined uint8.
            np.clip(rgb, 0, 1, out=rgb)
            if np.isnan(rgb.sum()):
                np.nan_to_num(rgb, copy=False)
            np.multiply(rgb, 255, out=rgb)
            np.add(rgb, 0.5, out=tile.bytes, casting="unsafe")
            drawn = whole_pixels(tile.bytes)
            for there, here in tile.runs:
                pixels[there] = drawn[here]

        list(self._over_threads(draw, self._tiles))
        return picture.reshape(height, width, 3)

    def _over_threads(self, work: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        return self._pool.map(work, items) if self._pool else map(work, items)

    def _run_trunk(self, tile: "_Tile") -> np.ndarray:
        features = run_graph(self._trunk, ["features"], {"coords": tile.coords})[0]
        return np.ascontiguousarray(features[:, : self._features])


class ImplicitDrawing:
    """The drawing graphs of a scene, opened."""

    def __init__(self, scene: VerifiedScene, *, device: str, net: str, threads: int | None) -> None:
        """As `Drawing` (protocol.py)."""
        if net not in NETS:
            raise InputError(f"There is no net {net!r}; choose {', '.join(NETS)}.")
        drawing = scene.drawing
        self._scene, self._device, self._net, self._threads = scene, device, net, threads
        # The trunk runs once for a picture size, and a GPU would have to be sent all its features.
        self._trunk = open_session(graph_bytes(scene, drawing.trunk))
        self._fine = open_session(graph_bytes(scene, drawing.generator), device=device)

    @property
    def device(self) -> str:
        """Where pictures are really drawn: `cuda` or `cpu`."""
        return "cuda" if on_cuda(self._fine) else "cpu"

    @cached_property
    def _fast(self) -> onnxruntime.InferenceSession:
        """Opened when it first draws: most pictures are small enough for the fine net."""
        assert self._scene.drawing.fast is not None
        return open_session(graph_bytes(self._scene, self._scene.drawing.fast), device=self._device)

    def net(self, size: tuple[int, int]) -> str:
        """Which net draws pictures of a size, `fine` or `fast`: the user's choice, or by how much there is to do."""
        if self._net != "auto":
            return self._net
        moving = 1.0 if self._scene.mask is None else float((self._scene.mask > 0).mean())
        features = 4 * features_of(self._scene.drawing.generator) * moving * size[0] * size[1]
        return "fine" if on_cuda(self._fine) or features <= LIVE_BYTES else "fast"

    def renderer(
        self,
        size: tuple[int, int],
        ended: Callable[[], bool] = lambda: False,
        *,
        net: str | None = None,
        patiently: bool = False,
    ) -> ImplicitRenderer:
        """As `Drawing.renderer` (protocol.py)."""
        fast = self._scene.drawing.fast is not None and (net or self.net(size)) == "fast"
        return ImplicitRenderer(
            self._trunk,
            self._fast if fast else self._fine,
            size,
            self._threads,
            background=self._scene.background,
            mask=self._scene.mask,
            fitting_pixels=partial(self._fitting_pixels, fast),
            ended=ended,
            patiently=patiently,
        )

    def _fitting_pixels(self, fast: bool, pixels: int) -> int:
        drawing = self._scene.drawing
        generator = drawing.fast if fast and drawing.fast else drawing.generator
        return min(self._scene.fitting_pixels(graph, pixels) for graph in (drawing.trunk, generator))


@dataclass
class _Tile:
    """Some moving pixels, and the buffers that they are drawn in."""

    coords: np.ndarray
    runs: list[tuple[slice | np.ndarray, slice]]
    """Where in the picture its pixels go, and which of them."""
    bound: Bound
    bytes: np.ndarray
    halves: np.ndarray | None = None
    """The features, where they all fit into the cache as halves only."""
    uncached: bool = False


def _step_back() -> None:
    """Let other threads go first from now on, where threads have priorities of their own: on Linux."""
    if sys.platform == "linux":
        with suppress(OSError):  # some sandboxes forbid it
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), PATIENT)


def whole_pixels(colours: np.ndarray) -> np.ndarray:
    """Contiguous uint8 [P, 3] as P single items, which numpy copies three times faster than rows of three."""
    return colours.view(PIXEL)[:, 0]


def runs_of(places: np.ndarray) -> list[tuple[slice | np.ndarray, slice]]:
    """Where ascending places [P] go, in pieces that copy fast: (slice or places in the picture, slice of the P)."""
    cuts = np.flatnonzero(np.diff(places) > 1) + 1
    starts, ends = [0, *cuts.tolist()], [*cuts.tolist(), len(places)]
    if len(places) < LEAST_RUN * len(starts):
        return [(places, slice(None))]
    first = places[starts].tolist()
    return [
        (slice(place, place + end - start), slice(start, end))
        for place, start, end in zip(first, starts, ends, strict=True)
    ]


def tile_pixels(pixels: int, features: int, workers: int) -> int:
    """Pixels of one tile on a CPU: so many that every thread that is worth it has as much to do as the others."""
    workers = max(1, min(workers, pixels // WORTH_A_THREAD))
    most = min(MOST_TILE, max(LEAST_TILE, TILE_BYTES // (4 * features)))
    even = -(-pixels // (TILES_PER_THREAD * workers))
    largest = min(most, max(LEAST_TILE, even))
    rounds = max(1, -(-pixels // (largest * workers)))
    return int(max(1, -(-pixels // (rounds * workers))))


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
