"""`Scene`: an open bundle that is ready to play. It is the public Python API."""

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np

from alive_cli.errors import InputError, NotExportedError
from alive_cli.progress import Progress, silent
from alive_cli.runtime import loops as closing
from alive_cli.runtime.controls import Controls, with_bounded_clock
from alive_cli.runtime.frame import Drawn, Frame
from alive_cli.runtime.goals import frame_at
from alive_cli.runtime.moods import liking
from alive_cli.runtime.motion_graph import MotionGraph
from alive_cli.runtime.picture_size import check_size
from alive_cli.runtime.prefetch import prefetch
from alive_cli.runtime.renderers import drawing_of
from alive_cli.runtime.renderers.protocol import Drawing, Renderer
from alive_cli.runtime.rollout import Rollout
from alive_cli.runtime.session import graph_bytes, open_session
from alive_cli.runtime.sphere import resample
from alive_cli.runtime.steering import Steering, steering_of
from alive_cli.runtime.view import stretch_of_views
from bundle_spec.container import Bundle, read_bundle
from bundle_spec.contracts import EMBEDDING, verify_scene
from bundle_spec.features.warp import warp_of
from bundle_spec.manifest import Control, Manifest

MAX_FPS = 240.0
"""A rollout is drawn at no more than this many frames per second, because no screen shows more."""


