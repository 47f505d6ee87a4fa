"""The definition of a behavior: it learns how embeddings move, and builds the graph of a step (SPEC.md, Living)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from alive_cli.progress import Progress
from alive_cli.training.length import Settings
from bundle_spec.manifest import Control

Ghosting = Callable[[Tensor], Tensor]
"""A function takes embeddings [M, D] and returns [M], 0…1: how strongly their pictures are double exposures (the root
mean square by which the pictures laid over each other disagree)."""
Bank = dict[str, np.ndarray]
"""The tensors of bank.safetensors have names; `embedding`, float32 [N, D], is always among them."""
Slices = Mapping[str, Sequence[int]]
"""First and last, exclusive, dimension of each part of an embedding by its name."""


@dataclass(frozen=True)
class FittedBehavior:
    """A trained behavior as plain arrays and numbers."""

    settings: Settings
    weights: dict[str, np.ndarray]
    """Arrays by name; every name begins with `behavior.`."""
    bank: Bank
    figures: dict[str, float]


@dataclass(frozen=True)
class State:
    """A recurrent state of one rollout."""

    dtype: Literal["float32", "int64"]
    shape: list[int]
    initial: str | None = None
    """Tensor of the bank whose row i is the state at frame i; None for a state that begins with zeros."""


@dataclass(frozen=True)
class Noise:
    """A noise of one rollout."""

    distribution: Literal["uniform", "normal", "gumbel"]
    shape: list[int]


@dataclass(frozen=True)
class MotionGraphTensors:
    """The names of the tensors that hold the motion graph, for a behavior that has one."""

    targets: str
    """Tensor of the bank, int64 [N, K]: the frames that may follow each frame."""
    costs: str
    """Tensor of the bank, float32 [N, K]: cost of each transition, in median steps; 0 for observed motion."""
    following: str
    """Tensor of the bank, int64 [N]: the next frame, or −1."""
    node: str
    """State, int64: the frame that the rollout is coming to."""


@dataclass(frozen=True, kw_only=True)
class BehaviorModules:
    """A step in evaluation mode on the CPU, with everything that a player needs to run it."""

    step: nn.Module
    """Takes states, noises, bank tensors and controls, a dict of each by name, and returns embeddings [B, D] and the
    next states, a dict by name."""
    state: dict[str, State]
    noise: dict[str, Noise]
    bank: dict[str, str]
    """Names of tensors of the bank, by the names under which the step reads them."""
    controls: list[Control]
    steps_per_frame: int
    largest_step: float | None = None
    """Largest value of the clock control in one step; None if there is no limit."""
    motion_graph: MotionGraphTensors | None = None
    starts: str | None = None
    """Tensor of the bank, int64 [M]: the frames that rollouts may begin at; None if all begin at the first."""
    bank_arrays: Bank
    """The contents of bank.safetensors."""


def default_controls(controls: list[Control], frames: int, rollouts: int) -> dict[str, Tensor]:
    """The defaults of controls by name, for B rollouts over N frames."""
    sizes = {"N": frames, "B": rollouts}
    return {
        control.name: torch.full(
            [sizes[size] if isinstance(size, str) else size for size in control.shape],
            control.default,
            dtype=getattr(torch, control.dtype),
        )
        for control in controls
    }


class Behavior(Protocol):
    """One way to move."""

    def fit(
        self,
        embeddings: Tensor,
        *,
        steps: int,
        seed: int,
        slices: Slices,
        fps: float,
        ghosting: Ghosting | None,
        progress: Progress,
    ) -> FittedBehavior:
        """Learn from observed embeddings, float32 [N, D], N ≥ 2, in the order of the clip.

        The same arguments give the same weights on the same machine.

        Args:
            steps: number of steps of the generator's training; a short one means a short training here too.
            slices: the parts of an embedding.
            fps: frames of the clip a second.
            ghosting: measures how the generator draws embeddings.
        """
        ...

    def restore(self, settings: Settings, weights: dict[str, np.ndarray]) -> nn.Module:
        """The trained module, in evaluation mode on the CPU, from the settings and weights of `fit`.

        Raises:
            KeyError, RuntimeError: the settings or weights are not those of this behavior.
        """
        ...

    def graph(self, settings: Settings, weights: dict[str, np.ndarray], bank: Bank) -> BehaviorModules:
        """The step to export, from the results of `fit`.

        Raises:
            KeyError, RuntimeError: the settings, weights or bank are not those of this behavior.
            IndexError, TypeError: the bank is not that of this behavior.
        """
        ...
