"""The drawing of format 1.1: keyframes that motion modes displace, plus colour modes (SPEC.md, §3)."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import CancelledError, ThreadPoolExecutor

import cv2
import numpy as np
import onnxruntime

from alive_cli.errors import InputError
from alive_cli.media.warping import cell_sizes, grid_positions, reduce, resize, sample
from alive_cli.runtime.renderers.implicit import NETS, usable_cores
from alive_cli.runtime.session import graph_bytes, on_cuda, open_session, run_graph
from bundle_spec.contracts import VerifiedScene
from bundle_spec.features.warp import bank_inputs

MAX_DISPLACEMENT = 4.0
"""A displacement is at most so many longest sides, so that whatever a stranger's graph returns stays finite."""
CACHE_BYTES = 256 << 20
"""Decoded keyframes take at most so much memory; those that were used least recently make room."""
TRUNK_POINTS = 1 << 14
"""The trunk draws at most so many points in a run."""
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
        self._scale = cell_sizes(*self._source, picture)
        columns, rows = ((np.arange(side, dtype=np.float32) + 0.5) / side for side in size)
        x, y = np.meshgrid(columns * self._source[0] - 0.5, rows * self._source[1] - 0.5)
        self._base = np.stack([x, y], -1).astype(np.float32)
        self._cache: OrderedDict[int, np.ndarray] = OrderedDict()
        self._most = max(warp.count and 8, CACHE_BYTES // (3 * self._source[0] * self._source[1]))
        bands = max(1, min(threads, size[1] // LEAST_ROWS))
        edges = np.linspace(0, size[1], bands + 1).round().astype(int).tolist()
        self._bands = [slice(a, b) for a, b in zip(edges, edges[1:], strict=False)]
        self._pool = ThreadPoolExecutor(bands) if bands > 1 else None
        self._background = self._share = None
        if drawing.mask is not None:
            background = drawing.decode(warp.count)
            self._background = resize(reduce(background, self._source), size)
            self._share = resize(drawing.mask, size).astype(np.float32) / 255

    def render(self, embedding: np.ndarray) -> np.ndarray:
        """Draw a unit embedding, float32 [D], as a picture, uint8 [H, W, 3]."""
        places, weights, displacements, colours = self._drawing.mixture(embedding)
        used = [(place, float(weight), own) for place, weight, own in zip(places, weights, displacements, strict=True)
                if weight != 0]
        pictures = [self._keyframe(place) for place, _, _ in used]
        whole = [resize(own, self.size) for _, _, own in used]
        colour = resize(colours, self.size)
        picture = np.empty((self.size[1], self.size[0], 3), np.uint8)

        def draw(rows: slice) -> None:
            total = colour[rows]
            for (_, weight, _), keyframe, displacement in zip(used, pictures, whole, strict=True):
                moved = sample(keyframe, self._base[rows] + displacement[rows] * self._scale)
                total = cv2.scaleAdd(moved.astype(np.float32), weight, total)
            if self._share is not None and self._background is not None:
                share = self._share[rows][..., None]
                total = np.clip(total, 0, 255) * share + self._background[rows] * (1 - share)
            cv2.convertScaleAbs(np.maximum(total, 0), dst=picture[rows])

        if self._pool is None:
            draw(slice(None))
        else:
            list(self._pool.map(draw, self._bands))
        return picture

    def _keyframe(self, place: int) -> np.ndarray:
        if place in self._cache:
            self._cache.move_to_end(place)
            return self._cache[place]
        picture = reduce(self._drawing.decode(place), self._source)
        self._cache[place] = picture
        while len(self._cache) > self._most:
            self._cache.popitem(last=False)
        return picture


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
        self._trunk = open_session(graph_bytes(scene, scene.drawing.trunk), threads=self._threads)
        # A look-up is a few small products: a GPU would cost more time than it saves.
        self._generator = open_session(graph_bytes(scene, scene.drawing.generator), quick=True)
        self._bank = bank_inputs(self.warp, scene.bank)
        self._offset = np.zeros((1, self.warp.motion_modes), np.float32)
        self._modes: tuple[np.ndarray, np.ndarray] | None = None
        self._lock = threading.Lock()

    @property
    def device(self) -> str:
        """Warping runs on the CPU."""
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

    def mixture(self, embedding: np.ndarray) -> tuple[list[int], np.ndarray, np.ndarray, np.ndarray]:
        """What draws a unit embedding, float32 [D].

        Returns:
            Numbers of L keyframes; their weights, [L]; their displacements on the motion grid, in longest sides
            [L, gh, gw, 2]; the colours on the colour grid, 0…255 [ch, cw, 3].
        """
        feeds = {"embedding": embedding[None].astype(np.float32), "offset": self._offset, **self._bank}
        outputs = ["keyframe", "weight", "motion", "shift", "colour"]
        keyframe, *rest = (each[0] for each in run_graph(self._generator, outputs, feeds))
        weight, motion, shift, colour = (np.nan_to_num(each, posinf=0, neginf=0) for each in rest)
        motion_modes, colour_modes = self._drawn_modes()
        gw, gh = self.warp.motion_grid
        cw, ch = self.warp.colour_grid
        picture = (self.warp.width, self.warp.height)
        moved = _bounded(shift @ motion_modes).reshape(gh, gw, 2)
        displacements = (motion @ motion_modes).reshape(-1, gh, gw, 2)
        colours = (colour_modes @ colour).reshape(ch, cw, 3) * np.float32(255)
        if shift.any():
            positions = grid_positions(gw, gh) + moved * cell_sizes(gw, gh, picture)
            displacements = np.stack([moved + sample(_bounded(own), positions) for own in displacements])
            apart = resize(moved, (cw, ch)) * cell_sizes(cw, ch, picture)
            colours = sample(colours, grid_positions(cw, ch) + apart)
        places = keyframe.clip(0, self.warp.count - 1).tolist()
        return places, weight, _bounded(displacements), colours

    def _drawn_modes(self) -> tuple[np.ndarray, np.ndarray]:
        """The modes as the trunk draws them: motion [S, gh·gw·2] and colour [ch·cw, R]."""
        with self._lock:
            if self._modes is None:
                count = 2 * self.warp.motion_modes
                motion = self._run_trunk(self.warp.motion_grid)[:, :count]
                colour = self._run_trunk(self.warp.colour_grid)[:, count:]
                motion = motion.reshape(len(motion), -1, 2).transpose(1, 0, 2).reshape(count // 2, -1)
                self._modes = np.ascontiguousarray(motion), np.ascontiguousarray(colour)
        return self._modes

    def _run_trunk(self, grid: list[int]) -> np.ndarray:
        columns, rows = grid
        longest = max(self.warp.width, self.warp.height)
        x = (2 * (np.arange(columns) + 0.5) / columns - 1) * self.warp.width / longest
        y = (2 * (np.arange(rows) + 0.5) / rows - 1) * self.warp.height / longest
        coords = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2).astype(np.float32)
        pieces = [
            run_graph(self._trunk, ["features"], {"coords": coords[first : first + TRUNK_POINTS]})[0]
            for first in range(0, len(coords), TRUNK_POINTS)
        ]
        return np.nan_to_num(np.concatenate(pieces), posinf=0, neginf=0)


def _bounded(displacement: np.ndarray) -> np.ndarray:
    return np.clip(displacement, -MAX_DISPLACEMENT, MAX_DISPLACEMENT)
