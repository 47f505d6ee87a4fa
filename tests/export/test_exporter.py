"""Graphs: parity with torch, determinism, and nothing of this machine in them."""

from pathlib import Path

import msgspec
import numpy as np
import onnx
import onnxruntime
import pytest

torch = pytest.importorskip("torch")

from alive_cli import Scene, cli  # noqa: E402
from alive_cli.export import exporter  # noqa: E402
from alive_cli.export.exporter import ExportError, SceneModules, bundle_modules, export_bundle  # noqa: E402
from alive_cli.export.onnx_graph import round_to_half  # noqa: E402
from alive_cli.export.step_graph import StepGraph, example_inputs, noise_tensors, state_tensors  # noqa: E402
from alive_cli.fitting.recipes import find_recipe  # noqa: E402
from alive_cli.runtime.noise import draw_noise  # noqa: E402
from bundle_spec.container import BANK_NAME, WEIGHTS_NAME, Bundle, read_bundle  # noqa: E402

GRAPHS = ("trunk.onnx", "generator.onnx", "behavior.onnx")


def session(part: bytes) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(part, providers=["CPUExecutionProvider"])


def modules_of(bundle: Bundle) -> SceneModules:
    """The modules of a bundle's own weights, on torch, rounded as the graphs store them."""
    recipe = find_recipe(bundle.manifest.recipe.name)
    modules = bundle_modules(bundle, recipe.generator, recipe.behavior)
    for module in modules.all:
        round_to_half(module)
    return modules


def export_again(bundle: Bundle, **options: str) -> Bundle:
    recipe = find_recipe(bundle.manifest.recipe.name)
    return export_bundle(bundle, recipe.generator, recipe.behavior, **options)[0]


@torch.no_grad()
def test_graphs_draw_what_torch_draws(bundle: Path) -> None:
    """On embeddings between the observed ones, offsets and places that no export looks at."""
    opened = read_bundle(bundle)
    trunk, look_up = modules_of(opened).drawing.graphs
    bank = opened.tensors(BANK_NAME)["embedding"]
    embeddings = torch.nn.functional.normalize(torch.from_numpy(bank[:-2] + bank[1:-1] + bank[2:]), dim=1)
    random = torch.Generator().manual_seed(5)
    coords = 2 * torch.rand(97, 2, generator=random) - 1
    features = trunk.module(coords)
    assert features.std() > 0.01
    drawn = session(opened.parts["trunk.onnx"]).run(None, {"coords": coords.numpy()})[0]
    np.testing.assert_allclose(drawn, features.numpy(), atol=1e-4)
    offset = 0.1 * torch.randn(len(embeddings), look_up.inputs["offset"].shape[1], generator=random)
    inputs = look_up.inputs | {"embedding": embeddings, "offset": offset}
    expected = look_up.module(*inputs.values())
    outputs = session(opened.parts["generator.onnx"]).run(None, {name: each.numpy() for name, each in inputs.items()})
    for output, value in zip(outputs, expected, strict=True):
        np.testing.assert_allclose(output, value.numpy(), atol=1e-4)


@torch.no_grad()
def test_the_graph_lives_as_torch_does(bundle: Path) -> None:
    """A whole rollout of the player, beside one of torch with the same noise."""
    opened = read_bundle(bundle)
    behavior, info = modules_of(opened).behavior, opened.manifest.behavior
    assert info is not None
    step = StepGraph(behavior).eval()
    graph = session(opened.parts["behavior.onnx"])
    inputs = example_inputs(behavior, rollouts=2)
    states = [state.input for state in state_tensors(behavior)]
    ours, theirs = dict(inputs), dict(inputs)
    embeddings = []
    for frame in range(60):
        for stream, noise in enumerate(noise_tensors(behavior)):
            drawn = np.stack([draw_noise(noise, stream, frame, 1, seed)[0] for seed in (1, 2)])
            ours[noise.input] = theirs[noise.input] = torch.from_numpy(drawn)
        embedding, *after = step(*ours.values())
        feeds = {name: tensor.numpy() for name, tensor in theirs.items()}
        played, *played_after = graph.run(None, feeds)
        np.testing.assert_allclose(played, embedding.numpy(), atol=1e-3)
        ours |= dict(zip(states, after, strict=True))
        theirs |= {name: torch.from_numpy(array) for name, array in zip(states, played_after, strict=True)}
        embeddings.append(played)
    path = np.stack(embeddings)
    assert np.abs(np.diff(path, axis=0)).max() > 0.01  # it moves,
    assert np.abs(path[:, 0] - path[:, 1]).max() > 0.01  # and each seed in its own way


