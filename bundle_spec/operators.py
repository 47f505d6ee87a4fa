"""The operators that a bundle's graphs may use, and the rules for the shapes of their outputs (SPEC.md, §3).

No operator here gives an output whose size depends on data. Where a graph computes a shape, the rules compute it as
well, from sizes and constants.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from bundle_spec.onnx_messages import DTYPES, tensor_array
from bundle_spec.values import Node, Shape

LOGICAL = ("And", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Not", "Or", "Xor")
"""The outputs of these operators are bool, whatever the element type of their inputs."""


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
    """The axes, which older opsets have as an attribute and newer ones as an input; None where the node has neither."""
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


def _fill(node: Node) -> np.ndarray:
    value = node.attributes.get("value")
    return np.full(tuple(node.numbers(0)), 0 if value is None else tensor_array(value).reshape(-1)[0])


def _quotient(node: Node) -> np.ndarray:
    """The quotient of whole numbers, rounded towards zero as ONNX does."""
    dividend, divisor = node.known(0), node.known(1)
    quotient: np.ndarray = np.sign(dividend) * np.sign(divisor) * (np.abs(dividend) // np.abs(divisor))
    return quotient


def _remainder(node: Node) -> np.ndarray:
    """The remainder has the sign of the divisor, or that of the dividend where `fmod` is set."""
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
    shape, target = node.shape(), node.numbers(1)
    if not node.attributes.get("allowzero", 0):
        target = [shape[place] if size == 0 else size for place, size in enumerate(target)]
    if target.count(-1) == 1:
        rest = math.prod(size for size in target if size != -1)
        target[target.index(-1)] = math.prod(shape) // rest if rest else 0
    if math.prod(target) != math.prod(shape) or min(target, default=0) < 0:
        raise ValueError("sizes differ")
    return [tuple(target)]


def _shape(node: Node) -> list[Shape]:
    return [(len(_sizes(node)),)]


def _sizes(node: Node) -> np.ndarray:
    return np.array(node.shape()[node.attributes.get("start", 0) : node.attributes.get("end", None)], np.int64)


def _slices(node: Node) -> list[slice]:
    shape = node.shape()
    starts, ends = node.numbers(1), node.numbers(2)
    axes = node.numbers(3) if node.has(3) else list(range(len(starts)))
    steps = node.numbers(4) if node.has(4) else [1] * len(starts)
    slices = [slice(None)] * len(shape)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        place = _axis(axis, len(shape))
        if step < 0:  # A start before the first element: ONNX begins at the first, and Python takes nothing.
            start = max(start, -shape[place])
        # An end before the first element means all the rest, but Python counts it from the back.
        before_all = step < 0 and end < -shape[place]
        slices[place] = slice(start, None if before_all else end, step)
    return slices


def _slice(node: Node) -> list[Shape]:
    return [tuple(len(range(*each.indices(size))) for each, size in zip(_slices(node), node.shape(), strict=True))]


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
    if not axes:
        raise ValueError("no axes, which runtimes read in two ways")
    places = {_axis(axis, len(shape)) for axis in axes}
    if any(shape[place] != 1 for place in places):
        raise ValueError("an axis is longer than 1")
    return [_without(shape, places, 0)]


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
"""The output of these operators has the shape of the input."""
_BROADCAST = """
    Add And Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mod Mul Or Pow Sub Sum Where Xor
"""
"""The output of these operators has the shape that their inputs broadcast to."""
_REDUCING = "ReduceL2 ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare"
"""The output of these operators has the shape of the input without some axes."""

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
"""The rule for the shapes of each operator's outputs. A bundle may use no other operator: no control flow (If, Loop,
Scan), no sizes that depend on data (NonZero, Range), no random numbers."""

FOLDS: dict[str, Callable[[Node], Any]] = {
    "Add": lambda node: node.known(0) + node.known(1),
    "Cast": lambda node: node.known(0).astype(DTYPES[node.attributes["to"]]),
    "Concat": lambda node: np.concatenate(
        [node.known(place) for place in range(len(node.inputs))], node.attributes["axis"]
    ),
    "Constant": _constant_value,
    "ConstantOfShape": _fill,
    "Div": _quotient,
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
"""Shapes are computed with these operators; each function here gives the elements of an output."""
