"""What running a graph would take, told from the graph alone: sizes of its values, memory, work (SPEC.md, Graphs).

A graph of a hundred bytes can ask for a terabyte, so its values are sized before a runtime sees it. That is
possible because no allowed operator gives an output whose size depends on data: where a shape is computed,
it is computed here as well, from sizes and constants, and a graph in which that can't be done is refused.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from bundle_spec.errors import CorruptBundle, UnsafeBundle
from bundle_spec.onnx_messages import DTYPES, ModelProto, NodeProto, TensorProto, attribute_value, tensor_array

MAX_VALUE_ELEMENTS = 1 << 30
"""Where measuring stops; what a bundle may ask for is less (limits.py)."""
MAX_KNOWN = 1024
"""Elements of a value that a shape may be computed from."""
MAX_RANK = 8
WHOLE = (TensorProto.INT64, TensorProto.INT32, TensorProto.BOOL)
ELEMENT_BYTES = {kind: dtype.itemsize for kind, dtype in DTYPES.items()}
"""The types that a graph may compute with."""

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Footprint:
    """What one run takes."""

    live: int
    """Most bytes alive at once, inputs and constants aside."""
    kept: int
    """Bytes of constants: weights, and what is computed from them alone."""
    work: int
    """Elements read or computed, whichever are more, and multiply-adds of matrix products."""
    outputs: dict[str, Shape]


@dataclass(frozen=True)
class Value:
    """What is known of a value before anything runs."""

    shape: Shape
    kind: int
    """Its element type, as ONNX numbers them."""
    known: np.ndarray | None = None
    """The whole of it, where it is small, whole-numbered and doesn't depend on data."""
    constant: bool = False

    @property
    def elements(self) -> int:
        return math.prod(self.shape)

    @property
    def bytes(self) -> int:
        return self.elements * ELEMENT_BYTES[self.kind]


@dataclass(frozen=True)
class Node:
    """A node, and what is known of its inputs; an input that is left out is None."""

    proto: NodeProto
    inputs: list[Value | None] = field(default_factory=list)

    @cached_property
    def attributes(self) -> dict[str, Any]:
        return {item.name: attribute_value(item) for item in self.proto.attribute}

    def shape(self, place: int = 0) -> Shape:
        return self._input(place).shape

    def kind(self, place: int = 0) -> int:
        return self._input(place).kind

    def known(self, place: int) -> np.ndarray:
        """The value of an input that a shape depends on.

        Raises:
            UnsafeBundle: it can't be told before the graph runs.
        """
        known = self._input(place).known
        if known is None:
            raise UnsafeBundle("a size that depends on data")
        return known

    def numbers(self, place: int) -> list[int]:
        return [int(number) for number in self.known(place).reshape(-1)]

    def has(self, place: int) -> bool:
        return place < len(self.inputs) and self.inputs[place] is not None

    def _input(self, place: int) -> Value:
        value = self.inputs[place]
        if value is None:
            raise ValueError("an input is missing")
        return value


