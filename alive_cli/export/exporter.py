"""A recipe's modules to the parts of a bundle, checked against torch before anything is replaced."""

import warnings
from dataclasses import dataclass

import msgspec
import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from alive_cli.behaviors.protocol import Bank, Behavior, BehaviorModules
from alive_cli.errors import AliveError
from alive_cli.export.onnx_graph import export_graph, round_to_half, store_weights
from alive_cli.export.step_graph import (
    StepGraph,
    bank_tensors,
    example_inputs,
    noise_tensors,
    state_tensors,
    transitions,
)
from alive_cli.generators.protocol import DrawingModules, Generator
from alive_cli.progress import Progress, silent
from alive_cli.training.length import Settings
from bundle_spec.container import BANK_NAME, BEHAVIOR_NAME, WEIGHTS_NAME, Bundle, pack_tensors
from bundle_spec.contracts import EMBEDDING, verify_scene
from bundle_spec.features.actions import using_actions
from bundle_spec.features.alpha import FEATURE as ALPHA
from bundle_spec.features.alpha import requiring_alpha
from bundle_spec.features.controls import controls_fields, defaults_with
from bundle_spec.features.depth import using_depth
from bundle_spec.features.moods import using_moods
from bundle_spec.features.warp import FEATURE as WARP
from bundle_spec.features.warp import requiring_warp
from bundle_spec.graphs import signature
from bundle_spec.manifest import Behavior as BehaviorInfo
from bundle_spec.manifest import Drawing

PARITY_TOLERANCE = 1e-4
"""Graphs and torch may differ by so much in a colour or an embedding, which allows for rounding and nothing else."""
PARITY_ROLLOUTS = 16
"""Parity of the behavior is measured on at most so many rollouts at once."""
STAGE = "Exporting"
"""The progress bar shows this text while the graphs are exported."""
LARGEST_SETTING = 16_384
"""Settings that state the size of a network are at most this large, because a stranger's bundle may ask for any
size."""
UNBOUND_SETTINGS = ("seed", "steps", "behavior_steps")
"""These settings are not sizes of networks, so they may be larger."""


class ExportError(AliveError):
    """The weights can't be turned into graphs that agree with torch."""


@dataclass(frozen=True)
class Parity:
    """Largest absolute difference between torch and onnxruntime on observed embeddings."""

    drawing: float
    behavior: float


@dataclass(frozen=True)
class SceneModules:
    """The modules of a recipe that the exporter turns into graphs."""

    drawing: DrawingModules
    behavior: BehaviorModules

    @property
    def all(self) -> list[nn.Module]:
        """Every module that becomes a graph."""
        return [*(graph.module for graph in self.drawing.graphs), self.behavior.step]


@dataclass(frozen=True)
class ExportedGraphs:
    """Graph parts by name, the manifest entries that describe them, and their agreement with torch."""

    parts: dict[str, bytes]
    drawing: Drawing
    behavior: BehaviorInfo
    features: tuple[str, ...]
    """Features of the format that drawing needs."""
    parity: Parity


def export_scene(modules: SceneModules, progress: Progress = silent, precision: str = "fp16") -> ExportedGraphs:
    """Export the graphs and compare each with torch; weights are stored as `fp16` or `fp32`.

    Raises:
        ExportError: parity is worse than 1e-4.
    """
    if precision == "fp16":
        for module in modules.all:
            round_to_half(module)
    graphs = _export_graphs(modules, progress)
    if precision == "fp16":
        graphs = {name: store_weights(graph) for name, graph in graphs.items()}
    parity = _check_parity(modules, graphs)
    parts = {name: graph.SerializeToString(deterministic=True) for name, graph in graphs.items()}
    signatures = {name: signature(graph, name) for name, graph in graphs.items()}
    behavior = modules.behavior
    return ExportedGraphs(
        parts={**parts, BANK_NAME: pack_tensors({**behavior.bank_arrays, **modules.drawing.bank})},
        drawing=modules.drawing.describe(signatures),
        features=modules.drawing.features,
        behavior=BehaviorInfo(
            graph=signatures[BEHAVIOR_NAME],
            steps_per_frame=behavior.steps_per_frame,
            largest_step=behavior.largest_step,
            transitions=transitions(behavior),
            starts=behavior.starts,
            state=state_tensors(behavior),
            noise=noise_tensors(behavior),
            bank=bank_tensors(behavior),
            controls=behavior.controls,
        ),
        parity=parity,
    )


