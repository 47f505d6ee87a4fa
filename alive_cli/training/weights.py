"""Weights of modules to named arrays, and back."""

from typing import Any

import numpy as np
import torch

from alive_cli.training.length import Settings


def weight_arrays(modules: dict[str, torch.nn.Module]) -> dict[str, np.ndarray]:
    """All weights of modules with their prefixes, by `prefix.name`."""
    return {
        f"{prefix}.{name}": tensor.detach().cpu().numpy()
        for prefix, module in modules.items()
        for name, tensor in module.state_dict().items()
    }


def load_weights(modules: dict[str, torch.nn.Module], weights: dict[str, np.ndarray]) -> None:
    """Put weights, by `prefix.name`, into modules, and set these to evaluation mode.

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
    """The settings that are fields of a dataclass.

    Raises:
        KeyError: a field has no setting.
    """
    return {name: settings[name] for name in kind.__dataclass_fields__}  # type: ignore[attr-defined]
