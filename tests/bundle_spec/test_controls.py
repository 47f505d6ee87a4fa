"""Declared controls: what is declared by default, what writers state, and what is refused."""

import msgspec
import numpy as np
import pytest

from bundle_spec.conformance.controls import declare, standard
from bundle_spec.conformance.invalid.controls import DECLARED, SWAY
from bundle_spec.conformance.scenes import scene
from bundle_spec.container import pack_bundle, unpack_bundle
from bundle_spec.contracts import verify_scene
from bundle_spec.errors import CorruptBundle
from bundle_spec.features.controls import (
    STANDARD_CONTROLS,
    check_controls,
    control_of_role,
    controls_fields,
    declared_controls,
    defaults_with,
)
from bundle_spec.manifest import Behavior, Control, Defaults


def behavior_of(controls: list[Control] | None) -> Behavior:
    """The behavior of the scene with `sway`, with another declaration."""
    behavior = DECLARED.manifest.behavior
    assert behavior is not None
    return msgspec.structs.replace(behavior, controls=controls)


def test_without_a_declaration_the_five_have_the_defaults_of_the_manifest() -> None:
    behavior = scene().manifest.behavior
    assert behavior is not None
    controls = declared_controls(behavior, Defaults(temperature=0.25, pull=0.75))
    assert [control.name for control in controls] == [control.name for control in STANDARD_CONTROLS]
    assert [control.default for control in controls] == [0.25, 0.75, 0.5, 1, -1]
    assert declared_controls(msgspec.structs.replace(behavior, controls=[]), Defaults()) == []


def test_the_standard_controls_hold_to_the_rules() -> None:
    behavior = scene().manifest.behavior
    assert behavior is not None
    assert check_controls(behavior, Defaults()) == list(STANDARD_CONTROLS)


def test_roles() -> None:
    controls = [*standard(), SWAY]
    names = [control.name if (control := control_of_role(controls, role)) else None for role in ROLES]
    assert names == ["temperature", "bank_weight", "next_node"]
    assert control_of_role([SWAY], "clock") is None


ROLES = ("clock", "frame_weight", "next_frame")
OLD = {"min_reader_version": "1.0", "features_used": ["controls"], "features_required": []}
NEW = {"min_reader_version": "1.1", "features_used": ["controls"], "features_required": ["controls"]}


@pytest.mark.parametrize(
    ("controls", "fields"),
    [
        (standard(), OLD),
        (standard(temperature=0.5), OLD),
        (standard()[::-1], OLD),
        (standard(bank_weight=2), NEW),
        (standard()[1:], NEW),
        ([*standard(), SWAY], NEW),
        ([], NEW),
        ([msgspec.structs.replace(standard()[0], role="plain"), *standard()[1:]], NEW),
    ],
)
def test_writers_state_what_readers_of_1_0_can_play(controls: list[Control], fields: dict) -> None:
    assert controls_fields(controls) == fields


def test_defaults_are_repeated_for_readers_of_1_0() -> None:
    width = Control(name="width", dtype="float32", shape=[], default=3)
    repeated = defaults_with([*standard(temperature=0.5), width], Defaults(width=100, seed=7))
    assert repeated == Defaults(temperature=0.5, width=100, seed=7)
    with pytest.raises(ValueError, match="pull"):
        defaults_with(standard(pull=2), Defaults())


def test_32_controls_of_256_numbers_are_allowed() -> None:
    others = [Control(name=f"slider_{number}", dtype="float32", shape=[256], default=0) for number in range(27)]

    def add(model: object) -> None:
        for control in others:
            value = model.graph.input.add(name=control.name)  # type: ignore[attr-defined]
            value.type.tensor_type.elem_type = 1
            value.type.tensor_type.shape.dim.add(dim_value=256)

    bundle = declare(scene(), [*standard(), *others], [add])
    assert len(verify_scene(unpack_bundle(pack_bundle(bundle.manifest, bundle.parts))).controls) == 32


@pytest.mark.parametrize("field", ["default", "minimum", "maximum"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_are_finite(field: str, value: float) -> None:
    """JSON can't hold these numbers, but a program that makes a manifest can."""
    wrong = msgspec.structs.replace(SWAY, **{field: value})
    with pytest.raises(CorruptBundle, match=r"'sway'.*not finite"):
        check_controls(behavior_of([*standard(), wrong]), Defaults())


def test_a_name_in_a_message_is_neutralised() -> None:
    wrong = msgspec.structs.replace(SWAY, name="\x1b[31m" + "s" * 1000)
    with pytest.raises(CorruptBundle) as raised:
        check_controls(behavior_of([*standard(), wrong]), Defaults())
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 200
