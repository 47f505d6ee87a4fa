"""The definition of a generator: it learns to draw embeddings, and builds the graphs that do so (SPEC.md, Drawing)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from torch import Tensor, nn

from alive_cli.observation.observation import Observation
from alive_cli.progress import Progress
from alive_cli.training.checkpoint import Checkpoint
from alive_cli.training.film import Film
from alive_cli.training.length import Earlier, FitLength, Settings
from bundle_spec.container import Bundle
from bundle_spec.manifest import Drawing, Graph

Ghosting = Callable[[Tensor], Tensor]
"""A function takes embeddings [M, D] and returns [M], 0…1: how strongly their pictures are double exposures."""
Bank = dict[str, np.ndarray]
"""The tensors of bank.safetensors have names; `embedding`, float32 [N, D], is always among them."""


@dataclass(frozen=True)
class FittedGenerator:
    """A trained generator as plain arrays and numbers, to be stored, exported or trained further."""

    settings: Settings
    weights: dict[str, np.ndarray]
    """Arrays by name; every name begins with `generator.`."""
    figures: dict[str, float]
    steps: int
    """Number of steps of its training, including those of an earlier scene."""
    bank: Bank = field(default_factory=dict)
    """Tensors that the bank holds for this generator."""
    parts: dict[str, bytes] = field(default_factory=dict)
    """Other parts of the bundle that it draws from, by name."""


@dataclass(frozen=True, kw_only=True)
class DrawingGraph:
    """One graph of drawing, as a module in evaluation mode on the CPU."""

    file: str
    """The name of its part."""
    module: nn.Module
    inputs: dict[str, Tensor]
    """Inputs on which the graph is traced and compared with the module, in the module's order, by name. A dimension
    that is free must be larger than one."""
    outputs: list[str]
    free: dict[str, tuple[str, ...]]
    """One letter for each leading free dimension of an input."""
    free_outputs: dict[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class DrawingModules:
    """Graphs that fulfil the contract of drawing."""

    graphs: list[DrawingGraph]
    describe: Callable[[dict[str, Graph]], Drawing]
    """Takes the signatures of the exported graphs by file; returns what the manifest says about drawing."""
    features: tuple[str, ...] = ()
    """Features of the format that a reader needs to draw."""
    bank: Bank = field(default_factory=dict)
    """Tensors of the bank that are made anew at each export."""


class Generator(Protocol):
    """One way to draw."""

    @property
    def observes_motion(self) -> bool:
        """Whether the generator needs the motion of the clip, and embeddings that contain the pose."""
        ...

    @property
    def steps(self) -> dict[str, int]:
        """Steps of training for each quality."""
        ...

    def fit(
        self,
        data: Observation,
        length: FitLength,
        *,
        seed: int,
        film: Film | None,
        earlier: Earlier | None,
        checkpoint: Checkpoint | None,
        ready: Callable[[Ghosting], None],
        progress: Progress,
    ) -> FittedGenerator:
        """Train on the observation's device.

        The same observation, steps and seed give the same weights on the same machine, even if the fit was
        interrupted.

        Args:
            film: receives shots while the generator learns.
            earlier: a scene of the same observation, whose generator is trained further.
            checkpoint: keeps the training, and may hold that of an interrupted run.
            ready: it is called before the training, where the generator knows by then what it will mix.

        Raises:
            InputError: the earlier scene is not one of this observation.
            Stopped: Ctrl-C or SIGTERM arrived during the training, and there is a checkpoint.
        """
        ...

    def restore(self, settings: Settings, weights: dict[str, np.ndarray]) -> nn.Module:
        """The trained module, in evaluation mode on the CPU, from the settings and weights of `fit`.

        Raises:
            KeyError, RuntimeError: the settings or weights are not those of this generator.
        """
        ...

    def graphs(self, settings: Settings, weights: dict[str, np.ndarray], bank: Bank) -> DrawingModules:
        """The modules to export, from the settings, weights and bank of `fit`; raises the errors of `restore`."""
        ...

    def slim(self, bundle: Bundle) -> Bundle:
        """A bundle whose weights and tables of this generator are rounded as far as its pictures hardly show it.

        Raises:
            KeyError, RuntimeError: as `restore`.
            CorruptBundle: its weights, bank or keyframes are damaged.
        """
        ...
