"""`Scene`: a bundle, opened and ready to live. The public Python API."""

import copy
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from itertools import islice
from pathlib import Path

import numpy as np
import onnxruntime

from alive_cli.errors import InputError, NotExportedError
from alive_cli.progress import Progress, silent
from alive_cli.runtime.loops import eased_loop, entrained_loop, resample_loop, steadiest
from alive_cli.runtime.motion_graph import Ways
from alive_cli.runtime.renderers.implicit import Painter
from alive_cli.runtime.rollout import Controls, Life, resample
from alive_cli.runtime.session import on_cuda, open_session
from bundle_spec.container import Bundle, read_bundle
from bundle_spec.contracts import EMBEDDING, features_of, verify_scene
from bundle_spec.limits import MAX_PICTURE_SIDE
from bundle_spec.manifest import Graph, Manifest

MAX_LOOP_FRAMES = 100_000
NETS = ("auto", "fine", "fast")
LIVE_BYTES = 96 << 20
"""Features that two CPU cores read 30 times a second with time to spare: beyond, `auto` draws with the fast net."""
MAX_FPS = 240.0
LEAST_PLANNED = 12
"""Moments of the shortest loop that is planned: in fewer, a jump back can't be eased away."""
MAX_PLANNED = 20_000
"""Frames and moments of the longest."""
MAX_PLANNED_EDGES = 2_000_000_000
"""Its moments, times the edges of the graph."""
LOOP_STARTS = 48
"""Moments that a loop may begin at."""


