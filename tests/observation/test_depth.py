"""Maps and models of depth: what they must be, and that no view folds or tears a picture."""

import itertools
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from PIL import Image

from alive_cli.errors import InputError
from alive_cli.observation.depth import MOST_STRETCH, REACH, most_stretch, read_depth, view_displacements
from alive_cli.observation.depth_model import estimated_depth
from tests.depths import FIGURES, drawn_depth

SIZE = (160, 120)
GRID = (40, 30)
MEAN = helper.make_node("ReduceMean", ["x"], ["y"], axes=[1], keepdims=0)


def saved(path: Path, pixels: np.ndarray) -> Path:
    Image.fromarray(pixels).save(path)
    return path


def model(path: Path, shape: list[object], outputs: list[object], *nodes: onnx.NodeProto, kind: int = 1) -> Path:
    """A model whose output `y` is what nodes make of its input `x`; by default the mean of the colours."""
    graph = helper.make_graph(
        list(nodes or (MEAN,)),
        "depth",
        [helper.make_tensor_value_info("x", kind, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, outputs)],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path


def picture() -> np.ndarray:
    """Bright on the right."""
    across = np.linspace(0, 255, SIZE[0]).astype(np.uint8)
    return np.tile(across[None, :, None], (SIZE[1], 1, 3))


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_a_map_is_read_with_all_its_bits(tmp_path: Path, kind: type) -> None:
    ramp = np.tile(np.linspace(10, 20, SIZE[0]), (SIZE[1], 1))
    depth = read_depth(saved(tmp_path / "depth.tif", (ramp * (1 if kind is np.uint8 else 100)).astype(kind)), SIZE)
    assert (depth.min(), depth.max()) == (0, 1)
    assert depth[0, 0] == 0
    assert depth[0, -1] == 1
    if kind is not np.uint8:
        assert len(np.unique(depth)) > 100


def test_a_map_may_be_smaller_than_the_picture(tmp_path: Path) -> None:
    depth = read_depth(saved(tmp_path / "depth.png", drawn_depth("mona_lisa", (53, 40))), SIZE)
    assert depth.shape == (40, 53)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: saved(path, np.zeros((120, 140), np.uint8)), "another shape than 160×120"),
        (lambda path: saved(path, np.full((120, 160), 90, np.uint8)), "is flat"),
        (lambda path: path.write_bytes(b"no picture"), "can't be read as a picture"),
        (lambda path: None, "There is no file"),
        (lambda path: Image.new("1", (12_000, 9_000)).save(path), "108 megapixels"),
        (lambda path: saved(path.with_suffix(".tif"), np.full((120, 160), np.nan, np.float32)).rename(path), "finite"),
    ],
)
def test_maps_that_are_none_are_refused_in_a_sentence(tmp_path: Path, make: object, words: str) -> None:
    path = tmp_path / "depth.png"
    make(path)  # type: ignore[operator]
    with pytest.raises(InputError, match=words) as error:
        read_depth(path, SIZE)
    assert str(error.value).count(". ") == 0


@pytest.mark.parametrize("name", [*FIGURES, "steps", "noise"])
@pytest.mark.parametrize("size", [(1280, 720), (300, 400)])
def test_no_view_stretches_too_much_and_borders_stay(name: str, size: tuple[int, int]) -> None:
    random = np.random.default_rng(1)
    if name == "steps":
        depth = np.kron(random.integers(0, 2, (6, 8)), np.ones((20, 20)))
    else:
        depth = random.random((120, 160)) if name == "noise" else drawn_depth(name, SIZE) / 255
    grid = (64, 36) if size[0] > size[1] else (24, 32)
    fields = view_displacements(depth, size, grid)
    assert fields.shape == (2, grid[1], grid[0])
    assert np.abs(fields).max() <= REACH
    assert most_stretch(fields, size) <= MOST_STRETCH * 1.0001
    assert np.abs(fields[0][:, [0, -1]]).max() < 0.1 * REACH
    assert np.abs(fields[1][[0, -1]]).max() < 0.1 * REACH
    cells = np.array([grid[0] * max(size) / size[0], grid[1] * max(size) / size[1]])
    for view in itertools.product((-1, 0, 1), repeat=2):
        moved = np.stack([view[axis] * fields[axis] for axis in range(2)], -1)
        across = np.gradient(moved, axis=1) * cells[0]
        down = np.gradient(moved, axis=0) * cells[1]
        singular = np.linalg.svd(np.stack([across, down], -1) + np.eye(2), compute_uv=False)
        assert singular.min() > 0.5


