"""Graphs: parity with torch, determinism, and nothing of this machine in them."""

from pathlib import Path

import msgspec
import numpy as np
import onnx
import pytest

pytest.importorskip("torch")

from alive_cli import Scene, cli
from alive_cli.export import exporter
from alive_cli.export.exporter import ExportError, export_bundle
from bundle_spec.container import BANK_NAME, WEIGHTS_NAME, Bundle, read_bundle

GRAPHS = ("trunk.onnx", "generator.onnx", "behavior.onnx")


def test_parity_is_stored(bundle: Path) -> None:
    parity = read_bundle(bundle).manifest.figures["parity"]
    assert 0 <= parity["drawing"] <= 1e-4
    assert 0 <= parity["behavior"] <= 1e-4


def test_exporting_again_gives_the_same_bytes(bundle: Path) -> None:
    before = read_bundle(bundle)
    after, _ = export_bundle(before)
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
        export_bundle(read_bundle(bundle))


def test_slim_bundles_cant_be_exported(bundle: Path) -> None:
    opened = read_bundle(bundle)
    parts = {name: part for name, part in opened.parts.items() if name != WEIGHTS_NAME}
    with pytest.raises(ExportError, match="no training weights"):
        export_bundle(Bundle(opened.manifest, parts))


def test_unknown_recipe(bundle: Path) -> None:
    opened = read_bundle(bundle)
    recipe = msgspec.structs.replace(opened.manifest.recipe, name="dreaming")
    with pytest.raises(ExportError, match="dreaming"):
        export_bundle(Bundle(msgspec.structs.replace(opened.manifest, recipe=recipe), opened.parts))


def test_dimensions_are_free(bundle: Path) -> None:
    """Other numbers of lives and of pixels than in the examples."""
    import onnxruntime

    opened = read_bundle(bundle)
    parts = opened.parts
    assert opened.manifest.drawing is not None
    features = opened.manifest.drawing.trunk.outputs[0].shape[1]
    generator = onnxruntime.InferenceSession(parts["generator.onnx"], providers=["CPUExecutionProvider"])
    for batch, pixels in ((1, 1), (3, 17)):
        feeds = {
            "embedding": np.ones((batch, 512), np.float32),
            "features": np.ones((pixels, int(features)), np.float32),
            "background": np.zeros((pixels, 3), np.float32),
        }
        assert generator.run(None, feeds)[0].shape == (batch, pixels, 3)
    behavior = onnxruntime.InferenceSession(parts["behavior.onnx"], providers=["CPUExecutionProvider"])
    assert opened.manifest.behavior is not None
    bank = opened.tensors(BANK_NAME)
    fed = {tensor.input: bank[tensor.tensor] for tensor in opened.manifest.behavior.bank}
    fed["bank_weight"] = np.ones(len(bank["embedding"]), np.float32)
    for batch in (1, 4):
        sizes = {"B": batch, "N": len(bank["embedding"])}
        feeds = {
            tensor.name: fed.get(tensor.name, np.zeros([sizes.get(d, d) for d in tensor.shape], tensor.dtype))
            for tensor in opened.manifest.behavior.graph.inputs
        }
        assert [output.shape[0] for output in behavior.run(None, feeds)] == [batch] * len(behavior.get_outputs())


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
    full, _ = export_bundle(opened, precision="fp32")
    for name in ("generator.onnx", "behavior.onnx"):
        assert len(opened.parts[name]) < 0.6 * len(full.parts[name])
    halved, single = (Scene(each, device="cpu") for each in (opened, full))
    difference = halved.draw(halved.embeddings[2]).astype(float) - single.draw(single.embeddings[2])
    assert 10 * np.log10(255**2 / np.square(difference).mean()) > 45
