"""Declarations of controls that a reader must refuse (SPEC.md, §5)."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import onnx

from bundle_spec.conformance.controls import declare, fix, rename, shift, standard, uncontrolled
from bundle_spec.conformance.forge import archive, items, with_manifest
from bundle_spec.conformance.invalid.base import CORRUPT, UNSAFE, Build, Cases
from bundle_spec.conformance.scenes import scene
from bundle_spec.container import Bundle
from bundle_spec.manifest import Control

SWAY = Control(name="sway", dtype="float32", shape=[], default=0, minimum=-1, maximum=1)
"""The invalid bundles declare this plain control beside the five of 1.0, with one thing wrong."""
DECLARED = declare(scene(largest_step=1), [*standard(), SWAY], [shift("noise_uniform", "sway", [])])
"""The valid scene that most of the invalid ones here are made from; its last control is SWAY."""
CLOCK, PULL, WEIGHT, NEXT, LAST = 0, 1, 3, 4, 5
"""Places of the controls in its list: the clock, a plain one, the weight of frames, the next frame, and SWAY."""


def _control(place: int, **fields: Any) -> tuple[str, Build]:
    """Corrupt: the declaration at a place in the list has other values, the graph is as before."""

    def change(manifest: dict[str, Any]) -> None:
        manifest["behavior"]["controls"][place] |= fields

    return CORRUPT, lambda: with_manifest(DECLARED, change)


def _default(number: str) -> tuple[str, Build]:
    """Corrupt: the default is text that JSON, or double precision, doesn't allow as a number."""

    def change(manifest: dict[str, Any]) -> str:
        manifest["behavior"]["controls"][LAST]["default"] = "HERE"
        return json.dumps(manifest).replace('"HERE"', number)

    return CORRUPT, lambda: with_manifest(DECLARED, change)


def _list(change: Callable[[list[dict[str, Any]]], Any]) -> tuple[str, Build]:
    """Corrupt: the list of controls is changed in place, the graph is as before."""

    def apply(manifest: dict[str, Any]) -> None:
        change(manifest["behavior"]["controls"])

    return CORRUPT, lambda: with_manifest(DECLARED, apply)


def _name(name: str) -> tuple[str, Build]:
    """Corrupt: a control, and with it the graph's input, has a name that is not allowed."""

    def change(manifest: dict[str, Any]) -> str:
        return json.dumps(manifest).replace('"sway"', json.dumps(name))

    return CORRUPT, lambda: with_manifest(DECLARED, change)


def _shared_name(name: str) -> tuple[str, Build]:
    """Corrupt: a control has the name of another input of the graph, which reads that input twice then."""

    def build() -> bytes:
        bundle = declare(scene(), [*standard(), msgspec.structs.replace(SWAY, name=name)])
        return archive(items(bundle))

    return CORRUPT, build


def _graph(controls: list[Control], *changes: Callable[[onnx.ModelProto], None]) -> tuple[str, Build]:
    """Corrupt: these declarations don't fit a graph with these changes."""
    return CORRUPT, lambda: archive(items(declare(scene(), controls, changes)))


def _one_more(**fields: Any) -> tuple[str, Build]:
    """Corrupt: declaration and graph agree on one more control, which is not allowed."""
    control = msgspec.structs.replace(SWAY, **fields)
    kind = onnx.TensorProto.INT64 if control.dtype == "int64" else onnx.TensorProto.FLOAT

    def add(model: onnx.ModelProto) -> None:
        model.graph.input.append(onnx.helper.make_tensor_value_info(control.name, kind, control.shape))

    return _graph([*standard(), control], add)


def _without_next_frame() -> bytes:
    """Transitions, and a graph that has no control for the next frame."""
    bundle = uncontrolled()
    behavior = scene().manifest.behavior
    assert behavior is not None
    assert bundle.manifest.behavior is not None
    behavior = msgspec.structs.replace(bundle.manifest.behavior, transitions=behavior.transitions)
    return archive(items(Bundle(msgspec.structs.replace(bundle.manifest, behavior=behavior), bundle.parts)))


def _fast_clock() -> bytes:
    """A default of the clock that splits a frame into far too many steps."""

    def change(manifest: dict[str, Any]) -> None:
        manifest["behavior"]["controls"][CLOCK] |= {"default": 3e38, "maximum": None}

    return with_manifest(DECLARED, change)


