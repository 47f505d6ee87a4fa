"""A rollout: the behavior graph, run step by step."""

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np
import onnxruntime

from alive_cli.errors import InputError
from alive_cli.runtime.controls import Controls
from alive_cli.runtime.drivers import DRIVERS, GoalDriver, LookDriver, MoodDriver, SoundDriver, TouchDriver
from alive_cli.runtime.drivers.goal import ARRIVED, ARRIVING
from alive_cli.runtime.drivers.look import why_no_look
from alive_cli.runtime.drivers.protocol import Driver, Reply
from alive_cli.runtime.events import InputEvent
from alive_cli.runtime.frame import Frame
from alive_cli.runtime.goals import Goal
from alive_cli.runtime.motion_graph import MotionGraph
from alive_cli.runtime.noise import draw_noise
from alive_cli.runtime.session import run_graph
from alive_cli.runtime.steering import NO_MODES, Steering
from bundle_spec.contracts import EMBEDDING
from bundle_spec.errors import CorruptBundle
from bundle_spec.features.controls import control_of_role, parts_of_frame
from bundle_spec.manifest import Behavior, Control, Source

D = TypeVar("D", bound=Driver)

UNIT_TOLERANCE = 0.01
"""The length of an embedding may differ from 1 by this much (SPEC.md, Security considerations)."""
NOISE_BLOCK = 64
"""The noise of this many steps is drawn at once, because drawing it for one step takes as long as the step."""
LARGEST_OFFSET = 1e6
"""Offsets are at most this, so that whatever a stranger's bundle declares stays finite."""
NOISE_ELEMENTS = 1 << 18
"""A block of noise has at most this many elements, so a behavior with much noise draws fewer steps at once."""


