"""Graphs bound to buffers: right when they keep to their shapes, refused when they don't."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from alive_cli.runtime.session import BoundGraph, open_session
from bundle_spec.errors import CorruptBundle


def graph(*nodes: onnx.NodeProto) -> bytes:
    value = helper.make_tensor_value_info
    made = helper.make_graph(
        nodes,
        "g",
        [value("x", TensorProto.FLOAT, ["P", 3]), value("shift", TensorProto.FLOAT, [1])],
        [value("y", TensorProto.FLOAT, ["P", 3])],
    )
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=9).SerializeToString()


def test_values_are_read_anew_at_each_run() -> None:
    bound = BoundGraph(open_session(graph(helper.make_node("Add", ["x", "shift"], ["y"]))), "y", (4, 3))
    shift = np.zeros(1, np.float32)
    bound.set_input("x", np.ones((4, 3), np.float32))
    bound.share_input("shift", shift)
    assert (bound.run() == 1).all()
    shift[0] = 2
    assert (bound.run() == 3).all()
    bound.set_input("x", np.zeros((4, 3), np.float32))
    assert (bound.run() == 2).all()


def test_an_output_that_doesnt_fit_its_buffer_is_refused() -> None:
    twice = [helper.make_node("Add", ["x", "shift"], ["a"]), helper.make_node("Concat", ["a", "a"], ["y"], axis=0)]
    bound = BoundGraph(open_session(graph(*twice)), "y", (4, 3))
    bound.set_input("x", np.ones((4, 3), np.float32))
    bound.share_input("shift", np.zeros(1, np.float32))
    with pytest.raises(CorruptBundle, match="can't be run"):
        bound.run()
