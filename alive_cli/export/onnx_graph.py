"""One torch module to one ONNX graph, small and free of traces of this machine."""

import contextlib
import io
import logging
import math
import os
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn

OPSET = 20
HALVED_FROM = 256
"""Weights of fewer elements stay 32 bits: they cost nothing."""


def export_graph(
    module: nn.Module,
    inputs: dict[str, Tensor],
    outputs: list[str],
    free: dict[str, tuple[str, ...]],
) -> onnx.ModelProto:
    """Export `module(*inputs.values())`.

    Args:
        inputs: example inputs by the name they get in the graph, in the module's order.
        outputs: names of the module's outputs.
        free: for each input with free dimensions, one letter for each leading dimension that is free.

    Returns:
        A model with inline weights, no metadata, no stack traces and no doc strings; exporting the
        same weights again gives the same bytes.
    """
    letters = {letter: torch.export.Dim(letter, min=1) for names in free.values() for letter in names}
    shapes = tuple(
        {axis: letters[letter] for axis, letter in enumerate(free[name])} if name in free else None for name in inputs
    )
    with tempfile.TemporaryDirectory() as folder, _quiet():
        path = Path(folder) / "graph.onnx"
        torch.onnx.export(
            module,
            tuple(inputs.values()),
            str(path),
            input_names=list(inputs),
            output_names=outputs,
            opset_version=OPSET,
            dynamic_shapes=shapes,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
        model = onnx.load(path)
    return _stripped(model)


def halve_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """Store the large weights as 16-bit floats, each cast back where it is used.

    Runtimes fold such casts when they load a graph, so memory and speed are those of 32 bits.
    """
    casts = []
    for number, tensor in enumerate(model.graph.initializer):
        if tensor.data_type != onnx.TensorProto.FLOAT or math.prod(tensor.dims) < HALVED_FROM:
            continue
        halved = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), f"half_{number}")
        casts.append(helper.make_node("Cast", [halved.name], [tensor.name], to=onnx.TensorProto.FLOAT))
        tensor.CopyFrom(halved)
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*casts, *nodes])
    return model


def round_to_half(module: nn.Module) -> None:
    """Round a module's large floating-point weights to what `halve_weights` will store."""
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
    for item in (*model.graph.node, *model.graph.input, *model.graph.output, *model.graph.initializer):
        item.doc_string = ""
        if hasattr(item, "metadata_props"):
            del item.metadata_props[:]
    return model


@contextlib.contextmanager
def _quiet():  # type: ignore[no-untyped-def]
    """The exporter reports every pass it makes; errors still raise."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), open(os.devnull, "w") as void:
            warnings.simplefilter("ignore")
            with contextlib.redirect_stderr(void):
                yield
    finally:
        logging.disable(level)
