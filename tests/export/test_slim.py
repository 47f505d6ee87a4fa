"""Slim bundles: small, sound, and nearly the same pictures; weights as bytes."""

from functools import partial
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper, numpy_helper

torch = pytest.importorskip("torch")

from alive_cli import Scene  # noqa: E402
from alive_cli.export.compact import compressed, size_of  # noqa: E402
from alive_cli.export.exporter import export_bundle  # noqa: E402
from alive_cli.export.onnx_graph import HALVED_FROM, store_weights  # noqa: E402
from alive_cli.export.slim import POSTER_SIDE, QUALITY, slim_bundle, without_weights  # noqa: E402
from alive_cli.fitting.recipes import find_recipe  # noqa: E402
from alive_cli.training.steps import MOST_STEPS, byte_steps, round_to_steps  # noqa: E402
from bundle_spec.container import POSTER_NAME, WEIGHTS_NAME, Bundle, read_bundle  # noqa: E402
from bundle_spec.contracts import verify_scene  # noqa: E402


def slimmed(bundle: Bundle, most: int | None = None) -> Bundle:
    recipe = find_recipe(bundle.manifest.recipe.name)
    export = partial(export_bundle, generator=recipe.generator, behavior=recipe.behavior)
    return slim_bundle(bundle, recipe.generator, lambda coarse: export(coarse)[0], most).bundle


def test_a_slim_bundle_is_sound_and_smaller(bundle: Path) -> None:
    opened = read_bundle(bundle)
    slim = slimmed(opened)
    verify_scene(slim)
    assert WEIGHTS_NAME not in slim.parts
    assert size_of(slim) < 0.8 * size_of(without_weights(opened))
    assert max(slim.picture(POSTER_NAME, "RGB").shape) <= POSTER_SIDE
    assert "fidelity" not in slim.manifest.figures


def test_a_slim_bundle_draws_nearly_the_same(bundle: Path) -> None:
    opened = read_bundle(bundle)
    scenes = [Scene(each, device="cpu") for each in (compressed(opened, QUALITY).bundle, slimmed(opened))]
    pictures = [[scene.draw(scene.embeddings[number]).astype(float) for number in (0, 5, 11)] for scene in scenes]
    assert np.sqrt(np.square(np.subtract(*pictures)).mean()) < 3


def test_room_that_is_there_is_used(bundle: Path) -> None:
    opened = read_bundle(bundle)
    whole = size_of(without_weights(opened))
    same = slimmed(opened, whole)
    assert same.parts == without_weights(opened).parts
    least = size_of(slimmed(opened))
    assert size_of(slimmed(opened, (whole + least) // 2)) <= (whole + least) // 2


def graph_of(weights: np.ndarray) -> onnx.ModelProto:
    values = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, list(weights.shape)) for name in "xy"]
    nodes = [helper.make_node("Add", ["x", "w"], ["y"])]
    graph = helper.make_graph(nodes, "graph", values[:1], values[1:], [numpy_helper.from_array(weights, "w")])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


@pytest.mark.parametrize("shape", [(1, 6, 16, 8), (32, 16), (HALVED_FROM,)])
def test_bytes_give_exactly_the_weights(shape: tuple[int, ...]) -> None:
    weights = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    axis = next(number for number, size in enumerate(shape) if size > 1)
    weights *= torch.rand([size if number == axis else 1 for number, size in enumerate(shape)]) * 10
    round_to_steps(weights, axis, torch.full((shape[axis],), 0.001))
    assert byte_steps(weights.numpy()) is not None
    model = store_weights(graph_of(weights.numpy()))
    assert all(tensor.data_type != onnx.TensorProto.FLOAT16 for tensor in model.graph.initializer)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (drawn,) = session.run(None, {"x": np.zeros(shape, np.float32)})
    assert (drawn == weights.numpy()).all()


def test_other_weights_are_stored_as_halves() -> None:
    weights = np.random.default_rng(0).standard_normal((32, 16)).astype(np.float32)
    assert byte_steps(weights) is None
    model = store_weights(graph_of(weights))
    assert [tensor.data_type for tensor in model.graph.initializer] == [onnx.TensorProto.FLOAT16]


def test_steps_of_odd_arrays() -> None:
    assert byte_steps(np.zeros((0, 3), np.float32)) is None
    assert byte_steps(np.array([np.nan, 1], np.float32)) is None
    zeros = byte_steps(np.zeros((2, 3), np.float32))
    assert zeros is not None
    assert zeros.shape == (2, 1)
    assert byte_steps(np.array([[MOST_STEPS, 1]], np.float32)) is not None
    assert byte_steps(np.array([[MOST_STEPS + 1, 1]], np.float32).T) is not None  # each in a slice of its own
