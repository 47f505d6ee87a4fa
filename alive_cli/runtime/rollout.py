"""A rollout: the behavior graph, run step by step."""

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import onnxruntime

from alive_cli.errors import InputError
from alive_cli.runtime.controls import Controls
from alive_cli.runtime.drivers import LeadDriver, ViewDriver
from alive_cli.runtime.drivers.goal import ARRIVED, ARRIVING
from alive_cli.runtime.frame import Frame
from alive_cli.runtime.goals import Goal
from alive_cli.runtime.motion_graph import MotionGraph
from alive_cli.runtime.noise import draw_noise
from alive_cli.runtime.session import run_graph
from alive_cli.runtime.steerable import Steerable
from alive_cli.runtime.steering import Steering
from bundle_spec.contracts import EMBEDDING
from bundle_spec.errors import CorruptBundle
from bundle_spec.features.controls import control_of_role, parts_of_frame
from bundle_spec.manifest import Behavior, Control, Source

UNIT_TOLERANCE = 0.01
"""The length of an embedding may differ from 1 by this much (SPEC.md, Security considerations)."""
NOISE_BLOCK = 64
"""The noise of this many steps is drawn at once, because drawing it for one step takes as long as the step."""
LARGEST_OFFSET = 1e6
"""Offsets are at most this, so that whatever a stranger's bundle declares stays finite."""
NOISE_ELEMENTS = 1 << 18
"""A block of noise has at most this many elements, so a behavior with much noise draws fewer steps at once."""


