"""The two graph contracts, drawing and living: does a bundle fulfil them? (SPEC.md, Graphs)"""

import numpy as np

from bundle_spec.container import BANK_NAME, Bundle
from bundle_spec.errors import CorruptBundle
from bundle_spec.graphs import check_graph
from bundle_spec.manifest import CONTROLS, Behavior, Drawing, Graph

EMBEDDING = "embedding"
"""Name of the bank tensor [N, D] with the observed embeddings, and of the behavior graph's first output."""


def verify_scene(bundle: Bundle) -> tuple[Drawing, Behavior, dict[str, np.ndarray]]:
    """Check everything that a player relies on.

    Returns:
        The drawing and behavior entries of the manifest, and the tensors of the bank.

    Raises:
        BundleError: a graph is unsafe, not what the manifest declares, or breaks its contract; or
            the bundle has not been exported (CorruptBundle; callers test `manifest.drawing` first).
    """
    drawing, behavior = bundle.manifest.drawing, bundle.manifest.behavior
    if drawing is None or behavior is None:
        raise CorruptBundle("The bundle holds no graphs.")
    for graph in (drawing.trunk, drawing.generator, behavior.graph):
        check_graph(bundle.part(graph.file), graph)
    bank = bundle.tensors(BANK_NAME)
    dimension = bundle.manifest.encoder.dimension
    _check_drawing(drawing, dimension)
    _check_pictures(drawing, bundle)
    _check_behavior(behavior, bank, dimension)
    return drawing, behavior, bank


def _check_drawing(drawing: Drawing, dimension: int) -> None:
    _expect_names(drawing.trunk, ["coords"], ["features"])
    _expect_names(drawing.generator, ["embedding", "features", "background"], ["rgb"])
    coords, features = drawing.trunk.inputs[0], drawing.trunk.outputs[0]
    if coords.shape != ["P", 2] or len(features.shape) != 2 or not isinstance(features.shape[1], int):
        raise CorruptBundle("trunk.onnx doesn't map coordinates [P, 2] to features [P, F].")
    expected = [["B", dimension], features.shape, ["P", 3]]
    actual = [tensor.shape for tensor in drawing.generator.inputs]
    if actual != expected or drawing.generator.outputs[0].shape != ["B", "P", 3]:
        raise CorruptBundle("generator.onnx doesn't map an embedding, features and background to colours [B, P, 3].")


def _check_pictures(drawing: Drawing, bundle: Bundle) -> None:
    if drawing.mask is not None and drawing.background is None:
        raise CorruptBundle("The bundle has a mask but no background to show where nothing moves.")
    sizes = {bundle.picture(name, mode).shape[:2] for name, mode in pictures_of(drawing)}
    if len(sizes) > 1:
        raise CorruptBundle("The bundle's mask and background differ in size.")


def pictures_of(drawing: Drawing) -> list[tuple[str, str]]:
    """Part name and mode of each picture that drawing needs."""
    pictures = ((drawing.background, "RGB"), (drawing.mask, "L"))
    return [(name, mode) for name, mode in pictures if name is not None]


def _check_behavior(behavior: Behavior, bank: dict[str, np.ndarray], dimension: int) -> None:
    states = [state.input for state in behavior.state]
    noises = [noise.input for noise in behavior.noise]
    tensors = [tensor.input for tensor in behavior.bank]
    outputs = [EMBEDDING, *(state.output for state in behavior.state)]
    _expect_names(behavior.graph, [*states, *noises, *tensors, *CONTROLS], outputs)
    embeddings = bank.get(EMBEDDING)
    if embeddings is None or embeddings.ndim != 2 or embeddings.shape[1] != dimension or not len(embeddings):
        raise CorruptBundle(f"{BANK_NAME} holds no observed embeddings of {dimension} dimensions.")
    if embeddings.dtype != np.float32 or not np.isfinite(embeddings).all():
        raise CorruptBundle(f"{BANK_NAME} holds observed embeddings that are no finite 32-bit numbers.")
    count = len(embeddings)
    shapes = {tensor.name: tensor.shape for tensor in behavior.graph.inputs}
    for tensor in behavior.bank:
        array = bank.get(tensor.tensor)
        if array is None or not _fits(array.shape, shapes[tensor.input], count):
            raise CorruptBundle(f"{BANK_NAME} has no tensor {tensor.tensor!r} that fits the behavior graph.")
    for state in behavior.state:
        if shapes[state.input] != ["B", *state.shape]:
            raise CorruptBundle(f"The state {state.input!r} has another shape in the graph than in the manifest.")
        if state.initial is not None:
            array = bank.get(state.initial)
            if array is None or list(array.shape) != [count, *state.shape] or array.dtype.name != state.dtype:
                raise CorruptBundle(f"{BANK_NAME} has no initial values that fit the state {state.input!r}.")
    for noise in behavior.noise:
        if shapes[noise.input] != ["B", *noise.shape]:
            raise CorruptBundle(f"The noise {noise.input!r} has another shape in the graph than in the manifest.")


def _expect_names(graph: Graph, inputs: list[str], outputs: list[str]) -> None:
    actual = ([tensor.name for tensor in graph.inputs], [tensor.name for tensor in graph.outputs])
    if (sorted(actual[0]), actual[1]) != (sorted(inputs), outputs):
        raise CorruptBundle(f"{graph.file} doesn't have the inputs and outputs of its contract.")


def _fits(actual: tuple[int, ...], declared: list[int | str], count: int) -> bool:
    sizes = [count if dimension == "N" else dimension for dimension in declared]
    return list(actual) == sizes
