"""What every recipe takes and gives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

Settings = dict[str, bool | int | float | str | None]
"""A recipe's settings as the manifest keeps them."""


Encode = Callable[[np.ndarray], np.ndarray]
"""Pictures, uint8 [N, H, W, 3], to unit embeddings, float32 [N, D]."""


@dataclass(frozen=True)
class Fitted:
    """What fitting hands on: plain arrays and numbers, to be stored, exported or trained further."""

    recipe: str
    settings: Settings
    weights: dict[str, np.ndarray]
    bank: dict[str, np.ndarray]
    figures: dict[str, float]
    background: np.ndarray | None = None
    """uint8 [H, W, 3]: what lies behind the moving pixels."""
    mask: np.ndarray | None = None
    """uint8 [H, W]: 0 where nothing ever moves."""


FURTHER = 0.3
"""Learning rate of a scene that is trained further, of that of a new one."""


@dataclass(frozen=True)
class FitLength:
    """How long to train: exactly `steps`, or as many as fit into `budget` seconds, or by `quality`."""

    quality: str = "standard"
    steps: int | None = None
    budget: float | None = None

    def counted(self, by_quality: dict[str, int], within: Callable[[float], int]) -> int:
        """The steps to take.

        Args:
            by_quality: where neither steps nor budget were asked for.
            within: how many steps fit into so many seconds.
        """
        if self.steps or not self.budget:
            return self.steps or by_quality[self.quality]
        return within(self.budget)


@dataclass(frozen=True)
class Earlier:
    """A scene that is to be trained further."""

    settings: Settings
    weights: dict[str, np.ndarray]

    @property
    def steps(self) -> int:
        """Those that were taken already."""
        return int(self.settings["steps"] or 0)


def weight_arrays(modules: dict[str, torch.nn.Module]) -> dict[str, np.ndarray]:
    """Every weight of some modules, by `prefix.name`."""
    return {
        f"{prefix}.{name}": tensor.detach().cpu().numpy()
        for prefix, module in modules.items()
        for name, tensor in module.state_dict().items()
    }


def load_weights(modules: dict[str, torch.nn.Module], weights: dict[str, np.ndarray]) -> None:
    """Put weights back into modules, by `prefix.name`, and set these to evaluation mode.

    Raises:
        RuntimeError: a weight is missing, unknown, or of another shape.
    """
    for prefix, module in modules.items():
        state = {
            name.removeprefix(f"{prefix}."): torch.from_numpy(array.copy())
            for name, array in weights.items()
            if name.startswith(f"{prefix}.")
        }
        module.load_state_dict(state)
        module.eval()


def pick(kind: type, settings: Settings) -> dict[str, Any]:
    """The settings that belong to a dataclass.

    Raises:
        KeyError: one is missing.
    """
    return {name: settings[name] for name in kind.__dataclass_fields__}  # type: ignore[attr-defined]
