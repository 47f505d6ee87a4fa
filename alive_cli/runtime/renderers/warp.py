"""The drawing of format 1.1: keyframes that motion modes displace, plus colour modes (SPEC.md, §3)."""

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.warping import BORDER, cell_sizes, grid_coordinates, grid_positions, reduce, resize, sample
from alive_cli.runtime.frame import Drawn, Frame, as_frame
from alive_cli.runtime.renderers.colours import CHANNELS, LARGEST, Colours
from alive_cli.runtime.renderers.implicit import NETS
from alive_cli.runtime.renderers.keyframes import KeyframeCache
from alive_cli.runtime.renderers.opacity import Colour, Opacity, four
from alive_cli.runtime.renderers.positions import Band, Positions
from alive_cli.runtime.renderers.still import MovedStill, Still, reached
from alive_cli.runtime.renderers.tiles import BLOCK_WIDTH, TILE_HEIGHT, TILE_WIDTH, Kind, places_of
from alive_cli.runtime.session import graph_bytes, on_cuda, open_session, run_graph
from alive_cli.threads import Team, usable_cores
from bundle_spec.contracts import VerifiedScene
from bundle_spec.features.depth import depth_of
from bundle_spec.features.warp import bank_inputs

_Step = tuple[float, float]
"""What was added so far is multiplied by the first number, and a picture that is added by the second."""

MAX_DISPLACEMENT = 4.0
"""A displacement is at most so many longest sides, so that whatever a stranger's graph returns stays finite."""
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
ROUNDING = 1e-9
"""Two numbers that differ by so much differ by rounding alone."""
NEARLY_ONE = 0.01
"""Weights that differ by so much from 1 in all changed by what was left out."""
LEAST_ROWS = 64
"""A thread draws at least so many rows, because fewer are drawn before it has started."""


