"""Strokes become polygons that cover the same pixels; holes are cut open, and what a stroke doesn't touch stays."""

import cv2
import numpy as np
import pytest

from alive_cli.errors import InputError
from alive_cli.marking.marks import Mark, Painting, Stroke
from alive_cli.marking.painting import painted, polygons_of
from alive_cli.observation.photograph.hints import filled

SIZE = (400, 300)


def stroke(*points: tuple[float, float], radius: float = 20, erases: bool = False) -> Stroke:
    return Stroke(list(points), radius, erases)


def mask_of(polygons: list[Mark], size: tuple[int, int] = SIZE) -> np.ndarray:
    return filled([each.array for each in polygons], 1.0, size) > 0


def drawn(*strokes: Stroke, size: tuple[int, int] = SIZE) -> list[Mark]:
    polygons: list[Mark] = []
    for each in strokes:
        polygons = painted(Painting(polygons, each), size)
    return polygons


def difference(first: np.ndarray, second: np.ndarray) -> float:
    return float((first ^ second).sum() / max(1, (first | second).sum()))


def test_a_dab_is_a_circle() -> None:
    (polygon,) = drawn(stroke((200, 150)))
    rows, columns = np.mgrid[0:300, 0:400] + 0.5
    assert difference(mask_of([polygon]), np.hypot(columns - 200, rows - 150) <= 20) < 0.06
    assert 8 <= len(polygon.points) <= 60


def test_a_stroke_is_as_wide_as_its_radius_says() -> None:
    mask = mask_of(drawn(stroke((50, 150), (350, 150))))
    assert abs(mask[:, 200].sum() - 40) <= 2
    assert abs(mask[150].sum() - 340) <= 2


def test_strokes_that_touch_become_one_and_others_stay() -> None:
    far = Mark([(300.25, 200.5), (380, 210), (340, 280)], 7)
    polygons = painted(Painting([far], stroke((50, 50), (100, 50))), SIZE)
    assert len(polygons) == 2
    assert polygons[0] is far
    polygons = painted(Painting(polygons, stroke((100, 50), (150, 90))), SIZE)
    assert len(polygons) == 2
    assert polygons[0] is far


def test_a_polygon_that_grows_remembers_where_it_comes_from() -> None:
    own = Mark([(50, 50), (150, 50), (150, 150), (50, 150)], 3)
    (grown,) = painted(Painting([own], stroke((150, 100))), SIZE)
    assert grown.origin == 3
    left, right = painted(Painting([own], stroke((100, 20), (100, 180), erases=True)), SIZE)
    assert (left.origin, right.origin) == (None, None)


def test_an_eraser_cuts_a_hole_without_a_gap() -> None:
    square = Mark([(100, 50), (300, 50), (300, 250), (100, 250)])
    (ring,) = painted(Painting([square], stroke((200, 150), radius=40, erases=True)), SIZE)
    mask = mask_of([ring])
    expected = mask_of([square])
    rows, columns = np.mgrid[0:300, 0:400] + 0.5
    expected &= np.hypot(columns - 200, rows - 150) > 40
    assert not mask[150, 200]
    assert difference(mask, expected) < 0.02
    # The cut is along an edge that the polygon goes both ways; nothing beside it is lost.
    count, _ = cv2.connectedComponents(mask.astype(np.uint8))
    assert count == 2


def test_several_holes_and_an_island() -> None:
    mask = np.zeros((300, 400), np.uint8)
    mask[20:280, 20:380] = 255
    for column in (60, 160, 260):
        mask[60:220, column : column + 70] = 0
    mask[120:150, 180:210] = 255
    polygons = polygons_of(mask)
    assert len(polygons) == 2
    # OpenCV walks around holes on the pixels beside them.
    assert difference(filled(polygons, 1.0, SIZE) > 0, mask > 0) < 0.01


def test_nothing_wears_off_by_many_strokes() -> None:
    first = drawn(stroke((100, 150), (300, 150)))
    many = drawn(stroke((100, 150), (300, 150)), *[stroke((100 + 2 * n, 150), radius=5) for n in range(50)])
    assert difference(mask_of(first), mask_of(many)) < 0.01


def test_an_erased_picture_is_empty_and_crumbs_go() -> None:
    assert drawn(stroke((200, 150)), stroke((200, 150), radius=300, erases=True)) == []
    assert drawn(stroke((200, 150)), stroke((200, 150), radius=20.5, erases=True)) == []


def test_large_pictures_are_painted_on_smaller_ones() -> None:
    (polygon,) = drawn(stroke((4000, 3000), radius=500), size=(8000, 6000))
    corners = polygon.array
    assert np.allclose(corners.min(0), [3500, 2500], atol=8)
    assert np.allclose(corners.max(0), [4500, 3500], atol=8)


@pytest.mark.parametrize("place", [(-1e6, 1e6), (1e6, 150), (-500, -500)])
def test_strokes_far_outside_paint_nothing(place: tuple[float, float]) -> None:
    assert drawn(stroke(place)) == []


def test_a_picture_of_dots_is_refused() -> None:
    mask = np.zeros((600, 600), np.uint8)
    for row in range(0, 600, 12):
        for column in range(0, 600, 12):
            mask[row : row + 6, column : column + 6] = 255
    with pytest.raises(InputError, match="1000 parts"):
        polygons_of(mask)
