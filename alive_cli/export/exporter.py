"""A recipe's modules to the parts of a bundle, checked against torch before anything is replaced."""

import warnings
from dataclasses import dataclass

import msgspec
import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from alive_cli.errors import AliveError
from alive_cli.export import living, original
from alive_cli.export.contracts import SceneModules
from alive_cli.export.onnx_graph import export_graph, halve_weights, round_to_half
from alive_cli.fitting.observations import pixel_coordinates
from alive_cli.fitting.recipe import Settings
from alive_cli.progress import Progress, silent
from bundle_spec.container import (
    BACKGROUND_NAME,
    BANK_NAME,
    BEHAVIOR_NAME,
    FAST_NAME,
    GENERATOR_NAME,
    MASK_NAME,
    TRUNK_NAME,
    WEIGHTS_NAME,
    Bundle,
    pack_tensors,
)
from bundle_spec.contracts import EMBEDDING, verify_scene
from bundle_spec.features.controls import STANDARD_CONTROLS
from bundle_spec.graphs import signature
from bundle_spec.manifest import Behavior, Drawing

PARITY_TOLERANCE = 1e-4
PARITY_EMBEDDINGS = 8
PARITY_SIDE = 48
STAGE = "Exporting"
LARGEST_SETTING = 16_384
"""Of those that say how wide or deep a net is."""
UNBOUND_SETTINGS = ("seed", "steps", "behavior_steps")

_RECIPES = {"original": original.scene_modules, "living": living.scene_modules}


class ExportError(AliveError):
    """The weights can't be turned into graphs that agree with torch."""


@dataclass(frozen=True)
class Parity:
    """Largest absolute difference between torch and onnxruntime on observed embeddings."""

    drawing: float
    behavior: float


@dataclass(frozen=True)
class Exported:
    """Graph parts by name, the manifest entries that describe them, and how well they agree."""

    parts: dict[str, bytes]
    drawing: Drawing
    behavior: Behavior
    parity: Parity


def export_scene(
    recipe: str,
    settings: Settings,
    weights: dict[str, np.ndarray],
    bank: dict[str, np.ndarray],
    progress: Progress = silent,
    precision: str = "fp16",
) -> Exported:
    """Export the three graphs and compare each with torch; weights are stored as `fp16` or `fp32`.

    Raises:
        ExportError: the recipe is unknown, the weights are not its own, or parity is worse than 1e-4.
    """
    modules = _modules(recipe, settings, weights, bank)
    if precision == "fp16":
        for module in (modules.trunk, modules.generator, modules.fast, modules.behavior):
            if module is not None:
                round_to_half(module)
    graphs = _export_graphs(modules, progress)
    if precision == "fp16":
        graphs = {name: halve_weights(graph) for name, graph in graphs.items()}
    parity = _check_parity(modules, graphs)
    parts = {name: graph.SerializeToString(deterministic=True) for name, graph in graphs.items()}
    signatures = {name: signature(graph, name) for name, graph in graphs.items()}
    return Exported(
        parts={**parts, BANK_NAME: pack_tensors(modules.bank_arrays)},
        drawing=Drawing(
            trunk=signatures[TRUNK_NAME], generator=signatures[GENERATOR_NAME], fast=signatures.get(FAST_NAME)
        ),
        behavior=Behavior(
            graph=signatures[BEHAVIOR_NAME],
            steps_per_frame=modules.steps_per_frame,
            largest_step=modules.largest_step,
            transitions=modules.transitions,
            state=modules.state,
            noise=modules.noise,
            bank=modules.bank,
        ),
        parity=parity,
    )


