"""Graphs, tables and keys of drawings of keyframes that a reader must refuse (SPEC.md, §3)."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from bundle_spec.conformance.forge import with_manifest
from bundle_spec.conformance.invalid.base import CORRUPT, UNSAFE, Build, Cases
from bundle_spec.conformance.invalid.warp import WARPED, generator_graph, table, trunk_graph, warp_fields
from bundle_spec.conformance.warp import FEATURES, KEYFRAMES, MIXED, MOTION_MODES

Change = Callable[[onnx.ModelProto], Any]
"""A change to a graph happens in place."""


def _shape(name: str, *dims: int | str) -> Change:
    """An input or output has another shape; the nodes stay as they are."""

    def change(model: onnx.ModelProto) -> None:
        for value in (*model.graph.input, *model.graph.output):
            if value.name == name:
                value.CopyFrom(helper.make_tensor_value_info(name, value.type.tensor_type.elem_type, dims))

    return change


def _kind(name: str, kind: int) -> Change:
    """An output is cast to another type."""

    def change(model: onnx.ModelProto) -> None:
        _renamed(model, name)
        model.graph.node.append(helper.make_node("Cast", ["before"], [name], to=kind))
        next(each for each in model.graph.output if each.name == name).type.tensor_type.elem_type = kind

    return change


def _renamed(model: onnx.ModelProto, name: str) -> None:
    """The value that is an output of this name is named `before`."""
    for node in model.graph.node:
        node.input[:] = ["before" if each == name else each for each in node.input]
        node.output[:] = ["before" if each == name else each for each in node.output]


def _name(old: str, new: str) -> Change:
    """An input or output has another name."""

    def change(model: onnx.ModelProto) -> None:
        for value in (*model.graph.input, *model.graph.output):
            value.name = new if value.name == old else value.name
        for node in model.graph.node:
            node.input[:] = [new if each == old else each for each in node.input]
            node.output[:] = [new if each == old else each for each in node.output]

    return change


def _another_input(model: onnx.ModelProto) -> None:
    model.graph.input.append(helper.make_tensor_value_info("mood", TensorProto.FLOAT, ["B", 1]))


def _another_output(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("Identity", ["shift"], ["mood"]))
    model.graph.output.append(helper.make_tensor_value_info("mood", TensorProto.FLOAT, ["B", MOTION_MODES]))


def _constant(model: onnx.ModelProto, name: str, value: Any) -> str:
    model.graph.initializer.append(numpy_helper.from_array(np.asarray(value), name))
    return name


def _of_other_shape(model: onnx.ModelProto) -> None:
    """The weights are declared as [B, L], and computed as [B, 1]."""
    _renamed(model, "weight")
    axes = _constant(model, "axes", np.array([1]))
    model.graph.node.append(helper.make_node("ReduceMax", ["before", axes], ["weight"], keepdims=1))


def _by_data(model: onnx.ModelProto) -> None:
    """The shape of the shift is computed from the numbers of the keyframes."""
    _renamed(model, "shift")
    node = model.graph.node
    axes = _constant(model, "axes", np.array([0, 1]))
    node.append(helper.make_node("ReduceMax", ["keyframe", axes], ["most"], keepdims=0))
    node.append(helper.make_node("Mul", ["most", _constant(model, "zero", np.array([0, 0]))], ["none"]))
    shape = _constant(model, "shape", np.array([-1, MOTION_MODES]))
    node.append(helper.make_node("Add", ["none", shape], ["sides"]))
    node.append(helper.make_node("Reshape", ["before", "sides"], ["shift"]))


def _hungry(*shape: int) -> Change:
    """The first output has zeros added that were summed over this shape, beside its own first dimension."""

    def change(model: onnx.ModelProto) -> None:
        name = model.graph.output[0].name if model.graph.output[0].name == "features" else "shift"
        _renamed(model, name)
        node = model.graph.node
        first = "coords" if name == "features" else "embedding"
        axes = _constant(model, "axes", np.array([1]))
        node.append(helper.make_node("ReduceSum", [first, axes], ["one"], keepdims=1))
        node.append(helper.make_node("Expand", ["one", _constant(model, "wide", np.array([1, *shape]))], ["much"]))
        node.append(helper.make_node("Sin", ["much"], ["waves"]))
        node.append(helper.make_node("ReduceMean", ["waves", axes], ["mean"], keepdims=1))
        node.append(helper.make_node("Mul", ["mean", _constant(model, "nothing", np.float32(0))], ["zeros"]))
        node.append(helper.make_node("Add", ["before", "zeros"], [name]))

    return change


def _busy(times: int, width: int) -> Change:
    """An output has zeros added that took many matrix products to compute."""

    def change(model: onnx.ModelProto) -> None:
        name = model.graph.output[0].name if model.graph.output[0].name == "features" else "shift"
        first = "coords" if name == "features" else "embedding"
        _renamed(model, name)
        node = model.graph.node
        axes = _constant(model, "axes", np.array([1]))
        node.append(helper.make_node("ReduceSum", [first, axes], ["one"], keepdims=1))
        node.append(helper.make_node("Expand", ["one", _constant(model, "wide", np.array([1, width]))], ["busy0"]))
        square = _constant(model, "square", np.array([width, width]))
        node.append(helper.make_node("ConstantOfShape", [square], ["matrix"]))
        for number in range(times):
            node.append(helper.make_node("MatMul", [f"busy{number}", "matrix"], [f"busy{number + 1}"]))
        node.append(helper.make_node("ReduceMean", [f"busy{times}", axes], ["zeros"], keepdims=1))
        node.append(helper.make_node("Add", ["before", "zeros"], [name]))

    return change


def _drawing(**fields: Any) -> Build:
    """Keys of `drawing` have other values."""
    return lambda: with_manifest(WARPED, lambda manifest: manifest["drawing"].update(fields))


def _without(key: str) -> Build:
    def change(manifest: dict[str, Any]) -> None:
        del manifest["drawing"]["warp"][key]

    return lambda: with_manifest(WARPED, change)


def _feeding(*pairs: tuple[str, str]) -> tuple[str, Build]:
    """The bank of the generator has these pairs of input and tensor more."""

    def change(manifest: dict[str, Any]) -> None:
        manifest["drawing"]["warp"]["bank"] += [{"input": name, "tensor": tensor} for name, tensor in pairs]

    return CORRUPT, lambda: with_manifest(WARPED, change)


def _fast() -> bytes:
    def change(manifest: dict[str, Any]) -> str:
        manifest["drawing"]["fast"] = manifest["drawing"]["generator"]
        return json.dumps(manifest)

    return with_manifest(WARPED, change)


WARP_GRAPHS: Cases = {
    "warp a list": (CORRUPT, _drawing(warp=[])),
    "warp a text": (CORRUPT, _drawing(warp="keyframes")),
    "warp empty": (CORRUPT, _drawing(warp={})),
    "warp null over graphs of 1.1": (CORRUPT, _drawing(warp=None)),
    **{f"warp without {key}": (CORRUPT, _without(key)) for key in ("keyframes", "count", "bank", "colour_grid")},
    "warp with a fast generator": (CORRUPT, _fast),
    "warp with a mask that isn't there": (CORRUPT, _drawing(mask="mask.png")),
    "keyframes of a negative number": warp_fields(CORRUPT, count=-1),
    "keyframes of a number and a half": warp_fields(CORRUPT, count=4.5),
    "keyframes of a text": warp_fields(CORRUPT, count="4"),
    "keyframes of true": warp_fields(CORRUPT, count=True),
    "keyframes of null": warp_fields(CORRUPT, count=None),
    "keyframes of 2 to the 64th": warp_fields(CORRUPT, count=2**64),
    "keyframes 1,025": warp_fields(UNSAFE, count=1025),
    "keyframes of no width": warp_fields(CORRUPT, width=0),
    "keyframes of a negative height": warp_fields(CORRUPT, height=-14),
    "keyframes of a broken width": warp_fields(CORRUPT, width=21.5),
    "keyframes a path": warp_fields(CORRUPT, keyframes="../keyframes.safetensors"),
    "keyframes without a name": warp_fields(CORRUPT, keyframes=""),
    "keyframes of 4,096 by 2,049 pixels": warp_fields(UNSAFE, width=4096, height=2049),
    "motion modes none": warp_fields(CORRUPT, motion_modes=0),
    "motion modes 129": warp_fields(UNSAFE, motion_modes=129),
    "colour modes none": warp_fields(CORRUPT, colour_modes=0),
    "colour modes 257": warp_fields(UNSAFE, colour_modes=257),
    "colour modes one less": warp_fields(CORRUPT, colour_modes=1),
    "motion grid of 129 cells a side": warp_fields(UNSAFE, motion_grid=[1, 129]),
    "motion grid of three sides": warp_fields(CORRUPT, motion_grid=[5, 4, 1]),
    "motion grid of negative cells": warp_fields(CORRUPT, motion_grid=[5, -4]),
    "motion grid of texts": warp_fields(CORRUPT, motion_grid=["5", "4"]),
    "colour grid a number": warp_fields(CORRUPT, colour_grid=48),
    "colour grid of half cells": warp_fields(CORRUPT, colour_grid=[8.5, 6]),
    "grids of too many values": warp_fields(UNSAFE, colour_grid=[512, 512], colour_modes=65),
    "warp bank a text": warp_fields(CORRUPT, bank="observed"),
    "warp bank of no tensors": warp_fields(CORRUPT, bank=[]),
    "warp bank feeds one input twice": _feeding(("observed", "embedding")),
    "warp bank feeds the embedding": _feeding(("embedding", "embedding")),
    "warp bank reads what isn't there": _feeding(("mood", "mood")),
    "trunk gives one feature more": trunk_graph(_shape("features", "P", FEATURES + 1)),
    "trunk gives features of one number of points": trunk_graph(_shape("features", 2048, FEATURES)),
    "trunk gives features of rollouts": trunk_graph(_shape("features", "B", FEATURES)),
    "trunk gives features by another name": trunk_graph(_name("features", "modes")),
    "trunk reads coords in space": trunk_graph(_shape("coords", "P", 3)),
    "trunk reads coords by another name": trunk_graph(_name("coords", "points")),
    "trunk gives whole numbers": trunk_graph(_kind("features", TensorProto.INT32)),
    "trunk of half a gigabyte": trunk_graph(_hungry(1 << 16), UNSAFE),
    "trunk too busy for a few points": trunk_graph(_busy(20, 512), UNSAFE),
    "warp numbers of keyframes in floats": generator_graph(_kind("keyframe", TensorProto.FLOAT)),
    "warp numbers of keyframes in 32 bits": generator_graph(_kind("keyframe", TensorProto.INT32)),
    "warp weights of one keyframe more": generator_graph(_shape("weight", "B", MIXED + 1)),
    "warp weights in columns": generator_graph(_shape("weight", "B", MIXED, 1)),
    "warp weights of another shape than declared": generator_graph(_of_other_shape),
    "warp mixes no keyframes": generator_graph(_shape("keyframe", "B", 0)),
    "warp mixes any number of keyframes": generator_graph(_shape("keyframe", "B", "N")),
    "warp motion the other way round": generator_graph(_shape("motion", "B", MOTION_MODES, MIXED)),
    "warp colours the other way round": generator_graph(_shape("colour", "B", 3, 2)),
    "warp colours with alpha": generator_graph(_shape("colour", "B", 2, 4)),
    "warp shift of one rollout": generator_graph(_shape("shift", 1, MOTION_MODES)),
    "warp shift of a size that depends on data": generator_graph(_by_data, UNSAFE),
    "warp offset of one mode more": generator_graph(_shape("offset", "B", MOTION_MODES + 1)),
    "warp offset by another name": generator_graph(_name("offset", "steering")),
    "warp embedding of another dimension": generator_graph(_shape("embedding", "B", 5)),
    "warp with one input more": generator_graph(_another_input),
    "warp with one output more": generator_graph(_another_output),
    "warp of half a gigabyte": generator_graph(_hungry(1 << 27), UNSAFE),
    "warp too busy for a frame": generator_graph(_busy(2100, 2048), UNSAFE),
    "keyframe numbers of 2 to the 62nd": table("frame_keyframe", lambda t: np.full_like(t, 2**62)),
    "keyframe numbers of minus 2 to the 63rd": table("frame_keyframe", lambda t: np.full_like(t, -(2**63))),
    "keyframe numbers of one frame wrong": table("frame_keyframe", lambda t: np.append(t[:-1], KEYFRAMES)),
    "keyframe numbers in bytes": table("frame_keyframe", lambda t: t.astype(np.uint8)),
    "keyframe numbers in floats": table("frame_keyframe", lambda t: t.astype(np.float32)),
    "keyframe numbers in columns": table("frame_keyframe", lambda t: t[:, None]),
    "keyframe numbers of no frames": table("frame_keyframe", lambda t: t[:0]),
    "motion of one infinity in half precision": table("frame_motion", lambda t: np.where(t == t.max(), np.inf, t)),
    "motion of a mode less": table("frame_motion", lambda t: t[:, 1:]),
    "motion in whole numbers": table("frame_motion", lambda t: t.astype(np.int64)),
    "colours the other way round": table("frame_colour", lambda t: t.transpose(0, 2, 1)),
}
"""Drawings of keyframes with one thing wrong in graphs, tables or keys, by name."""
