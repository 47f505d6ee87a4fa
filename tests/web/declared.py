"""A scene whose behavior declares controls of its own, made without training."""

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from bundle_spec.conformance.controls import declare, standard
from bundle_spec.conformance.forge import archive, items
from bundle_spec.conformance.scenes import DIMENSION, scene
from bundle_spec.manifest import Control


def control(name: str, **fields: Any) -> Control:
    """A declaration; unless fields say otherwise it is a number from 0 to 1 whose default is 0."""
    scalar: dict[str, Any] = {"dtype": "float32", "shape": [], "default": 0, "minimum": 0, "maximum": 1}
    return Control(name=name, **scalar | fields)


def declared_scene(*more: Control, steps: int = 1, largest_step: float | None = None) -> bytes:
    """The scene of the conformance bundles, with more controls, which shift its embeddings.

    The sum of their values times (1, 2, 3, 4) is added to each embedding before it is scaled to unit length again.

    Args:
        more: scalars or vectors of 32-bit floats.
        steps: `steps_per_frame` of the manifest.
        largest_step: as in the manifest.
    """
    plain = scene(layers=True, steps=steps, largest_step=largest_step)

    def shift(model: onnx.ModelProto) -> None:
        _shift(model.graph, list(more))

    return archive(items(declare(plain, [*standard(), *more], [shift])))


def _shift(graph: onnx.GraphProto, controls: list[Control]) -> None:
    for node in graph.node:
        for place, name in enumerate(node.output):
            if name == "embedding":
                node.output[place] = "before"
    directions = np.arange(1, DIMENSION + 1, dtype=np.float32)
    graph.initializer.append(numpy_helper.from_array(directions, "directions"))
    value = "before"
    for number, each in enumerate(controls):
        graph.input.append(helper.make_tensor_value_info(each.name, TensorProto.FLOAT, each.shape))
        total, push, sum_ = f"total{number}", f"push{number}", f"sum{number}"
        graph.node.append(helper.make_node("ReduceSum", [each.name], [total], keepdims=0))
        graph.node.append(helper.make_node("Mul", ["directions", total], [push]))
        graph.node.append(helper.make_node("Add", [value, push], [sum_]))
        value = sum_
    graph.initializer.append(numpy_helper.from_array(np.array([-1]), "last_axis"))
    graph.node.append(helper.make_node("ReduceL2", [value, "last_axis"], ["new_length"], keepdims=1))
    graph.node.append(helper.make_node("Div", [value, "new_length"], ["embedding"]))
