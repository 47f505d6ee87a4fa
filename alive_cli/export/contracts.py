"""What a recipe hands to the exporter: modules that fulfil the two graph contracts (SPEC.md, Graphs).

Every recipe is a producer of these; nothing behind the exporter knows recipes apart.
"""

from dataclasses import dataclass, field

import numpy as np
from torch import Tensor, nn

from bundle_spec.manifest import BankTensor, NoiseTensor, StateTensor, Transitions


@dataclass(frozen=True)
class SceneModules:
    """Modules in evaluation mode on the CPU, with the declarations that the manifest needs."""

    trunk: nn.Module
    """coords [P, 2] → features [P, F]."""
    generator: nn.Module
    """embedding [B, D], features [P, F], background [P, 3] → rgb [B, P, 3], 0…1."""
    fast: nn.Module | None = field(kw_only=True, default=None)
    """The same from the leading features [P, G], G < F, alone: less work for a slow player."""
    fast_features: int = field(kw_only=True, default=0)
    """G."""
    behavior: nn.Module
    """States, noises, bank tensors (in declared order), then the five controls → embedding, next states."""
    state: list[StateTensor]
    noise: list[NoiseTensor]
    bank: list[BankTensor]
    steps_per_frame: int
    largest_step: float | None = field(kw_only=True, default=None)
    """Largest temperature of one step, where there is one."""
    transitions: Transitions | None = field(kw_only=True, default=None)
    """Where the graph over the observed moments is, if the behavior walks one."""
    bank_arrays: dict[str, np.ndarray]
    """What bank.safetensors holds; `embedding` [N, D] is always there."""

    def example(self, batch: int) -> dict[str, Tensor]:
        """Inputs of the behavior graph at the first observed frames, with zero noise, by name."""
        import torch

        inputs: dict[str, Tensor] = {}
        for state in self.state:
            dtype = getattr(torch, state.dtype)
            if state.initial is None:
                inputs[state.input] = torch.zeros((batch, *map(int, state.shape)), dtype=dtype)
            else:
                rows = np.arange(batch) % len(self.bank_arrays[state.initial])
                inputs[state.input] = torch.from_numpy(self.bank_arrays[state.initial][rows])
        for noise in self.noise:
            inputs[noise.input] = torch.zeros((batch, *map(int, noise.shape)))
        for tensor in self.bank:
            inputs[tensor.input] = torch.from_numpy(self.bank_arrays[tensor.tensor])
        inputs |= {
            "temperature": torch.tensor(1.0),
            "pull": torch.tensor(0.1),
            "novelty": torch.tensor(0.5),
            "bank_weight": torch.ones(len(self.bank_arrays["embedding"])),
            "next_node": torch.full((batch,), -1, dtype=torch.int64),
        }
        return inputs
