"""LabelMe files of hints: what is read, and the one sentence that each mistake gets."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alive_cli.errors import InputError
from alive_cli.observation.photograph import hints as hints_module
from alive_cli.observation.photograph.hints import read_hints, unhinted

SIZE = (120, 80)
AREA = {"label": "motion", "shape_type": "polygon", "points": [[10, 10], [110, 10], [110, 70], [10, 70]]}
ARROW = {"label": "hint0", "shape_type": "line", "points": [[30, 40], [50, 44]]}


def file_of(folder: Path, *shapes: dict[str, Any], **content: Any) -> Path:
    path = folder / "hints.json"
    path.write_text(json.dumps({"shapes": list(shapes), "imageWidth": 120, "imageHeight": 80} | content))
    return path


def test_polygons_and_arrows_are_read(tmp_path: Path) -> None:
    other = {"label": "person", "shape_type": "rectangle", "points": [[1, 2], [3, 4]]}
    hints = read_hints(file_of(tmp_path, AREA, other, ARROW), SIZE)
    assert hints.arrows.tolist() == [[[30, 40], [50, 44]]]
    mask = hints.mask(SIZE)
    assert mask.shape == (80, 120)
    assert mask[40, 60] == 255
    assert mask[5, 60] == 0
    assert abs((mask > 0).sum() - 100 * 60) < 200


def test_a_mask_of_another_size_covers_the_same(tmp_path: Path) -> None:
    hints = read_hints(file_of(tmp_path, AREA, ARROW), SIZE)
    assert (hints.mask((60, 40)) > 0).mean() == pytest.approx((hints.mask(SIZE) > 0).mean(), abs=0.03)


def test_everything_may_flow(tmp_path: Path) -> None:
    everything = AREA | {"points": [[0, 0], [120, 0], [120, 80], [0, 80]]}
    assert read_hints(file_of(tmp_path, everything, ARROW), SIZE).mask(SIZE).all()


def test_parts_without_an_arrow_are_counted(tmp_path: Path) -> None:
    left = AREA | {"points": [[10, 10], [60, 10], [60, 70], [10, 70]]}
    right = AREA | {"points": [[80, 10], [110, 10], [110, 70], [80, 70]]}
    assert unhinted(read_hints(file_of(tmp_path, left, right, ARROW), SIZE)) == 1
    assert unhinted(read_hints(file_of(tmp_path, left, ARROW), SIZE)) == 0


BAD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "missing": (lambda folder: folder / "no.json", "There is no file"),
    "no JSON": (lambda folder: _written(folder, "hello"), "can't be read as JSON"),
    "deep": (lambda folder: _written(folder, "[" * 100_000), "can't be read as JSON"),
    "a list": (lambda folder: _written(folder, "[1]"), "no list of shapes"),
    "no shapes": (lambda folder: file_of(folder, shapes=None), "no list of shapes"),
    "strange shapes": (lambda folder: file_of(folder, shapes=[1]), "no list of shapes"),
    "another picture": (
        lambda folder: file_of(folder, AREA, ARROW, imageWidth=1280),
        "belongs to a picture of 1280×80",
    ),
    "no polygon": (lambda folder: file_of(folder, ARROW), "no polygon named motion"),
    "no arrow": (lambda folder: file_of(folder, AREA), "no line named hint"),
    "arrow outside": (lambda folder: file_of(folder, AREA, _arrow([[30, 40], [130, 40]])), "outside the picture"),
    "arrow beside": (lambda folder: file_of(folder, AREA, _arrow([[2, 2], [6, 3]])), "outside of all that flows"),
    "no length": (lambda folder: file_of(folder, AREA, _arrow([[30, 40], [30, 40]])), "has no length"),
    "one point": (lambda folder: file_of(folder, AREA, _arrow([[30, 40]])), "draw it anew"),
    "words": (lambda folder: file_of(folder, AREA, _arrow([["a", 40], [50, 40]])), "draw it anew"),
    "not finite": (lambda folder: file_of(folder, AREA, _arrow([[float("nan"), 40], [50, 40]])), "draw it anew"),
    "two corners": (lambda folder: file_of(folder, AREA | {"points": [[1, 1], [9, 9]]}, ARROW), "draw it anew"),
    "nothing": (
        lambda folder: file_of(folder, AREA | {"points": [[-9, 1], [-5, 1], [-5, 9]]}, ARROW),
        "cover no pixel",
    ),
}
"""A wrong file, and a part of the sentence about it."""


def _written(folder: Path, text: str) -> Path:
    (folder / "bad.json").write_text(text)
    return folder / "bad.json"


def _arrow(points: list[list[Any]]) -> dict[str, Any]:
    return ARROW | {"points": points}


@pytest.mark.parametrize("name", BAD)
def test_a_mistake_gets_one_sentence(tmp_path: Path, name: str) -> None:
    make, words = BAD[name]
    with pytest.raises(InputError) as error:
        read_hints(make(tmp_path), SIZE)
    assert words in str(error.value)
    assert str(error.value).count("\n") == 0


def test_too_many_shapes_and_bytes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="at most 4096"):
        read_hints(file_of(tmp_path, *[AREA] * 5000), SIZE)
    monkeypatch.setattr(hints_module, "MAX_BYTES", 10)
    with pytest.raises(InputError, match="no file of hints"):
        read_hints(file_of(tmp_path, AREA, ARROW), SIZE)


def test_a_label_is_cut_in_messages(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read_hints(file_of(tmp_path, AREA, ARROW | {"label": "hint" + "x" * 5000, "points": [[1, 1], [1, 1]]}), SIZE)
    assert len(str(error.value)) < 200


def test_a_region_limits_what_flows_and_needs_no_polygon(tmp_path: Path) -> None:
    whole = read_hints(file_of(tmp_path, AREA, ARROW), SIZE).mask(SIZE)
    width = SIZE[0]
    half = read_hints(file_of(tmp_path, AREA, ARROW), SIZE, "0,0,0.5,1").mask(SIZE)
    assert (half[:, : width // 2] == whole[:, : width // 2]).all()
    assert not half[:, width // 2 :].any()
    alone = read_hints(file_of(tmp_path, ARROW), SIZE, "0,0,0.5,1").mask(SIZE)
    assert alone[:, : width // 2].all()
    assert not alone[:, width // 2 :].any()