def test_parity_is_measured_anew(bundle: Path) -> None:
    opened = read_bundle(bundle)
    figures = opened.manifest.figures | {"parity": {"drawing": 1.0, "behavior": 1.0}}
    forged = Bundle(msgspec.structs.replace(opened.manifest, figures=figures), opened.parts)
    assert export_again(forged).manifest.figures["parity"] == opened.manifest.figures["parity"]


def test_exporting_again_gives_the_same_bytes(bundle: Path) -> None:
    before = read_bundle(bundle)
    after = export_again(before)
    assert {name: after.parts[name] for name in GRAPHS} == {name: before.parts[name] for name in GRAPHS}


def test_nothing_of_this_machine(bundle: Path) -> None:
    parts = read_bundle(bundle).parts
    for name in GRAPHS:
        model = onnx.load_from_string(parts[name])
        assert not model.metadata_props
        assert all(not node.metadata_props and not node.doc_string for node in model.graph.node)
        for trace in (b"site-packages", b"alive_cli", b".py"):
            assert trace not in parts[name]


def test_worse_parity_is_refused(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporter, "PARITY_TOLERANCE", -1.0)
    with pytest.raises(ExportError, match="differ from torch"):
        export_again(read_bundle(bundle))


def test_slim_bundles_cant_be_exported(bundle: Path) -> None:
    opened = read_bundle(bundle)
    parts = {name: part for name, part in opened.parts.items() if name != WEIGHTS_NAME}
    with pytest.raises(ExportError, match="no training weights"):
        export_again(Bundle(opened.manifest, parts))


def test_weights_of_another_recipe_are_refused(bundle: Path) -> None:
    opened, other = read_bundle(bundle), find_recipe("original")
    with pytest.raises(ExportError, match="not those of the bundle's recipe"):
        export_bundle(opened, other.generator, other.behavior)


def test_dimensions_are_free(bundle: Path) -> None:
    """Other numbers of lives, of frames and of places than in the examples."""
    opened = read_bundle(bundle)
    parts, bank = opened.parts, opened.tensors(BANK_NAME)
    assert opened.manifest.drawing is not None
    assert opened.manifest.drawing.warp is not None
    trunk, generator = session(parts["trunk.onnx"]), session(parts["generator.onnx"])
    modes = opened.manifest.drawing.warp.motion_modes
    for batch, frames in ((1, 16), (3, 17)):
        assert len(trunk.run(None, {"coords": np.ones((batch, 2), np.float32)})[0]) == batch
        rows = np.arange(frames) % 16
        fed = {tensor.input: bank[tensor.tensor][rows] for tensor in opened.manifest.drawing.warp.bank}
        fed = {name: rows.astype(np.float32) if rows.dtype == np.float16 else rows for name, rows in fed.items()}
        fed |= {"embedding": bank["embedding"][:batch], "offset": np.zeros((batch, modes), np.float32)}
        assert [len(output) for output in generator.run(None, fed)] == [batch] * 5
    behavior = session(parts["behavior.onnx"])
    assert opened.manifest.behavior is not None
    fed = {tensor.input: bank[tensor.tensor] for tensor in opened.manifest.behavior.bank}
    fed["bank_weight"] = np.ones(len(bank["embedding"]), np.float32)
    for batch in (1, 4):
        sizes = {"B": batch, "N": len(bank["embedding"])}
        feeds = {
            tensor.name: fed.get(tensor.name, np.zeros([sizes.get(d, d) for d in tensor.shape], tensor.dtype))
            for tensor in opened.manifest.behavior.graph.inputs
        }
        assert [output.shape[0] for output in behavior.run(None, feeds)] == [batch] * len(behavior.get_outputs())


@pytest.mark.fits
@pytest.mark.parametrize("recipe", ["original", "living"])
def test_both_recipes_fulfil_the_contracts(clip: Path, tmp_path: Path, recipe: str) -> None:
    target = tmp_path / "a.alive"
    fit = ["fit", str(clip), "-o", str(target), "--recipe", recipe, "--encoder", "pca", "--steps", "40"]
    assert cli.run([*fit, "--device", "cpu"]) == 0
    scene = Scene.open(target, device="cpu")
    assert scene.manifest.recipe.name == recipe
    pictures = list(scene.rollout(frames=2))
    assert pictures[0].shape == (32, 48, 3)


def test_weights_are_stored_in_16_bits(bundle: Path) -> None:
    opened = read_bundle(bundle)
    full = export_again(opened, precision="fp32")
    for name in ("trunk.onnx", "behavior.onnx"):
        assert len(opened.parts[name]) < 0.6 * len(full.parts[name])
    halved, single = (Scene(each, device="cpu") for each in (opened, full))
    difference = halved.draw(halved.embeddings[2]).astype(float) - single.draw(single.embeddings[2])
    assert 10 * np.log10(255**2 / np.square(difference).mean()) > 45
