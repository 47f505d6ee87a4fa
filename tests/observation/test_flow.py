"""Dense flow: where each pixel of one picture lies in another."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from alive_cli.observation.flow import LEAST_SIDE, FlowField
from tests.textures import hill, pulled, texture


def grey(picture: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)


def shifted_pair(width: int, height: int, across: int, down: int) -> FlowField:
    """Two cuts of one texture; what is at (x, y) in the first is at (x + across, y + down) in the second."""
    whole = grey(texture(width + 40, height + 40))
    first = whole[20 : 20 + height, 20 : 20 + width]
    second = whole[20 - down : 20 - down + height, 20 - across : 20 - across + width]
    return FlowField(np.ascontiguousarray(np.stack([first, second])), (width, height))


@pytest.mark.parametrize(("across", "down"), [(3, 0), (0, -2), (-4, 3)])
@pytest.mark.parametrize(("width", "height"), [(96, 64), (64, 96)])
def test_a_shift_in_longest_sides(width: int, height: int, across: int, down: int) -> None:
    field = shifted_pair(width, height, across, down)
    flow = field.between(*field.greys)
    assert (flow.shape, flow.dtype) == ((height, width, 2), np.float32)
    middle = flow[12:-12, 12:-12] * 96
    np.testing.assert_allclose(np.median(middle, (0, 1)), [across, down], atol=0.15)
    assert np.abs(middle - [across, down]).mean() < 0.3


def test_units_are_those_of_the_frames() -> None:
    """Grey pictures whose proportions were rounded still give displacements of the frames."""
    pair = shifted_pair(96, 64, 0, 3)
    field = FlowField(pair.greys, (960, 600))
    assert field.size == (96, 64)
    flow = field.between(*field.greys)
    assert np.median(flow[12:-12, 12:-12, 1]) == pytest.approx(3 / 64 * 600 / 960, abs=0.002)


def test_moved_finds_the_other_picture_again() -> None:
    field = shifted_pair(96, 64, 4, -2)
    here, there = field.greys
    moved = field.moved(there, field.between(here, there))
    assert moved.dtype == np.float32
    apart, before = (np.abs(picture.astype(float) - here)[8:-8, 8:-8].mean() for picture in (moved, there))
    assert apart < 0.15 * before


@pytest.mark.parametrize("size", [(1, 1), (40, 3), (3, 40), (LEAST_SIDE - 1, 100)])
def test_tiny_pictures_stay_put(size: tuple[int, int]) -> None:
    greys = np.random.default_rng(0).integers(0, 256, (2, *size[::-1]), np.uint8)
    field = FlowField(greys, size)
    assert not field.between(*greys).any()
    initial = np.full((*size[::-1], 2), 0.1, np.float32)
    assert (field.refined(*greys, initial) == initial).all()


def test_the_smallest_pictures_have_flow() -> None:
    greys = np.random.default_rng(0).integers(0, 256, (2, LEAST_SIDE, LEAST_SIDE), np.uint8)
    assert np.isfinite(FlowField(greys, (LEAST_SIDE, LEAST_SIDE)).between(*greys)).all()


def test_an_initial_flow_helps_with_a_long_way() -> None:
    """A pattern that nearly repeats hardly tells how far it went."""
    columns, rows = np.meshgrid(np.arange(148), np.arange(96))
    waves = 40 * np.sin(columns * 2 * np.pi / 20) + 30 * np.sin(rows * 2 * np.pi / 12)
    whole = (110 + waves + 0.3 * grey(texture(148, 96))).clip(0, 255).astype(np.uint8)
    field = FlowField(np.stack([whole[:, 20:], whole[:, :-20]]), (128, 96))
    start = np.zeros((96, 128, 2), np.float32)
    start[..., 0] = 20 / 128
    inside = slice(10, -10), slice(10, -40), 0
    assert np.median(field.between(*field.greys, start)[inside]) == pytest.approx(20 / 128, abs=0.01)
    assert np.median(field.between(*field.greys)[inside]) == pytest.approx(0, abs=0.01)


def test_refining_never_makes_it_much_worse() -> None:
    still = texture(96, 64, softness=3)
    way = hill(96, 64)[..., None] * np.array([0.05, 0.02], np.float32)
    here, there = grey(pulled(still, way)), grey(still)
    field = FlowField(np.stack([here, there]), (96, 64))

    def error(flow: np.ndarray) -> float:
        return float(np.abs(field.moved(there, flow) - here).mean())

    for initial in (np.zeros_like(way), way, -way, 0.7 * way):
        assert error(field.refined(here, there, initial)) < error(initial) + 0.5
    for initial in (np.zeros_like(way), -way, 0.7 * way):
        assert error(field.refined(here, there, initial)) < 0.75 * error(initial)
    assert error(field.refined(here, there, way)) < 0.5


def test_threads_get_the_same_flow() -> None:
    field = shifted_pair(96, 64, 3, 2)
    expected = field.between(*field.greys)
    with ThreadPoolExecutor(4) as pool:
        for flow in pool.map(lambda _: field.between(*field.greys), range(8)):
            assert (flow == expected).all()
