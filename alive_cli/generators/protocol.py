"""What a generator is: it learns to draw embeddings, and gives the graphs that do so (SPEC.md, Drawing)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from torch import Tensor, nn

from alive_cli.observation.observations import Observations
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
    """By name; every name begins with `generator.`."""
    figures: dict[str, float]
    steps: int
    """Steps that it was trained for, those of an earlier scene included."""
    background: np.ndarray | None = None
    """uint8 [H, W, 3]: what lies behind the moving pixels."""
    mask: np.ndarray | None = None
    """uint8 [H, W]: 0 where nothing ever moves."""
    quality: Callable[[Encode, Tensor], Tensor] | None = None
    """The encoder and embeddings [M, D] to consistency and sharpness, [2, M], of the pictures drawn from them."""


@dataclass(frozen=True)
class DrawingModules:
    """Modules in evaluation mode on the CPU that fulfil the contract of drawing."""

    trunk: nn.Module
    """coords [P, 2] → features [P, F]."""
    generator: nn.Module
    """embedding [B, D], features [P, F], background [P, 3] → rgb [B, P, 3], 0…1."""
    fast: nn.Module | None = field(kw_only=True, default=None)
    """The same from the leading features [P, G], G < F, alone: less work for a slow player."""
    fast_features: int = field(kw_only=True, default=0)
    """G."""


class Generator(Protocol):
    """One way to draw."""

    @property
    def in_betweens(self) -> bool:
        """Whether it learns from motion-compensated pictures between the frames as well."""
        ...

    def fit(
        self,
        data: Observations,
        length: FitLength,
        *,
        seed: int,
        film: Film | None,
        earlier: Earlier | None,
        checkpoint: Checkpoint | None,
        progress: Progress,
    ) -> FittedGenerator:
        """Train on the observations' device.

        The same observations, steps and seed give the same weights on the same machine, whether or not the
        fit was interrupted meanwhile.

        Args:
            film: is shot while the generator learns.
            earlier: a scene of the same observations, whose generator is trained further.
            checkpoint: keeps the training, and may hold that of an interrupted run.

        Raises:
            InputError: the earlier scene isn't one of these observations.
            Stopped: Ctrl-C or SIGTERM during the training, with a checkpoint.
        """
        ...

    def restore(self, settings: Settings, weights: dict[str, np.ndarray]) -> nn.Module:
        """The trained module, in evaluation mode on the CPU, from what `fit` gave.

        Raises:
            KeyError, RuntimeError: settings or weights are not those of this generator.
        """
        ...

    def graphs(self, settings: Settings, weights: dict[str, np.ndarray]) -> DrawingModules:
        """Modules to export; errors as `restore`."""
        ...