def footprint(model: ModelProto, sizes: Mapping[str, int]) -> Footprint:
    """Size every value of a graph, without running it.

    Args:
        model: operators and tensors checked (see `check_graph`).
        sizes: what the free dimensions of the inputs (B, P, N) are.

    Raises:
        CorruptBundle: a node doesn't fit its inputs, or reads what no earlier one gives.
        UnsafeBundle: a value has more than MAX_VALUE_ELEMENTS elements or MAX_RANK dimensions, or a size that
            depends on data.
    """
    graph = model.graph
    try:
        values = {tensor.name: _constant(tensor) for tensor in graph.initializer}
    except ValueError as error:
        raise CorruptBundle("a constant isn't what its shape says") from error
    kept = sum(value.bytes for value in values.values())
    for entry in graph.input:
        if entry.name in values:
            raise CorruptBundle("an input is also a constant")
        shape = [sizes[dim.dim_param] if dim.dim_param else dim.dim_value for dim in entry.type.tensor_type.shape.dim]
        values[entry.name] = Value(tuple(shape), entry.type.tensor_type.elem_type)
    # Lists at once: each look into a protobuf message costs as much as sizing a value.
    nodes = [(proto, list(proto.input), list(proto.output)) for proto in graph.node]
    last = {name: number for number, (_, given, _) in enumerate(nodes) for name in given}
    last |= dict.fromkeys((value.name for value in graph.output), len(nodes))
    alive: dict[str, int] = {}
    live = most = work = 0
    for number, (proto, given, made) in enumerate(nodes):
        try:
            node = Node(proto, [values[name] if name else None for name in given])
            results, cost = _run(node)
        except UnsafeBundle as error:
            raise UnsafeBundle(f"{proto.op_type} asks for {error}") from None
        except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
            raise CorruptBundle(f"{proto.op_type} doesn't fit its inputs") from error
        work += cost
        for name, value in zip(made, results, strict=False):
            if name in values:
                raise CorruptBundle(f"{proto.op_type} gives a value that there is already")
            values[name] = value
            if value.constant:
                kept += value.bytes
            else:
                alive[name] = value.bytes
                live += value.bytes
        most = max(most, live)
        for name in (*given, *made):
            if name in alive and last.get(name, -1) <= number:
                live -= alive.pop(name)
    missing = [value.name for value in graph.output if value.name not in values]
    if missing:
        raise CorruptBundle("an output is never computed")
    return Footprint(most, kept, work, {value.name: values[value.name].shape for value in graph.output})


def _run(node: Node) -> tuple[list[Value], int]:
    """What a node gives, and the work that it takes."""
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
        raise UnsafeBundle("a division of whole numbers by what may be 0 or -1")  # which can end the whole process
    folded = None
    fold = FOLDS.get(operator) if kinds[0] in WHOLE else None
    if fold and total <= MAX_KNOWN and all(value is None or _foldable(node, value) for value in node.inputs):
        folded = np.asarray(fold(node)).reshape(shapes[0])
    inner = 1
    if operator in ("MatMul", "Gemm"):
        turned = operator == "Gemm" and node.attributes.get("transA", 0)
        inner = node.shape(0)[0 if turned else -1]
    read = sum(value.elements for value in node.inputs if value is not None)
    values = [Value(shape, kind, folded, constant) for shape, kind in zip(shapes, kinds, strict=False)]
    return values, max(read, total * max(1, inner))


def _kinds(node: Node) -> list[int]:
    """Element types of a node's outputs."""
    operator = node.proto.op_type
    if operator == "Cast":
        return [node.attributes["to"]]
    if operator in ("Shape", "ArgMax", "ArgMin"):
        return [TensorProto.INT64]
    if operator in _LOGICAL:
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
    """Whether nothing is divided by 0, and the least number not by −1."""
    divisor = node.inputs[1]
    return divisor is not None and divisor.known is not None and not np.isin(divisor.known, (0, -1)).any()


def _foldable(node: Node, value: Value) -> bool:
    return node.proto.op_type == "Shape" or value.known is not None


def _constant(tensor: TensorProto) -> Value:
    shape = tuple(tensor.dims)
    small = tensor.data_type in WHOLE and math.prod(shape) <= MAX_KNOWN
    return Value(shape, tensor.data_type, tensor_array(tensor) if small else None, constant=True)


def _axis(axis: int, rank: int) -> int:
    if not -rank <= axis < rank:
        raise ValueError("no such axis")
    return axis % rank if rank else 0


def _broadcast(node: Node) -> list[Shape]:
    shapes = {node.shape(place) for place in range(len(node.inputs))}
    if len(shapes) > 1:
        shapes.discard(())
    return [shapes.pop() if len(shapes) == 1 else np.broadcast_shapes(*shapes)]


def _same(node: Node) -> list[Shape]:
    return [node.shape()]


def _axes(node: Node) -> list[int] | None:
    """Axes, given as an attribute in older opsets and as an input in newer ones."""
    if node.has(1):
        return node.numbers(1)
    axes = node.attributes.get("axes")
    return None if axes is None else [int(axis) for axis in axes]


