"""A behavior's step with a flat list of inputs and outputs, in the order of the behavior graph (SPEC.md, Living)."""

import numpy as np
import torch
from torch import Tensor, nn

from alive_cli.behaviors.protocol import BehaviorModules, default_controls
from bundle_spec.manifest import BankTensor, NoiseTensor, StateTensor, Transitions

STATE, AFTER, NOISE, BANK = "state_", "after_", "noise_", "bank_"
"""The names of states, next states, noises and bank tensors begin with these prefixes in the graph."""


class StepGraph(nn.Module):
    """States, noises, bank tensors and controls, one after the other, to the embedding and the next states."""

    def __init__(self, modules: BehaviorModules) -> None:
        super().__init__()
        self.step = modules.step
        self._names = [
            list(modules.state),
            list(modules.noise),
            list(modules.bank),
            [control.name for control in modules.controls],
        ]

    def forward(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        rest = iter(tensors)
        state, noise, bank, controls = ({name: next(rest) for name in names} for names in self._names)
        embedding, after = self.step(state, noise, bank, controls)
        return embedding, *(after[name] for name in self._names[0])


def state_tensors(modules: BehaviorModules) -> list[StateTensor]:
    """The states as the manifest declares them."""
    return [
        StateTensor(
            input=STATE + name, output=AFTER + name, dtype=state.dtype, shape=state.shape, initial=state.initial
        )
        for name, state in modules.state.items()
    ]


def noise_tensors(modules: BehaviorModules) -> list[NoiseTensor]:
    """The noises as the manifest declares them."""
    return [
        NoiseTensor(input=NOISE + name, distribution=noise.distribution, shape=noise.shape)
        for name, noise in modules.noise.items()
    ]


def bank_tensors(modules: BehaviorModules) -> list[BankTensor]:
    """The bank tensors as the manifest declares them."""
    return [BankTensor(input=BANK + name, tensor=tensor) for name, tensor in modules.bank.items()]


def transitions(modules: BehaviorModules) -> Transitions | None:
    """The motion graph as the manifest declares it, or None."""
    names = modules.motion_graph
    if names is None:
        return None
    return Transitions(targets=names.targets, costs=names.costs, following=names.following, node=STATE + names.node)


def example_inputs(modules: BehaviorModules, rollouts: int) -> dict[str, Tensor]:
    """Inputs of the graph by name: rollouts at the first frames, zero noise, and plain controls at 1 or, where that is
    their largest value, at a half. A fit sets defaults only after the export, and parity must not depend on them."""
    arrays = modules.bank_arrays
    inputs: dict[str, Tensor] = {}
    for name, state in modules.state.items():
        if state.initial is None:
            inputs[STATE + name] = torch.zeros((rollouts, *state.shape), dtype=getattr(torch, state.dtype))
        else:
            rows = np.arange(rollouts) % len(arrays[state.initial])
            inputs[STATE + name] = torch.from_numpy(arrays[state.initial][rows])
    for name, noise in modules.noise.items():
        inputs[NOISE + name] = torch.zeros((rollouts, *noise.shape))
    for name, tensor in modules.bank.items():
        inputs[BANK + name] = torch.from_numpy(arrays[tensor])
    inputs |= default_controls(modules.controls, len(arrays["embedding"]), rollouts)
    for control in modules.controls:
        if control.role == "plain":
            value = 0.5 if control.maximum == 1 else 1.0
            lowest, highest = control.minimum, control.maximum
            value = value if lowest is None else max(value, lowest)
            inputs[control.name].fill_(value if highest is None else min(value, highest))
    return inputs
