"""Controls that a stranger may declare: any names, any ranges."""

from pathlib import Path

import numpy as np
import pytest

from alive_cli import Scene
from alive_cli.errors import InputError, UnknownControlError
from alive_cli.runtime.controls import Controls
from bundle_spec import conformance
from bundle_spec.limits import MAX_FRAME_STEPS
from bundle_spec.manifest import LARGEST_NUMBER, Control

VALID = Path(conformance.__file__).parent / "valid"


def control(name: str = "sway", *, default: float = 0, low: float | None = None, high: float | None = None) -> Control:
    return Control(name=name, dtype="float32", shape=[], default=default, minimum=low, maximum=high)


@pytest.mark.parametrize(
    ("default", "low", "high"),
    [
        (0.0005, 0.0004, 0.0026),
        (0, 0, 0.001),
        (1 / 3, 1 / 3, 2 / 3),
        (1, 1, 1),
        (0, None, None),
        (3e38, None, None),
        (0, -1e-30, 1e-30),
        (5, 0, 100),
    ],
)
@pytest.mark.parametrize("direction", [-1, 1])
def test_keys_stay_in_the_range_and_reach_its_end(
    default: float, low: float | None, high: float | None, direction: int
) -> None:
    controls = Controls([control(default=default, low=low, high=high), control("other")])
    for _ in range(100):
        before = controls["sway"]
        controls.nudge("sway", direction)
        end = low if direction < 0 else high
        assert (controls["sway"] - before) * direction > 0 or before in (end, direction * LARGEST_NUMBER)
    copied = controls.copy({"other": 1})
    assert copied["sway"] == controls["sway"]


@pytest.mark.parametrize("value", [1e39, -1e39, 10**400, float("inf"), float("nan"), "x", None, [1]])
def test_no_bounds_but_those_of_single_precision(value: object) -> None:
    controls = Controls([control()])
    controls["sway"] = LARGEST_NUMBER
    with pytest.raises(InputError, match="choose a number that is finite"):
        controls["sway"] = value  # type: ignore[assignment]
    assert np.isfinite(np.float32(controls["sway"]))


def test_any_name_is_a_name() -> None:
    names = ["self", "values", "name", "declared", "clock", "copy"]
    controls = Controls([control(name) for name in names])
    copied = controls.copy({name: number for number, name in enumerate(names)})
    assert [copied[name] for name in names] == list(range(len(names)))


def test_names_that_python_uses_itself() -> None:
    scene = Scene.open(VALID / "plain.alive")
    for name in ("self", "values"):
        with pytest.raises(UnknownControlError, match=name):
            scene.controls(**{name: 1.0})
        with pytest.raises(UnknownControlError, match=name):
            next(scene.rollout(**{name: 1.0}))


def test_a_frame_has_so_many_steps_at_most() -> None:
    scene = Scene.open(VALID / "own-names.alive")
    with pytest.raises(InputError, match=r"The pace is 1e\+300; choose a number from 0"):
        scene.controls(pace=1e300)
    clock = next(control for control in scene.declared_controls if control.role == "clock")
    assert clock.maximum is not None
    rollout = scene.life(scene.controls({clock.name: clock.maximum}))
    assert rollout.steps_per_frame == MAX_FRAME_STEPS
    with pytest.raises(InputError, match="choose a number"):
        scene.controls({clock.name: clock.maximum * 1.001})


def test_a_vector_is_not_one_number() -> None:
    scene = Scene.open(VALID / "vector.alive")
    vector = next(control for control in scene.declared_controls if control.role == "plain" and control.shape)
    with pytest.raises(InputError, match=f"The {vector.name} is not one number"):
        scene.controls({vector.name: 1})


def test_without_a_clock_there_is_nothing_to_set() -> None:
    controls = Scene.open(VALID / "timeless.alive").controls()
    assert controls.clock == 1
    with pytest.raises(InputError, match="no clock"):
        controls.clock = 0.5
