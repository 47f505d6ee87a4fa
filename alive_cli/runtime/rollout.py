"""The behavior graph, step after step: one life."""

import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import onnxruntime

from alive_cli.errors import InputError
from alive_cli.runtime.noise import draw_noise
from alive_cli.runtime.session import run_graph
from bundle_spec.contracts import EMBEDDING
from bundle_spec.errors import CorruptBundle
from bundle_spec.manifest import Behavior

MAX_TEMPERATURE = 100.0
UNIT_TOLERANCE = 0.01
NOISE_BLOCK = 64
"""Steps whose noise is drawn at once: one by one, drawing would take as long as the step."""
NOISE_ELEMENTS = 1 << 18
"""Fewer steps at once where they need more numbers than this."""


@dataclass
class Controls:
    """What steers a life; may be changed while it runs."""

    temperature: float = 1.0
    """Scale of the motion: 0 still, 1 as observed."""
    pull: float = 0.1
    """Weight of the observed embeddings in post-curing, 0…1."""
    novelty: float = 0.5
    """How far a life may leave what was observed, 0…1; not every recipe has a use for it."""

    def __post_init__(self) -> None:
        for name, highest in (("temperature", MAX_TEMPERATURE), ("pull", 1.0), ("novelty", 1.0)):
            value = getattr(self, name)
            if not 0 <= value <= highest:
                raise InputError(f"The {name} is {value:g}; choose a number from 0 to {highest:g}.")


class Life:
    """One rollout: the state of the behavior graph, advanced a frame at a time."""

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        behavior: Behavior,
        bank: dict[str, np.ndarray],
        controls: Controls,
        *,
        seed: int,
        start: int,
    ) -> None:
        """Begin at observed frame `start` with the noise of `seed`, 0 … 2⁶³−1."""
        self.controls = controls
        self.number = 0
        """Of the next step; the same number draws the same noise, so a loop sets it back."""
        self._session = session
        self._behavior = behavior
        self._seed = seed
        self._output_names = [EMBEDDING, *(state.output for state in behavior.state)]
        self._state: dict[str, np.ndarray] = {}
        for state in behavior.state:
            shape = (1, *(int(size) for size in state.shape))
            if state.initial is None:
                self._state[state.input] = np.zeros(shape, state.dtype)
            else:
                self._state[state.input] = bank[state.initial][start][None]
        self._constant = {tensor.input: bank[tensor.tensor] for tensor in behavior.bank}
        self._constant["bank_weight"] = np.ones(len(bank[EMBEDDING]), np.float32)
        self._path: deque[int] = deque()
        elements = sum(math.prod(noise.shape) for noise in behavior.noise)
        self._block = max(1, min(NOISE_BLOCK, NOISE_ELEMENTS // max(elements, 1)))
        self._noise: list[np.ndarray] = []
        self._noise_first = 0

    @property
    def moment(self) -> int | None:
        """The observed frame that the life is coming to, where its behavior knows."""
        transitions = self._behavior.transitions
        return None if transitions is None else int(self._state[transitions.node][0])

    @property
    def steps_per_frame(self) -> int:
        """Steps of the graph that a frame takes at the present temperature."""
        return self._behavior.steps_per_frame * self._parts

    def follow(self, path: Iterable[int]) -> None:
        """Come to these observed frames, one after the other, before choosing freely again.

        Only a behavior with `moment` heeds this.
        """
        self._path = deque(path)

    def advance(self) -> np.ndarray:
        """Live through one frame of the scene; returns the embedding then, float32 [D], unit length."""
        embedding = np.empty(0)
        share = self.controls.temperature / self._parts
        for _ in range(self.steps_per_frame):
            embedding = self.step(share)
        return embedding

    def step(self, temperature: float) -> np.ndarray:
        """Run the graph once at a temperature that one step can take; returns the embedding, float32 [D]."""
        feeds = self._constant | self._state | self._draw()
        feeds["temperature"] = np.array(temperature, np.float32)
        feeds["pull"] = np.array(self.controls.pull, np.float32)
        feeds["novelty"] = np.array(self.controls.novelty, np.float32)
        feeds["next_node"] = np.full(1, self._path[0] if self._path else -1, np.int64)
        before = self.moment
        embedding, *states = run_graph(self._session, self._output_names, feeds)
        self._state = {state.input: value for state, value in zip(self._behavior.state, states, strict=True)}
        if self._path and self.moment != before:
            self._path.popleft()
        self.number += 1
        length = math.sqrt(float(np.square(embedding[0], dtype=np.float64).sum()))
        if not abs(length - 1) < UNIT_TOLERANCE:  # not a number isn't either
            raise CorruptBundle("The bundle's behavior gives embeddings that are not of unit length.")
        return np.asarray(embedding[0])

    @property
    def _parts(self) -> int:
        largest = self._behavior.largest_step
        return max(1, math.ceil(self.controls.temperature / largest)) if largest else 1

    def _draw(self) -> dict[str, np.ndarray]:
        """The noise of the next step, drawn many steps at once."""
        if not self._noise_first <= self.number < self._noise_first + self._block or not self._noise:
            self._noise_first = self.number // self._block * self._block
            self._noise = [
                draw_noise(tensor, stream, self._noise_first, self._block, self._seed)
                for stream, tensor in enumerate(self._behavior.noise)
            ]
        place = self.number - self._noise_first
        return {
            tensor.input: values[place : place + 1]
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
