"""Check what an ONNX graph of a bundle contains, and what a run takes, before any runtime sees it (SPEC.md, §3)."""

import math
from collections.abc import Mapping
from typing import Literal

from bundle_spec.errors import CorruptBundle, UnsafeBundle
from bundle_spec.footprint import Footprint, footprint
from bundle_spec.limits import (
    MAX_GRAPH_BYTES,
    MAX_KEPT_BYTES,
    MAX_LIVE_BYTES,
    MAX_NODES,
    MAX_OPSET,
    MAX_WORK,
    MIN_OPSET,
)
from bundle_spec.manifest import Graph, Tensor
from bundle_spec.onnx_messages import AttributeProto, GraphProto, ModelProto, TensorProto, ValueInfoProto
from bundle_spec.operators import SHAPES
from bundle_spec.values import ELEMENT_BYTES

STANDARD_DOMAINS = ("", "ai.onnx")
"""A graph uses operators of this domain only, which has two names; other domains belong to single runtimes."""
RUNTIME_MARK = b"ORTM"
"""A graph in onnxruntime's own format has this mark at byte 4; a file that is ONNX as well can mean two graphs."""

_DTYPES: dict[int, Literal["float32", "int32", "int64"]] = {
    int(TensorProto.FLOAT): "float32",
    int(TensorProto.INT32): "int32",
    int(TensorProto.INT64): "int64",
}
"""Inputs and outputs of a graph have these element types, by ONNX's numbers; the manifest has the names."""

_ATTRIBUTES = (
    AttributeProto.INT,
    AttributeProto.INTS,
    AttributeProto.FLOAT,
    AttributeProto.FLOATS,
    AttributeProto.STRING,
)
"""Attributes of nodes have these types, or hold a tensor; graphs, sparse tensors and type descriptions are refused."""


def signature(model: ModelProto, file: str) -> Graph:
    """The manifest entry that describes a graph.

    Raises:
        CorruptBundle: an input or output has a dtype that the format doesn't know.
    """
    opset = next((entry.version for entry in model.opset_import if entry.domain in STANDARD_DOMAINS), 0)
    return Graph(
        file=file,
        opset=opset,
        inputs=[_tensor(value) for value in model.graph.input],
        outputs=[_tensor(value) for value in model.graph.output],
    )


def check_graph(data: bytes, declared: Graph) -> ModelProto:
    """Refuse a graph that is unsafe or differs from the manifest's declaration.

    Returns:
        The parsed graph without unknown fields, for `check_footprint` and a runtime.

    Raises:
        CorruptBundle: the bytes don't parse, or the signature is not the declared one.
        UnsafeBundle: the graph has functions, subgraphs, external data, foreign domains, an opset out of range, an
            operator that is not allowed, or it exceeds a limit.
    """
    name = declared.file
    if len(data) > MAX_GRAPH_BYTES:
        raise UnsafeBundle(f"{name} is larger than {MAX_GRAPH_BYTES >> 20} MiB.")
    if data[4:8] == RUNTIME_MARK:
        raise UnsafeBundle(f"{name} is a graph in another format as well, which runtimes would prefer.")
    try:
        model = ModelProto()
        model.ParseFromString(data)
    except Exception as error:  # protobuf raises its own, differing between versions
        raise CorruptBundle(f"{name} is not an ONNX graph.") from error
    model.DiscardUnknownFields()
    if model.functions or model.training_info:
        raise UnsafeBundle(f"{name} defines functions or training steps, which a bundle may not.")
    foreign = [entry.domain for entry in model.opset_import if entry.domain not in STANDARD_DOMAINS]
    if foreign:
        raise UnsafeBundle(f"{name} uses the operator domain {foreign[0]!r}, which a bundle may not.")
    if len(model.opset_import) != 1:
        raise UnsafeBundle(f"{name} names {len(model.opset_import)} sets of operators; a bundle names one.")
    if len(model.graph.node) > MAX_NODES:
        raise UnsafeBundle(f"{name} has {len(model.graph.node)} nodes; at most {MAX_NODES} are allowed.")
    _check_names(model.graph, name)
    for node in model.graph.node:
        if node.domain not in STANDARD_DOMAINS or node.op_type not in SHAPES:
            raise UnsafeBundle(f"{name} uses the operator {node.op_type!r}, which a bundle may not.")
        if len({attribute.name for attribute in node.attribute}) != len(node.attribute):
            raise UnsafeBundle(f"{name} has a {node.op_type!r} with one attribute twice.")
        for attribute in node.attribute:
            if attribute.type in (AttributeProto.GRAPH, AttributeProto.GRAPHS):
                raise UnsafeBundle(f"{name} contains a subgraph, which a bundle may not.")
            if attribute.type == AttributeProto.TENSOR:
                _check_tensor(attribute.t, name)
            elif attribute.type not in _ATTRIBUTES:
                raise UnsafeBundle(f"{name} has a {node.op_type!r} with an attribute that a bundle may not have.")
            known = attribute.type == AttributeProto.INT and attribute.i in ELEMENT_BYTES
            if node.op_type == "Cast" and attribute.name == "to" and not known:
                raise UnsafeBundle(f"{name} casts to a type that a bundle may not have.")
    for tensor in model.graph.initializer:
        _check_tensor(tensor, name)
    if model.graph.sparse_initializer:
        raise UnsafeBundle(f"{name} has sparse tensors, which a bundle may not.")
    actual = signature(model, name)
    if not MIN_OPSET <= actual.opset <= MAX_OPSET:
        raise UnsafeBundle(f"{name} has opset {actual.opset}; {MIN_OPSET} to {MAX_OPSET} are allowed.")
    if actual != declared:
        raise CorruptBundle(f"{name} has other inputs or outputs than the manifest declares.")
    return model


