"""Graphs that a reader must refuse: wrong operators, sizes and signatures (SPEC.md, §3)."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from bundle_spec.conformance.forge import with_graph, with_part
from bundle_spec.conformance.invalid.base import BASE, CORRUPT, UNSAFE, Build, Cases
from bundle_spec.container import GENERATOR_NAME, TRUNK_NAME


def _graph(verdict: str, name: str, change: Callable[[onnx.ModelProto], Any]) -> tuple[str, Build]:
    def apply(model: onnx.ModelProto) -> None:
        change(model)

    return verdict, lambda: with_graph(BASE, name, apply)


def _first(*nodes: onnx.NodeProto, **tensors: np.ndarray) -> Callable[[onnx.ModelProto], None]:
    """The generator with these nodes before its own; what they give is never read."""

    def change(model: onnx.ModelProto) -> None:
        own = list(model.graph.node)
        del model.graph.node[:]
        model.graph.node.extend([*nodes, *own])
        model.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in tensors.items())

    return change


def _last(*nodes: onnx.NodeProto, **tensors: np.ndarray) -> Callable[[onnx.ModelProto], None]:
    """The generator with these nodes between `rgb` as it was, now `old`, and the output."""

    def change(model: onnx.ModelProto) -> None:
        model.graph.node[-1].output[0] = "old"
        model.graph.node.extend(nodes)
        model.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in tensors.items())

    return change


def _operator(operator: str, **attributes: Any) -> Callable[[onnx.ModelProto], None]:
    return _last(helper.make_node(operator, ["old"], ["rgb"], **attributes))


def _branch() -> onnx.GraphProto:
    value = helper.make_tensor_value_info("out", TensorProto.FLOAT, [1])
    return helper.make_graph([helper.make_node("Identity", ["old"], ["out"])], "branch", [], [value])


def _external(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../../../etc/passwd")


def _external_constant(model: onnx.ModelProto) -> None:
    tensor = TensorProto(name="c", data_type=1, dims=[1], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="/etc/passwd")
    _first(helper.make_node("Constant", [], ["secret"], value=tensor))(model)


def _function(model: onnx.ModelProto) -> None:
    opset = [helper.make_opsetid("", 20)]
    model.functions.append(helper.make_function("d", "F", ["x"], ["y"], [], opset))


def _tensor(**fields: Any) -> Callable[[onnx.ModelProto], None]:
    def change(model: onnx.ModelProto) -> None:
        model.graph.initializer.append(TensorProto(name="odd", **fields))

    return change


def _doubling(model: onnx.ModelProto) -> None:
    """A value that is joined to itself fifty times."""
    nodes = [helper.make_node("Concat", [f"d{n}", f"d{n}"], [f"d{n + 1}"], axis=0) for n in range(50)]
    _first(helper.make_node("Identity", ["features"], ["d0"]), *nodes)(model)


def _many_constants(model: onnx.ModelProto) -> None:
    """Each within the limit, all of them far beyond: a runtime would compute them when it loads the graph."""
    side = np.array([1 << 22])
    nodes = [helper.make_node("ConstantOfShape", ["side"], [f"z{number}"]) for number in range(500)]
    _first(*nodes, side=side)(model)


def _working(model: onnx.ModelProto) -> None:
    """Products of matrices, small ones, far too many."""
    names = ["big", *(f"w{number}" for number in range(4000))]
    nodes = [helper.make_node("MatMul", [a, "big"], [b]) for a, b in pairwise(names)]
    column, row = np.ones((512, 1), np.float32), np.ones((1, 512), np.float32)
    _first(helper.make_node("MatMul", ["column", "row"], ["big"]), *nodes, column=column, row=row)(model)


def _two_values(model: onnx.ModelProto) -> None:
    """A constant with two values, of which checkers and runtimes may believe different ones."""
    node = helper.make_node("Constant", [], ["s"], value_ints=[1 << 29])
    node.attribute.append(helper.make_attribute("value_ints", [1]))
    _first(node, helper.make_node("ConstantOfShape", ["s"], ["t"]))(model)


def _scattering(model: onnx.ModelProto) -> None:
    """Little is given, but much is read."""
    index = helper.make_node("ConstantOfShape", ["many"], ["i"], value=numpy_helper.from_array(np.array([0])))
    update = helper.make_node("ConstantOfShape", ["many"], ["u"])
    nodes = [helper.make_node("ScatterElements", ["zero", "i", "u"], [f"s{number}"]) for number in range(2000)]
    _first(index, update, *nodes, many=np.array([1 << 23]), zero=np.zeros(1, np.float32))(model)


def _outer(model: onnx.ModelProto) -> None:
    """Every pixel with every other, every one of those with every feature."""
    turned = helper.make_node("Transpose", ["features"], ["turned"], perm=[1, 0])
    product = helper.make_node("MatMul", ["features", "turned"], ["pairs"])
    _first(
        turned,
        product,
        helper.make_node("Concat", ["pairs"] * 9, ["wide"], axis=1),
        helper.make_node("Relu", ["wide"], ["w"]),
    )(model)


def _garbage(name: str, data: bytes) -> tuple[str, Build]:
    return CORRUPT, lambda: with_part(BASE, name, data)


def _nodes(model: onnx.ModelProto) -> None:
    _first(*(helper.make_node("Relu", ["features"], [f"r{number}"]) for number in range(4097)))(model)


def _wide_output(model: onnx.ModelProto) -> None:
    _last(helper.make_node("Concat", ["old", "old"], ["rgb"], axis=-1))(model)


_SHAPE = np.array([1 << 20, 1 << 20])
"""A value of this shape has 2⁴⁰ elements, a thousand times as many as any value may have."""

GRAPHS: Cases = {
    "graph garbage": _garbage(GENERATOR_NAME, b"\x99" * 64),
    "graph empty": (UNSAFE, lambda: with_part(BASE, GENERATOR_NAME, b"")),
    "graph a pickle": _garbage(GENERATOR_NAME, b"\x80\x04\x95cposix\nsystem\n(S'id'\ntR."),
    "graph nested without end": _garbage(GENERATOR_NAME, b"\x3a\xff\xff\xff\x0f" * 2000),
    "graphs swapped": _garbage(GENERATOR_NAME, BASE.parts[TRUNK_NAME]),
    "graph with custom operator": _graph(UNSAFE, GENERATOR_NAME, _operator("Evil", domain="evil")),
    "graph with custom domain": _graph(
        UNSAFE, GENERATOR_NAME, lambda m: m.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    ),
    "graph with If": _graph(UNSAFE, GENERATOR_NAME, _operator("If", then_branch=_branch(), else_branch=_branch())),
    "graph with Loop": _graph(UNSAFE, GENERATOR_NAME, _operator("Loop", body=_branch())),
    "graph with Scan": _graph(UNSAFE, GENERATOR_NAME, _operator("Scan", body=_branch(), num_scan_inputs=1)),
    "graph with a subgraph in Relu": _graph(UNSAFE, GENERATOR_NAME, _operator("Relu", body=_branch())),
    "graph with RandomNormalLike": _graph(UNSAFE, GENERATOR_NAME, _operator("RandomNormalLike")),
    "graph with NonZero": _graph(UNSAFE, GENERATOR_NAME, _operator("NonZero")),
    "graph with Resize": _graph(UNSAFE, GENERATOR_NAME, _operator("Resize")),
    "graph with StringNormalizer": _graph(UNSAFE, GENERATOR_NAME, _operator("StringNormalizer")),
    "graph with a function": _graph(UNSAFE, GENERATOR_NAME, _function),
    "graph with training": _graph(UNSAFE, GENERATOR_NAME, lambda m: m.training_info.add()),
    "graph with external weights": _graph(UNSAFE, GENERATOR_NAME, _external),
    "graph with an external constant": _graph(UNSAFE, GENERATOR_NAME, _external_constant),
    "graph with sparse weights": _graph(UNSAFE, GENERATOR_NAME, lambda m: m.graph.sparse_initializer.add()),
    "graph with words": _graph(UNSAFE, GENERATOR_NAME, _tensor(data_type=8, dims=[1], string_data=[b"hello"])),
    "graph that casts to words": _graph(UNSAFE, GENERATOR_NAME, _operator("Cast", to=8)),
    "graph of opset 1": _graph(UNSAFE, GENERATOR_NAME, lambda m: setattr(m.opset_import[0], "version", 1)),
    "graph of opset 99": _graph(UNSAFE, GENERATOR_NAME, lambda m: setattr(m.opset_import[0], "version", 99)),
    "graph of too many nodes": _graph(UNSAFE, GENERATOR_NAME, _nodes),
    "graph with weights shorter than said": _graph(
        CORRUPT, GENERATOR_NAME, _tensor(data_type=1, dims=[1 << 20], raw_data=b"\0\0\0\0")
    ),
    "graph with weights of a terabyte": _graph(
        CORRUPT, GENERATOR_NAME, _tensor(data_type=1, dims=[1 << 20, 1 << 20], raw_data=b"\0\0\0\0")
    ),
    "graph with weights of no rows and 2^62 columns": _graph(
        UNSAFE, GENERATOR_NAME, _tensor(data_type=7, dims=[0, 1 << 62])
    ),
    "graph with names that are no text": (
        CORRUPT,
        lambda: with_part(BASE, GENERATOR_NAME, BASE.parts[GENERATOR_NAME].replace(b"features", b"\xff\xfeatures")),
    ),
    "graph that reshapes nothing into 2^62 columns": _graph(
        UNSAFE,
        GENERATOR_NAME,
        _first(helper.make_node("ConstantOfShape", ["s"], ["t"]), s=np.array([0, 1 << 62])),
    ),
    "graph with weights of negative size": _graph(UNSAFE, GENERATOR_NAME, _tensor(data_type=1, dims=[-1])),
    "graph that fills a terabyte": _graph(
        UNSAFE, GENERATOR_NAME, _first(helper.make_node("ConstantOfShape", ["s"], ["t"]), s=_SHAPE)
    ),
    "graph that expands to a terabyte": _graph(
        UNSAFE,
        GENERATOR_NAME,
        _first(helper.make_node("Expand", ["o", "s"], ["t"]), s=_SHAPE, o=np.ones((1, 1), np.float32)),
    ),
    "graph that tiles a terabyte": _graph(
        UNSAFE, GENERATOR_NAME, _first(helper.make_node("Tile", ["features", "s"], ["t"]), s=_SHAPE)
    ),
    "graph that doubles fifty times": _graph(UNSAFE, GENERATOR_NAME, _doubling),
    "graph of many large constants": _graph(UNSAFE, GENERATOR_NAME, _many_constants),
    "graph that works for hours": _graph(UNSAFE, GENERATOR_NAME, _working),
    "graph that pairs all pixels": _graph(UNSAFE, GENERATOR_NAME, _outer),
    "graph with a size from data": _graph(
        UNSAFE,
        GENERATOR_NAME,
        _first(
            helper.make_node("ReduceMax", ["features"], ["m"], keepdims=0),
            helper.make_node("Cast", ["m"], ["n"], to=7),
            helper.make_node("Reshape", ["n", "one"], ["s"]),
            helper.make_node("ConstantOfShape", ["s"], ["t"]),
            one=np.array([1]),
        ),
    ),
    "graph that reads what is not there": _graph(
        CORRUPT, GENERATOR_NAME, _first(helper.make_node("Relu", ["nothing"], ["t"]))
    ),
    "graph that reads itself": _graph(CORRUPT, GENERATOR_NAME, _first(helper.make_node("Relu", ["t"], ["t"]))),
    "graph that writes twice": _graph(
        CORRUPT,
        GENERATOR_NAME,
        _first(helper.make_node("Relu", ["features"], ["t"]), helper.make_node("Relu", ["features"], ["t"])),
    ),
    "graph without its output": _graph(CORRUPT, GENERATOR_NAME, lambda m: m.graph.node.pop()),
    "graph with sizes that don't fit": _graph(
        CORRUPT,
        GENERATOR_NAME,
        _first(helper.make_node("Add", ["features", "t"], ["u"]), t=np.ones((7, 5), np.float32)),
    ),
    "graph with an input renamed": _graph(
        CORRUPT, GENERATOR_NAME, lambda m: setattr(m.graph.input[0], "name", "embeddings")
    ),
    "graph with an input of doubles": _graph(
        CORRUPT, GENERATOR_NAME, lambda m: setattr(m.graph.input[0].type.tensor_type, "elem_type", 11)
    ),
    "graph with a wider output than declared": _graph(CORRUPT, GENERATOR_NAME, _wide_output),
    "graph in another format as well": (
        UNSAFE,
        lambda: with_part(BASE, GENERATOR_NAME, b"\x82\x80\x80\x01ORTM" + BASE.parts[GENERATOR_NAME]),
    ),
    "graph with an output that has no name": _graph(
        CORRUPT,
        GENERATOR_NAME,
        _first(helper.make_node("Split", ["features", "s"], ["t", ""], axis=1), s=np.array([2, 4])),
    ),
    "graph with a node that gives nothing": _graph(
        CORRUPT, GENERATOR_NAME, _first(helper.make_node("Relu", ["features"], []))
    ),
    "graph that divides the least number by -1": _graph(
        UNSAFE,
        GENERATOR_NAME,
        _first(
            helper.make_node("Cast", ["features"], ["n"], to=7),
            helper.make_node("Mul", ["n", "o"], ["m"]),
            helper.make_node("Add", ["m", "l"], ["k"]),
            helper.make_node("Div", ["k", "d"], ["t"]),
            o=np.array([0]),
            l=np.array([-(2**63)]),
            d=np.array([-1]),
        ),
    ),
    "graph that divides by data": _graph(
        UNSAFE,
        GENERATOR_NAME,
        _first(
            helper.make_node("Cast", ["features"], ["n"], to=7),
            helper.make_node("Mod", ["n", "n"], ["t"]),
        ),
    ),
    "graph with one attribute twice": _graph(UNSAFE, GENERATOR_NAME, _two_values),
    "graph with a size from fractions": _graph(
        UNSAFE,
        GENERATOR_NAME,
        _first(
            helper.make_node("Cast", ["a"], ["b"], to=1),
            helper.make_node("Cast", ["c"], ["d"], to=1),
            helper.make_node("Div", ["b", "d"], ["e"]),
            helper.make_node("Cast", ["e"], ["f"], to=7),
            helper.make_node("ConstantOfShape", ["f"], ["t"]),
            a=np.array([1 << 30]),
            c=np.array([2]),
        ),
    ),
    "graph that squeezes no axes": _graph(
        CORRUPT,
        GENERATOR_NAME,
        _first(helper.make_node("Squeeze", ["one", "none"], ["t"]), one=np.ones((1, 7)), none=np.zeros(0, np.int64)),
    ),
    "graph that squeezes whatever is 1": _graph(
        CORRUPT, GENERATOR_NAME, _first(helper.make_node("Squeeze", ["one"], ["t"]), one=np.ones((1, 7)))
    ),
    "graph that slices backwards from before the first": _graph(
        UNSAFE,
        GENERATOR_NAME,
        _first(
            helper.make_node("Slice", ["five", "from", "to", "axes", "by"], ["s"]),
            helper.make_node("Shape", ["s"], ["n"]),
            helper.make_node("Mul", ["n", "many"], ["m"]),
            helper.make_node("ConstantOfShape", ["m"], ["t"]),
            **{"five": np.arange(5), "from": np.array([-100]), "to": np.array([-(2**62)]), "axes": np.array([0])},
            by=np.array([-1]),
            many=np.array([1 << 29]),
        ),
    ),
    "graph that scatters for hours": _graph(UNSAFE, GENERATOR_NAME, _scattering),
    "graph of doubles": _graph(
        UNSAFE,
        GENERATOR_NAME,
        _first(
            helper.make_node("Cast", ["features"], ["d"], to=11),
            helper.make_node("Concat", ["d"] * 1400, ["t"], axis=1),
        ),
    ),
    "graph of two sets of operators": _graph(
        UNSAFE, GENERATOR_NAME, lambda m: m.opset_import.append(helper.make_opsetid("ai.onnx", 11))
    ),
    "graph without an attribute": _graph(
        CORRUPT, GENERATOR_NAME, _first(helper.make_node("Concat", ["features", "features"], ["t"]))
    ),
}
"""Graphs with one thing wrong, by name."""
