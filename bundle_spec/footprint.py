"""What running a graph takes, computed before it runs: sizes of its values, memory, work (SPEC.md, §3).

A graph of a hundred bytes can ask for a terabyte, so every value is sized before a runtime sees the graph. A graph in
which that is impossible is refused.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bundle_spec.errors import CorruptBundle, UnsafeBundle
from bundle_spec.onnx_messages import ModelProto, TensorProto, tensor_array
from bundle_spec.operators import FOLDS, LOGICAL, SHAPES
from bundle_spec.values import WHOLE, Node, Shape, Value

MAX_VALUE_ELEMENTS = 1 << 30
"""A value has at most this many elements, and no larger dimension; the limits on memory allow far less."""
MAX_KNOWN = 1024
"""A shape is computed from values of at most this many elements, so that computing shapes stays cheap."""
MAX_RANK = 8
"""A value has at most this many dimensions, because runtimes support no more everywhere."""


@dataclass(frozen=True)
class Footprint:
    """Memory and work of one run of a graph."""

    live: int
    """Largest number of bytes of computed values that are alive at once."""
    kept: int
    """Bytes of constants: weights, and what is computed from them alone."""
    work: int
    """Sum over the nodes of the elements that each reads or computes, whichever are more; an element of a matrix
    product counts once for each of its terms."""
    outputs: dict[str, Shape]


def footprint(model: ModelProto, sizes: Mapping[str, int]) -> Footprint:
    """Size every value of a graph, without running it.

    Args:
        model: a graph that `check_graph` returned.
        sizes: the free dimensions of the inputs (B, P, N).

    Raises:
        CorruptBundle: a node doesn't fit its inputs, or reads a value that no earlier node gives.
        UnsafeBundle: a value has more than MAX_VALUE_ELEMENTS elements or MAX_RANK dimensions, or its size depends on
            data.
    """
    graph = model.graph
    try:
        values = {tensor.name: _constant(tensor) for tensor in graph.initializer}
    except ValueError as error:
        raise CorruptBundle("a constant is longer or shorter than its shape") from error
    kept = sum(value.bytes for value in values.values())
    for entry in graph.input:
        if entry.name in values:
            raise CorruptBundle("an input is also a constant")
        shape = [sizes[dim.dim_param] if dim.dim_param else dim.dim_value for dim in entry.type.tensor_type.shape.dim]
        values[entry.name] = Value(tuple(shape), entry.type.tensor_type.elem_type)
    # Lists, because each look into a protobuf message costs as much as sizing a value.
    nodes = [(proto, list(proto.input), list(proto.output)) for proto in graph.node]
    last = {name: number for number, (_, inputs, _) in enumerate(nodes) for name in inputs}
    last |= dict.fromkeys((value.name for value in graph.output), len(nodes))
    alive: dict[str, int] = {}
    live = most = work = 0
    for number, (proto, inputs, outputs) in enumerate(nodes):
        try:
            node = Node(proto, [values[name] if name else None for name in inputs])
            results, cost = _run(node)
        except UnsafeBundle as error:
            raise UnsafeBundle(f"{proto.op_type} asks for {error}") from None
        except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
            raise CorruptBundle(f"{proto.op_type} doesn't fit its inputs") from error
        work += cost
        for name, value in zip(outputs, results, strict=False):
            if name in values:
                raise CorruptBundle(f"{proto.op_type} gives a value whose name is in use")
            values[name] = value
            if value.constant:
                kept += value.bytes
            else:
                alive[name] = value.bytes
                live += value.bytes
        most = max(most, live)
        for name in (*inputs, *outputs):
            if name in alive and last.get(name, -1) <= number:
                live -= alive.pop(name)
    missing = [value.name for value in graph.output if value.name not in values]
    if missing:
        raise CorruptBundle("an output is never computed")
    return Footprint(most, kept, work, {value.name: values[value.name].shape for value in graph.output})


def _run(node: Node) -> tuple[list[Value], int]:
    """The outputs of a node, and the work that it takes."""
    operator = node.proto.op_type
    shapes, kinds = SHAPES[operator](node), _kinds(node)
    if len(node.proto.output) > len(shapes):
        raise ValueError("more outputs than the operator has")
    total = 0
    for shape in shapes:
        elements = math.prod(shape)
        total += elements
        # A value without elements can still have a dimension that no index reaches.
        largest = max(elements, *shape, 0)
        if largest > MAX_VALUE_ELEMENTS or len(shape) > MAX_RANK or min(shape, default=0) < 0:
            raise UnsafeBundle(f"a value of {'×'.join(str(size) for size in shape[:MAX_RANK])} elements")
    constant = all(value is None or value.constant for value in node.inputs)
    if operator in ("Div", "Mod") and node.kind() in WHOLE and not _harmless(node):
        raise UnsafeBundle("a division of whole numbers by what may be 0 or -1")  # it can end the whole process
    known = None
    fold = FOLDS.get(operator) if kinds[0] in WHOLE else None
    if fold and total <= MAX_KNOWN and all(value is None or _foldable(node, value) for value in node.inputs):
        known = np.asarray(fold(node)).reshape(shapes[0])
    inner = 1
    if operator in ("MatMul", "Gemm"):
        transposed = operator == "Gemm" and node.attributes.get("transA", 0)
        inner = node.shape(0)[0 if transposed else -1]
    reads = sum(value.elements for value in node.inputs if value is not None)
    values = [Value(shape, kind, known, constant) for shape, kind in zip(shapes, kinds, strict=False)]
    return values, max(reads, total * max(1, inner))


def _kinds(node: Node) -> list[int]:
    """The element types of a node's outputs."""
    operator = node.proto.op_type
    if operator == "Cast":
        return [node.attributes["to"]]
    if operator in ("Shape", "ArgMax", "ArgMin"):
        return [TensorProto.INT64]
    if operator in LOGICAL:
        return [TensorProto.BOOL]
    if operator == "TopK":
        return [node.kind(), TensorProto.INT64]
    if operator in ("Constant", "ConstantOfShape"):
        return [_constant_kind(node)]
    return [node.kind(1 if operator == "Where" else 0)] * max(3, len(node.proto.output))


def _constant_kind(node: Node) -> int:
    if "value" in node.attributes:
        return int(node.attributes["value"].data_type)
    whole = "value_int" in node.attributes or "value_ints" in node.attributes
    return int(TensorProto.INT64 if whole else TensorProto.FLOAT)


def _harmless(node: Node) -> bool:
    """Whether an integer division divides neither anything by 0 nor the least number by −1."""
    divisor = node.inputs[1]
    return divisor is not None and divisor.known is not None and not np.isin(divisor.known, (0, -1)).any()


def _foldable(node: Node, value: Value) -> bool:
    return node.proto.op_type == "Shape" or value.known is not None


def _constant(tensor: TensorProto) -> Value:
    shape = tuple(tensor.dims)
    small = tensor.data_type in WHOLE and math.prod(shape) <= MAX_KNOWN
    return Value(shape, tensor.data_type, tensor_array(tensor) if small else None, constant=True)
