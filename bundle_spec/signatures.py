"""Compare what a graph takes and gives, and the tensors that feed it, with its contract (SPEC.md, §3 and §4)."""

import numpy as np

from bundle_spec.errors import CorruptBundle
from bundle_spec.manifest import Dim, Graph, Tensor

Signature = dict[str, tuple[str, list[Dim]]]
"""A signature has the dtype and the shape of each input, or of each output, of a graph."""


def expect(graph: Graph, inputs: Signature, outputs: Signature) -> None:
    """Refuse a graph whose inputs or outputs are not those of its contract, in whatever order.

    Raises:
        CorruptBundle: one is missing, is not in the contract, has another dtype or shape, or is there twice.
    """
    for tensors, contract in ((graph.inputs, inputs), (graph.outputs, outputs)):
        signature = {tensor.name: (tensor.dtype, list(tensor.shape)) for tensor in tensors}
        if len(signature) != len(tensors) or signature != contract:
            raise CorruptBundle(f"{graph.file} doesn't have the inputs and outputs of its contract.")


def fits(array: np.ndarray, tensor: Tensor, count: int, *, narrow: bool = False) -> bool:
    """Whether a tensor of the bank has the dtype and the shape of a graph's input.

    Args:
        array: the tensor of the bank.
        tensor: the input that it feeds.
        count: N, the number of observed frames.
        narrow: whether float16 feeds an input of float32 as well.
    """
    sizes = [count if dimension == "N" else dimension for dimension in tensor.shape]
    dtype = "float32" if narrow and array.dtype == np.float16 else array.dtype.name
    return list(array.shape) == sizes and dtype == tensor.dtype
