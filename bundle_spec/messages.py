"""ONNX's protobuf messages and what they hold, without the rest of the package onnx.

Importing all of that takes a tenth of a second, as much as everything else between a bundle's bytes and its graphs.
"""

import sys
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto
else:

    def _messages() -> Any:
        """The module of the messages, under its own name, so that `import onnx` finds the same classes later."""
        name = "onnx.onnx_ml_pb2"
        package = find_spec("onnx")
        if name not in sys.modules and package and package.submodule_search_locations:
            path = Path(package.submodule_search_locations[0]) / "onnx_ml_pb2.py"
            spec = spec_from_file_location(name, path)
            sys.modules[name] = module_from_spec(spec)
            spec.loader.exec_module(sys.modules[name])
        return sys.modules[name]

    _module = _messages()
    AttributeProto, GraphProto, ModelProto = _module.AttributeProto, _module.GraphProto, _module.ModelProto
    NodeProto, TensorProto, ValueInfoProto = _module.NodeProto, _module.TensorProto, _module.ValueInfoProto

__all__ = ["AttributeProto", "GraphProto", "ModelProto", "NodeProto", "TensorProto", "ValueInfoProto"]

DTYPES: dict[int, np.dtype] = {
    int(TensorProto.FLOAT): np.dtype(np.float32),
    int(TensorProto.FLOAT16): np.dtype(np.float16),
    int(TensorProto.DOUBLE): np.dtype(np.float64),
    int(TensorProto.INT32): np.dtype(np.int32),
    int(TensorProto.INT64): np.dtype(np.int64),
    int(TensorProto.BOOL): np.dtype(np.bool_),
}
"""Types of elements that a bundle's graphs may have."""


def attribute_value(attribute: AttributeProto) -> Any:
    """What an attribute of a node holds: a number, numbers, bytes or a tensor.

    Raises:
        KeyError: it is of another type.
    """
    fields = {
        AttributeProto.INT: "i",
        AttributeProto.INTS: "ints",
        AttributeProto.FLOAT: "f",
        AttributeProto.FLOATS: "floats",
        AttributeProto.STRING: "s",
        AttributeProto.TENSOR: "t",
    }
    name = fields[attribute.type]
    value = getattr(attribute, name)
    return list(value) if name in ("ints", "floats") else value


def tensor_array(tensor: TensorProto) -> np.ndarray:
    """The elements of a tensor of one of DTYPES, in its shape; where they are raw, not to be written to.

    Raises:
        KeyError: it is of another type.
        ValueError: it has more or fewer elements than its shape.
    """
    dtype = DTYPES[tensor.data_type]
    if tensor.raw_data:
        return np.frombuffer(tensor.raw_data, dtype.newbyteorder("<")).reshape(tuple(tensor.dims))
    typed = {np.float32: tensor.float_data, np.float64: tensor.double_data, np.int64: tensor.int64_data}
    values = np.array(typed.get(dtype.type, tensor.int32_data))
    if dtype == np.float16:
        values = values.astype(np.uint16).view(np.float16)
    return values.astype(dtype).reshape(tuple(tensor.dims))