def _without_list() -> bytes:
    """No declaration, but a graph whose inputs are not the five of 1.0."""

    def change(manifest: dict[str, Any]) -> None:
        manifest["behavior"]["controls"] = None

    return with_manifest(DECLARED, change)


CONTROLS: Cases = {
    "controls an object": (CORRUPT, lambda: with_manifest(DECLARED, lambda m: m["behavior"].update(controls={}))),
    "controls of 33": _list(lambda controls: controls.extend({**controls[LAST], "name": f"c{n}"} for n in range(27))),
    "controls of 10,000": _list(
        lambda controls: controls.extend(
            {"name": f"c{n}", "dtype": "float32", "shape": [], "default": 0} for n in range(9994)
        )
    ),
    "controls none": _list(lambda controls: controls.clear()),
    "controls not declared": (CORRUPT, _without_list),
    "control missing in the list": _list(lambda controls: controls.pop()),
    "control missing in the graph": _graph([*standard(), SWAY]),
    "control twice": _list(lambda controls: controls.append(controls[LAST])),
    "control named like a state": _shared_name("state_phase"),
    "control named like a noise": _shared_name("noise_uniform"),
    "control named like an input of the bank": _shared_name("observed"),
    "control named like another": _control(LAST, name="pull"),
    "control with capitals": _name("Sway"),
    "control with markup": _name("<b>sway</b>"),
    "control with an escape sequence": _name("\x1b]0;owned\x07"),
    "control with a line break behind its name": _name("sway\n"),
    "control right to left": _name("\u202eyaws"),
    "control of other letters": _name("\u0455way"),
    "control named proto": _name("__proto__"),
    "control named by a number": _name("1"),
    "control without a name": _name(""),
    "control with a long name": _name("s" * 33),
    "control with a default that is no number": _default("NaN"),
    "control with an infinite default": _default("-Infinity"),
    "control with a default beyond doubles": _default("1e999"),
    "control with a default beyond single precision": _control(LAST, default=1e39, maximum=None),
    "control with an infinite maximum": _control(LAST, maximum=float("inf")),
    "control with a default of text": _control(LAST, default="0"),
    "control with a description of 5,000 letters": _control(LAST, description="s" * 5000),
    "control upside down": _control(LAST, minimum=1, maximum=-1),
    "control below its range": _control(LAST, default=-1.5),
    "control above its range": _control(LAST, default=1.5),
    "control of doubles": _control(LAST, dtype="float64"),
    "control of another dtype than in the graph": _graph(
        [*standard(), SWAY],
        lambda model: model.graph.input.append(onnx.helper.make_tensor_value_info("sway", onnx.TensorProto.INT64, [])),
    ),
    "control of another shape than in the graph": _control(LAST, shape=[1]),
    "control of whole numbers": _one_more(dtype="int64"),
    "control a matrix": _one_more(shape=[2, 2]),
    "control of no elements": _one_more(shape=[0]),
    "control of 257 elements": _one_more(shape=[257]),
    "control of any length": _one_more(shape=["K"]),
    "control for each frame, but plain": _one_more(shape=["N"]),
    "control of an unknown role": _control(LAST, role="mood"),
    "clock twice": _control(LAST, role="clock", minimum=0),
    "clock a vector": _graph(
        [msgspec.structs.replace(standard()[CLOCK], shape=[4]), *standard()[1:]],
        lambda model: model.graph.input[-5].type.tensor_type.shape.dim.add(dim_value=4),
    ),
    "clock that runs backwards": _control(CLOCK, minimum=-1),
    "clock without a minimum": _control(CLOCK, minimum=None),
    "clock in a hurry": (UNSAFE, _fast_clock),
    "weight of frames a scalar": _control(PULL, role="frame_weight"),
    "weight of frames below zero": _control(WEIGHT, minimum=-1),
    "next frame that begins at 0": _control(NEXT, default=0, minimum=0),
    "next frame with a maximum": _control(NEXT, maximum=5),
    "next frame of fractions": _control(PULL, role="next_frame", default=-1, minimum=-1, maximum=None),
    "transitions without a control for the next frame": (CORRUPT, _without_next_frame),
    "input that nothing declares": _graph(standard(), shift("noise_uniform", "sway", [])),
    "input with another name than declared": _graph(standard(), rename(pull="push")),
    "input that is a constant in the graph": _graph(standard(), fix(pull=np.array(0.5, np.float32))),
}
"""Declarations with one thing wrong, by name."""
