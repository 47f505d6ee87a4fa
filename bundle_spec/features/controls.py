"""The feature `controls`: a behavior declares the inputs that steer it (SPEC.md, §5)."""

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from bundle_spec.errors import CorruptBundle
from bundle_spec.features import FEATURES
from bundle_spec.limits import MAX_CONTROL_ELEMENTS
from bundle_spec.manifest import OLDEST_READER, Behavior, Control, Defaults, Dim, Role

FEATURE = "controls"
"""The feature has this name in the manifest and in the registry."""

CLOCK = "temperature"
"""The clock of version 1.0 has this name; its other numbers are plain."""


def _standard_scalars() -> list[Control]:
    """The controls whose defaults `Defaults` holds: those of its numbers that may be fractions."""
    scalars = []
    kind = msgspec.inspect.type_info(Defaults)
    assert isinstance(kind, msgspec.inspect.StructType)
    for field in kind.fields:
        if not isinstance(field.type, msgspec.inspect.Metadata):
            continue
        number, schema = field.type.type, field.type.extra_json_schema or {}
        if not isinstance(number, msgspec.inspect.FloatType):
            continue
        scalars.append(
            Control(
                name=field.name,
                dtype="float32",
                shape=[],
                default=field.default,
                minimum=number.ge,
                maximum=number.le,
                role="clock" if field.name == CLOCK else "plain",
                description=schema.get("description", ""),
            )
        )
    return scalars


NEXT_NODE = Control(
    name="next_node",
    dtype="int64",
    shape=["B"],
    default=-1,
    minimum=-1,
    role="next_frame",
    description="The observed frame to go to next; -1 lets the model choose.",
)
"""The control by which a player chooses the next frame."""
STANDARD_CONTROLS: tuple[Control, ...] = (
    *_standard_scalars(),
    Control(
        name="bank_weight",
        dtype="float32",
        shape=["N"],
        default=1,
        minimum=0,
        role="frame_weight",
        description="Weight of each observed frame: 1 is as observed, more favours the frame, 0 forbids it.",
    ),
    NEXT_NODE,
)
"""The five controls of version 1.0. A behavior that declares none has these, with the defaults of `defaults`."""

_ROLE_SHAPES: dict[Role, tuple[str, list[Dim]]] = {
    "clock": ("float32", []),
    "frame_weight": ("float32", ["N"]),
    "next_frame": ("int64", ["B"]),
}
"""Dtype and shape that a role demands; `plain`, which allows a scalar or a vector, is not here."""


def declared_controls(behavior: Behavior, defaults: Defaults) -> list[Control]:
    """The controls of a behavior, in the order of their declaration.

    Returns:
        What `behavior.controls` declares, whose own defaults count; where it is absent, the five of version 1.0 with
        the values of `defaults`.
    """
    if behavior.controls is not None:
        return list(behavior.controls)
    return [
        msgspec.structs.replace(control, default=float(getattr(defaults, control.name, control.default)))
        for control in STANDARD_CONTROLS
    ]


def control_of_role(controls: Sequence[Control], role: Role) -> Control | None:
    """The first control that has a role, or None; a checked behavior has at most one of each but `plain`."""
    return next((control for control in controls if control.role == role), None)


def parts_of_frame(behavior: Behavior, controls: Sequence[Control], clock: float) -> int:
    """Into how many parts a frame is split, so that no step exceeds `largest_step` (SPEC.md, §4).

    Each part takes `steps_per_frame` steps. A behavior without a clock or a largest step doesn't split frames.
    """
    if not behavior.largest_step or control_of_role(controls, "clock") is None:
        return 1
    return max(1, math.ceil(clock / behavior.largest_step))


def controls_fields(controls: list[Control]) -> dict[str, Any]:
    """The fields of the manifest that a writer sets for these declarations.

    Readers of 1.0 ignore the declarations and use the five controls that they know. So they can play a behavior whose
    controls are those five, and must refuse any other.

    Returns:
        `min_reader_version`, `features_used` and `features_required`, as `Manifest` takes them. They are right if the
        manifest's `defaults` come from `defaults_with`.
    """
    old_readers_play = _signatures(controls) == _signatures(STANDARD_CONTROLS) and all(
        control.default == 1 for control in controls if control.role == "frame_weight"
    )
    return {
        "min_reader_version": OLDEST_READER if old_readers_play else FEATURES[FEATURE].since,
        "features_used": [FEATURE],
        "features_required": [] if old_readers_play else [FEATURE],
    }