class Scene:
    """A living scene.

    scene = Scene.open("cats.alive")
    for picture in scene.rollout(temperature=0.3, seed=7, frames=100):
        ...  # uint8 [H, W, 3]
    """

    def __init__(self, bundle: Bundle, *, device: str = "auto", net: str = "auto", threads: int | None = None) -> None:
        """Open the graphs of a verified bundle.

        Args:
            bundle: a bundle as `read_bundle` returns it.
            device: the device that draws: `auto`, `cpu` or `cuda`.
            net: the net that draws: `fine`, `fast`, or `auto`, which is fine on a GPU, and on a CPU that draws fast
                enough. It has no effect on a bundle with a single net.
            threads: CPU threads for drawing; all usable cores by default.

        Raises:
            NotExportedError: the bundle holds training weights but no graphs yet.
            BundleError: a graph is unsafe or damaged, or breaks its contract.
            DeviceError: the device is not available.
            InputError: there is no such net.
        """
        if bundle.manifest.drawing is None or bundle.manifest.behavior is None:
            raise NotExportedError("This bundle has not been exported yet; run alive export on it first.")
        verified = verify_scene(bundle)
        self.manifest: Manifest = bundle.manifest
        self._behavior, self._bank = verified.behavior, verified.bank
        self.declared_controls: list[Control] = with_bounded_clock(verified.controls, self._behavior)
        """The controls that the bundle declares. The clock's maximum is at most what a player can run."""
        self.drawing: Drawing = drawing_of(bundle.manifest)(verified, device=device, net=net, threads=threads)
        self.view_stretch = stretch_of_views(warp_of(bundle.manifest), self._bank)
        """By how much a view of length 1 stretches the picture; None where nothing is near or far."""
        # The behavior graph has many tiny nodes: a GPU, or thorough optimisation, would cost more time than it saves.
        self._step = open_session(graph_bytes(verified, self._behavior.graph), quick=True)
        self._renderer: Renderer | None = None
        self._over: tuple[int, int, int] | None = None

    @classmethod
    def open(cls, path: str | Path, *, device: str = "auto", net: str = "auto", threads: int | None = None) -> "Scene":
        """Read, verify and open a bundle file. Arguments and errors are those of `Scene` and `read_bundle`."""
        return cls(read_bundle(Path(path), to_play=True), device=device, net=net, threads=threads)

    def twin(self) -> "Scene":
        """The same scene with a renderer of its own, so that another thread can draw with it."""
        other = copy.copy(self)
        other._renderer = None
        return other

    def on(self, colour: tuple[int, int, int]) -> "Scene":
        """The same scene, with a renderer of its own. If it is transparent, its pictures lie on a colour, 0…255."""
        other = self.twin()
        other._over = colour
        return other

    @property
    def transparent(self) -> bool:
        """Whether pictures have alpha."""
        return self.drawing.alpha and self._over is None

    @property
    def fps(self) -> float:
        """Frames per second of the fitted clip."""
        return self.manifest.source.fps

    @property
    def size(self) -> tuple[int, int]:
        """Default width and height in pixels."""
        return self.manifest.defaults.width, self.manifest.defaults.height

    @property
    def names(self) -> dict[str, list[int]]:
        """The names of frames: the first and the last observed frame of each."""
        return self.manifest.names

    @property
    def actions(self) -> dict[str, list[list[int]]]:
        """The actions: the first and the last observed frame of each occurrence, by name."""
        return self.manifest.actions

    @property
    def moods(self) -> dict[str, np.ndarray]:
        """How much each observed frame has of each mood, by name: float32 [N], 0…1."""
        return {name: self._bank[tensor] for name, tensor in self.manifest.moods.items()}

    @property
    def embeddings(self) -> np.ndarray:
        """The observed embeddings, float32 [N, D], unit length."""
        return self._bank[EMBEDDING]

    @property
    def device(self) -> str:
        """The device that draws: `cuda` or `cpu`."""
        return self.drawing.device

    def net(self, size: tuple[int, int]) -> str:
        """The net that draws pictures of a size: the chosen one, or for `auto` the best that is fast enough."""
        return self.drawing.net(size)

    def size_within(self, longest: int) -> tuple[int, int]:
        """Width and height, in the scene's proportions, whose longest side is `longest` pixels."""
        scale = longest / max(self.size)
        return max(1, round(self.size[0] * scale)), max(1, round(self.size[1] * scale))

    def size_up_to(self, longest: int) -> tuple[int, int]:
        """As `size_within`, but no larger than the scene's own size."""
        return self.size_within(min(longest, max(self.size)))

    def size_across(self, width: int) -> tuple[int, int]:
        """Width and height, in the scene's proportions, for a width in pixels."""
        own_width, own_height = self.size
        return width, max(1, round(own_height * width / own_width))

    def controls(self, values: Mapping[str, float | None] | None = None, /, **more: float | None) -> Controls:
        """Values of the scalar controls that the scene declares. A control that is None or missing has its default.

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
        goal: float | str | None = None,
        moods: Mapping[str, float] | None = None,
    ) -> Rollout:
        """Begin a rollout, which users call a life.

        Args:
            controls: they are kept by reference; change them to steer the rollout while it runs.
            seed: a whole number from 0 to 2⁶³−1. Each seed is another rollout.
            start_at: second of the source to begin at; by default the seed chooses one of the scene's own beginnings.
            goal: second of the source, or name, to go to first; see `Rollout.go_to`.
            moods: the strength of each mood to begin with; see `Rollout.mood`.

        Raises:
            InputError: `start_at` is outside the clip, the seed is out of range, or the goal or a mood is refused.
        """
        frame = self._start_of(self._seed(seed)) if start_at is None else self._frame_at(start_at)
        rollout = self._rollout(controls or self.controls(), seed=seed, frame=frame)
        rollout.put_in(moods or {})
        if goal is not None:
            rollout.go_to(goal)
        return rollout

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
            steering=lambda: self.steering,
            names=self.names,
            actions=self.actions,
            moods=self.moods,
            depth=self.view_stretch,
        )

    def _seed(self, seed: int | None) -> int:
        seed = self.manifest.defaults.seed if seed is None else seed
        if not isinstance(seed, int | np.integer) or not 0 <= seed < 2**63:
            raise InputError(f"The seed is {seed}; choose a whole number from 0 to 2^63-1.")
        return int(seed)

    def _start_of(self, seed: int) -> int:
        """The observed frame that a rollout of a seed begins at (SPEC.md, Living)."""
        starts = self._bank[self._behavior.starts] if self._behavior.starts else (0,)
        return int(starts[seed % len(starts)])

    def _frame_at(self, second: float) -> int:
        return frame_at(self.manifest.source, len(self.embeddings), second)

    def live(self, rollout: Rollout, *, fps: float | None = None) -> Iterator[np.ndarray]:
        """The embeddings of a rollout, without end, at `fps` frames per second (the scene's own by default).

        The rate doesn't change the speed: embeddings between frames are interpolated on the sphere.

        Raises:
            InputError: the rate is not above 0, or above 240.
        """
        rate = self._rate(fps)

        def source() -> Iterator[np.ndarray]:
            while True:
                yield rollout.advance()

        return resample(source(), self.fps / rate)

    def _rate(self, fps: float | None) -> float:
        if fps is not None and not 0 < fps <= MAX_FPS:
            raise InputError(f"The frame rate is {fps:g}; choose a number above 0 and up to {MAX_FPS:g}.")
        return fps or self.fps

    @cached_property
    def steering(self) -> Steering | None:
        """What moves pictures of the scene as its clip moves; None if the bundle doesn't describe it."""
        modes = self.drawing.motion_modes
        return None if modes is None else steering_of(warp_of(self.manifest), modes, self._bank, self.fps)

    def frames(self, rollout: Rollout, *, fps: float | None = None) -> Iterator[Frame]:
        """As `live`, but moved as `touch` and `look_at` of the rollout say meanwhile. `draw` draws the frames."""
        seconds = 1 / self._rate(fps)
        return (rollout.steer(embedding, seconds) for embedding in self.live(rollout, fps=fps))

    def draw(self, drawn: Drawn, size: tuple[int, int] | None = None) -> np.ndarray:
        """Draw one frame, or one unit embedding, float32 [D], as a picture: uint8 [H, W, 3], or, where the scene is
        `transparent`, [H, W, 4]: red, green and blue, which are not multiplied by alpha, and alpha.

        The first picture of a size takes longer: it computes everything that doesn't depend on the embedding.

        Raises:
            InputError: a side of `size` is below 1 or above 8,192.
        """
        return self._renderer_at(size).render(drawn)

    def draw_all(self, drawn: Iterable[Drawn], size: tuple[int, int] | None = None) -> Iterator[np.ndarray]:
        """The pictures of frames, or of unit embeddings, as `draw` draws them, in less time: a second thread makes the
        next one and looks up what draws it.

        Raises:
            InputError: a side of `size` is below 1 or above 8,192.
        """
        check_size(size or self.size)

        def draw() -> Iterator[np.ndarray]:
            renderer = self._renderer_at(size)
            for looked_up in prefetch(renderer.look_up(each) for each in drawn):
                yield renderer.draw(looked_up)

        return draw()

    def _renderer_at(self, size: tuple[int, int] | None) -> Renderer:
        """The renderer of a size, which is kept until another size is drawn."""
        size = size or self.size
        if self._renderer is None or self._renderer.size != size:
            self._renderer = self.renderer(size)
        return self._renderer

    def renderer(
        self,
        size: tuple[int, int],
        is_cancelled: Callable[[], bool] = lambda: False,
        *,
        net: str | None = None,
        low_priority: bool = False,
        coarse: bool = False,
    ) -> Renderer:
        """Prepare to draw pictures of one size. Arguments and other errors are those of `Drawing.renderer`.

        Raises:
            InputError: a side of `size` is below 1 or above 8,192.
        """
        check_size(size)
        over = self._over
        return self.drawing.renderer(size, is_cancelled, net=net, low_priority=low_priority, over=over, coarse=coarse)

    def rollout(
        self,
        /,
        *,
        seed: int | None = None,
        start_at: float | None = None,
        goal: float | str | None = None,
        fps: float | None = None,
        size: tuple[int, int] | None = None,
        frames: int | None = None,
        **controls: float | None,
    ) -> Iterator[np.ndarray]:
        """The pictures, as `draw` draws them, of one rollout, seen straight on: `frames` of them, or without end.

        An argument that is None has the scene's default. Other errors are those of `controls`, `life` and `live`.

        Args:
            controls: values of the declared controls by name, as `temperature=0.3`.

        Raises:
            InputError: `frames` is below 0, or a side of `size` is below 1 or above 8,192.
        """
        if frames is not None and frames < 0:
            raise InputError(f"A rollout of {frames} frames can't be drawn; choose 0 or more.")
        check_size(size or self.size)
        rollout = self.life(self.controls(controls), seed=seed, start_at=start_at, goal=goal)
        return self.draw_all(islice(self.live(rollout, fps=fps), frames), size)

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
        """The first of the `loops`: exactly `frames` unit embeddings, float32 [M, D]. The arguments are theirs."""
        loops = self.loops(controls, frames=frames, fps=fps, seed=seed, start_at=start_at, progress=progress)
        return next(loops).embeddings

    def loops(
        self,
        controls: Controls | None = None,
        *,
        frames: int,
        fps: float | None = None,
        seed: int | None = None,
        start_at: float | None = None,
        moods: Mapping[str, float] | None = None,
        most: int = 1,
        progress: Progress = silent,
    ) -> Iterator[closing.Loop]:
        """Closed loops of exactly `frames` frames, at most `most`, those with the cheapest jumps first.

        Args:
            controls, fps, seed, moods: those of `life` and `live`.
            start_at: second of the source that the loop begins at. By default a lively path is chosen, and the loop
                begins where its motion is steadiest.
            progress: it receives the progress of closing a loop.

        Raises:
            InputError: `frames` is below 1 or above 100,000, or another argument is out of range.
        """
        closing.check_length(frames)
        controls = controls or self.controls()
        own = max(1, round(frames * self.fps / self._rate(fps)))
        nodes = round(own * controls.clock)
        if self.graph is not None and self.graph.round is not None:  # whole rounds close, a little faster or slower
            nodes = max(1, round(nodes / self.graph.round)) * self.graph.round
        paths: list[list[int]] = []
        if self.graph is not None and closing.can_plan(self._behavior, self.graph.costs.size, own, nodes):
            chosen = None if start_at is None else self._frame_at(start_at)
            starts = closing.loop_starts(len(self.embeddings), self._seed(seed), chosen)
            motion = self.graph.motion(self.embeddings)
            paths = self.graph.closed_paths(nodes, starts, motion, most, liking(self.moods, moods or {}))
        for path in paths:
            assert self.graph is not None
            rollout = self._rollout(controls, seed=seed, frame=path[-1])
            embeddings = closing.resample_loop(closing.entrained_loop(rollout, path, own, progress), frames)
            observed = self.embeddings[np.array(path)[np.arange(frames) * len(path) // frames]]
            jumps = self.graph.jumps(path) * frames // len(path)
            loop = closing.Loop(embeddings, closing.joins_of(embeddings, observed, jumps))
            yield loop.turned(closing.steady_starts(embeddings, 1)[0]) if start_at is None else loop
        if not paths:
            life = self.life(controls, seed=seed, start_at=start_at, moods=moods)
            yield closing.eased_loop(self.live(life, fps=fps), frames)

    @cached_property
    def graph(self) -> MotionGraph | None:
        """The motion graph over the observed frames, or None if the behavior doesn't use one."""
        names = self._behavior.transitions
        if names is None:
            return None
        return MotionGraph(self._bank[names.targets], self._bank[names.costs], self._bank[names.following])
