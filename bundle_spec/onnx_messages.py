"""ONNX's protobuf messages and their contents, without the rest of the package onnx.

Importing that package takes a tenth of a second, as long as everything else between a bundle's bytes and its graphs.
"""

from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto
else:

    def _messages() -> Any:
        """The module of the messages by itself; protobuf gives whoever imports onnx later the same classes."""
        package = find_spec("onnx")
        spec = package and PathFinder.find_spec("onnx.onnx_ml_pb2", package.submodule_search_locations)
        if not spec:
            raise ModuleNotFoundError("No module named 'onnx'", name="onnx")
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    _module = _messages()
    AttributeProto, GraphProto, ModelProto = _module.AttributeProto, _module.GraphProto, _module.ModelProto
    NodeProto, TensorProto, ValueInfoProto = _module.NodeProto, _module.TensorProto, _module.ValueInfoProto

__all__ = [
    "DTYPES",
    "AttributeProto",
    "GraphProto",
    "ModelProto",
    "NodeProto",
    "TensorProto",
    "ValueInfoProto",
    "attribute_value",
    "tensor_array",
]

DTYPES: dict[int, np.dtype] = {
    int(TensorProto.FLOAT): np.dtype(np.float32),
    int(TensorProto.FLOAT16): np.dtype(np.float16),
    int(TensorProto.DOUBLE): np.dtype(np.float64),
    int(TensorProto.INT32): np.dtype(np.int32),
    int(TensorProto.INT64): np.dtype(np.int64),
    int(TensorProto.BOOL): np.dtype(np.bool_),
}
"""A bundle's graphs compute with these element types, by the numbers that ONNX has for them."""

_FIELDS: dict[int, str] = {
    int(AttributeProto.INT): "i",
    int(AttributeProto.INTS): "ints",
    int(AttributeProto.FLOAT): "f",
    int(AttributeProto.FLOATS): "floats",
    int(AttributeProto.STRING): "s",
    int(AttributeProto.TENSOR): "t",
}
"""The field of the message that holds the value of an attribute of each type; other types are refused."""


def attribute_value(attribute: AttributeProto) -> Any:
    """The value of a node's attribute: a number, a list of numbers, bytes or a tensor.

    Raises:
        KeyError: the attribute is of another type.
        ValueError: the attribute refers to one of a function.
    """
    if attribute.ref_attr_name:
        raise ValueError("an attribute without a value of its own")
    name = _FIELDS[attribute.type]
    value = getattr(attribute, name)
    return list(value) if name in ("ints", "floats") else value


def tensor_array(tensor: TensorProto) -> np.ndarray:
    """The elements of a tensor in its shape. The array may be read-only.

    Raises:
        KeyError: the element type is none of DTYPES.
        ValueError: the tensor has more or fewer elements than its shape, or is a segment of another.
    """
    dtype = DTYPES[tensor.data_type]
    if tensor.HasField("segment"):
        raise ValueError("a segment of a tensor")
    if tensor.HasField("raw_data"):
        return np.frombuffer(tensor.raw_data, dtype.newbyteorder("<")).reshape(tuple(tensor.dims))
    typed = {np.float32: tensor.float_data, np.float64: tensor.double_data, np.int64: tensor.int64_data}
    values = np.array(typed.get(dtype.type, tensor.int32_data))
    if dtype == np.float16:
        values = values.astype(np.uint16).view(np.float16)
    return values.astype(dtype).reshape(tuple(tensor.dims))