def defaults_with(controls: list[Control], defaults: Defaults) -> Defaults:
    """Defaults that repeat the declared ones for readers of version 1.0.

    Raises:
        ValueError: a control that has a name of version 1.0 has a default that version 1.0 doesn't allow.
    """
    known = {control.name for control in STANDARD_CONTROLS} & set(Defaults.__struct_fields__)
    repeated = {control.name: control.default for control in controls if control.name in known}
    return msgspec.convert(msgspec.structs.asdict(defaults) | repeated, Defaults)


def check_controls(behavior: Behavior, defaults: Defaults) -> list[Control]:
    """Refuse declarations that contradict their role, one another, or the behavior graph.

    Args:
        behavior: its graph's signature is that of the graph.
        defaults: they give the values of the controls that version 1.0 has, where none are declared.

    Returns:
        The controls, as `declared_controls` gives them.

    Raises:
        CorruptBundle: the message names the control.
    """
    controls = declared_controls(behavior, defaults)
    for control in controls:
        _check_declaration(control)
    _check_together(controls, behavior)
    _check_inputs(controls, behavior)
    return controls


def _signatures(controls: list[Control] | tuple[Control, ...]) -> dict[str, Any]:
    return {control.name: (control.dtype, control.shape, control.role) for control in controls}


def _check_declaration(control: Control) -> None:
    """One declaration by itself: finite numbers, in order, of the dtype and shape that the role demands."""
    lowest = -math.inf if control.minimum is None else control.minimum
    highest = math.inf if control.maximum is None else control.maximum
    bounds = [bound for bound in (control.minimum, control.maximum) if bound is not None]
    if not all(math.isfinite(number) for number in (control.default, *bounds)):
        raise _wrong(control, "has a default or a bound that is not finite")
    if lowest > highest:
        raise _wrong(control, "has a minimum above its maximum")
    if not lowest <= control.default <= highest:
        raise _wrong(control, "has a default outside its range")
    if control.role == "plain":
        if control.dtype != "float32" or not _is_scalar_or_vector(control.shape):
            raise _wrong(control, "is plain, but neither a scalar nor a vector of 32-bit floats")
    elif (control.dtype, list(control.shape)) != _ROLE_SHAPES[control.role]:
        raise _wrong(control, f"has a dtype or a shape that the role {control.role} doesn't allow")
    if control.role == "next_frame":
        if (control.default, control.minimum, control.maximum) != (-1, -1, None):
            raise _wrong(control, "names the next frame, so its default and minimum are -1, without a maximum")
    elif control.role != "plain" and lowest < 0:
        raise _wrong(control, f"has the role {control.role}, but no minimum of 0 or more")


def _is_scalar_or_vector(shape: list[Dim]) -> bool:
    if not shape:
        return True
    return len(shape) == 1 and isinstance(shape[0], int) and 1 <= shape[0] <= MAX_CONTROL_ELEMENTS


def _check_together(controls: list[Control], behavior: Behavior) -> None:
    """Names that are used once, and roles that are there once, or at all where they are needed."""
    names = {state.input: "a state" for state in behavior.state}
    names |= {noise.input: "a noise" for noise in behavior.noise}
    names |= {tensor.input: "a tensor of the bank" for tensor in behavior.bank}
    roles: set[Role] = set()
    for control in controls:
        if control.name in names:
            raise _wrong(control, f"has the name of {names[control.name]}")
        if control.role != "plain" and control.role in roles:
            raise _wrong(control, f"has the role {control.role}, which another control has already")
        names[control.name] = "another control"
        roles.add(control.role)
    if behavior.transitions is not None and "next_frame" not in roles:
        raise CorruptBundle("The behavior has transitions, but no control of the role next_frame.")


def _check_inputs(controls: list[Control], behavior: Behavior) -> None:
    """Every control is an input of the graph, and every input is declared."""
    inputs = {tensor.name: (tensor.dtype, list(tensor.shape)) for tensor in behavior.graph.inputs}
    for control in controls:
        if inputs.pop(control.name, None) != (control.dtype, list(control.shape)):
            raise _wrong(control, f"is not an input of {behavior.graph.file} with its dtype and shape")
    undeclared = inputs.keys() - {entry.input for entry in behavior.state + behavior.noise + behavior.bank}
    if undeclared:
        raise CorruptBundle(f"{behavior.graph.file} has the input {_shown(min(undeclared))}, which nothing declares.")


def _wrong(control: Control, reason: str) -> CorruptBundle:
    return CorruptBundle(f"The control {_shown(control.name)} {reason}.")


def _shown(name: str) -> str:
    """A stranger's name for a message: in quotation marks, without control characters, and short."""
    return ascii(name[:64])
