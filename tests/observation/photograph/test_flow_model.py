"""Models that predict the flow of a photograph: what they must give, and in which units."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from alive_cli.errors import InputError
from alive_cli.fitting.flows import flow_of_model
from alive_cli.observation import picture_model
from alive_cli.observation.photograph.flow_model import RATE, predicted_flow

SIZE = (200, 100)


def model(path: Path, shape: list[object], by: tuple[float, float], channels: int = 2) -> Path:
    """A model that says where a picture is bright it moves by so many pixels a frame, across and down."""
    ways = np.array([*by, 0.0][:channels], np.float32).reshape(1, channels, 1, 1)
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["grey"], axes=[1], keepdims=1),
        helper.make_node("Relu", ["grey"], ["bright"]),
        helper.make_node("Mul", ["bright", "ways"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "flow",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(ways, "ways")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path


def picture() -> np.ndarray:
    """White on the right half."""
    shown = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    shown[:, SIZE[0] // 2 :] = 255
    return shown


@pytest.mark.parametrize("shape", [[1, 3, "h", "w"], [1, 3, 64, 64], ["n", 3, 32, 96]])
def test_pixels_a_frame_become_longest_sides_a_second(tmp_path: Path, shape: list[object]) -> None:
    width = shape[3] if isinstance(shape[3], int) else 768
    flow = predicted_flow(model(tmp_path / "m.onnx", shape, (1.0, 0.0)), picture())
    assert flow[flow.shape[0] // 2, -2] == pytest.approx([RATE / width, 0], rel=1e-3)
    assert not flow[:, :2].any()


def test_what_the_model_moves_flows(tmp_path: Path) -> None:
    source = flow_of_model(model(tmp_path / "m.onnx", [1, 3, 50, 100], (0.3, 0.2)), None)
    steady = source(picture(), SIZE)
    assert steady.mask[50, 150] == 255
    assert steady.mask[50, 30] == 0


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: model(path, [1, 3, 64, 64], (0.0, 0.0)), "nothing in it flows steadily"),
        (lambda path: model(path, [1, 3, 64, 64], (50.0, 0.0)), "too fast"),
        (lambda path: model(path, [1, 3, 64, 64], (float("nan"), 0.0)), "no flow"),
        (lambda path: model(path, [1, 3, 64, 64], (1.0, 0.0), channels=3), "doesn't give a flow"),
        (lambda path: model(path, [1, 3, 9000, 64], (1.0, 0.0)), "at most 2048"),
        (lambda path: path.write_bytes(b"no model"), "can't be opened"),
        (lambda path: None, "There is no file"),
    ],
)
def test_models_that_are_none_are_refused_in_a_sentence(tmp_path: Path, make: object, words: str) -> None:
    path = tmp_path / "m.onnx"
    make(path)  # type: ignore[operator]
    with pytest.raises(InputError, match=words) as error:
        flow_of_model(path, None)(picture(), SIZE)
    assert str(error.value).count(". ") == 0


def test_a_model_that_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.onnx"
    value = helper.make_tensor_value_info
    scalars = [value("round", TensorProto.INT64, []), value("on", TensorProto.BOOL, [])]
    body = helper.make_graph(
        [helper.make_node("Identity", [old], [new]) for old, new in (("on", "goes_on"), ("carried", "kept"))],
        "body",
        [*scalars, value("carried", TensorProto.FLOAT, [1, 2, 8, 8])],
        [value("goes_on", TensorProto.BOOL, []), value("kept", TensorProto.FLOAT, [1, 2, 8, 8])],
    )
    graph = helper.make_graph(
        [helper.make_node("Loop", ["rounds", "yes", "zeros"], ["y"], body=body)],
        "flow",
        [value("x", TensorProto.FLOAT, [1, 3, 8, 8])],
        [value("y", TensorProto.FLOAT, [1, 2, 8, 8])],
        [
            numpy_helper.from_array(np.array(2**62), "rounds"),
            numpy_helper.from_array(np.array(True), "yes"),
            numpy_helper.from_array(np.zeros((1, 2, 8, 8), np.float32), "zeros"),
        ],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    monkeypatch.setattr(picture_model, "MOST_SECONDS", 0.3)
    with pytest.raises(InputError, match="takes more than"):
        predicted_flow(path, picture())
