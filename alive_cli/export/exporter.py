"""A recipe's modules to the parts of a bundle, checked against torch before anything is replaced."""

from dataclasses import dataclass

import msgspec
import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor

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
    GENERATOR_NAME,
    MASK_NAME,
    TRUNK_NAME,
    WEIGHTS_NAME,
    Bundle,
    pack_tensors,
)
from bundle_spec.contracts import EMBEDDING, verify_scene
from bundle_spec.graphs import signature
from bundle_spec.manifest import CONTROLS, Behavior, Drawing

PARITY_TOLERANCE = 1e-4
PARITY_EMBEDDINGS = 8
PARITY_SIDE = 48
STAGE = "Exporting"

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
    if recipe not in _RECIPES:
        raise ExportError(f"The recipe {recipe!r} is unknown to this alive; upgrade with: pip install -U alive-scene")
    try:
        modules = _RECIPES[recipe](settings, weights, bank)
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        raise ExportError(f"The training weights are not those of recipe {recipe!r}.") from error
    if precision == "fp16":
        for module in (modules.trunk, modules.generator, modules.behavior):
            round_to_half(module)
    trunk, generator, behavior = _export_graphs(modules, progress)
    if precision == "fp16":
        trunk, generator, behavior = (halve_weights(graph) for graph in (trunk, generator, behavior))
    parity = _check_parity(modules, trunk, generator, behavior)
    graphs = {TRUNK_NAME: trunk, GENERATOR_NAME: generator, BEHAVIOR_NAME: behavior}
    parts = {name: graph.SerializeToString(deterministic=True) for name, graph in graphs.items()}
    return Exported(
        parts={**parts, BANK_NAME: pack_tensors(modules.bank_arrays)},
        drawing=Drawing(trunk=signature(trunk, TRUNK_NAME), generator=signature(generator, GENERATOR_NAME)),
        behavior=Behavior(
            graph=signature(behavior, BEHAVIOR_NAME),
            steps_per_frame=modules.steps_per_frame,
            state=modules.state,
            noise=modules.noise,
            bank=modules.bank,
        ),
        parity=parity,
    )


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


def _export_graphs(
    modules: SceneModules, progress: Progress
) -> tuple[onnx.ModelProto, onnx.ModelProto, onnx.ModelProto]:
    embeddings = torch.from_numpy(modules.bank_arrays[EMBEDDING][:2].copy())
    coords = pixel_coordinates(5, 4)
    progress(STAGE, 0, 3, TRUNK_NAME)
    trunk = export_graph(modules.trunk, {"coords": coords}, ["features"], {"coords": ("P",)})
    progress(STAGE, 1, 3, GENERATOR_NAME)
    with torch.no_grad():
        drawing = {
            "embedding": embeddings,
            "features": modules.trunk(coords),
            "background": torch.zeros(len(coords), 3),
        }
    free: dict[str, tuple[str, ...]] = {"embedding": ("B",), "features": ("P",), "background": ("P",)}
    generator = export_graph(modules.generator, drawing, ["rgb"], free)
    progress(STAGE, 2, 3, BEHAVIOR_NAME)
    # Three lives: an example of size one would be taken for a fixed dimension.
    inputs = modules.example(batch=3)
    free = {name: ("B",) for name in inputs if name not in CONTROLS}
    free |= {tensor.input: _bank_dimensions(modules, tensor.tensor) for tensor in modules.bank}
    free |= {"bank_weight": ("N",), "next_node": ("B",)}
    outputs = [EMBEDDING, *(state.output for state in modules.state)]
    behavior = export_graph(modules.behavior, inputs, outputs, {name: dims for name, dims in free.items() if dims})
    progress(STAGE, 3, 3)
    return trunk, generator, behavior


def _bank_dimensions(modules: SceneModules, name: str) -> tuple[str, ...]:
    count = len(modules.bank_arrays[EMBEDDING])
    return ("N",) if len(modules.bank_arrays[name]) == count else ()


@torch.no_grad()
def _check_parity(
    modules: SceneModules, trunk: onnx.ModelProto, generator: onnx.ModelProto, behavior: onnx.ModelProto
) -> Parity:
    bank = modules.bank_arrays[EMBEDDING]
    chosen = np.unique(np.linspace(0, len(bank) - 1, PARITY_EMBEDDINGS).round().astype(int))
    embeddings = torch.from_numpy(bank[chosen])
    coords = pixel_coordinates(PARITY_SIDE, PARITY_SIDE)
    background = torch.zeros(len(coords), 3)
    features = _run(trunk, {"coords": coords})[0]
    drawn = _run(generator, {"embedding": embeddings, "features": torch.from_numpy(features), "background": background})
    expected = modules.generator(embeddings, modules.trunk(coords), background)
    drawing_error = float(np.abs(drawn[0] - expected.numpy()).max())

    inputs = modules.example(batch=min(len(bank), 16))
    random = torch.Generator().manual_seed(0)
    for noise in modules.noise:
        inputs[noise.input] = torch.randn(inputs[noise.input].shape, generator=random)
    outputs = modules.behavior(*inputs.values())
    pairs = zip(_run(behavior, inputs), outputs, strict=True)
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