def _reduce(node: Node) -> list[Shape]:
    shape, axes = node.shape(), _axes(node)
    if not axes and node.attributes.get("noop_with_empty_axes", 0):
        return [shape]
    reduced = {_axis(axis, len(shape)) for axis in (axes or range(len(shape)))}
    return [_without(shape, reduced, node.attributes.get("keepdims", 1))]


def _arg(node: Node) -> list[Shape]:
    shape = node.shape()
    return [_without(shape, {_axis(node.attributes.get("axis", 0), len(shape))}, node.attributes.get("keepdims", 1))]


def _without(shape: Shape, axes: set[int], keep: int) -> Shape:
    return tuple(1 if axis in axes else size for axis, size in enumerate(shape) if keep or axis not in axes)


def _batch_normalization(node: Node) -> list[Shape]:
    if node.attributes.get("training_mode", 0):
        raise ValueError("it is for training")
    return [node.shape()]


def _layer_normalization(node: Node) -> list[Shape]:
    shape = node.shape()
    axis = _axis(node.attributes.get("axis", -1), len(shape))
    reduced = _without(shape, set(range(axis, len(shape))), 1)
    return [shape, reduced, reduced]


def _concat(node: Node) -> list[Shape]:
    first = node.shape()
    axis = _axis(node.attributes["axis"], len(first))
    shapes = [node.shape(place) for place in range(len(node.inputs))]
    if any(shape[:axis] + shape[axis + 1 :] != first[:axis] + first[axis + 1 :] for shape in shapes):
        raise ValueError("sizes differ")
    return [(*first[:axis], sum(shape[axis] for shape in shapes), *first[axis + 1 :])]


def _constant_node(node: Node) -> list[Shape]:
    value = node.attributes.get("value")
    return [np.shape(_constant_value(node)) if value is None else tuple(value.dims)]


def _constant_value(node: Node) -> np.ndarray:
    ((name, value),) = node.attributes.items()
    if name == "value":
        return tensor_array(value)
    if name in ("value_int", "value_ints"):
        return np.array(value, np.int64)
    if name in ("value_float", "value_floats"):
        return np.array(value, np.float32)
    raise ValueError("a constant of another kind")


def _constant_of_shape(node: Node) -> list[Shape]:
    return [tuple(node.numbers(0))]


def _filled(node: Node) -> np.ndarray:
    value = node.attributes.get("value")
    return np.full(tuple(node.numbers(0)), 0 if value is None else tensor_array(value).reshape(-1)[0])