class Rollout:
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
        moods: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        """Begin at observed frame `start` with the noise of `seed`, 0 … 2⁶³−1.

        Args:
            declared: all controls of the behavior.
            controls: the values of its scalar controls. They are kept by reference.
            graph: the motion graph, if the behavior walks on one.
            steering: it returns what moves pictures, where the scene has that.
            names: the first and the last observed frame of each name.
            moods: how much each observed frame has of a mood, by name: float32 [N], 0…1.
        """
        self.controls = controls
        self.declared = list(declared)
        self.graph = graph
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
        self.drivers: list[Driver] = [kind() for kind in DRIVERS]
        self.source = source
        self.names = dict(names or {})
        """The first and the last observed frame of each name that `go_to` takes."""
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

    def follow(self, path: Iterable[int]) -> None:
        """Go to these observed frames, one after the other, before the behavior chooses freely again.

        It has no effect if `node` is None.
        """
        self._of(GoalDriver).follow(path)

    def go_to(self, goal: float | str, *, queue: bool = False) -> Goal:
        """Go to a second of the source, or to a name; then the behavior chooses freely again.

        The rollout goes along observed motion and near transitions. If the name stands for a range of frames, it
        arrives at the one that is cheapest to come to, and plays on to the last.

        Args:
            queue: go there after the goals that are left. Otherwise this goal replaces them.

        Returns:
            The goal with the `seconds` that it takes to arrive. They no longer count once somebody changes the clock.

        Raises:
            InputError: the second is outside the clip, the scene has no such name, its behavior can't go to a chosen
                frame, no transitions lead there, or the clock is 0.
        """
        return self._of(GoalDriver).go_to(goal, self, queue=queue)

    def give_up(self) -> None:
        """Forget all goals. The behavior chooses freely again."""
        self._of(GoalDriver).give_up()

    @property
    def goals(self) -> list[Goal]:
        """The goals that are left, the present one first."""
        return self._of(GoalDriver).goals

    def mood(self, name: str, strength: float = 1.0) -> None:
        """Seek frames that have much of a mood, or avoid them if the strength, −1…1, is below 0; 0 ends the mood.

        Moods mix. Computing what they mean for all frames can take some tenths of a second.

        Raises:
            InputError: the scene has no such mood, the strength is out of range, or the behavior takes no moods.
        """
        self._of(MoodDriver).set({**self.moods, name: strength}, self)

    def put_in(self, moods: Mapping[str, float]) -> None:
        """Replace all moods by these, each with its strength. Errors are those of `mood`."""
        self._of(MoodDriver).set(moods, self)

    @property
    def moods(self) -> dict[str, float]:
        """The strengths of the present moods."""
        return dict(self._of(MoodDriver).strengths)

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

    def handle(self, event: InputEvent) -> Reply | None:
        """Pass an event to the drivers, one after the other, until one replies. Returns its reply, or None."""
        for driver in self.drivers:
            reply = driver.handle(event, self) if driver.enabled else None
            if reply is not None:
                return reply
        return None

    @property
    def steering(self) -> Steering | None:
        """What moves pictures of the scene; None if its drawing has no motion modes, or doesn't describe them."""
        return self._steering()

    def driver(self, name: str) -> Driver:
        """The driver of a name: `autonomous`, `mood`, `sound`, `goal`, `look` or `touch`.

        Raises:
            InputError: there is no such driver.
        """
        for driver in self.drivers:
            if driver.name == name:
                return driver
        raise InputError(f"There is no driver {name!r}; there are {', '.join(each.name for each in self.drivers)}.")

    def touch(self, x: float, y: float, dx: float = 0.0, dy: float = 0.0) -> bool:
        """Hold what is at a point, dragged by (dx, dy), until `let_go`; without a drag, nudge it.

        Points are in the picture's coordinates: the longest side spans −1…1, and y points down.

        Returns:
            Whether what is there moves so much in the clip that it follows.

        Raises:
            InputError: the point is outside the picture, or the scene has nothing to move it with.
        """
        steering = self.steering
        if steering is None:
            raise InputError(NO_MODES)
        across, down = steering.longest
        if not (abs(x) <= across and abs(y) <= down and math.isfinite(dx) and math.isfinite(dy)):
            raise InputError(f"The picture spans ±{across:.3g} across and ±{down:.3g} down; touch a point of it.")
        driver = self._of(TouchDriver)
        if dx or dy:
            driver.hold(steering, x, y, dx, dy)
        else:
            driver.nudge(steering, x, y)
        return steering.follows(x, y)

    def let_go(self) -> None:
        """Let go of what `touch` holds, so that it swings back."""
        self._of(TouchDriver).let_go()

    def look_at(self, across: float, down: float) -> None:
        """Turn what moves most toward a point of the picture, −1…1 across and down, until `look_away`.

        Raises:
            InputError: nothing in the clip turns, the scene doesn't say how, or these are no numbers.
        """
        if not (math.isfinite(across) and math.isfinite(down)):
            raise InputError("A look needs two numbers, from −1 to 1.")
        steering = self.steering
        if (why := why_no_look(steering)) is not None:
            raise InputError(why)
        driver = self._of(LookDriver)
        driver.enabled = True
        driver.look_at(across, down)

    def look_away(self) -> None:
        """Return to the scene's own life after `look_at`."""
        self._of(LookDriver).look_away()

    def hear(self, sound: np.ndarray, rate: float) -> None:
        """Hear the next samples, [M] or [M, channels], floating −1…1 or whole numbers, `rate` (8,000 to 192,000) a
        second. They drive what `map_sound` says, and nothing of them is kept. Other samples raise an InputError."""
        self._of(SoundDriver).hear(sound, rate)

    def map_sound(self, mappings: Iterable[str]) -> None:
        """Replace what sound drives, as in `["loud=temperature:2", "beat=nudge"]` (runtime/mappings.py). What the scene
        can't do raises an InputError."""
        self._of(SoundDriver).map(mappings, self)

    def _of(self, kind: type[D]) -> D:
        return next(driver for driver in self.drivers if isinstance(driver, kind))

    def steer(self, embedding: np.ndarray, seconds: float) -> Frame:
        """The frame of an embedding, [D], moved as drivers say, `seconds` after the last call."""
        steering = self.steering
        if steering is None:
            return Frame(embedding)
        offsets = [driver.offset(steering, embedding, seconds) for driver in self.drivers]
        moved = [offset for offset in offsets if offset is not None]
        if not moved:
            return Frame(embedding)
        offset = steering.within(np.sum(moved, axis=0)) * steering.spread
        return Frame(embedding, np.clip(offset, -LARGEST_OFFSET, LARGEST_OFFSET).astype(np.float32))

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
