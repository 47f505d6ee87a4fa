"""`Scene`: a bundle, opened and ready to live. The public Python API."""

import copy
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np

from alive_cli.errors import InputError, NotExportedError
from alive_cli.progress import Progress, silent
from alive_cli.runtime.controls import Controls
from alive_cli.runtime.loops import eased_loop, entrained_loop, resample_loop, steadiest
from alive_cli.runtime.motion_graph import MotionGraph
from alive_cli.runtime.renderers import drawing_of
from alive_cli.runtime.renderers.protocol import Renderer
from alive_cli.runtime.rollout import Rollout, resample
from alive_cli.runtime.session import graph_bytes, open_session
from bundle_spec.container import Bundle, read_bundle
from bundle_spec.contracts import EMBEDDING, verify_scene
from bundle_spec.limits import MAX_PICTURE_SIDE
from bundle_spec.manifest import Control, Manifest

MAX_LOOP_FRAMES = 100_000
"""A loop has at most so many frames; an hour at 25 frames a second is shorter."""
MAX_FPS = 240.0
"""A rollout is drawn at no more than so many frames a second; no screen shows more."""
LEAST_PLANNED = 12
"""A loop over fewer frames of the clip is not planned: a jump back can't be eased away in them."""
MAX_PLANNED = 20_000
"""A loop of more frames is not planned, because that would take too long."""
MAX_PLANNED_EDGES = 2_000_000_000
"""A loop is not planned where its frames times the edges of the motion graph are more than this."""
LOOP_STARTS = 48
"""The plan of a loop tries so many frames to begin at."""


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
        if bundle.manifest.drawing is None or bundle.manifest.behavior is None:
            raise NotExportedError("This bundle has not been exported yet; run alive export on it first.")
        verified = verify_scene(bundle)
        self.manifest: Manifest = bundle.manifest
        self.declared_controls: list[Control] = verified.controls
        """What steers the scene, as its bundle declares it."""
        self._behavior, self._bank = verified.behavior, verified.bank
        self._drawing = drawing_of(bundle.manifest)(verified, device=device, net=net, threads=threads)
        # The behavior graph is many tiny nodes: a GPU would cost more than it saves, and so would optimising them well.
        self._step = open_session(graph_bytes(verified, self._behavior.graph), soon=True)
        self._renderer: Renderer | None = None

    @classmethod
    def open(cls, path: str | Path, *, device: str = "auto", net: str = "auto", threads: int | None = None) -> "Scene":
        """Read, verify and open a bundle file; arguments and errors as for `Scene` and `read_bundle`."""
        return cls(read_bundle(Path(path), to_play=True), device=device, net=net, threads=threads)

    def twin(self) -> "Scene":
        """The same scene with a renderer of its own, to be drawn with in another thread."""
        other = copy.copy(self)
        other._renderer = None
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
        return self._drawing.device

    def net(self, size: tuple[int, int]) -> str:
        """Which net draws pictures of a size: the one that was chosen, or the best that keeps up."""
        return self._drawing.net(size)

    def size_within(self, longest: int) -> tuple[int, int]:
        """Width and height, in the scene's proportions, whose longest side is `longest` pixels."""
        width, height = self.size
        scale = longest / max(width, height)
        return max(1, round(width * scale)), max(1, round(height * scale))

    def size_across(self, width: int) -> tuple[int, int]:
        """Width and height, in the scene's proportions, for a width in pixels."""
        own_width, own_height = self.size
        return width, max(1, round(own_height * width / own_width))

    def controls(self, values: Mapping[str, float | None] | None = None, **more: float | None) -> Controls:
        """Values of the scalar controls that the scene declares, with its defaults for whatever is None or left out.

        scene.controls(temperature=0.3)

        Raises:
            InputError: a value is out of range, or the scene declares no such control.
        """
        return Controls(self.declared_controls, {**(values or {}), **more})

    def life(
        self,
        controls: Controls | None = None,
        *,
        seed: int | None = None,
        start_at: float | None = None,
        goal: float | None = None,
    ) -> Rollout:
        """Begin a rollout: one life.

        Args:
            controls: kept by reference: change them to steer the life while it runs.
            seed: a whole number from 0 to 2⁶³−1; lives of different seeds go different ways.
            start_at: second of the source to begin at; by default where the fitted clip begins.
            goal: second of the source to go to first, along what was observed, and to live on from.

        Raises:
            InputError: `start_at` or `goal` is outside the clip, the seed out of range, or the
                behavior can't be sent anywhere.
        """
        frame = 0 if start_at is None else self._frame(start_at)
        life = self._rollout(controls or self.controls(), seed=seed, frame=frame)
        if goal is not None:
            if self.graph is None:
                raise InputError("This scene's behavior can't be sent anywhere; fit it with --recipe living.")
            life.follow(self.graph.arriving(frame, self._frame(goal)))
        return life

    def _rollout(self, controls: Controls, *, seed: int | None, frame: int) -> Rollout:
        return Rollout(
            self._step,
            self._behavior,
            self.declared_controls,
            self._bank,
            self.manifest.source,
            controls,
            seed=self._seed(seed),
            start=frame,
            graph=self.graph,
        )

    def _seed(self, seed: int | None) -> int:
        seed = self.manifest.defaults.seed if seed is None else seed
        if not 0 <= seed < 2**63:
            raise InputError(f"The seed is {seed}; choose a whole number from 0 to 2^63-1.")
        return seed

    def _frame(self, second: float) -> int:
        """The observed frame at a second of the source."""
        first = self.manifest.source.start
        place = (second - first) * self.fps
        if not -0.5 <= place < len(self.embeddings) - 0.5:
            last = first + (len(self.embeddings) - 1) / self.fps
            raise InputError(f"The scene knows nothing of second {second:g}; choose from {first:g} to {last:.1f}.")
        return max(0, round(place))

    def live(self, life: Rollout, *, fps: float | None = None) -> Iterator[np.ndarray]:
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
        if self._renderer is None or self._renderer.size != size:
            self._renderer = self.renderer(size)
        return self._renderer.render(embedding)

    def renderer(
        self,
        size: tuple[int, int],
        ended: Callable[[], bool] = lambda: False,
        *,
        net: str | None = None,
        patiently: bool = False,
    ) -> Renderer:
        """Prepare for pictures of one size; arguments and errors as for `Drawing.renderer`.

        Raises:
            InputError: a side of `size` is below 1 or above 8,192.
        """
        check_size(size)
        return self._drawing.renderer(size, ended, net=net, patiently=patiently)

    def rollout(
        self,
        *,
        seed: int | None = None,
        start_at: float | None = None,
        goal: float | None = None,
        fps: float | None = None,
        size: tuple[int, int] | None = None,
        frames: int | None = None,
        **controls: float | None,
    ) -> Iterator[np.ndarray]:
        """Pictures, uint8 [H, W, 3], of one life; endless unless `frames` is given.

        None takes the scene's default. Errors are those of `controls`, `life`, `live` and `draw`.

        Args:
            controls: values of the controls that the scene declares, by name, as `temperature=0.3`.
        """
        life = self.life(self.controls(controls), seed=seed, start_at=start_at, goal=goal)
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
        nodes = round(own * controls.clock)
        if self.graph is not None and self._plannable(own, nodes):
            starts = self._loop_starts(seed, start_at)
            path = self.graph.closed(nodes, starts, self._motion())
            if path is not None:
                life = self._rollout(controls, seed=seed, frame=path[-1])
                loop = resample_loop(entrained_loop(life, path, own, progress), frames)
                return steadiest(loop) if start_at is None else loop
        life = self.life(controls, seed=seed, start_at=start_at)
        return eased_loop(self.live(life, fps=fps), frames)

    @cached_property
    def graph(self) -> MotionGraph | None:
        """The motion graph over the observed frames, where the behavior walks one."""
        names = self._behavior.transitions
        if names is None:
            return None
        return MotionGraph(self._bank[names.targets], self._bank[names.costs], self._bank[names.following])

    def _plannable(self, frames: int, nodes: int) -> bool:
        """Whether a loop of so many frames over so many nodes can be planned, in reasonable time."""
        assert self.graph is not None
        single = self._behavior.steps_per_frame == 1 and (self._behavior.largest_step or 1.0) >= 1
        short = LEAST_PLANNED <= nodes <= MAX_PLANNED and frames <= MAX_PLANNED
        return single and short and nodes * self.graph.costs.size <= MAX_PLANNED_EDGES

    def _loop_starts(self, seed: int | None, start_at: float | None) -> np.ndarray:
        if start_at is not None:
            return np.array([self._frame(start_at)])
        count = len(self.embeddings)
        random = np.random.default_rng(self._seed(seed))
        return random.permutation(count)[:LOOP_STARTS]

    def _motion(self) -> np.ndarray:
        """Length of the motion from each observed frame to the next, [N]; 0 before a cut or the end."""
        assert self.graph is not None
        following = self.graph.following
        steps = np.linalg.norm(self.embeddings[following] - self.embeddings, axis=1)
        return np.where(following >= 0, steps, 0)


def check_size(size: tuple[int, int]) -> None:
    """Refuse pictures that can't be drawn.

    Raises:
        InputError: a side is below 1 or above 8,192.
    """
    if not all(1 <= side <= MAX_PICTURE_SIDE for side in size):
        raise InputError(f"A picture of {size[0]}×{size[1]} pixels can't be drawn; choose 1 to {MAX_PICTURE_SIDE}.")
