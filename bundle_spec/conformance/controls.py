"""Scenes of version 1.1 whose behavior declares its controls (SPEC.md, §5)."""

from collections.abc import Callable, Iterable

import msgspec
import numpy as np
import onnx
from onnx import helper, numpy_helper

from bundle_spec.conformance.scenes import scene
from bundle_spec.container import BEHAVIOR_NAME, Bundle
from bundle_spec.features.controls import STANDARD_CONTROLS, controls_fields
from bundle_spec.graphs import signature
from bundle_spec.manifest import Control

Change = Callable[[onnx.ModelProto], None]
"""A change to a graph happens in place."""


def standard(**defaults: float) -> list[Control]:
    """The five controls of version 1.0, some of them with other defaults."""
    return [
        msgspec.structs.replace(control, default=defaults.get(control.name, control.default))
        for control in STANDARD_CONTROLS
    ]


def declare(bundle: Bundle, controls: list[Control], changes: Iterable[Change] = ()) -> Bundle:
    """A bundle that declares these controls, after changes to its behavior graph that make them its inputs."""
    model = onnx.load_from_string(bundle.parts[BEHAVIOR_NAME])
    for change in changes:
        change(model)
    behavior = bundle.manifest.behavior
    assert behavior is not None
    graph = signature(model, BEHAVIOR_NAME)
    behavior = msgspec.structs.replace(behavior, graph=graph, controls=controls)
    fields = controls_fields(controls) | {"format_version": "1.1", "behavior": behavior}
    packed = model.SerializeToString(deterministic=True)
    return Bundle(msgspec.structs.replace(bundle.manifest, **fields), bundle.parts | {BEHAVIOR_NAME: packed})


def rename(**names: str) -> Change:
    """Give inputs of a graph other names."""

    def change(model: onnx.ModelProto) -> None:
        for value in model.graph.input:
            value.name = names.get(value.name, value.name)
        for node in model.graph.node:
            node.input[:] = [names.get(name, name) for name in node.input]

    return change


def fix(**values: np.ndarray) -> Change:
    """Replace inputs of a graph by constants."""

    def change(model: onnx.ModelProto) -> None:
        inputs = [value for value in model.graph.input if value.name not in values]
        del model.graph.input[:]
        model.graph.input.extend(inputs)
        model.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in values.items())

    return change


def shift(noise: str, control: str, shape: list[int], kind: int = onnx.TensorProto.FLOAT) -> Change:
    """Add a new input, `control`, to a noise before the rest of the graph reads it."""

    def change(model: onnx.ModelProto) -> None:
        rename_in_nodes = {noise: f"{control}_shifted"}
        for node in model.graph.node:
            node.input[:] = [rename_in_nodes.get(name, name) for name in node.input]
        model.graph.input.append(helper.make_tensor_value_info(control, kind, shape))
        model.graph.node.insert(0, helper.make_node("Add", [noise, control], [f"{control}_shifted"]))

    return change


def own_names(plain: Bundle | None = None) -> Bundle:
    """Every control has a name of its own, the clock has no upper bound, and there is one more scalar.

    Args:
        plain: the scene that gets these controls; by default one of version 1.0 with half a frame as its largest step.
    """
    names = {"clock": "pace", "frame_weight": "liking", "next_frame": "goal"}
    controls = [
        msgspec.structs.replace(
            control,
            name=names.get(control.role, f"{control.name}_1"),
            maximum=None if control.role == "clock" else control.maximum,
        )
        for control in STANDARD_CONTROLS
    ]
    changes = [rename(**{old.name: new.name for old, new in zip(STANDARD_CONTROLS, controls, strict=True)})]
    sway = Control(name="sway", dtype="float32", shape=[], default=0.25, minimum=-1, maximum=1, description="Sideways.")
    changes.append(shift("noise_uniform", "sway", []))
    return declare(plain or scene(largest_step=0.5), [sway, *controls], changes)


def vector() -> Bundle:
    """A plain control that is a vector, without bounds."""
    lean = Control(name="lean", dtype="float32", shape=[4], default=0.5)
    return declare(scene(), [*standard(), lean], [shift("noise_normal", "lean", [4])])


def timeless() -> Bundle:
    """A behavior without a clock and without weights: a frame is never split, whatever `largest_step` says."""
    roles = {control.role: control.name for control in STANDARD_CONTROLS}
    constants = {roles["clock"]: np.array(1, np.float32), roles["frame_weight"]: np.ones(6, np.float32)}
    controls = [control for control in STANDARD_CONTROLS if control.name not in constants]
    return declare(scene(largest_step=0.25, steps=2), controls, [fix(**constants)])


def uncontrolled() -> Bundle:
    """A behavior that declares an empty list of controls, and no transitions."""
    constants = {control.name: np.array(control.default, control.dtype) for control in STANDARD_CONTROLS}
    constants |= {
        control.name: np.full(6 if control.shape == ["N"] else 1, control.default, control.dtype)
        for control in STANDARD_CONTROLS
        if control.shape
    }
    plain = scene()
    assert plain.manifest.behavior is not None
    behavior = msgspec.structs.replace(plain.manifest.behavior, transitions=None)
    return declare(
        Bundle(msgspec.structs.replace(plain.manifest, behavior=behavior), plain.parts), [], [fix(**constants)]
    )


def confusing(description: str) -> Bundle:
    """Plain controls with the names of options and properties that players have, and with any description."""
    names = ("seed", "width", "start", "constructor", "prototype", "true", "class")
    others = [
        Control(name=name, dtype="float32", shape=[], default=0.5, minimum=0, maximum=1, description=description)
        for name in names
    ]
    return declare(scene(), [*others, *standard()], [shift("noise_uniform", name, []) for name in names])
