"""Sampling and the arithmetic of displacements, compared with what the format's text defines."""

import numpy as np
import pytest

from alive_cli.media.warping import cell_sizes, compose, grid_positions, inverse, reduce, resize, sample
from bundle_spec.conformance.player import averaging, bilinear, centres

SIZES = [(1, 1), (7, 5), (16, 9), (3, 20)]


def values(width: int, height: int, channels: int = 2) -> np.ndarray:
    return np.random.default_rng(width).uniform(-3, 3, (height, width, channels)).astype(np.float32)


def waves(width: int, height: int, size: float) -> np.ndarray:
    """Slow displacements, which vanish toward the border."""
    at = centres(width, height)
    return (size * np.sin(np.pi * at) * np.sin(np.pi * at[..., ::-1])).astype(np.float32)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_grid_positions(width: int, height: int) -> None:
    positions = grid_positions(width, height)
    assert (positions.shape, positions.dtype) == ((height, width, 2), np.float32)
    assert positions[-1, -1].tolist() == [width - 1, height - 1]
    assert (positions[0, :, 0] == np.arange(width)).all()
    assert (sample(values(width, height), positions) == values(width, height)).all()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_sample_is_bilinear_and_clamps(width: int, height: int) -> None:
    grid = values(width, height)
    points = np.random.default_rng(1).uniform(-0.5, 1.5, (30, 40, 2))
    positions = (points * [width, height] - 0.5).astype(np.float32)
    # OpenCV knows positions to 1/32 of a cell.
    np.testing.assert_allclose(sample(grid, positions), bilinear(grid, points), atol=6 * 2 / 64)
    exact = (np.round(positions * 32) / 32).astype(np.float32)
    np.testing.assert_allclose(sample(grid, exact), bilinear(grid, (exact + 0.5) / [width, height]), atol=1e-5)


def test_borders_have_the_nearest_value() -> None:
    grid = values(4, 3)
    far = np.array([[[-100, -100], [1e4, 1], [1, 1e4], [-5, 1]]], np.float32)
    assert (sample(grid, far)[0] == [grid[0, 0], grid[1, 3], grid[2, 1], grid[1, 0]]).all()


def test_bytes_are_rounded() -> None:
    picture = np.array([[0, 255]], np.uint8)
    assert sample(picture, np.array([[[0.25, 0], [0.5, 0]]], np.float32)).tolist() == [[64, 128]]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_resize_is_sampling_at_the_centres(width: int, height: int, size: tuple[int, int]) -> None:
    """A larger or smaller grid covers the same picture, whatever the two numbers of cells."""
    grid = values(width, height)
    resized = resize(grid, size)
    assert resized.shape == (*size[::-1], 2)
    np.testing.assert_allclose(resized, bilinear(grid, centres(*size)), atol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (5, 4), (8, 3), (16, 9), (3, 9)])
def test_reduce_is_averaging_over_areas(size: tuple[int, int]) -> None:
    grid = values(16, 9)
    expected = np.einsum("jy,yxc,ix->jic", averaging(9, size[1]), grid, averaging(16, size[0]))
    np.testing.assert_allclose(reduce(grid, size), expected, atol=1e-5)
    flat = reduce(np.ascontiguousarray(grid[..., 0]), size)
    np.testing.assert_allclose(flat, expected[..., 0], atol=1e-5)


def test_resize_and_reduce_keep_a_ramp_in_place() -> None:
    """What lies in the middle of the picture stays there: no half pixel is lost."""
    ramp = centres(64, 48).astype(np.float32)
    np.testing.assert_allclose(reduce(ramp, (16, 12)), centres(16, 12), atol=1e-6)
    inner = resize(ramp, (24, 20))[2:-2, 2:-2]
    np.testing.assert_allclose(inner, centres(24, 20)[2:-2, 2:-2], atol=1e-6)


def test_same_size_is_the_same_array() -> None:
    grid = values(5, 4)
    assert resize(grid, (5, 4)) is grid
    assert reduce(grid, (5, 4)) is grid


@pytest.mark.parametrize("picture", [(160, 90), (90, 160), (100, 100)])
def test_one_longest_side_spans_the_longer_side(picture: tuple[int, int]) -> None:
    cells = cell_sizes(32, 18, picture)
    assert cells[0] == pytest.approx(32 * max(picture) / picture[0])
    assert cells[1] == pytest.approx(18 * max(picture) / picture[1])
    own = cell_sizes(*picture, picture)
    assert own.tolist() == [max(picture)] * 2


def test_composing_constants_adds_them() -> None:
    first, second = np.full((2, 12, 16, 2), 0.1, np.float32)
    second[..., 1] = -0.3
    both = compose(first, second, cell_sizes(16, 12, (320, 240)))
    np.testing.assert_allclose(both, first + second, atol=1e-6)


def test_composing_is_moving_twice() -> None:
    """A picture that is sampled by both, one after the other, is the picture sampled by their composition."""
    width, height = 64, 48
    picture, cells = centres(width, height).astype(np.float32), cell_sizes(width, height, (width, height))
    first, second = waves(width, height, 0.05), -0.7 * waves(width, height, 0.05)[::-1]
    own = grid_positions(width, height)
    # Sampling follows displacements backwards: what `first` finds was moved by `second` before.
    twice = sample(sample(picture, own + second * cells), own + first * cells)
    once = sample(picture, own + compose(first, second, cells) * cells)
    np.testing.assert_allclose(once[2:-2, 2:-2], twice[2:-2, 2:-2], atol=1e-3)


@pytest.mark.parametrize("picture", [(64, 48), (48, 64), (200, 100)])
def test_inverse_leads_back(picture: tuple[int, int]) -> None:
    cells = cell_sizes(40, 30, picture)
    there = waves(40, 30, 0.04)
    back = inverse(there, cells)
    assert np.abs(compose(there, back, cells)).max() < 2e-3 < np.abs(there).max() / 10
    assert np.abs(compose(back, there, cells)).max() < 2e-3


def test_inverse_of_nothing_is_nothing() -> None:
    assert not inverse(np.zeros((5, 6, 2), np.float32), cell_sizes(6, 5, (6, 5))).any()
