"""Check a bundle against the two graph contracts, drawing and living (SPEC.md, §3 and §4)."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bundle_spec.container import BANK_NAME, Bundle
from bundle_spec.errors import CorruptBundle, UnsafeBundle
from bundle_spec.features.actions import check_actions
from bundle_spec.features.alpha import is_transparent
from bundle_spec.features.controls import check_controls, control_of_role, parts_of_frame
from bundle_spec.features.moods import check_moods
from bundle_spec.features.warp import Keyframes, check_warp, grid_points
from bundle_spec.footprint import Footprint
from bundle_spec.graphs import check_footprint, check_graph
from bundle_spec.limits import (
    CHECKED_PIXELS,
    MAX_DEFAULT_PIXELS,
    MAX_EDGES,
    MAX_FRAME_STEPS,
    MAX_FRAME_WORK,
    MAX_FRAMES,
    MAX_STATE_ELEMENTS,
)
from bundle_spec.manifest import Behavior, Control, Defaults, Drawing, Graph, Transitions
from bundle_spec.onnx_messages import ModelProto
from bundle_spec.signatures import Signature, expect, fits

EMBEDDING = "embedding"
"""The bank tensor [N, D] with the observed embeddings has this name, and so has the behavior graph's first output."""


@dataclass(frozen=True)
class VerifiedScene:
    """All that a player needs of a bundle, after every check."""

    drawing: Drawing
    behavior: Behavior
    controls: list[Control]
    """What the behavior declares, or the five of version 1.0 with the bundle's defaults."""
    bank: dict[str, np.ndarray]
    background: np.ndarray | None
    """uint8 [H, W, 3]."""
    mask: np.ndarray | None
    """uint8 [H, W]."""
    keyframes: Keyframes | None
    """What a warp drawing displaces; None for any other."""
    models: dict[str, ModelProto]
    """The parsed graphs by their file names."""

    def footprint(self, graph: Graph, pixels: int) -> Footprint:
        """Memory and work of one run of a graph that draws `pixels` pixels at once.

        Raises:
            BundleError: as for `check_footprint`.
        """
        sizes = {"B": 1, "P": pixels, "N": len(self.bank[EMBEDDING])}
        return check_footprint(self.models[graph.file], graph, sizes)

    def fitting_pixels(self, graph: Graph, pixels: int) -> int:
        """The largest number of pixels, at most `pixels`, that a drawing graph may draw in one run."""
        while pixels > CHECKED_PIXELS:
            try:
                self.footprint(graph, pixels)
                return pixels
            except UnsafeBundle:
                pixels = max(CHECKED_PIXELS, pixels // 2)
        return pixels


def verify_scene(bundle: Bundle) -> VerifiedScene:
    """Check everything that a player relies on.

    Raises:
        BundleError: a graph is unsafe, differs from the manifest's declaration, or breaks its contract.
        CorruptBundle: the bundle holds no graphs yet; callers test `manifest.drawing` before.
    """
    drawing, behavior = bundle.manifest.drawing, bundle.manifest.behavior
    if drawing is None or behavior is None:
        raise CorruptBundle("The bundle holds no graphs.")
    graphs = [drawing.trunk, drawing.generator, behavior.graph] + ([drawing.fast] if drawing.fast else [])
    models = {graph.file: check_graph(bundle.part(graph.file), graph) for graph in graphs}
    bank = bundle.tensors(BANK_NAME)
    dimension, defaults = bundle.manifest.encoder.dimension, bundle.manifest.defaults
    if drawing.warp is None:
        _check_drawing(drawing, dimension)
    _check_bank(bank, dimension)
    keyframes = check_warp(bundle, drawing, drawing.warp, bank) if drawing.warp else None
    if keyframes is None and is_transparent(bundle.manifest):
        raise CorruptBundle("The bundle requires alpha, but has no keyframes that could have any.")
    _check_sizes(behavior)
    controls = check_controls(behavior, defaults)
    _check_behavior(behavior, controls, bank, dimension)
    _check_defaults(defaults, behavior, controls)
    check_names(bundle.manifest.names, len(bank[EMBEDDING]))
    check_moods(bundle.manifest.moods, bank, len(bank[EMBEDDING]), behavior, controls)
    check_actions(bundle.manifest.actions, len(bank[EMBEDDING]), behavior)
    background = bundle.picture(drawing.background, "RGB") if drawing.background else None
    mask = bundle.picture(drawing.mask, "L") if drawing.mask else None
    if mask is not None and keyframes is None and (background is None or background.shape[:2] != mask.shape):
        raise CorruptBundle("The bundle has a mask without a background of its size.")
    scene = VerifiedScene(drawing, behavior, controls, bank, background, mask, keyframes, models)
    for graph in graphs:
        if scene.footprint(graph, CHECKED_PIXELS).work * _runs(scene, graph, defaults) > MAX_FRAME_WORK:
            raise UnsafeBundle(f"{graph.file} would take more work for a frame than a bundle may ask for.")
    return scene


def _runs(scene: VerifiedScene, graph: Graph, defaults: Defaults) -> float:
    """How often a graph runs for CHECKED_PIXELS pixels, or for one rollout, in the first frame."""
    if graph is scene.behavior.graph:
        return _frame_steps(scene.behavior, scene.controls)
    warp = scene.drawing.warp
    if warp is None:
        return defaults.width * defaults.height / CHECKED_PIXELS
    return grid_points(warp) / CHECKED_PIXELS if graph is scene.drawing.trunk else 1


def _check_defaults(defaults: Defaults, behavior: Behavior, controls: list[Control]) -> None:
    if defaults.width * defaults.height > MAX_DEFAULT_PIXELS:
        raise UnsafeBundle(f"The bundle's default size of {defaults.width}×{defaults.height} pixels is too large.")
    if _frame_steps(behavior, controls) > MAX_FRAME_STEPS:
        raise UnsafeBundle(f"The behavior takes more than {MAX_FRAME_STEPS} steps for a frame.")


def _frame_steps(behavior: Behavior, controls: list[Control]) -> int:
    """Steps of a frame at the default clock."""
    clock = control_of_role(controls, "clock")
    return behavior.steps_per_frame * parts_of_frame(behavior, controls, clock.default if clock else 1.0)


def _check_drawing(drawing: Drawing, dimension: int) -> None:
    features = drawing.trunk.outputs[0].shape if drawing.trunk.outputs else []
    if len(features) != 2 or not isinstance(features[1], int) or features[1] < 1:
        raise CorruptBundle(f"{drawing.trunk.file} doesn't give features [P, F].")
    expect(drawing.trunk, {"coords": ("float32", ["P", 2])}, {"features": ("float32", ["P", features[1]])})
    _expect_generator(drawing.generator, dimension, features[1])
    if drawing.fast is not None:
        leading = features_of(drawing.fast)
        if leading >= features[1]:
            raise CorruptBundle(f"{drawing.fast.file} doesn't draw from fewer features than {drawing.generator.file}.")
        _expect_generator(drawing.fast, dimension, leading)


def features_of(generator: Graph) -> int:
    """The number of features of each pixel that a generator graph reads.

    Raises:
        CorruptBundle: the graph has no input of that name and shape.
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
    expect(generator, inputs, {"rgb": ("float32", ["B", "P", 3])})


def check_names(names: Mapping[str, Sequence[int]], frames: int) -> None:
    """Check the names of frames of a bank of so many observed frames.

    Raises:
        CorruptBundle: a range ends before it begins, or outside the bank.
    """
    if any(not first <= last < frames for first, last in names.values()):
        raise CorruptBundle("The manifest names frames that the scene doesn't have.")


def _check_bank(bank: dict[str, np.ndarray], dimension: int) -> None:
    embeddings = bank.get(EMBEDDING)
    if embeddings is None or embeddings.ndim != 2 or embeddings.shape[1] != dimension or not len(embeddings):
        raise CorruptBundle(f"{BANK_NAME} holds no observed embeddings of {dimension} dimensions.")
    if len(embeddings) > MAX_FRAMES:
        raise UnsafeBundle(f"{BANK_NAME} holds {len(embeddings)} observed frames; at most {MAX_FRAMES} are allowed.")
    if embeddings.dtype != np.float32 or not np.isfinite(embeddings).all():
        raise CorruptBundle(f"{BANK_NAME} holds observed embeddings that are not finite 32-bit floats.")


def _check_sizes(behavior: Behavior) -> None:
    shapes = [state.shape for state in behavior.state] + [noise.shape for noise in behavior.noise]
    if sum(math.prod(shape) for shape in shapes) > MAX_STATE_ELEMENTS:
        raise UnsafeBundle(f"The behavior's states and noises are larger than {MAX_STATE_ELEMENTS} elements.")


def _check_behavior(behavior: Behavior, controls: list[Control], bank: dict[str, np.ndarray], dimension: int) -> None:
    count = len(bank[EMBEDDING])
    inputs: Signature = {control.name: (control.dtype, list(control.shape)) for control in controls}
    outputs: Signature = {EMBEDDING: ("float32", ["B", dimension])}
    for state in behavior.state:
        inputs[state.input] = outputs[state.output] = (state.dtype, ["B", *state.shape])
        if state.initial is not None:
            array = bank.get(state.initial)
            if array is None or list(array.shape) != [count, *state.shape] or array.dtype.name != state.dtype:
                raise CorruptBundle(f"{BANK_NAME} has no initial values that fit the state {state.input!r}.")
    for noise in behavior.noise:
        inputs[noise.input] = ("float32", ["B", *noise.shape])
    tensors = {tensor.name: tensor for tensor in behavior.graph.inputs}
    for entry in behavior.bank:
        array, tensor = bank.get(entry.tensor), tensors.get(entry.input)
        if array is None or tensor is None or not fits(array, tensor, count):
            raise CorruptBundle(f"{BANK_NAME} has no tensor {entry.tensor!r} that fits the behavior graph.")
        inputs[entry.input] = (tensor.dtype, list(tensor.shape))
    entries = len(controls) + len(behavior.state) + len(behavior.noise) + len(behavior.bank)
    if len(inputs) != entries or len(outputs) != 1 + len(behavior.state):
        raise CorruptBundle(f"The manifest declares two inputs or outputs of {behavior.graph.file} under one name.")
    if behavior.transitions is not None:
        _check_transitions(behavior, behavior.transitions, bank)
    _check_starts(behavior, bank)
    expect(behavior.graph, inputs, outputs)
    if [tensor.name for tensor in behavior.graph.outputs] != list(outputs):
        raise CorruptBundle(f"{behavior.graph.file} doesn't give the embedding first and then the states in order.")


def _check_starts(behavior: Behavior, bank: dict[str, np.ndarray]) -> None:
    if behavior.starts is None:
        return
    starts, count = bank.get(behavior.starts, np.empty(0)), len(bank[EMBEDDING])
    sound = starts.ndim == 1 and starts.dtype == np.int64 and 1 <= len(starts) <= count
    if not sound or (starts < 0).any() or (starts >= count).any():
        raise CorruptBundle(f"{BANK_NAME} has no sound list of the frames that a rollout begins at.")


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
        raise CorruptBundle(f"{BANK_NAME} has no sound motion graph over the observed frames.")
