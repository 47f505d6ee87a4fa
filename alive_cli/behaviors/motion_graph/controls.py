"""The controls that this behavior reads. A new one is a field here, and its use in `step.py`."""

from dataclasses import dataclass, field, fields
from typing import Any

from torch import Tensor

from alive_cli.behaviors import protocol
from bundle_spec.manifest import Control, Role


def _control(
    default: float,
    minimum: float,
    maximum: float | None,
    description: str,
    *,
    role: Role = "plain",
    dtype: str = "float32",
    shape: tuple[str, ...] = (),
) -> Any:
    declared = {"default": default, "minimum": minimum, "maximum": maximum, "description": description}
    return field(metadata=declared | {"role": role, "dtype": dtype, "shape": list(shape)})


@dataclass
class MotionGraphControls:
    """The controls of a step, as the graph receives them."""

    # ruff: noqa: RUF009, because each field carries its declaration
    temperature: Tensor = _control(1.0, 0, 4, "How far it moves: 0 still, 0.3 subtle, 1 as observed, 2 expansive.")
    pull: Tensor = _control(0.1, 0, 1, "Pull toward what was observed (post-curing).")
    novelty: Tensor = _control(0.2, 0, 1, "How far to leave what was observed: 0 re-enacts it.")
    speed: Tensor = _control(1.0, 0, 100, "How fast it moves: 0.5 is half as fast as observed.", role="clock")
    bank_weight: Tensor = _control(
        1, 0, None, "Above 1 favours a frame, 0 forbids it.", role="frame_weight", shape=("N",)
    )
    next_node: Tensor = _control(
        -1, -1, None, "The frame to go to next, or -1.", role="next_frame", dtype="int64", shape=("B",)
    )


def declared(**defaults: float) -> list[Control]:
    """The declarations of all controls, in the order of the graph's inputs, some with other defaults."""
    return [
        Control(name=each.name, **{**each.metadata, "default": defaults.get(each.name, each.metadata["default"])})
        for each in fields(MotionGraphControls)
    ]


def default_controls(frames: int, rollouts: int) -> MotionGraphControls:
    """The defaults of all controls, for B rollouts over N frames."""
    return MotionGraphControls(**protocol.default_controls(declared(), frames, rollouts))
