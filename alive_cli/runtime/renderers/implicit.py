"""The drawing of format 1.0: a trunk once for a picture size, then a generator in tiles over threads."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TypeVar

import numpy as np
import onnxruntime
from PIL import Image

from alive_cli.errors import InputError
from alive_cli.runtime.frame import Drawn, as_frame
from alive_cli.runtime.session import BoundGraph, graph_bytes, on_cuda, open_session, run_graph
from alive_cli.threads import lower_priority, usable_cores
from bundle_spec.contracts import VerifiedScene, features_of

A = TypeVar("A")
B = TypeVar("B")

TILE_BYTES = 8 << 20
"""On a CPU one run of the generator reads about this many bytes of features, so that its start costs little and every
thread still has several runs."""
TILES_PER_THREAD = 8
"""A picture has about this many tiles per thread, so that all threads end at the same time, if LEAST_TILE allows it."""
LEAST_TILE, MOST_TILE = 2048, 32768
"""On a CPU a tile has at least and at most this many pixels, whatever the other rules say: smaller ones cost more to
start than to draw, and larger ones leave the cache."""
LEAST_THREAD_PIXELS = 1024
"""A thread is started only for this many pixels, because fewer are drawn before it has started."""
GPU_TILE_PIXELS = 1 << 18
"""On a GPU a tile has this many pixels: fewer don't use the whole GPU, and the activations of more need too much
memory."""
LEAST_RUN = 64
"""Neighbouring pixels are copied in runs if the runs have at least this many pixels on average, and singly otherwise,
because short runs are slower than single pixels."""
PIXEL = np.dtype("V3")
"""A pixel is copied as one item of three bytes, which is faster than three items."""
MAX_CACHE_BYTES = 256 << 20
"""Larger features are stored as 16-bit floats. If they exceed twice this limit, the trunk runs again for each
picture."""
LIVE_BYTES = 96 << 20
"""If the features are larger than this, `auto` draws with the fast net, because two CPU cores read this much 30 times a
second, but not much more."""
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
        is_cancelled: Callable[[], bool] = lambda: False,
        low_priority: bool = False,
    ) -> None:
        """Compute everything that doesn't depend on the embedding, and allocate all buffers.

        Args:
            trunk, generator: sessions of the two drawing graphs. The generator may read only the leading features of
                the trunk.
            size: width and height in pixels.
            threads: CPU threads; by default the cores that this process may use.
            background: uint8 [h, w, 3] of any size, None for zeros.
            mask: uint8 [h, w], 0 where nothing ever moves and the background is shown; None draws everywhere.
            fitting_pixels: for a number of pixels, the number, at most as large, that the graphs may draw at once.
            is_cancelled: whether the renderer is no longer needed. It is called before each tile.
            low_priority: prepare with low priority, where the system supports it.

        Raises:
            CancelledError: `is_cancelled` returned True.
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
            if is_cancelled():
                raise CancelledError
            places = moving[first : first + tile]
            graph = BoundGraph(generator, "rgb", (1, len(places), 3))
            graph.set_input("background", self._still[places].astype(np.float32) / 255)
            graph.share_input("embedding", self._embedding)
            made = _Tile(coords[places], pixel_runs(places), graph, np.empty((len(places), 3), np.uint8))
            if bytes_each * len(moving) <= MAX_CACHE_BYTES:
                graph.set_input("features", self._run_trunk(made))
            elif bytes_each // 2 * len(moving) <= MAX_CACHE_BYTES:
                made.half_features = self._run_trunk(made).astype(np.float16)
            else:
                made.uncached = True
            return made

        with ThreadPoolExecutor(workers, initializer=lower_priority if low_priority else None) as pool:
            self._tiles = list(pool.map(tile_of, range(0, len(moving), tile)))

    def render(self, drawn: Drawn) -> np.ndarray:
        """As `Renderer.render` (protocol.py): nothing steers the pictures of format 1.0."""
        width, height = self.size
        picture = self._still.copy()
        pixels = whole_pixels(picture)
        self._embedding[0] = as_frame(drawn).embedding

        def draw(tile: "_Tile") -> None:
            if tile.half_features is not None:
                tile.graph.set_input("features", tile.half_features.astype(np.float32))
            elif tile.uncached:
                tile.graph.set_input("features", self._run_trunk(tile))
            rgb = tile.graph.run()[0]
            # An untrusted graph may return any float, and only those in range have a defined uint8.
            np.clip(rgb, 0, 1, out=rgb)
            if np.isnan(rgb.sum()):
                np.nan_to_num(rgb, copy=False)
            np.multiply(rgb, 255, out=rgb)
            np.add(rgb, 0.5, out=tile.colours, casting="unsafe")
            drawn = whole_pixels(tile.colours)
            for in_picture, in_tile in tile.runs:
                pixels[in_picture] = drawn[in_tile]

        list(self._over_threads(draw, self._tiles))
        return picture.reshape(height, width, 3)

    def look_up(self, drawn: Drawn) -> Drawn:
        """As `Renderer.look_up` (protocol.py): here nothing is looked up."""
        return drawn

    def draw(self, looked_up: Drawn) -> np.ndarray:
        """As `Renderer.draw` (protocol.py)."""
        return self.render(looked_up)

    def _over_threads(self, work: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        return self._pool.map(work, items) if self._pool else map(work, items)

    def _run_trunk(self, tile: "_Tile") -> np.ndarray:
        features = run_graph(self._trunk, ["features"], {"coords": tile.coords})[0]
        return np.ascontiguousarray(features[:, : self._features])


class ImplicitDrawing:
    """The open drawing graphs of a scene of format 1.0."""

    alpha = False

    def __init__(self, scene: VerifiedScene, *, device: str, net: str, threads: int | None) -> None:
        """As `Drawing` (protocol.py)."""
        if net not in NETS:
            raise InputError(f"There is no net {net!r}; choose {', '.join(NETS)}.")
        drawing = scene.drawing
        self._scene, self._device, self._net, self._threads = scene, device, net, threads
        # The trunk runs once for each picture size, so it isn't worth sending all its features to a GPU.
        self._trunk = open_session(graph_bytes(scene, drawing.trunk))
        self._fine = open_session(graph_bytes(scene, drawing.generator), device=device)

    @property
    def device(self) -> str:
        """The device that draws: `cuda` or `cpu`."""
        return "cuda" if on_cuda(self._fine) else "cpu"

    @property
    def motion_modes(self) -> None:
        """As `Drawing.motion_modes`: nothing is displaced."""
        return None

    @cached_property
    def _fast(self) -> onnxruntime.InferenceSession:
        """The fast net. It is opened when it first draws, because most pictures are small enough for the fine net."""
        assert self._scene.drawing.fast is not None
        return open_session(graph_bytes(self._scene, self._scene.drawing.fast), device=self._device)

    def net(self, size: tuple[int, int]) -> str:
        """The net that draws pictures of a size: the user's choice, or for `auto` by the size of the features."""
        if self._net != "auto":
            return self._net
        moving = 1.0 if self._scene.mask is None else float((self._scene.mask > 0).mean())
        features = 4 * features_of(self._scene.drawing.generator) * moving * size[0] * size[1]
        return "fine" if on_cuda(self._fine) or features <= LIVE_BYTES else "fast"

    def renderer(
        self,
        size: tuple[int, int],
        is_cancelled: Callable[[], bool] = lambda: False,
        *,
        net: str | None = None,
        low_priority: bool = False,
        over: tuple[int, int, int] | None = None,
        coarse: bool = False,
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
            is_cancelled=is_cancelled,
            low_priority=low_priority,
        )

    def _fitting_pixels(self, fast: bool, pixels: int) -> int:
        drawing = self._scene.drawing
        generator = drawing.fast if fast and drawing.fast else drawing.generator
        return min(self._scene.fitting_pixels(graph, pixels) for graph in (drawing.trunk, generator))


@dataclass
class _Tile:
    """Some moving pixels, and the buffers for drawing them."""

    coords: np.ndarray
    runs: list[tuple[slice | np.ndarray, slice]]
    """Where its pixels lie in the picture, and which of its pixels lie there."""
    graph: BoundGraph
    colours: np.ndarray
    half_features: np.ndarray | None = None
    """The features as 16-bit floats, if they fit into the cache only in this form."""
    uncached: bool = False
    """Whether the features don't fit into the cache at all."""


def whole_pixels(colours: np.ndarray) -> np.ndarray:
    """Contiguous uint8 [P, 3] as P single items, because numpy copies them three times faster than rows of three."""
    return colours.view(PIXEL)[:, 0]


def pixel_runs(places: np.ndarray) -> list[tuple[slice | np.ndarray, slice]]:
    """Ascending pixel indices [P] in pieces that copy fast: (slice or indices in the picture, slice of the P)."""
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
    """Pixels of one tile on a CPU, so that all threads that are worth starting have the same amount of work."""
    workers = max(1, min(workers, pixels // LEAST_THREAD_PIXELS))
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