class Scene:
    """A living scene.

    scene = Scene.open("cats.alive")
    for picture in scene.rollout(temperature=0.3, seed=7, frames=100):
        ...  # uint8 [H, W, 3]
    """

    def __init__(self, bundle: Bundle, *, device: str = "auto", net: str = "auto", threads: int | None = None) -> None:
        """Open the graphs of a verified bundle.

        Args:
            bundle: as `read_bundle` gives it.
            device: `auto`, `cpu` or `cuda`, for drawing.
            net: `fine` or `fast`, or `auto`: fine on a GPU, and on a CPU as long as it keeps up. A
                bundle with one net draws with that.
            threads: CPU threads for drawing; all usable cores by default.

        Raises:
            NotExportedError: the bundle holds training weights but no graphs yet.
            BundleError: a graph is unsafe, damaged or breaks its contract.
            DeviceError: the device is not there.
            InputError: there is no such net.
        """
        if net not in NETS:
            raise InputError(f"There is no net {net!r}; choose {', '.join(NETS)}.")
        if bundle.manifest.drawing is None or bundle.manifest.behavior is None:
            raise NotExportedError("This bundle has not been exported yet; run alive export on it first.")
        self._verified = verify_scene(bundle)
        drawing, self._behavior, self._bank = self._verified.drawing, self._verified.behavior, self._verified.bank
        self.manifest: Manifest = bundle.manifest
        self._threads = threads
        # The trunk runs once for a picture size, and a GPU would have to be sent all its features.
        self._trunk = open_session(self._graph(drawing.trunk))
        self._fine = open_session(self._graph(drawing.generator), device=device)
        self._fast_graph = self._graph(drawing.fast) if drawing.fast else None
        self._device = device
        self._fine_features = features_of(drawing.generator)
        self._net = net
        # The behavior graph is many tiny nodes: a GPU would cost more than it saves, and so would optimising them well.
        self._living = open_session(self._graph(self._behavior.graph), soon=True)
        self._painter: Painter | None = None

    @classmethod
    def open(cls, path: str | Path, *, device: str = "auto", net: str = "auto", threads: int | None = None) -> "Scene":
        """Read, verify and open a bundle file; arguments and errors as for `Scene` and `read_bundle`."""
        return cls(read_bundle(Path(path), to_play=True), device=device, net=net, threads=threads)

    def twin(self) -> "Scene":
        """The same scene with a painter of its own, to be drawn with in another thread."""
        other = copy.copy(self)
        other._painter = None
        return other

    @property
    def fps(self) -> float:
        """Frames per second at which the scene was fitted."""
        return self.manifest.source.fps

    @property
    def size(self) -> tuple[int, int]:
        """Default width and height in pixels."""
        return self.manifest.defaults.width, self.manifest.defaults.height

    @property
    def embeddings(self) -> np.ndarray:
        """The observed embeddings, float32 [N, D], unit length."""
        return self._bank[EMBEDDING]

    @property
    def device(self) -> str:
        """Where pictures are really drawn: `cuda` or `cpu`."""
        return "cuda" if on_cuda(self._fine) else "cpu"

    @cached_property
    def _fast(self) -> onnxruntime.InferenceSession:
        """Opened when it first draws: most pictures are small enough for the fine net."""
        assert self._fast_graph is not None
        return open_session(self._fast_graph, device=self._device)

    def net(self, size: tuple[int, int]) -> str:
        """Which net draws pictures of a size, `fine` or `fast`: asked for, or chosen by how much there is to do."""
        if self._net != "auto":
            return self._net
        moving = 1.0 if self._verified.mask is None else float((self._verified.mask > 0).mean())
        features = 4 * self._fine_features * moving * size[0] * size[1]
        return "fine" if on_cuda(self._fine) or features <= LIVE_BYTES else "fast"

    def size_within(self, longest: int) -> tuple[int, int]:
        """Width and height, in the scene's proportions, whose longest side is `longest` pixels."""
        width, height = self.size
        scale = longest / max(width, height)
        return max(1, round(width * scale)), max(1, round(height * scale))

    def size_across(self, width: int) -> tuple[int, int]:
        """Width and height, in the scene's proportions, for a width in pixels."""
        own_width, own_height = self.size
        return width, max(1, round(own_height * width / own_width))

    def controls(
        self, temperature: float | None = None, pull: float | None = None, novelty: float | None = None
    ) -> Controls:
        """Controls with the scene's defaults for whatever is None.

        Raises:
            InputError: a value is out of range.
        """
        defaults = self.manifest.defaults
        return Controls(
            temperature=defaults.temperature if temperature is None else temperature,
            pull=defaults.pull if pull is None else pull,
            novelty=defaults.novelty if novelty is None else novelty,
        )

    def life(
        self,
        controls: Controls | None = None,
        *,
        seed: int | None = None,
        start_at: float | None = None,
        goal: float | None = None,
    ) -> Life:
        """Begin a life.

        Args:
            controls: kept by reference: change it to steer the life while it runs.
            seed: a whole number from 0 to 2⁶³−1; lives of different seeds go different ways.
            start_at: second of the source to begin at; by default where the fitted clip begins.
            goal: second of the source to go to first, along what was observed, and to live on from.

        Raises:
            InputError: `start_at` or `goal` is outside the clip, the seed out of range, or the
                behavior can't be sent anywhere.
        """
        frame = 0 if start_at is None else self._frame(start_at)
        life = self._life(controls or self.controls(), seed=seed, frame=frame)
        if goal is not None:
            if self.ways is None:
                raise InputError("This scene's behavior can't be sent anywhere; fit it with --recipe living.")
            life.follow(self.ways.arriving(frame, self._frame(goal)))
        return life

    def _life(self, controls: Controls, *, seed: int | None, frame: int) -> Life:
        return Life(self._living, self._behavior, self._bank, controls, seed=self._seed(seed), start=frame)

    def _seed(self, seed: int | None) -> int:
        seed = self.manifest.defaults.seed if seed is None else seed
        if not 0 <= seed < 2**63:
            raise InputError(f"The seed is {seed}; choose a whole number from 0 to 2^63-1.")
        return seed

    def _frame(self, moment: float) -> int:
        """The observed frame at a second of the source."""
        first = self.manifest.source.start
        place = (moment - first) * self.fps
        if not -0.5 <= place < len(self.embeddings) - 0.5:
            last = first + (len(self.embeddings) - 1) / self.fps
            raise InputError(f"The scene knows nothing of second {moment:g}; choose from {first:g} to {last:.1f}.")
        return max(0, round(place))

    def live(self, life: Life, *, fps: float | None = None) -> Iterator[np.ndarray]:
        """The embeddings of a life, for ever, at `fps` frames per second (the scene's own by default).

        Other rates don't change the speed: embeddings in between are interpolated on the sphere.
        """
        rate = self._rate(fps)

        def source() -> Iterator[np.ndarray]:
            while True:
                yield life.advance()

        return resample(source(), self.fps / rate)

    def _rate(self, fps: float | None) -> float:
        if fps is not None and not 0 < fps <= MAX_FPS:
            raise InputError(f"The frame rate is {fps:g}; choose from above 0 to {MAX_FPS:g}.")
        return fps or self.fps

    def draw(self, embedding: np.ndarray, size: tuple[int, int] | None = None) -> np.ndarray:
        """Draw one unit embedding, float32 [D], as a picture, uint8 [H, W, 3].

        The first picture of a size takes longer: what doesn't depend on the embedding is computed then.

        Raises:
            InputError: a side of `size` is below 1 or above 8,192.
        """
        size = size or self.size
        if self._painter is None or self._painter.size != size:
            self._painter = self.painter(size)
        return self._painter.paint(embedding)

    def painter(
        self,
        size: tuple[int, int],
        ended: Callable[[], bool] = lambda: False,
        *,
        net: str | None = None,
        patiently: bool = False,
    ) -> Painter:
        """Prepare for pictures of one size.

        Args:
            ended: whether the painter isn't wanted any more, asked again and again meanwhile.
            net: `fine` or `fast`; by default as for `net`.
            patiently: let whatever else there is to do go first.

        Raises:
            InputError: a side of `size` is below 1 or above 8,192.
            CancelledError: it isn't.
        """
        check_size(size)
        fast = self._fast_graph is not None and (net or self.net(size)) == "fast"
        return Painter(
            self._trunk,
            self._fast if fast else self._fine,
            size,
            self._threads,
            background=self._verified.background,
            mask=self._verified.mask,
            fitting_pixels=partial(self._fitting_pixels, fast),
            ended=ended,
            patiently=patiently,
        )

    def _fitting_pixels(self, fast: bool, wanted: int) -> int:
        drawing = self._verified.drawing
        generator = drawing.fast if fast and drawing.fast else drawing.generator
        return min(self._verified.fitting_pixels(graph, wanted) for graph in (drawing.trunk, generator))

    def _graph(self, graph: Graph) -> bytes:
        """A graph for onnxruntime: what was checked, written anew, so that nothing else is read."""
        data: bytes = self._verified.models[graph.file].SerializeToString()
        return data

    def rollout(
        self,
        *,
        temperature: float | None = None,
        pull: float | None = None,
        novelty: float | None = None,
        seed: int | None = None,
        start_at: float | None = None,
        goal: float | None = None,
        fps: float | None = None,
        size: tuple[int, int] | None = None,
        frames: int | None = None,
    ) -> Iterator[np.ndarray]:
        """Pictures, uint8 [H, W, 3], of one life; endless unless `frames` is given.

        None takes the scene's default. Errors are those of `controls`, `life`, `live` and `draw`.
        """
        life = self.life(self.controls(temperature, pull, novelty), seed=seed, start_at=start_at, goal=goal)
        for embedding in islice(self.live(life, fps=fps), frames):
            yield self.draw(embedding, size)

    def loop(
        self,
        controls: Controls | None = None,
        *,
        frames: int,
        fps: float | None = None,
        seed: int | None = None,
        start_at: float | None = None,
        progress: Progress = silent,
    ) -> np.ndarray:
        """A seamless loop of exactly `frames` unit embeddings, float32 [M, D].

        Args:
            controls, fps, seed: as for `life` and `live`.
            start_at: second of the source that it begins at; by default a lively way,
                begun where its motion is steadiest.

        Raises:
            InputError: `frames` is below 1 or above 100,000, or another argument is out of range.
        """
        if not 1 <= frames <= MAX_LOOP_FRAMES:
            raise InputError(f"A loop of {frames} frames can't be made; choose from 1 to {MAX_LOOP_FRAMES}.")
        controls = controls or self.controls()
        own = max(1, round(frames * self.fps / self._rate(fps)))
        moments = round(own * controls.temperature)
        if self.ways is not None and self._plannable(own, moments):
            starts = self._loop_starts(seed, start_at)
            way = self.ways.closed(moments, starts, self._motion())
            if way is not None:
                life = self._life(controls, seed=seed, frame=way[-1])
                loop = resample_loop(entrained_loop(life, way, own, progress), frames)
                return steadiest(loop) if start_at is None else loop
        life = self.life(controls, seed=seed, start_at=start_at)
        return eased_loop(self.live(life, fps=fps), frames)

    @cached_property
    def ways(self) -> Ways | None:
        """The graph over the observed moments, where the behavior walks one."""
        names = self._behavior.transitions
        if names is None:
            return None
        return Ways(self._bank[names.targets], self._bank[names.costs], self._bank[names.following])

    def _plannable(self, frames: int, moments: int) -> bool:
        """Whether a loop of so many frames over so many moments can be planned, in reasonable time."""
        assert self.ways is not None
        single = self._behavior.steps_per_frame == 1 and (self._behavior.largest_step or 1.0) >= 1
        short = LEAST_PLANNED <= moments <= MAX_PLANNED and frames <= MAX_PLANNED
        return single and short and moments * self.ways.costs.size <= MAX_PLANNED_EDGES

    def _loop_starts(self, seed: int | None, start_at: float | None) -> np.ndarray:
        if start_at is not None:
            return np.array([self._frame(start_at)])
        count = len(self.embeddings)
        random = np.random.default_rng(self._seed(seed))
        return random.permutation(count)[:LOOP_STARTS]

    def _motion(self) -> np.ndarray:
        """Length of the motion from each observed moment to the next, [N]; 0 before a cut or the end."""
        assert self.ways is not None
        following = self.ways.following
        steps = np.linalg.norm(self.embeddings[following] - self.embeddings, axis=1)
        return np.where(following >= 0, steps, 0)


def check_size(size: tuple[int, int]) -> None:
    """Refuse pictures that can't be drawn.

    Raises:
        InputError: a side is below 1 or above 8,192.
    """
    if not all(1 <= side <= MAX_PICTURE_SIDE for side in size):
        raise InputError(f"A picture of {size[0]}×{size[1]} pixels can't be drawn; choose 1 to {MAX_PICTURE_SIDE}.")
