"""The behavior graph, step after step: one rollout."""

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import onnxruntime

from alive_cli.runtime.controls import Controls
from alive_cli.runtime.drivers import DRIVERS, GoalDriver
from alive_cli.runtime.drivers.protocol import Driver, Reply
from alive_cli.runtime.events import InputEvent
from alive_cli.runtime.motion_graph import MotionGraph
from alive_cli.runtime.noise import draw_noise
from alive_cli.runtime.session import run_graph
from bundle_spec.contracts import EMBEDDING
from bundle_spec.errors import CorruptBundle
from bundle_spec.features.controls import control_of_role
from bundle_spec.manifest import Behavior, Control, Source

UNIT_TOLERANCE = 0.01
"""The length of an embedding may be off 1 by so much (SPEC.md, Security considerations)."""
NOISE_BLOCK = 64
"""The noise of so many steps is drawn at once: one by one, drawing would take as long as the step."""
NOISE_ELEMENTS = 1 << 18
"""The noise of fewer steps is drawn at once where a block would have more elements than this."""


class Rollout:
    """The state of the behavior graph, advanced a frame at a time, steered by drivers."""

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
    ) -> None:
        """Begin at observed frame `start` with the noise of `seed`, 0 … 2⁶³−1.

        Args:
            declared: all controls of the behavior.
            controls: values of its scalars; kept by reference.
            graph: the motion graph, where the behavior walks one.
        """
        self.controls = controls
        self.declared = list(declared)
        self.graph = graph
        self.frames = len(bank[EMBEDDING])
        """Number of observed frames."""
        self.frame_weights = np.ones(self.frames, np.float32)
        """Above 1 favours a frame, 0 forbids it."""
        self.vectors = {
            control.name: np.full([int(size) for size in control.shape], control.default, control.dtype)
            for control in self.declared
            if control.role == "plain" and control.shape
        }
        """Values of the controls that are vectors, by name; they may be changed while the rollout runs."""
        self.values: dict[str, np.ndarray | float] = {}
        """Values of all controls for the next step, by name, as the drivers set them."""
        self.drivers: list[Driver] = [kind() for kind in DRIVERS]
        self.number = 0
        """Of the next step; the same number draws the same noise, so a loop sets it back."""
        self._session = session
        self._behavior = behavior
        self._source = source
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
        """The observed frame that the rollout is coming to, where its behavior knows."""
        transitions = self._behavior.transitions
        return None if transitions is None else int(self._state[transitions.node][0])

    @property
    def steps_per_frame(self) -> int:
        """Steps of the graph that a frame takes at the present value of the clock."""
        return self._behavior.steps_per_frame * self._parts(self.controls.clock)

    def second_of(self, frame: int) -> float:
        """The second of the source at which an observed frame was filmed."""
        return self._source.start + frame / self._source.fps

    def follow(self, path: Iterable[int]) -> None:
        """Come to these observed frames, one after the other, before choosing freely again.

        Only a behavior with a `node` heeds this.
        """
        for driver in self.drivers:
            if isinstance(driver, GoalDriver):
                driver.follow(path)

    def handle(self, event: InputEvent) -> Reply | None:
        """Hand an event to the drivers; the reply of the first that takes it up."""
        for driver in self.drivers:
            reply = driver.handle(event, self) if driver.enabled else None
            if reply is not None:
                return reply
        return None

    def advance(self) -> np.ndarray:
        """Live through one frame of the scene; returns the embedding then, float32 [D], unit length."""
        self._drive()
        clock = 1.0 if self.clock_name is None else float(self.values[self.clock_name])
        parts = self._parts(clock)
        embedding = self._run(clock / parts)
        for _ in range(self._behavior.steps_per_frame * parts - 1):
            embedding = self.step(clock / parts)
        return embedding

    def step(self, clock: float) -> np.ndarray:
        """Run the graph once with a value of the clock that one step can take; returns the embedding, float32 [D]."""
        self._drive()
        return self._run(clock)

    def _drive(self) -> None:
        self.values = {}
        for driver in self.drivers:
            if driver.enabled:
                driver.drive(self)

    def _run(self, clock: float) -> np.ndarray:
        values = self.values if self.clock_name is None else self.values | {self.clock_name: clock}
        feeds = self._constant | self._state | self._draw()
        for control in self.declared:
            feeds[control.name] = np.asarray(values[control.name], control.dtype)
        embedding, *states = run_graph(self._session, self._output_names, feeds)
        self._state = {state.input: value for state, value in zip(self._behavior.state, states, strict=True)}
        self.number += 1
        length = math.sqrt(float(np.square(embedding[0], dtype=np.float64).sum()))
        if not abs(length - 1) < UNIT_TOLERANCE:  # not a number isn't either
            raise CorruptBundle("The bundle's behavior gives embeddings that are not of unit length.")
        return np.asarray(embedding[0])

    def _parts(self, clock: float) -> int:
        largest = self._behavior.largest_step
        return max(1, math.ceil(clock / largest)) if largest and self.clock_name is not None else 1

    def _draw(self) -> dict[str, np.ndarray]:
        """The noise of the next step, drawn many steps at once."""
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


def resample(embeddings: Iterator[np.ndarray], rate: float) -> Iterator[np.ndarray]:
    """Play `rate` source frames for each frame drawn, interpolating on the sphere in between.

    Rate 0.5 is half speed without repeated frames; rate 1 hands everything through unchanged.
    """
    if rate == 1:
        yield from embeddings
        return
    before, after = next(embeddings), next(embeddings)
    position = 0.0
    while True:
        yield slerp(before, after, position)
        position += rate
        while position >= 1:
            position -= 1
            before, after = after, next(embeddings)


def slerp(first: np.ndarray, second: np.ndarray, fraction: float) -> np.ndarray:
    """Spherical interpolation between unit vectors [D] (Shoemake 1985); 0 gives the first, 1 the second."""
    angle = np.arccos(np.clip(float(first @ second), -1, 1))
    if angle < 1e-4:
        mixed = (1 - fraction) * first + fraction * second
    else:
        mixed = (np.sin((1 - fraction) * angle) * first + np.sin(fraction * angle) * second) / np.sin(angle)
    length = np.linalg.norm(mixed)
    return (mixed / length if length > 1e-12 else first).astype(np.float32)  # opposite ones have no middle
