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

Encode = Callable[[np.ndarray], np.ndarray]
"""An encoder's function turns pictures, uint8 [N, H, W, 3], into unit embeddings, float32 [N, D]."""


@dataclass(frozen=True)
class FittedGenerator:
    """A trained generator as plain arrays and numbers, to be stored, exported or trained further."""

    settings: Settings
    weights: dict[str, np.ndarray]
    """Arrays by name; every name begins with `generator.`."""
    figures: dict[str, float]
    steps: int
    """Number of steps of its training, including those of an earlier scene."""
    background: np.ndarray | None = None
    """uint8 [H, W, 3]: the picture behind the moving pixels."""
    mask: np.ndarray | None = None
    """uint8 [H, W]: 0 where nothing ever moves."""
    quality: Callable[[Encode, Tensor], Tensor] | None = None
    """Takes an encoder and embeddings [M, D]; returns consistency and sharpness of their pictures, [2, M]."""


@dataclass(frozen=True)
class DrawingModules:
    """Modules in evaluation mode on the CPU that fulfil the contract of drawing."""

    trunk: nn.Module
    """coords [P, 2] → features [P, F]."""
    generator: nn.Module
    """embedding [B, D], features [P, F], background [P, 3] → rgb [B, P, 3], 0…1."""
    fast: nn.Module | None = field(kw_only=True, default=None)
    """The same from the leading features [P, G] alone, G < F, which is less work for a slow player."""
    fast_features: int = field(kw_only=True, default=0)
    """G, the number of those features."""


class Generator(Protocol):
    """One way to draw."""

    @property
    def in_betweens(self) -> bool:
        """Whether the generator also learns from motion-compensated pictures between the frames."""
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
        progress: Progress,
    ) -> FittedGenerator:
        """Train on the observation's device.

        The same observation, steps and seed give the same weights on the same machine, even if the fit was
        interrupted.

        Args:
            film: receives shots while the generator learns.
            earlier: a scene of the same observation, whose generator is trained further.
            checkpoint: keeps the training, and may hold that of an interrupted run.

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

    def graphs(self, settings: Settings, weights: dict[str, np.ndarray]) -> DrawingModules:
        """The modules to export, from the settings and weights of `fit`; raises the errors of `restore`."""
        ...
