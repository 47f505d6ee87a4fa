"""The controls that a scene declares, and their values."""

import math
from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np

from alive_cli.errors import InputError, UnknownControlError
from bundle_spec.limits import MAX_FRAME_STEPS
from bundle_spec.manifest import LARGEST_NUMBER, Behavior, Control

STEPS_ACROSS = 20
"""A key moves a slider from one end to the other in this many presses, so that each press is visible."""
LONGEST_SLIDER = 2.0
"""A slider reaches at most this value, or twice the default, because controls such as temperature allow far larger
values than people use."""


class Controls:
    """Values of the declared scalar controls by name. They may be changed while a rollout runs.

    They can be read and set as items: `controls["pull"] = 0.3`. Attributes do the same, `controls.pull = 0.3`, but
    for controls that are named like a member of this class, as `clock`. A value out of range is refused, and so is a
    name that the scene doesn't declare.
    """

    _declared: dict[str, Control]
    _all: tuple[Control, ...]
    _values: dict[str, float]

    def __init__(self, declared: Sequence[Control], values: Mapping[str, float | None] | None = None) -> None:
        """Store `values`. A control that is None or missing there has its declared default.

        Raises:
            InputError: a value is out of range, or not a control of this scene.
        """
        scalars = {control.name: control for control in declared if is_scalar(control)}
        object.__setattr__(self, "_declared", scalars)
        object.__setattr__(self, "_all", tuple(declared))
        object.__setattr__(self, "_values", {name: control.default for name, control in scalars.items()})
        for name, value in (values or {}).items():
            if value is not None:
                self[name] = value

    @property
    def declared(self) -> list[Control]:
        """The declarations of the scalar controls, in their order."""
        return list(self._declared.values())

    @property
    def clock(self) -> float:
        """How far a frame advances the scene: the value of the control with the role `clock`, or 1 without one."""
        name = self._clock_name
        return 1.0 if name is None else self._values[name]

    @clock.setter
    def clock(self, value: float) -> None:
        if self._clock_name is None:
            raise InputError("This scene declares no clock, so nothing changes the scale of its motion.")
        self[self._clock_name] = value

    @property
    def _clock_name(self) -> str | None:
        return next((name for name, control in self._declared.items() if control.role == "clock"), None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __getitem__(self, name: str) -> float:
        """The value of a control.

        Raises:
            UnknownControlError: the scene declares no control of that name.
        """
        self._control(name)
        return self._values[name]

    def __setitem__(self, name: str, value: float) -> None:
        """Set a control.

        Raises:
            InputError: the scene declares no control of that name, or the value is no number, or out of its range.
        """
        control = self._control(name)
        number = _as_float(value)
        if not in_range(control, number):
            shown = repr(value) if isinstance(value, str) else f"{number:g}"
            raise InputError(f"The {name} is {shown}; choose a number {range_words(control)}.")
        self._values[name] = number

    def __getattr__(self, name: str) -> float:
        values: dict[str, float] = vars(self).get("_values", {})
        try:
            return values[name]
        except KeyError:
            raise AttributeError(f"there is no control {name!r}; there are {', '.join(values)}") from None

    def __setattr__(self, name: str, value: float) -> None:
        if name in ("clock",):
            object.__setattr__(self, name, value)
        elif name in self._values:
            self[name] = value
        else:
            raise AttributeError(f"there is no control {name!r}; there are {', '.join(self._values)}")

    def copy(self, values: Mapping[str, float] | None = None) -> "Controls":
        """Copy these controls and set some of them by name.

        Raises:
            InputError: the scene declares no control of that name, or a value is out of range.
        """
        return Controls(self._all, {**self._values, **(values or {})})

    def nudge(self, name: str, steps: int) -> None:
        """Move a control by a number of key presses, no further than its range allows."""
        control = self._control(name)
        low, high = slider_range(control)
        step = (high - low) / STEPS_ACROSS
        if step:
            value = round(self._values[name] + steps * step, 2 - math.floor(math.log10(step)))
            self._values[name] = float(np.clip(value, *allowed_range(control)))

    def _control(self, name: str) -> Control:
        if name in self._declared:
            return self._declared[name]
        if any(control.name == name for control in self._all):
            raise InputError(f"The {name} is not one number, so only a program can set it.")
        raise UnknownControlError(name, list(self._declared))


def with_bounded_clock(declared: Sequence[Control], behavior: Behavior) -> list[Control]:
    """Lower the maximum of the clock, so that no value makes a frame take more than MAX_FRAME_STEPS steps."""
    if behavior.largest_step is None:
        return list(declared)
    longest = MAX_FRAME_STEPS // behavior.steps_per_frame * behavior.largest_step
    return [
        msgspec.structs.replace(control, maximum=max(control.default, min(longest, allowed_range(control)[1])))
        if control.role == "clock"
        else control
        for control in declared
    ]


def is_scalar(control: Control) -> bool:
    """Whether a control is one number that a person can set."""
    return not control.shape and control.dtype == "float32"


def in_range(control: Control, value: float) -> bool:
    """Whether a control allows a value. It must be finite in single precision, which the graphs have."""
    low, high = allowed_range(control)
    return low <= value <= high


def allowed_range(control: Control) -> tuple[float, float]:
    """The smallest and the largest value that a control allows."""
    low = -LARGEST_NUMBER if control.minimum is None else control.minimum
    high = LARGEST_NUMBER if control.maximum is None else control.maximum
    return low, high


def range_words(control: Control) -> str:
    """The range of a control in words: `from 0 to 1`, `of at least 0`, `of at most 1`, or `that is finite`."""
    if control.minimum is None:
        return "that is finite" if control.maximum is None else f"of at most {control.maximum:g}"
    if control.maximum is None:
        return f"of at least {control.minimum:g}"
    return f"from {control.minimum:g} to {control.maximum:g}"


def slider_range(control: Control) -> tuple[float, float]:
    """The smallest and largest value of a slider, within the control's range."""
    reach = max(LONGEST_SLIDER, 2 * abs(control.default))
    low, high = allowed_range(control)
    return min(max(low, -reach), control.default), max(min(high, reach), control.default)


def _as_float(value: object) -> float:
    """A value as a number: NaN, which no range contains, if it isn't one."""
    try:
        return float(value)  # type: ignore[arg-type]
    except OverflowError:
        return math.inf
    except (TypeError, ValueError):
        return math.nan
