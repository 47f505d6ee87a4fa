"""Files of points are read exactly, and hostile or mistaken ones are refused in a sentence."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alive_cli.errors import InputError
from alive_cli.observation.painting.points import read_pairs
from alive_cli.observation.painting.spline import Spline
from alive_cli.observation.painting.template import face_template
from tests.conftest import REPOSITORY

SCENE, PAINTING = (48, 32), (80, 100)
"""Sizes of a frame and of a painting."""
EXAMPLES = {
    "portrait": (480, 480),
    "expressive_portrait": (512, 512),
    "mona_lisa": (720, 1280),
    "girl_with_a_pearl_earring": (1092, 1280),
}
"""Sizes of the clips and of the paintings of the examples."""


def content() -> dict[str, Any]:
    places = {"a": ([10, 8], [20, 20]), "b": ([38, 8], [60, 22]), "c": ([10, 24], [22, 80]), "d": ([36, 26], [58, 78])}
    return {
        "version": 1,
        "scene": {"second": 0.3, "width": 48, "height": 32},
        "painting": {"width": 80, "height": 100},
        "pairs": [{"name": name, "scene": scene, "painting": own} for name, (scene, own) in places.items()],
        "moves": [[[10, 10], [70, 10], [40, 90]]],
    }


def written(folder: Path, changed: object) -> Path:
    path = folder / "points.json"
    path.write_text(changed if isinstance(changed, str) else json.dumps(changed))
    return path


def test_pairs_are_read(tmp_path: Path) -> None:
    pairs = read_pairs(written(tmp_path, content()), SCENE, PAINTING)
    assert pairs.names == ["a", "b", "c", "d"]
    assert pairs.second == 0.3
    np.testing.assert_array_equal(pairs.scene[1], [38, 8])
    np.testing.assert_array_equal(pairs.painting[3], [58, 78])
    assert [polygon.shape for polygon in pairs.moves] == [(3, 2)]


def test_what_may_be_left_out(tmp_path: Path) -> None:
    shorter = content()
    del shorter["moves"], shorter["scene"]["second"], shorter["pairs"][0]["name"]
    pairs = read_pairs(written(tmp_path, shorter), SCENE, PAINTING)
    assert (pairs.second, pairs.moves, pairs.names[0]) == (None, [], "pair 1")


@pytest.mark.parametrize("clip", ["portrait", "expressive_portrait"])
@pytest.mark.parametrize("painting", ["mona_lisa", "girl_with_a_pearl_earring"])
def test_the_examples_are_sound(clip: str, painting: str) -> None:
    path = REPOSITORY / "examples" / "transfer" / f"{clip}_{painting}.json"
    pairs = read_pairs(path, EXAMPLES[clip], EXAMPLES[painting])
    assert len(pairs.names) >= 20


def test_a_template_is_sound(tmp_path: Path) -> None:
    path = written(tmp_path, face_template((640, 480), 1.25, (300, 700)))
    pairs = read_pairs(path, (640, 480), (300, 700))
    assert pairs.second == 1.25
    assert (pairs.painting <= (300, 700)).all()
    assert pairs.moves


Change = Callable[[dict[str, Any]], Any]


def _pair(number: int, **values: object) -> Change:
    return lambda points: points["pairs"][number].update(values)


WRONG: dict[str, tuple[Change | str, str]] = {
    "no JSON": ("{", "can't be read as JSON"),
    "nested deep": ("[" * 100_000, "can't be read as JSON"),
    "a list": ("[]", "no file of points"),
    "another version": (lambda points: points.update(version=2), "no file of points of version 1"),
    "no sizes": (lambda points: points.pop("painting"), "belongs to a painting of ?×? pixels"),
    "another painting": (lambda points: points["painting"].update(width=81), "a painting of 81×100 pixels"),
    "another scene": (lambda points: points["scene"].update(height=33), "a frame of 48×33 pixels"),
    "a size that is true": (lambda points: points["scene"].update(height=True), "a frame of 48×? pixels"),
    "a word for a second": (lambda points: points["scene"].update(second="1"), "The second of the scene"),
    "a second that is endless": (lambda points: points["scene"].update(second=1e400), "The second of the scene"),
    "no pairs": (lambda points: points.pop("pairs"), "no list of pairs"),
    "three pairs": (lambda points: points["pairs"].pop(), "has 3 pairs of points"),
    "too many pairs": (lambda points: points.update(pairs=points["pairs"] * 65), "has 260 pairs of points"),
    "a pair that is a number": (lambda points: points["pairs"].append(7), "Pair 5 of"),
    "a name that is long": (_pair(0, name="x" * 65), "Pair 1 of"),
    "a name twice": (_pair(0, name="b"), "the pair 'b' twice"),
    "one point": (_pair(1, scene=None), "The pair 'b'"),
    "three numbers": (_pair(1, painting=[1, 2, 3]), "The pair 'b'"),
    "no number": (_pair(1, painting=[1, float("nan")]), "The pair 'b'"),
    "outside the frame": (_pair(2, scene=[10, 33]), "'c' of points.json lies outside the frame of 48×32"),
    "outside the painting": (_pair(2, painting=[-1, 3]), "'c' of points.json lies outside the painting of 80×100"),
    "one place": (_pair(2, painting=[20, 20]), "'a' and 'c' of points.json have one place"),
    "crossing": (
        lambda points: points["pairs"].append({"name": "wrong", "scene": [6, 16], "painting": [74, 50]}),
        "the pair 'wrong' fits the others least",
    ),
    "polygons that are none": (lambda points: points.update(moves=[[[1, 2], [3, 4]]]), "What moves in"),
    "polygons of words": (lambda points: points.update(moves="head"), "What moves in"),
    "a polygon that is huge": (lambda points: points.update(moves=[[[1, 2]] * 5000]), "What moves in"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_refused_in_a_sentence(name: str, tmp_path: Path) -> None:
    change, message = WRONG[name]
    points: Any = content()
    if isinstance(change, str):
        points = change
    else:
        change(points)
    with pytest.raises(InputError) as refused:
        read_pairs(written(tmp_path, points), SCENE, PAINTING)
    assert message in str(refused.value)
    assert len(str(refused.value)) < 300


def test_pairs_on_one_line_are_refused(tmp_path: Path) -> None:
    points = content()
    for number, pair in enumerate(points["pairs"]):
        pair["painting"] = [10 + 10 * number, 20 + 10 * number]
    with pytest.raises(InputError, match="lie on one line"):
        read_pairs(written(tmp_path, points), SCENE, PAINTING)


def test_a_file_that_is_missing_or_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        read_pairs(tmp_path / "none.json", SCENE, PAINTING)
    with pytest.raises(InputError, match="MiB"):
        read_pairs(written(tmp_path, " " * (1 << 20) + "{}"), SCENE, PAINTING)


def test_a_spline_goes_nearly_through_its_points_and_knows_its_derivative() -> None:
    random = np.random.default_rng(0)
    sources = random.random((12, 2))
    targets = sources @ np.array([[1.2, 0.1], [-0.2, 0.9]]) + 0.05 * random.standard_normal((12, 2))
    spline = Spline(sources, targets)
    np.testing.assert_allclose(spline(sources)[0], targets, atol=0.01)
    where, step = random.random((30, 2)), 1e-6
    _, derivative = spline(where)
    for axis in (0, 1):
        moved = where + step * np.eye(2)[axis]
        slope = (spline(moved)[0] - spline(where)[0]) / step
        np.testing.assert_allclose(derivative[:, :, axis], slope, atol=1e-4)
