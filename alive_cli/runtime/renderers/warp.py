"""The drawing of format 1.1: keyframes that motion modes displace, plus colour modes (SPEC.md, §3)."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import TypeVar

import cv2
import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.warping import BORDER, cell_sizes, grid_coordinates, grid_positions, reduce, resize, sample
from alive_cli.runtime.renderers.implicit import NETS
from alive_cli.runtime.renderers.keyframes import KeyframeCache
from alive_cli.runtime.renderers.positions import Positions, resize_into
from alive_cli.runtime.session import graph_bytes, on_cuda, open_session, run_graph
from alive_cli.threads import usable_cores
from bundle_spec.contracts import VerifiedScene
from bundle_spec.features.warp import bank_inputs
from bundle_spec.manifest import Warp

_Step = tuple[float, float]
"""What was added so far is multiplied by the first number, and a picture that is added by the second."""
A = TypeVar("A")
B = TypeVar("B")

MAX_DISPLACEMENT = 4.0
"""A displacement is at most so many longest sides, so that whatever a stranger's graph returns stays finite."""
LARGEST = 1e30
"""Weights and colours count up to so much, so that no sum overflows: a picture is black or white long before."""
CACHE_BYTES = 256 << 20
"""Decoded keyframes take at most so much memory; those that were used least recently make room."""
TRUNK_POINTS, LEAST_POINTS = 1 << 14, 1 << 8
"""The trunk draws at most so many points in a run, and at least so many."""
TRUNK_BYTES = 64 << 20
"""The trunk draws fewer points in a run where its values would take more memory."""
LEAST_CACHED = 8
"""At least so many decoded keyframes are kept, however large they are, because a picture mixes several."""
AHEAD_FROM = 3
"""From so many pictures on, keyframes are decoded ahead: who draws fewer needs no more, and the first comes sooner."""
LEAST_WEIGHT = 1e-3
"""A keyframe of less weight is left out: it changes no pixel by half a level."""
CHANNELS = 4
"""Pictures are mixed with so many channels, because OpenCV samples four twice as fast as three."""
TILE_HEIGHT, TILE_WIDTH = 48, 640
"""A picture is drawn in tiles of at most so many pixels, which stay in the cache: with twice as many each step took
five times as long."""
BLOCK_WIDTH = 64
"""A block of so many columns of a tile is left out if nothing in it ever moves."""
ROUNDING = 1e-9
"""Two numbers that differ by so much differ by rounding alone."""
NEARLY_ONE = 0.01
"""Weights that differ by so much from 1 in all changed by what was left out."""
CHUNK_PRODUCTS = 1 << 17
"""Matrix products are taken in chunks of about so many multiplications: a larger one makes the threads of numpy's
library wait busily for more, and everything else gets half as fast."""
LEAST_ROWS = 64
"""A thread draws at least so many rows, because fewer are drawn before it has started."""