def _divided(node: Node) -> np.ndarray:
    """Quotient of whole numbers, rounded towards zero as ONNX does."""
    dividend, divisor = node.known(0), node.known(1)
    quotient: np.ndarray = np.sign(dividend) * np.sign(divisor) * (np.abs(dividend) // np.abs(divisor))
    return quotient


def _remainder(node: Node) -> np.ndarray:
    """With the sign of the divisor; with that of the dividend where `fmod` is set."""
    remainder = np.fmod if node.attributes.get("fmod", 0) else np.mod
    return np.asarray(remainder(node.known(0), node.known(1)))


def _expand(node: Node) -> list[Shape]:
    return [np.broadcast_shapes(node.shape(), tuple(node.numbers(1)))]


def _flatten(node: Node) -> list[Shape]:
    shape, axis = node.shape(), node.attributes.get("axis", 1)
    axis = axis if axis == len(shape) else _axis(axis, len(shape))
    return [(math.prod(shape[:axis]), math.prod(shape[axis:]))]


def _gather(node: Node) -> list[Shape]:
    shape = node.shape()
    axis = _axis(node.attributes.get("axis", 0), len(shape))
    return [(*shape[:axis], *node.shape(1), *shape[axis + 1 :])]


def _gather_elements(node: Node) -> list[Shape]:
    return [node.shape(1)]


def _scatter_elements(node: Node) -> list[Shape]:
    shape, indices = node.shape(), node.shape(1)
    axis = _axis(node.attributes.get("axis", 0), len(shape))
    fits = len(indices) == len(shape) and all(
        size <= shape[place] for place, size in enumerate(indices) if place != axis
    )
    if indices != node.shape(2) or not fits:
        raise ValueError("sizes differ")
    return [shape]


def _gemm(node: Node) -> list[Shape]:
    (rows, inner), (other, columns) = node.shape(0), node.shape(1)
    if node.attributes.get("transA", 0):
        rows, inner = inner, rows
    if node.attributes.get("transB", 0):
        other, columns = columns, other
    if inner != other:
        raise ValueError("sizes differ")
    if node.has(2) and np.broadcast_shapes(node.shape(2), (rows, columns)) != (rows, columns):
        raise ValueError("sizes differ")
    return [(rows, columns)]


def _grid_sample(node: Node) -> list[Shape]:
    (batch, channels, _, _), (grids, height, width, two) = node.shape(0), node.shape(1)
    if batch != grids or two != 2:
        raise ValueError("sizes differ")
    return [(batch, channels, height, width)]


def _matmul(node: Node) -> list[Shape]:
    left, right = node.shape(0), node.shape(1)
    rows, columns = left[-2:-1], right[-1:] if len(right) > 1 else ()
    if left[-1] != right[-2 if len(right) > 1 else -1]:
        raise ValueError("sizes differ")
    return [(*np.broadcast_shapes(left[:-2], right[:-2]), *rows, *columns)]


def _reshape(node: Node) -> list[Shape]:
    shape, wanted = node.shape(), node.numbers(1)
    if not node.attributes.get("allowzero", 0):
        wanted = [shape[place] if size == 0 else size for place, size in enumerate(wanted)]
    if wanted.count(-1) == 1:
        rest = math.prod(size for size in wanted if size != -1)
        wanted[wanted.index(-1)] = math.prod(shape) // rest if rest else 0
    if math.prod(wanted) != math.prod(shape) or min(wanted, default=0) < 0:
        raise ValueError("sizes differ")
    return [tuple(wanted)]


def _shape(node: Node) -> list[Shape]:
    return [(len(_sizes(node)),)]


def _sizes(node: Node) -> np.ndarray:
    return np.array(node.shape()[node.attributes.get("start", 0) : node.attributes.get("end", None)], np.int64)


def _slices(node: Node) -> list[slice]:
    shape = node.shape()
    starts, ends = node.numbers(1), node.numbers(2)
    axes = node.numbers(3) if node.has(3) else list(range(len(starts)))
    steps = node.numbers(4) if node.has(4) else [1] * len(starts)
    cut = [slice(None)] * len(shape)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        place = _axis(axis, len(shape))
        if step < 0:  # going back, ONNX begins at the first element where Python begins before it …
            start = max(start, -shape[place])
        # … and to both an end before the first means all the rest, but Python counts it from the back.
        before_all = step < 0 and end < -shape[place]
        cut[place] = slice(start, None if before_all else end, step)
    return cut


def _slice(node: Node) -> list[Shape]:
    return [tuple(len(range(*cut.indices(size))) for cut, size in zip(_slices(node), node.shape(), strict=True))]


def _split(node: Node) -> list[Shape]:
    shape, count = node.shape(), len(node.proto.output)
    axis = _axis(node.attributes.get("axis", 0), len(shape))
    if node.has(1):
        sizes = node.numbers(1)
    else:
        each = -(-shape[axis] // count)
        sizes = [min(each, shape[axis] - each * place) for place in range(count)]
    if sum(sizes) != shape[axis] or min(sizes) < 0:
        raise ValueError("sizes differ")
    return [(*shape[:axis], size, *shape[axis + 1 :]) for size in sizes]


def _squeeze(node: Node) -> list[Shape]:
    shape, axes = node.shape(), _axes(node)
    gone = {place for place, size in enumerate(shape) if size == 1}
    if axes is not None:
        if not axes:
            raise ValueError("no axes, which runtimes read in two ways")
        gone &= (wanted := {_axis(axis, len(shape)) for axis in axes})
        if gone != wanted:
            raise ValueError("an axis is longer than 1")
    return [_without(shape, gone, 0)]


def _unsqueeze(node: Node) -> list[Shape]:
    shape, axes = list(node.shape()), _axes(node) or []
    rank = len(shape) + len(axes)
    for axis in sorted({_axis(axis, rank) for axis in axes}):
        shape.insert(axis, 1)
    if len(shape) != rank:
        raise ValueError("an axis is named twice")
    return [tuple(shape)]


def _tile(node: Node) -> list[Shape]:
    return [tuple(size * times for size, times in zip(node.shape(), node.numbers(1), strict=True))]


def _top_k(node: Node) -> list[Shape]:
    shape, (count,) = node.shape(), node.numbers(1)
    axis = _axis(node.attributes.get("axis", -1), len(shape))
    if not 0 <= count <= shape[axis]:
        raise ValueError("more than there are")
    return [(*shape[:axis], count, *shape[axis + 1 :])] * 2


def _transpose(node: Node) -> list[Shape]:
    shape = node.shape()
    order = [int(axis) for axis in node.attributes.get("perm", range(len(shape))[::-1])]
    if sorted(order) != list(range(len(shape))):
        raise ValueError("no permutation")
    return [tuple(shape[axis] for axis in order)]


_ELEMENTWISE = """
    Abs Cast Ceil Clip Cos Erf Exp Floor Identity LeakyRelu Log Neg Not Reciprocal Relu Round Sigmoid Sign Sin Softmax
    Softplus Sqrt Tanh
"""
_BROADCAST = """
    Add And Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mod Mul Or Pow Sub Sum Where Xor
"""
_LOGICAL = ["And", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Not", "Or", "Xor"]
_REDUCING = "ReduceL2 ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare"

SHAPES: dict[str, Callable[[Node], list[Shape]]] = {
    **dict.fromkeys(_ELEMENTWISE.split(), _same),
    **dict.fromkeys(_BROADCAST.split(), _broadcast),
    **dict.fromkeys(_REDUCING.split(), _reduce),
    "ArgMax": _arg,
    "ArgMin": _arg,
    "BatchNormalization": _batch_normalization,
    "Concat": _concat,
    "Constant": _constant_node,
    "ConstantOfShape": _constant_of_shape,
    "Expand": _expand,
    "Flatten": _flatten,
    "Gather": _gather,
    "GatherElements": _gather_elements,
    "Gemm": _gemm,
    "GridSample": _grid_sample,
    "LayerNormalization": _layer_normalization,
    "MatMul": _matmul,
    "Reshape": _reshape,
    "ScatterElements": _scatter_elements,
    "Shape": _shape,
    "Slice": _slice,
    "Split": _split,
    "Squeeze": _squeeze,
    "Tile": _tile,
    "TopK": _top_k,
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
}
"""Shapes of each operator's outputs. What is not here is not allowed in a bundle: no control flow (If, Loop, Scan),
no sizes that depend on data (NonZero, Range), no random operators."""

FOLDS: dict[str, Callable[[Node], Any]] = {
    "Add": lambda node: node.known(0) + node.known(1),
    "Cast": lambda node: node.known(0).astype(DTYPES[node.attributes["to"]]),
    "Concat": lambda node: np.concatenate(
        [node.known(place) for place in range(len(node.inputs))], node.attributes["axis"]
    ),
    "Constant": _constant_value,
    "ConstantOfShape": _filled,
    "Div": _divided,
    "Equal": lambda node: node.known(0) == node.known(1),
    "Gather": lambda node: np.take(node.known(0), node.known(1), node.attributes.get("axis", 0)),
    "Identity": lambda node: node.known(0),
    "Mod": _remainder,
    "Mul": lambda node: node.known(0) * node.known(1),
    "Reshape": lambda node: node.known(0),
    "Shape": _sizes,
    "Slice": lambda node: node.known(0)[tuple(_slices(node))],
    "Squeeze": lambda node: node.known(0),
    "Sub": lambda node: node.known(0) - node.known(1),
    "Unsqueeze": lambda node: node.known(0),
    "Where": lambda node: np.where(node.known(0), node.known(1), node.known(2)),
}
"""Operators that shapes are computed with."""