def scene_modules(
    generator: Generator, behavior: Behavior, settings: Settings, weights: dict[str, np.ndarray], bank: Bank
) -> SceneModules:
    """The modules of a recipe's generator and behavior, from their settings, weights and bank.

    Raises:
        ExportError: the settings, weights or bank are not those of this generator and this behavior.
    """

    def build() -> SceneModules:
        return SceneModules(
            generator.graphs(settings, _with_prefix(weights, "generator"), bank),
            behavior.graph(settings, _with_prefix(weights, "behavior"), bank),
        )

    sizes = [value for name, value in settings.items() if isinstance(value, int) and name not in UNBOUND_SETTINGS]
    try:
        if not all(0 <= value <= LARGEST_SETTING for value in sizes):
            raise ValueError("a setting is out of range")
        # A stranger's settings may ask for any size, so the modules are first built without memory.
        with torch.device("meta"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch warns for each tensor that loading it has no effect
            build()
        return build()
    except (IndexError, KeyError, RuntimeError, TypeError, ValueError) as error:
        raise ExportError(
            "The training weights are not those of the bundle's recipe in this version; fit the scene anew."
        ) from error


def _with_prefix(weights: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name: array for name, array in weights.items() if name.startswith(f"{prefix}.")}


def bundle_modules(bundle: Bundle, generator: Generator, behavior: Behavior) -> SceneModules:
    """The modules of a bundle's own training weights.

    Raises:
        ExportError: the bundle holds no weights, or not those of its recipe.
    """
    if WEIGHTS_NAME not in bundle.parts:
        raise ExportError("The bundle holds no training weights (it was slimmed), so it can't be exported again.")
    settings = dict(bundle.manifest.recipe.settings)
    return scene_modules(generator, behavior, settings, bundle.tensors(WEIGHTS_NAME), bundle.tensors(BANK_NAME))


def export_bundle(
    bundle: Bundle, generator: Generator, behavior: Behavior, progress: Progress = silent, precision: str = "fp16"
) -> tuple[Bundle, Parity]:
    """Export a bundle's own training weights again; all other parts stay.

    Raises:
        ExportError: as `bundle_modules` and `export_scene`.
    """
    exported = export_scene(bundle_modules(bundle, generator, behavior), progress, precision)
    parity = {"drawing": exported.parity.drawing, "behavior": exported.parity.behavior}
    assert exported.behavior.controls is not None
    manifest = msgspec.structs.replace(
        bundle.manifest,
        drawing=exported.drawing,
        behavior=exported.behavior,
        figures={**bundle.manifest.figures, "parity": parity},
        defaults=defaults_with(exported.behavior.controls, bundle.manifest.defaults),
        **controls_fields(exported.behavior.controls),
    )
    if WARP in exported.features:
        manifest = requiring_warp(manifest)
    if ALPHA in exported.features:
        manifest = requiring_alpha(manifest)
    result = Bundle(using_depth(using_actions(using_moods(manifest))), {**bundle.parts, **exported.parts})
    verify_scene(result)
    return result, exported.parity


def _export_graphs(modules: SceneModules, progress: Progress) -> dict[str, onnx.ModelProto]:
    drawing, behavior = modules.drawing, modules.behavior
    total = len(drawing.graphs) + 1
    graphs = {}
    for done, graph in enumerate(drawing.graphs):
        progress(STAGE, done, total, graph.file)
        graphs[graph.file] = export_graph(graph.module, graph.inputs, graph.outputs, graph.free, graph.free_outputs)
    progress(STAGE, total - 1, total, BEHAVIOR_NAME)
    # Three rollouts, because the exporter takes a dimension of size one for a fixed one.
    inputs = example_inputs(behavior, rollouts=3)
    per_rollout = ("B",)
    free = {
        **{state.input: per_rollout for state in state_tensors(behavior)},
        **{noise.input: per_rollout for noise in noise_tensors(behavior)},
        **{each.input: _frame_dimension(behavior, each.tensor) for each in bank_tensors(behavior)},
        **{each.name: tuple(size for size in each.shape if isinstance(size, str)) for each in behavior.controls},
    }
    outputs = [EMBEDDING, *(state.output for state in state_tensors(behavior))]
    named = {name: dims for name, dims in free.items() if dims}
    step = StepGraph(behavior).eval()
    graphs[BEHAVIOR_NAME] = export_graph(step, inputs, outputs, named, dict.fromkeys(outputs, per_rollout))
    progress(STAGE, total, total)
    return graphs


def _frame_dimension(behavior: BehaviorModules, tensor: str) -> tuple[str, ...]:
    """The free dimension `N` of a tensor of the bank that has a row for each frame; otherwise none."""
    return ("N",) if len(behavior.bank_arrays[tensor]) == len(behavior.bank_arrays[EMBEDDING]) else ()


@torch.no_grad()
def _check_parity(modules: SceneModules, graphs: dict[str, onnx.ModelProto]) -> Parity:
    drawing, behavior = modules.drawing, modules.behavior
    drawing_error = 0.0
    for graph in drawing.graphs:
        expected = graph.module(*graph.inputs.values())
        values = expected if isinstance(expected, tuple) else (expected,)
        for drawn, value in zip(_run(graphs[graph.file], graph.inputs), values, strict=True):
            drawing_error = max(drawing_error, float(np.abs(drawn - value.numpy()).max()))
    bank = behavior.bank_arrays[EMBEDDING]
    inputs = example_inputs(behavior, rollouts=min(len(bank), PARITY_ROLLOUTS))
    random = torch.Generator().manual_seed(0)
    for noise in noise_tensors(behavior):
        inputs[noise.input] = torch.randn(inputs[noise.input].shape, generator=random)
    outputs = StepGraph(behavior)(*inputs.values())
    pairs = zip(_run(graphs[BEHAVIOR_NAME], inputs), outputs, strict=True)
    behavior_error = max(float(np.abs(actual - expected.numpy()).max()) for actual, expected in pairs)
    if not max(drawing_error, behavior_error) <= PARITY_TOLERANCE:
        raise ExportError(
            f"The exported graphs differ from torch by {max(drawing_error, behavior_error):.1e} "
            f"(at most {PARITY_TOLERANCE:.0e} is allowed), so nothing was written."
        )
    return Parity(drawing_error, behavior_error)


def _run(model: onnx.ModelProto, inputs: dict[str, Tensor]) -> list[np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return list(session.run(None, {name: tensor.numpy() for name, tensor in inputs.items()}))
