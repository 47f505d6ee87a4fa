"""What an ONNX graph of a bundle may contain, checked before any runtime sees it (SPEC.md, Graphs)."""

from typing import Literal

import onnx

from bundle_spec.errors import CorruptBundle, UnsafeBundle
from bundle_spec.manifest import Graph, Tensor

MIN_OPSET = 17
MAX_OPSET = 24
MAX_NODES = 4096
STANDARD_DOMAINS = ("", "ai.onnx")

_OPERATORS = """
    Abs Add And ArgMax ArgMin BatchNormalization Cast CastLike Ceil Clip Concat Constant
    ConstantOfShape Cos Div Equal Erf Exp Expand Flatten Floor Gather GatherElements GatherND Gemm
    Greater GreaterOrEqual GridSample Identity LayerNormalization LeakyRelu Less LessOrEqual Log MatMul Max
    Mean Min Mod Mul Neg Not OneHot Or Pow Range Reciprocal ReduceL2 ReduceMax ReduceMean ReduceMin
    ReduceProd ReduceSum ReduceSumSquare Relu Reshape Round ScatterElements ScatterND Shape Sigmoid
    Sign Sin Slice Softmax Softplus Split Sqrt Squeeze Sub Sum Tanh Tile TopK Transpose Trilu
    Unsqueeze Where Xor
"""
ALLOWED_OPERATORS = frozenset(_OPERATORS.split())
"""No control flow (If, Loop, Scan), no data-dependent output shapes (NonZero), no random operators."""

_DTYPES: dict[int, Literal["float32", "int32", "int64"]] = {
    int(onnx.TensorProto.FLOAT): "float32",
    int(onnx.TensorProto.INT32): "int32",
    int(onnx.TensorProto.INT64): "int64",
}


def signature(model: onnx.ModelProto, file: str) -> Graph:
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


def check_graph(data: bytes, declared: Graph) -> None:
    """Refuse a graph that is unsafe or not what the manifest declares.

    Raises:
        CorruptBundle: it doesn't parse, or its signature is not the declared one.
        UnsafeBundle: it has functions, subgraphs, external data, foreign domains, an opset out of
            range, or an operator that is not on the allow-list.
    """
    name = declared.file
    try:
        model = onnx.load_from_string(data)
    except Exception as error:  # protobuf raises its own, differing between versions
        raise CorruptBundle(f"{name} is not an ONNX graph.") from error
    if model.functions or model.training_info:
        raise UnsafeBundle(f"{name} defines functions or training steps, which a bundle may not.")
    foreign = [entry.domain for entry in model.opset_import if entry.domain not in STANDARD_DOMAINS]
    if foreign:
        raise UnsafeBundle(f"{name} uses the operator domain {foreign[0]!r}, which a bundle may not.")
    if len(model.graph.node) > MAX_NODES:
        raise UnsafeBundle(f"{name} has {len(model.graph.node)} nodes; at most {MAX_NODES} are allowed.")
    for node in model.graph.node:
        if node.domain not in STANDARD_DOMAINS or node.op_type not in ALLOWED_OPERATORS:
            raise UnsafeBundle(f"{name} uses the operator {node.op_type!r}, which a bundle may not.")
        for attribute in node.attribute:
            if attribute.type in (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS):
                raise UnsafeBundle(f"{name} contains a subgraph, which a bundle may not.")
            if attribute.type == onnx.AttributeProto.TENSOR:
                _check_tensor(attribute.t, name)
    for tensor in model.graph.initializer:
        _check_tensor(tensor, name)
    if model.graph.sparse_initializer:
        raise UnsafeBundle(f"{name} has sparse tensors, which a bundle may not.")
    actual = signature(model, name)
    if not MIN_OPSET <= actual.opset <= MAX_OPSET:
        raise UnsafeBundle(f"{name} has opset {actual.opset}; {MIN_OPSET} to {MAX_OPSET} are allowed.")
    if actual != declared:
        raise CorruptBundle(f"{name} has other inputs or outputs than the manifest declares.")


def _check_tensor(tensor: onnx.TensorProto, name: str) -> None:
    if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
        raise UnsafeBundle(f"{name} refers to data outside the bundle.")


def _tensor(value: onnx.ValueInfoProto) -> Tensor:
    kind = value.type.tensor_type
    if kind.elem_type not in _DTYPES:
        raise CorruptBundle(f"The graph tensor {value.name!r} has a dtype that the format doesn't know.")
    shape = [dim.dim_param or dim.dim_value for dim in kind.shape.dim]
    return Tensor(name=value.name, dtype=_DTYPES[kind.elem_type], shape=shape)