class WarpRenderer:
    """Draws embeddings at a fixed size. Not safe to use from two threads at once."""

    def __init__(self, drawing: "WarpDrawing", size: tuple[int, int], threads: int) -> None:
        """Prepare for pictures of width × height `size`."""
        self.size = size
        self._drawing = drawing
        warp = drawing.warp
        picture = (warp.width, warp.height)
        self._source = min(picture[0], size[0]), min(picture[1], size[1])
        """Keyframes are sampled at this size."""
        self._pixels = cell_sizes(*self._source, picture)
        source = self._source  # so that the cache doesn't hold the renderer that holds it
        most = max(LEAST_CACHED, CACHE_BYTES // (CHANNELS * source[0] * source[1]))
        self._cache = KeyframeCache(lambda place: _four(reduce(drawing.decode(place), source)), warp.count, most)
        self._drawn = 0
        self._positions = Positions(size, self._source, (warp.motion_grid[0], warp.motion_grid[1]))
        self._moved = [self._positions.room() for _ in range(drawing.mixed)]
        self._colours = np.empty((size[1], size[0], CHANNELS), np.float32)
        self._room = Room(warp)
        workers = max(1, min(threads, size[1] // LEAST_ROWS))
        self._pool = ThreadPoolExecutor(workers) if workers > 1 else None
        self._still: _Still | None = None
        if drawing.mask is not None:
            background = _four(resize(reduce(drawing.decode(warp.count), self._source), size))
            share = resize(drawing.mask, size).astype(np.float32)[..., None].repeat(CHANNELS, 2) / 255
            self._still = _Still(background, share, (1 - share) * background)
        self._tiles = [_Tile(place, is_blended) for place, is_blended in self._visible()]

    def _visible(self) -> Iterator[tuple[tuple[slice, slice], bool]]:
        """The places of the tiles, without what never moves, and whether the still layer is blended in."""
        width, height = self.size
        for top in range(0, height, TILE_HEIGHT):
            rows = slice(top, min(top + TILE_HEIGHT, height))
            begin, before = 0, None
            for left in range(0, width + BLOCK_WIDTH, BLOCK_WIDTH):
                kind = self._kind(rows, left) if left < width else None
                if kind != before or left - begin >= TILE_WIDTH:
                    if before is not None and before is not _Kind.STILL:
                        yield (rows, slice(begin, min(left, width))), before is _Kind.BLENDED
                    begin, before = left, kind

    def _kind(self, rows: slice, left: int) -> "_Kind":
        if self._still is None:
            return _Kind.DRAWN
        share = self._still.share[rows, left : left + BLOCK_WIDTH]
        return _Kind.DRAWN if (share == 1).all() else _Kind.BLENDED if share.any() else _Kind.STILL

    def render(self, embedding: np.ndarray) -> np.ndarray:
        """Draw a unit embedding, float32 [D], as a picture, uint8 [H, W, 3]."""
        places, weights, displacements, colours = self._drawing.mixture(embedding, self._room)
        steps, scale = _steps(weights)
        keyframes = [(self._cache[place], step) for place, step in zip(places, steps, strict=True)]
        if scale != 1:
            colours = np.multiply(colours, np.float32(scale), out=self._room.scaled)
        works = [partial(resize_into, colours, self._colours)]
        for displacement, room in zip(displacements, self._moved, strict=False):
            works.append(partial(self._positions.write, displacement * self._pixels, room))
        list(self._over_threads(lambda work: work(), works))
        picture = np.empty((self.size[1], self.size[0], 3), np.uint8)
        if self._still is not None:
            cv2.cvtColor(self._still.picture, cv2.COLOR_RGBA2RGB, dst=picture)
        list(self._over_threads(lambda tile: self._draw(tile, keyframes, picture), self._tiles))
        self._drawn += 1
        if self._drawn == AHEAD_FROM:
            self._cache.decode_ahead()
        return picture

    def _draw(self, tile: "_Tile", keyframes: list[tuple[np.ndarray, "_Step"]], picture: np.ndarray) -> None:
        total = self._colours[tile.place]
        for room, (keyframe, (kept, added)) in zip(self._moved, keyframes, strict=False):
            positions = self._positions.of(room)[tile.place]
            # OpenCV's types don't know that the second map may be None.
            cv2.remap(keyframe, positions, None, cv2.INTER_LINEAR, dst=tile.moved, borderMode=BORDER)  # type: ignore[call-overload]
            if kept == added == 1:
                cv2.accumulate(tile.moved, total)
            elif abs(kept + added - 1) < ROUNDING:
                cv2.accumulateWeighted(tile.moved, total, added)
            else:
                cv2.addWeighted(tile.moved, added, total, kept, 0, dst=total, dtype=cv2.CV_32F)
        if tile.blended and self._still is not None:
            cv2.multiply(total, self._still.share[tile.place], dst=total)
            cv2.add(total, self._still.behind[tile.place], dst=tile.pixels, dtype=cv2.CV_8U)
        else:
            cv2.add(total, 0, dst=tile.pixels, dtype=cv2.CV_8U)  # type: ignore[call-overload]
        cv2.cvtColor(tile.pixels, cv2.COLOR_RGBA2RGB, dst=picture[tile.place])

    def _over_threads(self, work: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        return self._pool.map(work, items) if self._pool else map(work, items)


@dataclass(frozen=True)
class _Still:
    """The still layer at the size of the pictures."""

    picture: np.ndarray
    """uint8 [H, W, 4]."""
    share: np.ndarray
    """float32 [H, W, 4], 0…1: how much of the drawn picture is seen."""
    behind: np.ndarray
    """float32 [H, W, 4], 0…255: what is seen of the still picture."""


class _Kind(Enum):
    """What is seen at a place."""

    STILL, BLENDED, DRAWN = range(3)


class _Tile:
    """A part of the picture, and the buffers for drawing it: new memory for each one would take half of the time."""

    def __init__(self, place: tuple[slice, slice], blended: bool) -> None:
        """Prepare for rows and columns; `blended` says whether some of the still layer is seen there."""
        self.place, self.blended = place, blended
        size = tuple(part.stop - part.start for part in place)
        self.moved = np.empty((*size, CHANNELS), np.uint8)
        self.pixels = np.empty((*size, CHANNELS), np.uint8)


def _steps(weights: np.ndarray) -> tuple[list[_Step], float]:
    """How pictures of weights [L], the strongest first, are added one after the other, and what colours are multiplied
    by before. If the weights make up about 1, the strongest one makes up what is missing, because OpenCV computes means
    four times as fast as other sums.
    """
    if not len(weights) or (weights < 0).any() or abs(float(weights.sum()) - 1) > NEARLY_ONE:
        return [(1.0, float(weight)) for weight in weights], 1.0
    left, steps = 1.0, []
    for weight in weights[:0:-1].tolist():
        share = weight / left
        steps.append((1 - share, share))
        left -= weight
    return [(1.0, 1.0), *reversed(steps)], 1 / left


def _four(picture: np.ndarray) -> np.ndarray:
    """A picture, uint8 [h, w, 3], with a fourth channel."""
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA))


class Room:
    """Memory for the colours of one picture at a time, on their grid."""

    def __init__(self, warp: Warp) -> None:
        width, height = warp.colour_grid
        self.colours, self.shifted, self.scaled = np.empty((3, height, width, CHANNELS), np.float32)
        self.places = Positions((width, height), (width, height), (warp.motion_grid[0], warp.motion_grid[1]))
        self.moved = self.places.room()


class WarpDrawing:
    """The open drawing graphs of a scene with the feature `warp`."""

    def __init__(self, scene: VerifiedScene, *, device: str, net: str, threads: int | None) -> None:
        """As `Drawing` (protocol.py)."""
        if net not in NETS:
            raise InputError(f"There is no net {net!r}; choose {', '.join(NETS)}.")
        assert scene.drawing.warp is not None
        assert scene.keyframes is not None
        self.warp, self.mask = scene.drawing.warp, scene.mask
        self._keyframes = scene.keyframes
        self._threads = threads or usable_cores()
        cv2.setNumThreads(1)  # renderers draw with threads of their own
        # One run of the trunk takes less time than `auto` would take to look for a GPU.
        own = "cpu" if device == "auto" else device
        self._trunk_points = _trunk_points(scene)
        self._trunk = open_session(graph_bytes(scene, scene.drawing.trunk), device=own, threads=self._threads)
        # A look-up is a few small products: a GPU would cost more time than it saves.
        self._generator = open_session(graph_bytes(scene, scene.drawing.generator), quick=True)
        self._bank = bank_inputs(self.warp, scene.bank)
        self._offset = np.zeros((1, self.warp.motion_modes), np.float32)
        self.mixed = next(int(each.shape[1]) for each in scene.drawing.generator.outputs if each.name == "weight")
        """L, the number of keyframes that a picture mixes."""
        self._modes: tuple[np.ndarray, np.ndarray] | None = None
        self._lock = threading.Lock()

    @property
    def device(self) -> str:
        """The device that runs the trunk, which is the CPU unless the user chose another; warping runs on the CPU."""
        return "cuda" if on_cuda(self._trunk) else "cpu"

    def net(self, size: tuple[int, int]) -> str:
        """As `Drawing.net`: there is one net, which draws any size."""
        return "fine"

    def renderer(
        self,
        size: tuple[int, int],
        is_cancelled: Callable[[], bool] = lambda: False,
        *,
        net: str | None = None,
        low_priority: bool = False,
    ) -> WarpRenderer:
        """As `Drawing.renderer` (protocol.py)."""
        if is_cancelled():
            raise CancelledError
        return WarpRenderer(self, size, self._threads)

    def decode(self, place: int) -> np.ndarray:
        """A keyframe, or the background behind the last one, uint8 [h, w, 3]."""
        return self._keyframes.picture(place)

    @np.errstate(over="ignore", invalid="ignore")
    def mixture(self, embedding: np.ndarray, room: "Room") -> tuple[list[int], np.ndarray, np.ndarray, np.ndarray]:
        """What draws a unit embedding, float32 [D].

        Args:
            room: the colours are written there.

        Returns:
            Numbers of the keyframes that count, ≤ L, the strongest first; their weights, [≤ L]; their displacements on
            the motion grid, in longest sides [≤ L, gh, gw, 2]; the colours on the colour grid, 0…255 [ch, cw, 4], the
            last of them 0.
        """
        feeds = {"embedding": embedding[None].astype(np.float32), "offset": self._offset, **self._bank}
        outputs = ["keyframe", "weight", "motion", "shift", "colour"]
        keyframe, *rest = (each[0] for each in run_graph(self._generator, outputs, feeds))
        weight, motion, shift, colour = (np.nan_to_num(each, posinf=0, neginf=0) for each in rest)
        weight = weight.clip(-LARGEST, LARGEST)
        used = [number for number in np.argsort(-np.abs(weight), kind="stable") if abs(weight[number]) > LEAST_WEIGHT]
        motion_modes, colour_modes = self._drawn_modes()
        gw, gh = self.warp.motion_grid
        cw, ch = self.warp.colour_grid
        picture = (self.warp.width, self.warp.height)
        moved = _bounded(shift @ motion_modes).reshape(gh, gw, 2)
        displacements = np.array([motion[number] @ motion_modes for number in used]).reshape(-1, gh, gw, 2)
        colours = room.colours
        flat = colours.reshape(-1, CHANNELS)
        # Four columns take half as long as three.
        padded = np.pad(colour * np.float32(255), ((0, 0), (0, CHANNELS - 3)))
        chunk = max(1, CHUNK_PRODUCTS // padded.size)
        for first in range(0, len(flat), chunk):
            np.matmul(colour_modes[first : first + chunk], padded, out=flat[first : first + chunk])
        if not np.isfinite(colours.sum()):
            colours = np.nan_to_num(colours).clip(-LARGEST, LARGEST)
        if shift.any():
            positions = grid_positions(gw, gh) + moved * cell_sizes(gw, gh, picture)
            displacements = np.array([moved + sample(np.nan_to_num(own), positions) for own in displacements])
            room.places.write(moved * cell_sizes(cw, ch, picture), room.moved)
            shifted = room.places.of(room.moved)
            cv2.remap(colours, shifted, None, cv2.INTER_LINEAR, dst=room.shifted, borderMode=BORDER)  # type: ignore[call-overload]
            colours = room.shifted
        places = keyframe.clip(0, self.warp.count - 1)[used].tolist()
        return places, weight[used], _bounded(displacements), colours

    def _drawn_modes(self) -> tuple[np.ndarray, np.ndarray]:
        """The modes as the trunk draws them: motion [S, gh·gw·2] and colour [ch·cw, R]."""
        with self._lock:
            if self._modes is None:
                count = 2 * self.warp.motion_modes
                motion = self._run_trunk(self.warp.motion_grid, slice(count))
                colour = self._run_trunk(self.warp.colour_grid, slice(count, None))
                motion = motion.reshape(len(motion), -1, 2).transpose(1, 0, 2).reshape(count // 2, -1)
                self._modes = np.ascontiguousarray(motion), colour
        return self._modes

    def _run_trunk(self, grid: list[int], features: slice) -> np.ndarray:
        """Some of the features at the cells of a grid, float32 [cells, features]."""
        coords = grid_coordinates(grid[0], grid[1], (self.warp.width, self.warp.height))
        every = 2 * self.warp.motion_modes + self.warp.colour_modes
        result = np.empty((len(coords), len(range(*features.indices(every)))), np.float32)
        for first in range(0, len(coords), self._trunk_points):
            piece = slice(first, first + self._trunk_points)
            drawn = run_graph(self._trunk, ["features"], {"coords": coords[piece]})[0]
            result[piece] = np.nan_to_num(drawn[:, features], posinf=0, neginf=0)
        return result


def _trunk_points(scene: VerifiedScene) -> int:
    """At how many points the trunk runs at once."""
    points = scene.fitting_pixels(scene.drawing.trunk, TRUNK_POINTS)
    while points > LEAST_POINTS and scene.footprint(scene.drawing.trunk, points).live > TRUNK_BYTES:
        points //= 2
    return points


def _bounded(displacement: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(np.nan_to_num(displacement), -MAX_DISPLACEMENT, MAX_DISPLACEMENT))
