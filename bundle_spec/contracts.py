"""The two graph contracts, drawing and living: does a bundle fulfil them? (SPEC.md, Graphs)"""

import math
from dataclasses import dataclass

import numpy as np

from bundle_spec.container import BANK_NAME, Bundle
from bundle_spec.errors import CorruptBundle, UnsafeBundle
from bundle_spec.footprint import Footprint
from bundle_spec.graphs import check_footprint, check_graph
from bundle_spec.limits import (
    CHECKED_PIXELS,
    MAX_DEFAULT_PIXELS,
    MAX_EDGES,
    MAX_FRAME_STEPS,
    MAX_FRAME_WORK,
    MAX_MOMENTS,
    MAX_STATE_ELEMENTS,
)
from bundle_spec.manifest import CONTROLS, Behavior, Defaults, Dim, Drawing, Graph, Tensor, Transitions
from bundle_spec.onnx_messages import ModelProto

EMBEDDING = "embedding"
"""Name of the bank tensor [N, D] with the observed embeddings, and of the behavior graph's first output."""

Signature = dict[str, tuple[str, list[Dim]]]


@dataclass(frozen=True)
class VerifiedScene:
    """All that a player needs of a bundle, checked."""

    drawing: Drawing
    behavior: Behavior
    bank: dict[str, np.ndarray]
    background: np.ndarray | None
    """uint8 [H, W, 3]."""
    mask: np.ndarray | None
    """uint8 [H, W]."""
    models: dict[str, ModelProto]
    """The graphs by their file names, parsed."""

    def footprint(self, graph: Graph, pixels: int) -> Footprint:
        """What one run of a graph takes, for so many pixels at once.

        Raises:
            BundleError: as for `check_footprint`.
        """
        sizes = {"B": 1, "P": pixels, "N": len(self.bank[EMBEDDING])}
        return check_footprint(self.models[graph.file], graph, sizes)

    def fitting_pixels(self, graph: Graph, wanted: int) -> int:
        """How many pixels, `wanted` or fewer, a drawing graph may be run for at once."""
        while wanted > CHECKED_PIXELS:
            try:
                self.footprint(graph, wanted)
                return wanted
            except UnsafeBundle:
                wanted = max(CHECKED_PIXELS, wanted // 2)
        return wanted


def verify_scene(bundle: Bundle) -> VerifiedScene:
    """Check everything that a player relies on.

    Raises:
        BundleError: a graph is unsafe, not what the manifest declares, or breaks its contract; or
            the bundle has not been exported (CorruptBundle; callers test `manifest.drawing` first).
    """
    drawing, behavior = bundle.manifest.drawing, bundle.manifest.behavior
    if drawing is None or behavior is None:
        raise CorruptBundle("The bundle holds no graphs.")
    graphs = [drawing.trunk, drawing.generator, behavior.graph] + ([drawing.fast] if drawing.fast else [])
    models = {graph.file: check_graph(bundle.part(graph.file), graph) for graph in graphs}
    bank = bundle.tensors(BANK_NAME)
    dimension = bundle.manifest.encoder.dimension
    _check_drawing(drawing, dimension)
    _check_bank(bank, dimension)
    _check_behavior(behavior, bank, dimension)
    _check_defaults(bundle.manifest.defaults, behavior)
    background = bundle.picture(drawing.background, "RGB") if drawing.background else None
    mask = bundle.picture(drawing.mask, "L") if drawing.mask else None
    if mask is not None and (background is None or background.shape[:2] != mask.shape):
        raise CorruptBundle("The bundle has a mask without a background of its size.")
    scene = VerifiedScene(drawing, behavior, bank, background, mask, models)
    defaults = bundle.manifest.defaults
    for graph in graphs:
        times = defaults.width * defaults.height / CHECKED_PIXELS
        if graph is behavior.graph:
            times = _frame_steps(defaults, behavior)
        if scene.footprint(graph, CHECKED_PIXELS).work * times > MAX_FRAME_WORK:
            raise UnsafeBundle(f"{graph.file} would take more work for a frame than a bundle may ask for.")
    return scene


def _check_defaults(defaults: Defaults, behavior: Behavior) -> None:
    if defaults.width * defaults.height > MAX_DEFAULT_PIXELS:
        raise UnsafeBundle(f"The bundle asks to be drawn at {defaults.width}×{defaults.height} pixels, too many.")
    if _frame_steps(defaults, behavior) > MAX_FRAME_STEPS:
        raise UnsafeBundle(f"The behavior takes more than {MAX_FRAME_STEPS} steps for a frame.")


def _frame_steps(defaults: Defaults, behavior: Behavior) -> int:
    parts = math.ceil(defaults.temperature / behavior.largest_step) if behavior.largest_step else 1
    return behavior.steps_per_frame * max(1, parts)


def _check_drawing(drawing: Drawing, dimension: int) -> None:
    features = drawing.trunk.outputs[0].shape if drawing.trunk.outputs else []
    if len(features) != 2 or not isinstance(features[1], int) or features[1] < 1:
        raise CorruptBundle(f"{drawing.trunk.file} doesn't give features [P, F].")
    _expect(drawing.trunk, {"coords": ("float32", ["P", 2])}, {"features": ("float32", ["P", features[1]])})
    _expect_generator(drawing.generator, dimension, features[1])
    if drawing.fast is not None:
        leading = features_of(drawing.fast)
        if leading >= features[1]:
            raise CorruptBundle(f"{drawing.fast.file} doesn't draw from fewer features than {drawing.generator.file}.")
        _expect_generator(drawing.fast, dimension, leading)


def features_of(generator: Graph) -> int:
    """How many features of each pixel a generator graph reads.

    Raises:
        CorruptBundle: it doesn't say.
    """
    for tensor in generator.inputs:
        if tensor.name == "features" and len(tensor.shape) == 2:
            count = tensor.shape[1]
            if isinstance(count, int) and count > 0:
                return count
    raise CorruptBundle(f"{generator.file} doesn't have the inputs and outputs of its contract.")


def _expect_generator(generator: Graph, dimension: int, features: int) -> None:
    inputs: Signature = {
        "embedding": ("float32", ["B", dimension]),
        "features": ("float32", ["P", features]),
        "background": ("float32", ["P", 3]),
    }
    _expect(generator, inputs, {"rgb": ("float32", ["B", "P", 3])})


def _check_bank(bank: dict[str, np.ndarray], dimension: int) -> None:
    embeddings = bank.get(EMBEDDING)
    if embeddings is None or embeddings.ndim != 2 or embeddings.shape[1] != dimension or not len(embeddings):
        raise CorruptBundle(f"{BANK_NAME} holds no observed embeddings of {dimension} dimensions.")
    if len(embeddings) > MAX_MOMENTS:
        raise UnsafeBundle(f"{BANK_NAME} holds {len(embeddings)} observed moments; at most {MAX_MOMENTS} are allowed.")
    if embeddings.dtype != np.float32 or not np.isfinite(embeddings).all():
        raise CorruptBundle(f"{BANK_NAME} holds observed embeddings that are no finite 32-bit numbers.")


def _check_behavior(behavior: Behavior, bank: dict[str, np.ndarray], dimension: int) -> None:
    count = len(bank[EMBEDDING])
    inputs: Signature = {name: (kind, list(shape)) for name, (kind, shape) in CONTROLS.items()}
    outputs: Signature = {EMBEDDING: ("float32", ["B", dimension])}
    sizes = {state.input: state.shape for state in behavior.state} | {
        noise.input: noise.shape for noise in behavior.noise
    }
    if sum(math.prod(shape) for shape in sizes.values()) > MAX_STATE_ELEMENTS:
        raise UnsafeBundle(f"The behavior's states and noises are larger than {MAX_STATE_ELEMENTS} elements.")
    for state in behavior.state:
        inputs[state.input] = outputs[state.output] = (state.dtype, ["B", *state.shape])
        if state.initial is not None:
            array = bank.get(state.initial)
            if array is None or list(array.shape) != [count, *state.shape] or array.dtype.name != state.dtype:
                raise CorruptBundle(f"{BANK_NAME} has no initial values that fit the state {state.input!r}.")
    for noise in behavior.noise:
        inputs[noise.input] = ("float32", ["B", *noise.shape])
    declared = {tensor.name: tensor for tensor in behavior.graph.inputs}
    for tensor in behavior.bank:
        array = bank.get(tensor.tensor)
        if array is None or tensor.input not in declared or not _fits(array, declared[tensor.input], count):
            raise CorruptBundle(f"{BANK_NAME} has no tensor {tensor.tensor!r} that fits the behavior graph.")
        inputs[tensor.input] = (declared[tensor.input].dtype, list(declared[tensor.input].shape))
    if behavior.transitions is not None:
        _check_transitions(behavior, behavior.transitions, bank)
    _expect(behavior.graph, inputs, outputs)
    if behavior.graph.outputs[0].name != EMBEDDING:
        raise CorruptBundle(f"The first output of {behavior.graph.file} is not the embedding.")


def _check_transitions(behavior: Behavior, transitions: Transitions, bank: dict[str, np.ndarray]) -> None:
    count = len(bank[EMBEDDING])
    targets, costs, following = (
        bank.get(name, np.empty(0)) for name in (transitions.targets, transitions.costs, transitions.following)
    )
    sound = (
        targets.ndim == 2
        and targets.dtype == np.int64
        and len(targets) == count
        and 1 <= targets.shape[1] <= MAX_EDGES
        and ((targets >= 0) & (targets < count)).all()
        and costs.shape == targets.shape
        and costs.dtype == np.float32
        and (np.isfinite(costs) & (costs >= 0)).all()
        and following.shape == (count,)
        and following.dtype == np.int64
        and ((following >= -1) & (following < count)).all()
    )
    node = next((state for state in behavior.state if state.input == transitions.node), None)
    if not sound or node is None or node.dtype != "int64" or node.shape:
        raise CorruptBundle(f"{BANK_NAME} has no sound graph over the observed moments.")


def _expect(graph: Graph, inputs: Signature, outputs: Signature) -> None:
    for declared, expected in ((graph.inputs, inputs), (graph.outputs, outputs)):
        actual = {tensor.name: (tensor.dtype, list(tensor.shape)) for tensor in declared}
        if len(actual) != len(declared) or actual != expected:
            raise CorruptBundle(f"{graph.file} doesn't have the inputs and outputs of its contract.")


def _fits(array: np.ndarray, declared: Tensor, count: int) -> bool:
    sizes = [count if dimension == "N" else dimension for dimension in declared.shape]
    return list(array.shape) == sizes and array.dtype.name == declared.dtype
