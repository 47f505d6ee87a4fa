"""The behavior graph, step after step: one life."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import onnxruntime

from alive_cli.errors import InputError
from alive_cli.runtime.noise import draw_noise
from alive_cli.runtime.session import run_graph
from bundle_spec.contracts import EMBEDDING
from bundle_spec.manifest import Behavior

MAX_TEMPERATURE = 100.0


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
        self._session = session
        self._behavior = behavior
        self._seed = seed
        self._step = 0
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
        self._constant["next_node"] = np.full(1, -1, np.int64)

    def advance(self) -> np.ndarray:
        """Live through one frame of the scene; returns the embedding then, float32 [D], unit length."""
        feeds = self._constant | {
            name: np.array(getattr(self.controls, name), np.float32) for name in ("temperature", "pull", "novelty")
        }
        embedding = np.empty(0)
        for _ in range(self._behavior.steps_per_frame):
            noise = {
                tensor.input: draw_noise(tensor, stream, self._step, self._seed)[None]
                for stream, tensor in enumerate(self._behavior.noise)
            }
            embedding, *states = run_graph(self._session, self._output_names, feeds | noise | self._state)
            self._state = {state.input: value for state, value in zip(self._behavior.state, states, strict=True)}
            self._step += 1
        return np.asarray(embedding[0])


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
    return (mixed / np.linalg.norm(mixed)).astype(np.float32)
