"""What a behavior is: it learns how embeddings move, and gives the graph of one time step (SPEC.md, Living)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from torch import Tensor, nn

from alive_cli.progress import Progress
from alive_cli.training.length import Settings
from bundle_spec.manifest import Control

Quality = Callable[[Tensor], Tensor]
"""How well embeddings [M, D] are drawn: consistency and sharpness, [2, M], of their pictures."""
Bank = dict[str, np.ndarray]
"""The tensors of bank.safetensors by name; `embedding`, float32 [N, D], is always there."""


@dataclass(frozen=True)
class PicturePlan:
    """Which pictures on the way of J jumps a behavior wants to be drawn and embedded."""

    sources: np.ndarray
    """int64 [J]: the frame that each jump leaves …"""
    targets: np.ndarray
    """int64 [J]: … and the one that it lands on."""
    pairs: np.ndarray
    """int64 [J, S, 2]: the frames that each picture lies between."""
    shares: np.ndarray
    """[J, S]: how far on the way it is, 0…1."""

    @classmethod
    def nothing(cls) -> "PicturePlan":
        """The plan of a behavior that needs no pictures."""
        none = np.empty(0, np.int64)
        return cls(none, none, np.empty((0, 0, 2), np.int64), np.empty((0, 0), np.float32))

    def only(self, numbers: np.ndarray) -> "PicturePlan":
        """The plan of some of the jumps, by their numbers."""
        return PicturePlan(self.sources[numbers], self.targets[numbers], self.pairs[numbers], self.shares[numbers])


@dataclass(frozen=True)
class PlannedPictures:
    """The pictures of a plan, as embeddings."""

    plan: PicturePlan
    embeddings: Tensor
    """float32 [J, S, D], unit length."""


@dataclass(frozen=True)
class FittedBehavior:
    """A trained behavior as plain arrays and numbers."""

    settings: Settings
    weights: dict[str, np.ndarray]
    """By name; every name begins with `behavior.`."""
    bank: Bank
    figures: dict[str, float]


@dataclass(frozen=True)
class State:
    """A recurrent state of one rollout."""

    dtype: Literal["float32", "int64"]
    shape: list[int]
    initial: str | None = None
    """Tensor of the bank whose row i is the state at frame i; None begins with zeros."""


@dataclass(frozen=True)
class Noise:
    """A noise of one rollout."""

    distribution: Literal["uniform", "normal", "gumbel"]
    shape: list[int]


@dataclass(frozen=True)
class MotionGraphTensors:
    """Where the motion graph is, for a behavior that walks one."""

    targets: str
    """Tensor of the bank, int64 [N, K]: frames that each frame may be followed by."""
    costs: str
    """Tensor of the bank, float32 [N, K]: cost of each, in median steps; 0 for observed motion."""
    following: str
    """Tensor of the bank, int64 [N]: the next frame, or −1."""
    node: str
    """State, int64: the frame that the rollout is coming to."""


@dataclass(frozen=True, kw_only=True)
class BehaviorModules:
    """A step in evaluation mode on the CPU, with all that a player must know to run it."""

    step: nn.Module
    """Takes states, noises, bank tensors and controls, a dict of each by name, and returns embeddings [B, D] and the
    next states, a dict by name."""
    state: dict[str, State]
    noise: dict[str, Noise]
    bank: dict[str, str]
    """Tensor of the bank, by the name that the step reads it under."""
    controls: list[Control]
    steps_per_frame: int
    largest_step: float | None = None
    """Largest value of the clock that one step can take, where there is one."""
    motion_graph: MotionGraphTensors | None = None
    bank_arrays: Bank
    """What bank.safetensors holds."""


class Behavior(Protocol):
    """One way to live."""

    def plan_pictures(self, embeddings: Tensor, seed: int) -> PicturePlan | None:
        """Pictures that make its jumps over observed embeddings [N, D] motions; None if it needs none."""
        ...

    def fit(
        self,
        embeddings: Tensor,
        *,
        steps: int,
        seed: int,
        quality: Quality | None,
        pictures: PlannedPictures | None,
        progress: Progress,
    ) -> FittedBehavior:
        """Learn from observed embeddings, float32 [N, D], N ≥ 2, in the order of the clip.

        The same arguments give the same weights on the same machine.

        Args:
            steps: those of the generator; a trial run is short in everything.
            quality: how well the generator draws embeddings.
            pictures: those of `plan_pictures` that could be drawn.
        """
        ...

    def restore(self, settings: Settings, weights: dict[str, np.ndarray]) -> nn.Module:
        """The trained module, in evaluation mode on the CPU, from what `fit` gave.

        Raises:
            KeyError, RuntimeError: settings or weights are not those of this behavior.
        """
        ...

    def graph(self, settings: Settings, weights: dict[str, np.ndarray], bank: Bank) -> BehaviorModules:
        """The step to export; errors as `restore`, or IndexError and TypeError of a wrong bank."""
        ...