class Rollout(Steerable):
    """The state of the behavior graph. It advances frame by frame, and drivers steer it."""

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        behavior: Behavior,
        declared: Sequence[Control],
        bank: dict[str, np.ndarray],
        source: Source,
        controls: Controls,
        *,
        seed: int,
        start: int,
        graph: MotionGraph | None = None,
        steering: Callable[[], Steering | None] = lambda: None,
        names: Mapping[str, Sequence[int]] | None = None,
        actions: Mapping[str, Sequence[Sequence[int]]] | None = None,
        moods: Mapping[str, np.ndarray] | None = None,
        depth: float | None = None,
    ) -> None:
        """Begin at observed frame `start` with the noise of `seed`, 0 … 2⁶³−1.

        Args:
            declared: all controls of the behavior.
            controls: the values of its scalar controls. They are kept by reference.
            graph: the motion graph, if the behavior walks on one.
            steering: it returns what moves pictures, where the scene has that.
            names: the first and the last observed frame of each name.
            actions: the first and the last observed frame of each occurrence of an action, by name.
            moods: how much each observed frame has of a mood, by name: float32 [N], 0…1.
            depth: by how much a view of length 1 stretches the picture at most; None where there is no near and far.
        """
        super().__init__()
        self.controls = controls
        self.declared = list(declared)
        self.graph, self.depth = graph, depth
        self._steering = steering
        self.frames = len(bank[EMBEDDING])
        """Number of observed frames."""
        self.frame_weights = np.ones(self.frames, np.float32)
        """Weights of the observed frames, [N]: above 1 favours a frame, 0 forbids it."""
        self.vectors = {
            control.name: np.full([int(size) for size in control.shape], control.default, control.dtype)
            for control in self.declared
            if control.role == "plain" and control.shape
        }
        """Values of the vector controls by name. They may be changed while the rollout runs."""
        self.values: dict[str, np.ndarray | float] = {}
        """Values of all controls for the next step by name. The drivers set them."""
        self.source = source
        self.names = dict(names or {})
        """The first and the last observed frame of each name that `go_to` takes."""
        self.known_actions = dict(actions or {})
        """The actions that `act` takes."""
        self.known_moods = dict(moods or {})
        """The moods that `mood` takes."""
        self.left = 0.0
        """How far the picture is from the frame of `node`, in frames of the clip."""
        self.is_at_node = True
        """Whether no later picture shows the frame of `node` better, because the next one will have gone on."""
        self.number = 0
        """Number of the next step. A step's noise depends on its number, so a loop sets it back to 0."""
        self._session = session
        self._behavior = behavior
        self._listeners: dict[str, list[Callable[[Goal], object]]] = {ARRIVING: [], ARRIVED: []}
        self._news: deque[tuple[str, Goal]] = deque()
        self._seed = seed
        clock, next_frame = (control_of_role(self.declared, role) for role in ("clock", "next_frame"))
        self.clock_name = clock.name if clock else None
        self.next_frame_name = next_frame.name if next_frame else None
        self._output_names = [EMBEDDING, *(state.output for state in behavior.state)]
        self._state: dict[str, np.ndarray] = {}
        for state in behavior.state:
            shape = (1, *(int(size) for size in state.shape))
            if state.initial is None:
                self._state[state.input] = np.zeros(shape, state.dtype)
            else:
                self._state[state.input] = bank[state.initial][start][None]
        self._constant = {tensor.input: bank[tensor.tensor] for tensor in behavior.bank}
        elements = sum(math.prod(noise.shape) for noise in behavior.noise)
        self._block = max(1, min(NOISE_BLOCK, NOISE_ELEMENTS // max(elements, 1)))
        self._noise: list[np.ndarray] = []
        self._noise_first = 0

    @property
    def node(self) -> int | None:
        """The observed frame that the rollout is coming to, or None if its behavior doesn't define one."""
        transitions = self._behavior.transitions
        return None if transitions is None else int(self._state[transitions.node][0])

    @property
    def steps_per_frame(self) -> int:
        """Steps of the graph per frame at the present value of the clock."""
        return self._behavior.steps_per_frame * parts_of_frame(self._behavior, self.declared, self.controls.clock)

    def pictures_until(self, frames: float) -> int:
        """Frames of the scene until it has come so many frames of the clip further, with the present clock above 0."""
        parts = parts_of_frame(self._behavior, self.declared, self.controls.clock)
        steps = math.floor(frames * parts / self.controls.clock + 1e-6)
        return math.ceil(steps / (self._behavior.steps_per_frame * parts))

    def second_of(self, frame: int) -> float:
        """The second of the source that an observed frame shows."""
        return self.source.start + frame / self.source.fps

    def on(self, event: str, listener: Callable[[Goal], object]) -> None:
        """Call a listener with the goal whenever the rollout sets out for one, or arrives at it.

        Args:
            event: `arriving`: it sets out; `arrived`: the embedding that `advance` makes shows the goal's frame.
            listener: it is called in the thread that advances the rollout. An error that it raises leaves `advance`;
                the rollout can go on after that.

        Raises:
            InputError: there is no such event.
        """
        if event not in self._listeners:
            raise InputError(f"A rollout has no event {event!r}; it has {' and '.join(self._listeners)}.")
        self._listeners[event].append(listener)

    def tell(self, event: str, goal: Goal) -> None:
        """Tell the listeners of an event, before or after the present step. Drivers call this."""
        self._news.append((event, goal))

    def _announce(self) -> None:
        while self._news:
            event, goal = self._news.popleft()
            for listener in self._listeners[event]:
                listener(goal)

    @property
    def steering(self) -> Steering | None:
        """What moves pictures of the scene; None if its drawing has no motion modes, or doesn't describe them."""
        return self._steering()

    def steer(self, embedding: np.ndarray, seconds: float) -> Frame:
        """The frame of an embedding, [D], moved as drivers say, `seconds` after the last call."""
        steering = self.steering
        view = None if self.depth is None else self._of(ViewDriver).after(seconds)
        if steering is None:
            return Frame(embedding, None, view)
        embedding, leading = self._of(LeadDriver).led(steering, embedding, seconds)
        offsets = [driver.offset(steering, embedding, seconds) for driver in self.drivers]
        moved = [offset for offset in offsets if offset is not None]
        if not moved and leading is None:
            return Frame(embedding, None, view)
        used = 0.0 if view is None or self.depth is None else self.depth * math.hypot(*view)
        offset = steering.within(np.sum(moved, axis=0), used) if moved else np.zeros(len(steering.spread))
        if leading is not None:
            offset = steering.unfolded(offset + leading, used)
        offset = offset * steering.spread
        return Frame(embedding, np.clip(offset, -LARGEST_OFFSET, LARGEST_OFFSET).astype(np.float32), view)

    def advance(self) -> np.ndarray:
        """Advance by one frame of the scene. Returns its embedding, float32 [D], unit length."""
        self._drive()
        clock = 1.0 if self.clock_name is None else float(self.values[self.clock_name])
        count = parts_of_frame(self._behavior, self.declared, clock)
        embedding = self._run(clock / count)
        for _ in range(self._behavior.steps_per_frame * count - 1):
            embedding = self.step(clock / count)
        self._announce()
        return embedding

    def step(self, clock: float) -> np.ndarray:
        """Run the graph once. Returns the embedding, float32 [D], unit length.

        Args:
            clock: how far the step advances the scene, at most the largest step of the behavior.
        """
        self._drive()
        embedding = self._run(clock)
        self._announce()
        return embedding

    def _drive(self) -> None:
        self.values = {}
        for driver in self.drivers:
            if driver.enabled:
                driver.drive(self)
        self._announce()

    def _run(self, clock: float) -> np.ndarray:
        values = self.values if self.clock_name is None else self.values | {self.clock_name: clock}
        feeds = self._constant | self._state | self._draw_noise()
        for control in self.declared:
            feeds[control.name] = np.asarray(values[control.name], control.dtype)
        before = self.node
        embedding, *states = run_graph(self._session, self._output_names, feeds)
        self._state = {state.input: value for state, value in zip(self._behavior.state, states, strict=True)}
        self.number += 1
        self._approach(clock, has_arrived=self.node != before)
        for driver in self.drivers:
            if driver.enabled:
                driver.stepped(self)
        length = math.sqrt(float(np.square(embedding[0], dtype=np.float64).sum()))
        if not abs(length - 1) < UNIT_TOLERANCE:  # also true for NaN
            raise CorruptBundle("The bundle's behavior returns embeddings that are not of unit length.")
        return np.asarray(embedding[0])

    def _approach(self, clock: float, *, has_arrived: bool) -> None:
        """Note how far the node is after a step of this clock: it takes a clock of 1 from each frame to the next."""
        left = self.left - clock + has_arrived
        self.left = min(max(left, 1 - clock if has_arrived else 0.0, 0.0), 1.0)
        self.is_at_node = self.left < clock

    def _draw_noise(self) -> dict[str, np.ndarray]:
        """The noise of the next step. It is drawn for a block of steps at once."""
        if not self._noise_first <= self.number < self._noise_first + self._block or not self._noise:
            self._noise_first = self.number // self._block * self._block
            self._noise = [
                draw_noise(tensor, stream, self._noise_first, self._block, self._seed)
                for stream, tensor in enumerate(self._behavior.noise)
            ]
        row = self.number - self._noise_first
        return {
            tensor.input: values[row : row + 1]
            for tensor, values in zip(self._behavior.noise, self._noise, strict=True)
        }
