"""Weights as bytes: the format has no constants of one byte, so four of them share a whole number of 32 bits."""

from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from alive_cli.training.steps import MOST_STEPS, byte_steps

SHARING = 4
"""So many bytes share a whole number."""


def packed(tensor: onnx.TensorProto, prefix: str) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]] | None:
    """Nodes that give a tensor of 32-bit floats from bytes, and their constants; None if bytes can't hold it.

    Runtimes fold these nodes when they load a graph.

    Args:
        prefix: with it begin the names of all values between.
    """
    array = numpy_helper.to_array(tensor)
    steps = byte_steps(array)
    if steps is None or array.size % SHARING:
        return None
    digits = np.arange(SHARING, dtype=np.int64)
    numbers = (np.round(array / steps).astype(np.int64) + MOST_STEPS).reshape(-1, SHARING)
    constants = {
        "words": (numbers << (8 * digits)).sum(1, keepdims=True).astype(np.uint32).view(np.int32),
        "above": 256 ** (digits + 1),
        "below": 256**digits,
        "zero": np.array(MOST_STEPS, np.float32),
        "shape": np.array(array.shape, np.int64),
        "steps": steps,
    }
    chain: list[tuple[str, str, dict[str, Any]]] = [
        ("Cast", "words", {"to": onnx.TensorProto.INT64}),
        ("Mod", "above", {}),  # the remainder is never negative
        ("Div", "below", {}),
        ("Cast", "", {"to": onnx.TensorProto.FLOAT}),
        ("Sub", "zero", {}),
        ("Reshape", "shape", {}),
        ("Mul", "steps", {}),
    ]
    nodes: list[onnx.NodeProto] = []
    before: list[str] = []
    for number, (operator, constant, attributes) in enumerate(chain):
        after = tensor.name if number + 1 == len(chain) else f"{prefix}{number}"
        inputs = [*before, *([prefix + constant] if constant else [])]
        nodes.append(helper.make_node(operator, inputs, [after], **attributes))
        before = [after]
    return nodes, [numpy_helper.from_array(array, prefix + name) for name, array in constants.items()]
