"""One torch module to one ONNX graph, small and free of traces of this machine."""

import contextlib
import io
import logging
import math
import os
import warnings
from typing import Any

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn

from alive_cli.export.packed import packed

OPSET = 20
"""Graphs are written in this ONNX opset, which the format allows and current runtimes have."""
_ONNX_TYPES = {torch.float32: onnx.TensorProto.FLOAT, torch.int64: onnx.TensorProto.INT64}
HALVED_FROM = 256
"""Weights with fewer elements stay 32 bits, because they take no room."""


def export_graph(
    module: nn.Module,
    inputs: dict[str, Tensor],
    outputs: list[str],
    free: dict[str, tuple[str, ...]],
    free_outputs: dict[str, tuple[str, ...]],
) -> onnx.ModelProto:
    """Export `module(*inputs.values())`.

    Args:
        inputs: example inputs in the module's order, by their names in the graph.
        outputs: names of the module's outputs.
        free: for each input with free dimensions, one letter for each of these leading dimensions.
        free_outputs: the same for the outputs.

    Returns:
        A model with inline weights, no metadata, no stack traces and no doc strings; exporting the
        same weights again gives the same bytes.
    """
    axes: dict[str, dict[int, str]] = {name: dict(enumerate(letters)) for name, letters in free.items()}
    axes |= {name: dict(enumerate(letters)) for name, letters in free_outputs.items()}
    buffer = io.BytesIO()
    with _quiet():
        # The tracing exporter takes 0.4 s for a step of the living behavior, and the one on torch.export 14 s for
        # the same numbers. Parity is checked on every export.
        torch.onnx.export(
            module,
            tuple(inputs.values()),
            buffer,  # type: ignore[arg-type]
            input_names=list(inputs),
            output_names=outputs,
            opset_version=OPSET,
            dynamic_axes=axes,
            dynamo=False,
            do_constant_folding=False,  # folded 16-bit weights would be rounded a second time
        )
        values = module(*inputs.values())
    results = values if isinstance(values, tuple) else (values,)
    model = onnx.load_from_string(buffer.getvalue())
    # The exporter leaves out inputs that nothing reads, and invents names for sizes that it can't determine.
    _declare(model.graph.input, inputs, free)
    _declare(model.graph.output, dict(zip(outputs, results, strict=True)), free_outputs)
    return _stripped(model)


def _declare(values: Any, tensors: dict[str, Tensor], free: dict[str, tuple[str, ...]]) -> None:
    del values[:]
    for name, tensor in tensors.items():
        letters = free.get(name, ())
        shape = [*letters, *tensor.shape[len(letters) :]]
        values.append(helper.make_tensor_value_info(name, _ONNX_TYPES[tensor.dtype], shape))


def store_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """Store the large weights as bytes where these hold them exactly, and as 16-bit floats elsewhere.

    Runtimes fold the casts back to 32 bits when they load a graph, so memory and speed are those of 32 bits.
    """
    casts: list[onnx.NodeProto] = []
    kept: list[onnx.TensorProto] = []
    for number, tensor in enumerate(model.graph.initializer):
        if tensor.data_type != onnx.TensorProto.FLOAT or math.prod(tensor.dims) < HALVED_FROM:
            kept.append(tensor)
            continue
        as_bytes = packed(tensor, f"b{number}")
        if as_bytes:
            casts += as_bytes[0]
            kept += as_bytes[1]
            continue
        halved = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), f"half_{number}")
        casts.append(helper.make_node("Cast", [halved.name], [tensor.name], to=onnx.TensorProto.FLOAT))
        kept.append(halved)
    nodes = list(model.graph.node)
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend([*casts, *nodes])
    model.graph.initializer.extend(kept)
    return model


def round_to_half(module: nn.Module) -> None:
    """Round a module's large floating-point weights to the values that `store_weights` stores."""
    with torch.no_grad():
        for tensor in (*module.parameters(), *module.buffers()):
            if tensor.dtype == torch.float32 and tensor.numel() >= HALVED_FROM:
                tensor.copy_(tensor.half().float())


def _stripped(model: onnx.ModelProto) -> onnx.ModelProto:
    del model.metadata_props[:]
    del model.graph.metadata_props[:]
    del model.graph.value_info[:]
    model.doc_string = model.graph.doc_string = ""
    model.graph.name = "graph"
    model.producer_name, model.producer_version = "alive", ""
    _shorten(model.graph)
    for item in (*model.graph.node, *model.graph.input, *model.graph.output, *model.graph.initializer):
        item.doc_string = ""
        if hasattr(item, "metadata_props"):
            del item.metadata_props[:]
    return model


def _shorten(graph: onnx.GraphProto) -> None:
    """Number the values between inputs and outputs, because the exporter's long names take room."""
    kept = {value.name for value in (*graph.input, *graph.output)}
    inner = [tensor.name for tensor in graph.initializer] + [name for node in graph.node for name in node.output]
    short = {name: f"v{number}" for number, name in enumerate(inner) if name and name not in kept}
    for tensor in graph.initializer:
        tensor.name = short.get(tensor.name, tensor.name)
    for node in graph.node:
        node.name = ""
        for names in (node.input, node.output):
            names[:] = [short.get(name, name) for name in names]


@contextlib.contextmanager
def _quiet():  # type: ignore[no-untyped-def]
    """Silence the exporter, which reports every pass; errors still raise."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), open(os.devnull, "w") as void:
            warnings.simplefilter("ignore")
            with contextlib.redirect_stderr(void):
                yield
    finally:
        logging.disable(level)