def check_footprint(model: ModelProto, declared: Graph, sizes: Mapping[str, int]) -> Footprint:
    """Refuse a graph that would take too much memory or work, or give other shapes than declared.

    Args:
        model: as `check_graph` returns it.
        sizes: the free dimensions B, P and N.

    Returns:
        Memory and work of a run.

    Raises:
        CorruptBundle: a node doesn't fit its inputs, or an output has another shape than declared.
        UnsafeBundle: the graph exceeds a limit, or a size depends on data.
    """
    name = declared.file
    try:
        run = footprint(model, sizes)
    except (CorruptBundle, UnsafeBundle) as error:
        raise type(error)(f"{name} can't be run: {error}.") from error.__cause__
    if run.live > MAX_LIVE_BYTES or run.kept > MAX_KEPT_BYTES or run.work > MAX_WORK:
        raise UnsafeBundle(f"{name} would take more memory or work than a bundle may ask for.")
    for output in declared.outputs:
        expected = [sizes[size] if isinstance(size, str) else size for size in output.shape]
        if list(run.outputs[output.name]) != expected:
            raise CorruptBundle(f"{name} gives an output {output.name} of another shape than declared.")
    return run


def _check_names(graph: GraphProto, name: str) -> None:
    """Every name is text. ONNX itself doesn't demand that, and runtimes that rely on it fail in odd places."""
    values = [*graph.input, *graph.output, *graph.initializer, *graph.node]
    names = [each.name for each in values] + [each for node in graph.node for each in (*node.input, *node.output)]
    texts = [attribute for node in graph.node for attribute in (*(item.name for item in node.attribute), node.op_type)]
    if not all(isinstance(each, str) for each in (*names, *texts, graph.name)):
        raise CorruptBundle(f"{name} holds names that are no text.")
    if not all(node.output and all(node.output) for node in graph.node):
        raise CorruptBundle(f"{name} has a node without an output, or with one that has no name.")


def _check_tensor(tensor: TensorProto, name: str) -> None:
    if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        raise UnsafeBundle(f"{name} refers to data outside the bundle.")
    width = ELEMENT_BYTES.get(tensor.data_type)
    if width is None or min(tensor.dims, default=1) < 0 or max(tensor.dims, default=1) > MAX_KEPT_BYTES:
        raise UnsafeBundle(f"{name} has a constant of a type or shape that a bundle may not have.")
    count = math.prod(tensor.dims)
    typed = sum(len(values) for values in (tensor.float_data, tensor.int32_data, tensor.int64_data, tensor.double_data))
    if len(tensor.raw_data) != count * width if tensor.raw_data else typed != count:
        raise CorruptBundle(f"{name} has a constant that is longer or shorter than its shape.")


def _tensor(value: ValueInfoProto) -> Tensor:
    kind = value.type.tensor_type
    if kind.elem_type not in _DTYPES:
        raise CorruptBundle(f"The graph tensor {value.name!r} has a dtype that the format doesn't know.")
    shape = [dim.dim_param or dim.dim_value for dim in kind.shape.dim]
    return Tensor(name=value.name, dtype=_DTYPES[kind.elem_type], shape=shape)