def test_what_is_near_moves_against_the_view() -> None:
    depth = np.zeros((120, 160))
    depth[40:80, 60:100] = 1
    across, down = view_displacements(depth, SIZE, GRID)
    assert across[15, 20] > 0  # a picture shows at a point what lies at the displaced point
    assert across[15, 6] < 0
    assert down[15, 20] > 0


@pytest.mark.parametrize(
    ("shape", "outputs", "nodes"),
    [
        ([1, 3, "h", "w"], [1, "h", "w"], ()),
        ([1, 3, 28, 42], [1, 28, 42], ()),
        (["b", 3, "h", "w"], ["b", 1, "h", "w"], (helper.make_node("ReduceMean", ["x"], ["y"], axes=[1]),)),
    ],
)
def test_a_model_says_what_is_near(tmp_path: Path, shape: list, outputs: list, nodes: tuple) -> None:
    depth = estimated_depth(model(tmp_path / "m.onnx", shape, outputs, *nodes), picture())
    assert depth.shape == ((28, 42) if shape[2] == 28 else (392, 518))
    assert (depth[:, 0] < 0.05).all()
    assert (depth[:, -1] > 0.95).all()


@pytest.mark.parametrize(
    ("shape", "outputs", "nodes", "kind", "words"),
    [
        ([1, 3], [1], (MEAN,), 1, "doesn't take one picture"),
        ([1, 1, 8, 8], [1, 8, 8], (), 1, "doesn't take one picture"),
        ([4, 3, 8, 8], [4, 8, 8], (), 1, "doesn't take one picture"),
        ([1, 3, 8, 8], [1, 8, 8], (), TensorProto.DOUBLE, "can't be opened|doesn't take one picture"),
        ([1, 3, 9000, 8], [1, 9000, 8], (), 1, "at most 2048"),
        ([1, 3, 8, 8], [1, 3, 8, 8], (helper.make_node("Abs", ["x"], ["y"]),), 1, "doesn't give depth"),
        ([1, 3, 8, 8], [1], (helper.make_node("ReduceMean", ["x"], ["y"], keepdims=0),), 1, "give depth|opened"),
        ([1, 3, 8, 8], [1, 8, 8], (
            helper.make_node("ReduceMean", ["x"], ["m"], axes=[1], keepdims=0),
            helper.make_node("Sub", ["m", "m"], ["z"]),
            helper.make_node("Div", ["z", "z"], ["y"]),
        ), 1, "not finite"),
        ([1, 3, 8, 8], [1, 8, 8], (
            helper.make_node("ReduceMean", ["x"], ["m"], axes=[1], keepdims=0),
            helper.make_node("Sub", ["m", "m"], ["y"]),
        ), 1, "is flat"),
    ],
)  # fmt: skip
def test_other_models_are_refused_in_a_sentence(
    tmp_path: Path, shape: list, outputs: list, nodes: tuple, kind: int, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        estimated_depth(model(tmp_path / "m.onnx", shape, outputs, *nodes, kind=kind), picture())


@pytest.mark.parametrize("data", [b"", b"no model", b"\x00" * 100])
def test_files_that_are_no_models_are_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "m.onnx").write_bytes(data)
    with pytest.raises(InputError, match=r"can't be opened as an ONNX model|doesn't take one picture"):
        estimated_depth(tmp_path / "m.onnx", picture())
    with pytest.raises(InputError, match="There is no file"):
        estimated_depth(tmp_path / "missing.onnx", picture())


def test_a_model_that_fails_is_refused(tmp_path: Path) -> None:
    wrong = helper.make_node("Reshape", ["x", "s"], ["y"])
    size = helper.make_node("Constant", [], ["s"], value=helper.make_tensor("v", TensorProto.INT64, [3], [1, 7, 11]))
    path = model(tmp_path / "m.onnx", [1, 3, "h", "w"], [1, 7, 11], size, wrong)
    with pytest.raises(InputError, match="failed on this picture"):
        estimated_depth(path, picture())