class WarpRenderer:
    """Draws embeddings at a fixed size. Not safe to use from two threads at once."""

    def __init__(
        self,
        drawing: "WarpDrawing",
        size: tuple[int, int],
        threads: int,
        over: Colour | None = None,
        coarse: bool = False,
    ) -> None:
        """Prepare for pictures of width × height `size`; transparent ones lie on the colour `over`, if there is one.
        Colours may be `coarse`."""
        self.size = size
        self._drawing = drawing
        self._opacity = Opacity(alpha=drawing.alpha, over=over)
        warp = drawing.warp
        picture = (warp.width, warp.height)
        self._source = min(picture[0], size[0]), min(picture[1], size[1])
        """Keyframes are sampled at this size."""
        self._pixels = cell_sizes(*self._source, picture)
        source = self._source  # so that the cache doesn't hold the renderer that holds it
        most = max(LEAST_CACHED, CACHE_BYTES // (CHANNELS * source[0] * source[1]))
        self._cache = KeyframeCache(lambda place: drawing.keyframe(place, source), warp.count, most)
        self._drawn = 0
        self._positions = Positions(size, self._source, (warp.motion_grid[0], warp.motion_grid[1]))
        self._moved = [self._positions.room() for _ in range(drawing.mixed)]
        self._colours = Colours(warp, size, coarse=coarse)
        self._shown: np.ndarray | None = None
        """The background as it is seen where nothing else is."""
        self._layer: tuple[MovedStill, list[_Tile]] | None = None
        still = share = None
        if drawing.mask is not None:
            still = resize(drawing.keyframe(warp.count, self._source), size)
            self._shown = np.empty((size[1], size[0], self._opacity.channels), np.uint8)
            self._opacity.finish(still, self._shown)
            share = resize(drawing.mask, size).astype(np.float32) / 255
        self._tiles: list[_Tile] = []
        self._unmoving: list[tuple[slice, slice]] = []
        for place, kind in places_of(size, share, share):
            if kind is Kind.STILL:
                self._unmoving.append(place)
            else:
                layer = None
                if kind is Kind.BLENDED and share is not None and still is not None:
                    layer = Still(share[place], still[place])
                self._tiles.append(_Tile(place, self._positions.band(place[0]), layer, kind))
        workers = max(1, min(threads, size[1] // LEAST_ROWS))
        self._team = Team([_Room(self._colours) for _ in range(workers)])

    def render(self, drawn: Drawn) -> np.ndarray:
        """As `Renderer.render` (protocol.py)."""
        return self.draw(self.look_up(drawn))

    def look_up(self, drawn: Drawn) -> "Mixture":
        """As `Renderer.look_up` (protocol.py)."""
        return self._drawing.mixture(as_frame(drawn))

    def draw(self, looked_up: "Mixture") -> np.ndarray:
        """As `Renderer.draw` (protocol.py)."""
        mixture = looked_up
        steps, scale = _steps(mixture.weights)
        keyframes = [(self._cache[place], step) for place, step in zip(mixture.places, steps, strict=True)]
        picture = np.empty((self.size[1], self.size[0], self._opacity.channels), np.uint8)
        works = self._colours.works(self._drawing.colour_modes, mixture.colours * np.float32(scale))
        for displacement, room in zip(mixture.displacements, self._moved, strict=False):
            works.append(partial(self._positions.write, displacement * self._pixels, room))
        layer, tiles = None, self._tiles
        if self._shown is not None and mixture.view is not None:
            layer, tiles = self._moved_still()
            works.append(partial(layer.move, mixture.view))
        else:
            works.append(partial(self._show_still, picture))
        self._team.share(lambda work, _: work(), works)
        if mixture.shift is not None:
            self._colours.move(mixture.shift)
        self._team.share(lambda tile, room: self._draw(tile, keyframes, layer, picture, room), tiles)
        self._drawn += 1
        if self._drawn == AHEAD_FROM:
            self._cache.decode_ahead()
        return picture

    def _moved_still(self) -> tuple[MovedStill, list["_Tile"]]:
        """The still layer for pictures in which it moves, and the tiles of these."""
        if self._layer is None:
            drawing, warp = self._drawing, self._drawing.warp
            assert drawing.mask is not None
            background = drawing.keyframe(warp.count, self._source)
            grid = warp.motion_grid[0], warp.motion_grid[1]
            layer = MovedStill(background, drawing.mask, (warp.width, warp.height), self.size, grid)
            least, most = reached(resize(drawing.mask, self.size), drawing.farthest * max(self.size))
            tiles = [
                _Tile(place, self._positions.band(place[0]), None, kind)
                for place, kind in places_of(self.size, least, most)
            ]
            self._layer = layer, tiles
        return self._layer

    def _show_still(self, picture: np.ndarray) -> None:
        for place in self._unmoving:
            assert self._shown is not None
            picture[place] = self._shown[place]

    def _draw(
        self,
        tile: "_Tile",
        keyframes: list[tuple[np.ndarray, "_Step"]],
        layer: MovedStill | None,
        picture: np.ndarray,
        room: "_Room",
    ) -> None:
        if layer is not None and tile.kind is Kind.STILL:
            self._opacity.finish(layer.alone(tile.place, tile.band), picture[tile.place])
            return
        total = self._colours.read(tile.place, room.colours)
        positions, moved, pixels = room.of(total.shape[0], total.shape[1])
        for written, (keyframe, (kept, added)) in zip(self._moved, keyframes, strict=False):
            self._positions.read(written, tile.band, tile.place[1], positions)
            cv2.remap(keyframe, positions[0], positions[1], cv2.INTER_LINEAR, dst=moved, borderMode=BORDER)
            if kept == added == 1:
                cv2.accumulate(moved, total)
            elif abs(kept + added - 1) < ROUNDING:
                cv2.accumulateWeighted(moved, total, added)
            else:
                cv2.addWeighted(moved, added, total, kept, 0, dst=total, dtype=cv2.CV_32F)
        if tile.still is not None:
            tile.still.blend(total)
        elif layer is not None and tile.kind is not Kind.DRAWN:
            layer.blend(total, tile.place, tile.band)
        # What is below 0 is cut off before, because the conversion takes away the sign.
        cv2.threshold(total, 0, 0, cv2.THRESH_TOZERO, dst=total)
        cv2.convertScaleAbs(total, dst=pixels)
        self._opacity.finish(pixels, picture[tile.place])


@dataclass(frozen=True)
class _Tile:
    """A part of the picture."""

    place: tuple[slice, slice]
    """Its rows and columns."""
    band: Band
    still: Still | None
    """The still layer, where some of it is seen and it stays."""
    kind: Kind


class _Room:
    """A thread's memory for drawing one tile at a time: new memory for each one would take half of the time, and memory
    of its own for each one would not stay in the cache."""

    def __init__(self, colours: Colours) -> None:
        width = max(TILE_WIDTH, BLOCK_WIDTH)
        self.colours = colours.room((width, TILE_HEIGHT))
        pixels = width * TILE_HEIGHT
        self._positions = np.empty(2 * pixels, np.float32)
        self._moved, self._pixels = np.empty((2, CHANNELS * pixels), np.uint8)

    def of(self, height: int, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Memory for a tile: positions, float32 [2, h, w], and two pictures, uint8 [h, w, 4]."""
        count = height * width
        moved, pixels = (
            each[: CHANNELS * count].reshape(height, width, CHANNELS) for each in (self._moved, self._pixels)
        )
        return self._positions[: 2 * count].reshape(2, height, width), moved, pixels


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


@dataclass(frozen=True)
class Mixture:
    """What draws an embedding. The lists have one row for each keyframe that counts, the strongest first."""

    places: list[int]
    """The numbers of the keyframes, ≤ L."""
    weights: np.ndarray
    """[≤ L]."""
    displacements: np.ndarray
    """Of the keyframes, on the motion grid, in longest sides: [≤ L, gh, gw, 2]."""
    colours: np.ndarray
    """How much of each colour mode is added to each colour, in levels of 255: float32 [3, R]."""
    shift: np.ndarray | None
    """The displacement of the colours on the motion grid, in longest sides, [gh, gw, 2]; None where they stay."""
    view: np.ndarray | None = None
    """The displacement of the still layer on the motion grid, in longest sides, [gh, gw, 2]; None where it stays."""


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
        self.alpha = scene.keyframes.alpha
        """Whether pictures may be transparent."""
        self._threads = threads or usable_cores()
        cv2.setNumThreads(1)  # renderers draw with threads of their own
        # One run of the trunk takes less time than `auto` would take to look for a GPU.
        own = "cpu" if device == "auto" else device
        self._trunk_points = _trunk_points(scene)
        self._trunk = open_session(graph_bytes(scene, scene.drawing.trunk), device=own, threads=self._threads)
        # A look-up is a few small products: a GPU would cost more time than it saves.
        self._generator = open_session(graph_bytes(scene, scene.drawing.generator), quick=True)
        self._bank = bank_inputs(self.warp, scene.bank)
        self._depth = depth_of(self.warp, scene.bank)
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
        over: Colour | None = None,
        coarse: bool = False,
    ) -> WarpRenderer:
        """As `Drawing.renderer` (protocol.py)."""
        if is_cancelled():
            raise CancelledError
        return WarpRenderer(self, size, self._threads, over, coarse)

    def keyframe(self, place: int, size: tuple[int, int]) -> np.ndarray:
        """A keyframe, or the background behind the last one, reduced to a size, as it is mixed: uint8 [h, w, 4]."""
        picture = self._keyframes.picture(place)
        # Colours that are not seen must not blend into their neighbours.
        return reduce(four(picture), size) if self.alpha else four(reduce(picture, size))

    @np.errstate(over="ignore", invalid="ignore")
    def mixture(self, frame: Frame) -> Mixture:
        """What draws a frame."""
        offset = self._offset if frame.offset is None else frame.offset[None]
        feeds = {"embedding": frame.embedding[None].astype(np.float32), "offset": offset, **self._bank}
        outputs = ["keyframe", "weight", "motion", "shift", "colour"]
        keyframe, *rest = (each[0] for each in run_graph(self._generator, outputs, feeds))
        weight, motion, shift, colour = (np.nan_to_num(each, posinf=0, neginf=0) for each in rest)
        weight = weight.clip(-LARGEST, LARGEST)
        used = [number for number in np.argsort(-np.abs(weight), kind="stable") if abs(weight[number]) > LEAST_WEIGHT]
        modes = self.motion_modes
        gw, gh = self.warp.motion_grid
        displacements = np.array([motion[number] @ modes for number in used]).reshape(-1, gh, gw, 2)
        view = self._view(frame)
        moved = None
        if shift.any() or view is not None:
            whole = (shift @ modes).reshape(gh, gw, 2)
            moved = _bounded(whole if view is None else whole + view)
            positions = grid_positions(gw, gh) + moved * cell_sizes(gw, gh, (self.warp.width, self.warp.height))
            displacements = np.array([moved + sample(np.nan_to_num(own), positions) for own in displacements])
        places = keyframe.clip(0, self.warp.count - 1)[used].tolist()
        colours = np.ascontiguousarray(colour.T) * np.float32(255)
        still = None if view is None else _bounded(view)
        return Mixture(places, weight[used], _bounded(displacements), colours, moved, still)

    def _view(self, frame: Frame) -> np.ndarray | None:
        """The displacement that the view of a frame adds, float32 [gh, gw, 2]; None where it is straight ahead."""
        if self._depth is None or frame.view is None or not any(frame.view):
            return None
        view = np.clip(frame.view, -1, 1).astype(np.float32)
        return np.stack([amount * part for amount, part in zip(view, self._depth, strict=True)], -1)

    @property
    def farthest(self) -> float:
        """How far a view displaces anything at most, in longest sides."""
        return 0.0 if self._depth is None else min(float(np.abs(self._depth).max()), MAX_DISPLACEMENT)

    @property
    def motion_modes(self) -> np.ndarray:
        """The motion modes on their grid, float32 [S, gh·gw·2]."""
        return self._drawn_modes()[0]

    @property
    def colour_modes(self) -> np.ndarray:
        """The colour modes on their grid, float32 [R, ch·cw]."""
        return self._drawn_modes()[1]

    def _drawn_modes(self) -> tuple[np.ndarray, np.ndarray]:
        """The modes as the trunk draws them, once for a scene."""
        with self._lock:
            if self._modes is None:
                count = 2 * self.warp.motion_modes
                motion = self._run_trunk(self.warp.motion_grid, slice(count))
                colour = self._run_trunk(self.warp.colour_grid, slice(count, None))
                motion = motion.reshape(count // 2, 2, -1).transpose(0, 2, 1).reshape(count // 2, -1)
                self._modes = motion, colour
        return self._modes

    def _run_trunk(self, grid: list[int], features: slice) -> np.ndarray:
        """Some of the features at the cells of a grid, float32 [features, cells]."""
        coords = grid_coordinates(grid[0], grid[1], (self.warp.width, self.warp.height))
        every = 2 * self.warp.motion_modes + self.warp.colour_modes
        result = np.empty((len(range(*features.indices(every))), len(coords)), np.float32)
        for first in range(0, len(coords), self._trunk_points):
            piece = slice(first, first + self._trunk_points)
            drawn = run_graph(self._trunk, ["features"], {"coords": coords[piece]})[0]
            result[:, piece] = np.nan_to_num(drawn[:, features], posinf=0, neginf=0).T
        return result


def _trunk_points(scene: VerifiedScene) -> int:
    """At how many points the trunk runs at once."""
    points = scene.fitting_pixels(scene.drawing.trunk, TRUNK_POINTS)
    while points > LEAST_POINTS and scene.footprint(scene.drawing.trunk, points).live > TRUNK_BYTES:
        points //= 2
    return points


def _bounded(displacement: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(np.nan_to_num(displacement), -MAX_DISPLACEMENT, MAX_DISPLACEMENT))
