"""A scene whose behavior declares controls of its own, made without training."""

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from bundle_spec.conformance.forge import with_manifest
from bundle_spec.conformance.scenes import DIMENSION, scene
from bundle_spec.container import BEHAVIOR_NAME, Bundle

Declaration = dict[str, Any]

STANDARD: list[Declaration] = [
    {"name": "temperature", "default": 1, "minimum": 0, "maximum": 100, "role": "clock"},
    {"name": "pull", "default": 0.1, "minimum": 0, "maximum": 1},
    {"name": "novelty", "default": 0.5, "minimum": 0, "maximum": 1},
    {"name": "bank_weight", "shape": ["N"], "default": 1, "minimum": 0, "maximum": None, "role": "frame_weight"},
    {
        "name": "next_node",
        "dtype": "int64",
        "shape": ["B"],
        "role": "next_frame",
        "default": -1,
        "minimum": -1,
        "maximum": None,
    },
]
"""The five controls of format 1.0, declared."""


def complete(declaration: Declaration) -> Declaration:
    """A declaration with every key of the format; one that has only a name is a number from 0 to 1."""
    plain = {"dtype": "float32", "shape": [], "role": "plain", "default": 0, "minimum": 0, "maximum": 1}
    return plain | {"description": ""} | declaration


def declared_scene(*more: Declaration, steps: int = 1, largest_step: float | None = None) -> bytes:
    """The scene of the conformance bundles, with more controls, which shift its embeddings.

    The sum of their values times (1, 2, 3, 4) is added to each embedding before it is scaled to unit length again.

    Args:
        more: declarations of scalars or vectors of 32-bit floats, with the keys that `complete` doesn't add.
        steps: `steps_per_frame` of the manifest.
        largest_step: as in the manifest.
    """
    plain = scene(layers=True, steps=steps, largest_step=largest_step)
    extra = [complete(declaration) for declaration in more]
    parts = plain.parts | {BEHAVIOR_NAME: _shifted(plain.parts[BEHAVIOR_NAME], extra)}

    def change(manifest: dict[str, Any]) -> None:
        behavior = manifest["behavior"]
        behavior["graph"]["inputs"] += [
            {key: declaration[key] for key in ("name", "dtype", "shape")} for declaration in extra
        ]
        behavior["controls"] = [complete(declaration) for declaration in STANDARD] + extra
        manifest |= {"format_version": "1.1", "min_reader_version": "1.1"}
        manifest["features_used"] = manifest["features_required"] = ["controls"]

    return with_manifest(Bundle(plain.manifest, parts), change)


def _shifted(behavior: bytes, extra: list[Declaration]) -> bytes:
    model = onnx.load_from_string(behavior)
    graph = model.graph
    for node in graph.node:
        for place, name in enumerate(node.output):
            if name == "embedding":
                node.output[place] = "before"
    directions = np.arange(1, DIMENSION + 1, dtype=np.float32)
    graph.initializer.append(numpy_helper.from_array(directions, "directions"))
    value = "before"
    for number, declaration in enumerate(extra):
        name = declaration["name"]
        graph.input.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, declaration["shape"]))
        total, push, sum_ = f"total{number}", f"push{number}", f"sum{number}"
        graph.node.append(helper.make_node("ReduceSum", [name], [total], keepdims=0))
        graph.node.append(helper.make_node("Mul", ["directions", total], [push]))
        graph.node.append(helper.make_node("Add", [value, push], [sum_]))
        value = sum_
    graph.initializer.append(numpy_helper.from_array(np.array([-1]), "last_axis"))
    graph.node.append(helper.make_node("ReduceL2", [value, "last_axis"], ["new_length"], keepdims=1))
    graph.node.append(helper.make_node("Div", [value, "new_length"], ["embedding"]))
    return model.SerializeToString(deterministic=True)