def _modules(
    recipe: str, settings: Settings, weights: dict[str, np.ndarray], bank: dict[str, np.ndarray]
) -> SceneModules:
    """The recipe's modules; a stranger's settings may ask for any size, so they are tried without memory first."""
    if recipe not in _RECIPES:
        raise ExportError(f"The recipe {recipe!r} is unknown to this alive; upgrade with: pip install -U alive-scene")
    sizes = [value for name, value in settings.items() if isinstance(value, int) and name not in UNBOUND_SETTINGS]
    try:
        if not all(0 <= value <= LARGEST_SETTING for value in sizes):
            raise ValueError("a setting is out of range")
        with torch.device("meta"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch says of each tensor that loading it has no effect
            _RECIPES[recipe](settings, weights, bank)
        return _RECIPES[recipe](settings, weights, bank)
    except (IndexError, KeyError, RuntimeError, TypeError, ValueError) as error:
        raise ExportError(f"The training weights are not those of recipe {recipe!r}.") from error


def check_weights(bundle: Bundle) -> None:
    """Make sure that a bundle's training weights are those of its recipe.

    Raises:
        ExportError: they aren't, or the bundle holds none.
    """
    recipe = bundle.manifest.recipe
    if WEIGHTS_NAME not in bundle.parts:
        raise ExportError("The bundle holds no training weights (it was slimmed).")
    _modules(recipe.name, dict(recipe.settings), bundle.tensors(WEIGHTS_NAME), bundle.tensors(BANK_NAME))


def export_bundle(bundle: Bundle, progress: Progress = silent, precision: str = "fp16") -> tuple[Bundle, Parity]:
    """Export a bundle's own training weights again; everything else in it stays.

    Raises:
        ExportError: as `export_scene`, or the bundle holds no training weights.
    """
    if WEIGHTS_NAME not in bundle.parts:
        raise ExportError("The bundle holds no training weights (it was slimmed), so it can't be exported again.")
    recipe = bundle.manifest.recipe
    weights, bank = bundle.tensors(WEIGHTS_NAME), bundle.tensors(BANK_NAME)
    exported = export_scene(recipe.name, dict(recipe.settings), weights, bank, progress, precision)
    pictures = {
        field: name for field, name in (("background", BACKGROUND_NAME), ("mask", MASK_NAME)) if name in bundle.parts
    }
    parity = {"drawing": exported.parity.drawing, "behavior": exported.parity.behavior}
    manifest = msgspec.structs.replace(
        bundle.manifest,
        drawing=msgspec.structs.replace(exported.drawing, **pictures),
        behavior=exported.behavior,
        figures={**bundle.manifest.figures, "parity": parity},
    )
    result = Bundle(manifest, {**bundle.parts, **exported.parts})
    verify_scene(result)
    return result, exported.parity


def _export_graphs(modules: SceneModules, progress: Progress) -> dict[str, onnx.ModelProto]:
    embeddings = torch.from_numpy(modules.bank_arrays[EMBEDDING][:2].copy())
    coords = pixel_coordinates(5, 4)
    total = 4
    progress(STAGE, 0, total, TRUNK_NAME)
    graphs = {
        TRUNK_NAME: export_graph(
            modules.trunk, {"coords": coords}, ["features"], {"coords": ("P",)}, {"features": ("P",)}
        )
    }
    with torch.no_grad():
        features = modules.trunk(coords)
    for done, (name, module, count) in enumerate(_generators(modules), 1):
        progress(STAGE, done, total, name)
        leading = features[:, :count].contiguous()
        drawing = {"embedding": embeddings, "features": leading, "background": torch.zeros(len(coords), 3)}
        free: dict[str, tuple[str, ...]] = {"embedding": ("B",), "features": ("P",), "background": ("P",)}
        graphs[name] = export_graph(module, drawing, ["rgb"], free, {"rgb": ("B", "P")})
    progress(STAGE, total - 1, total, BEHAVIOR_NAME)
    # Three lives: an example of size one would be taken for a fixed dimension.
    inputs = modules.example(batch=3)
    controls = {control.name for control in STANDARD_CONTROLS}
    free = {name: ("B",) for name in inputs if name not in controls}
    free |= {tensor.input: _bank_dimensions(modules, tensor.tensor) for tensor in modules.bank}
    free |= {"bank_weight": ("N",), "next_node": ("B",)}
    outputs = [EMBEDDING, *(state.output for state in modules.state)]
    named = {name: dims for name, dims in free.items() if dims}
    graphs[BEHAVIOR_NAME] = export_graph(modules.behavior, inputs, outputs, named, dict.fromkeys(outputs, ("B",)))
    progress(STAGE, total, total)
    return graphs


def _generators(modules: SceneModules) -> list[tuple[str, nn.Module, int | None]]:
    """Name, module, and how many leading features it reads (None for all) of each generator."""
    generators: list[tuple[str, nn.Module, int | None]] = [(GENERATOR_NAME, modules.generator, None)]
    if modules.fast is not None:
        generators.append((FAST_NAME, modules.fast, modules.fast_features))
    return generators


def _bank_dimensions(modules: SceneModules, name: str) -> tuple[str, ...]:
    count = len(modules.bank_arrays[EMBEDDING])
    return ("N",) if len(modules.bank_arrays[name]) == count else ()


@torch.no_grad()
def _check_parity(modules: SceneModules, graphs: dict[str, onnx.ModelProto]) -> Parity:
    bank = modules.bank_arrays[EMBEDDING]
    chosen = np.unique(np.linspace(0, len(bank) - 1, PARITY_EMBEDDINGS).round().astype(int))
    embeddings = torch.from_numpy(bank[chosen])
    coords = pixel_coordinates(PARITY_SIDE, PARITY_SIDE)
    background = torch.zeros(len(coords), 3)
    features = torch.from_numpy(_run(graphs[TRUNK_NAME], {"coords": coords})[0])
    expected_features = modules.trunk(coords)
    drawing_error = 0.0
    for name, module, count in _generators(modules):
        leading = features[:, :count].contiguous()
        drawn = _run(graphs[name], {"embedding": embeddings, "features": leading, "background": background})
        expected = module(embeddings, expected_features[:, :count], background)
        drawing_error = max(drawing_error, float(np.abs(drawn[0] - expected.numpy()).max()))

    inputs = modules.example(batch=min(len(bank), 16))
    random = torch.Generator().manual_seed(0)
    for noise in modules.noise:
        inputs[noise.input] = torch.randn(inputs[noise.input].shape, generator=random)
    outputs = modules.behavior(*inputs.values())
    pairs = zip(_run(graphs[BEHAVIOR_NAME], inputs), outputs, strict=True)
    behavior_error = max(float(np.abs(actual - wanted.numpy()).max()) for actual, wanted in pairs)
    parity = Parity(drawing_error, behavior_error)
    if not max(drawing_error, behavior_error) <= PARITY_TOLERANCE:
        raise ExportError(
            f"The exported graphs differ from torch by {max(drawing_error, behavior_error):.1e} "
            f"(at most {PARITY_TOLERANCE:.0e} is allowed), so nothing was written."
        )
    return parity


def _run(model: onnx.ModelProto, inputs: dict[str, Tensor]) -> list[np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return list(session.run(None, {name: tensor.numpy() for name, tensor in inputs.items()}))
