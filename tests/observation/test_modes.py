"""Principal directions."""

import numpy as np
import pytest

from alive_cli.observation.modes import principal_directions


def rows(count: int, columns: int, rank: int, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    levels = 2.0 ** -np.arange(rank)
    factors = random.standard_normal((count, rank)) * levels
    return (factors @ random.standard_normal((rank, columns))).astype(np.float32)


@pytest.mark.parametrize(("count", "columns"), [(200, 60), (20, 500), (3, 3)])
def test_orthonormal(count: int, columns: int) -> None:
    modes = principal_directions(rows(count, columns, 40), 10)
    assert modes.dtype == np.float32
    assert modes.shape == (min(10, count, columns), columns)
    np.testing.assert_allclose(modes @ modes.T, np.eye(len(modes)), atol=1e-5)


def test_they_are_those_of_the_singular_value_decomposition() -> None:
    data = rows(100, 80, 30)
    exact = np.linalg.svd(data, full_matrices=False)[2][:5]
    likeness = np.abs((principal_directions(data, 5) * exact).sum(1))
    np.testing.assert_allclose(likeness, 1, atol=1e-4)


def test_about_zero_not_about_the_mean() -> None:
    data = np.full((9, 4), 3, np.float32)
    np.testing.assert_allclose(principal_directions(data, 3), [[0.5] * 4], atol=1e-6)


def test_the_sign_is_fixed() -> None:
    data = rows(50, 30, 10)
    modes = principal_directions(data, 6)
    peaks = modes[np.arange(6), np.abs(modes).argmax(1)]
    assert (peaks > 0).all()
    np.testing.assert_allclose(principal_directions(-data, 6), modes, atol=1e-4)
    np.testing.assert_allclose(principal_directions(data, 6, seed=9), modes, atol=1e-3)


def test_same_seed_same_bits() -> None:
    data = rows(50, 30, 10)
    assert (principal_directions(data, 6, seed=3) == principal_directions(data, 6, seed=3)).all()


@pytest.mark.parametrize("rank", [1, 3])
def test_fewer_where_there_are_no_more(rank: int) -> None:
    modes = principal_directions(rows(60, 40, rank), 20)
    assert modes.shape == (rank, 40)
    data = rows(60, 40, rank)
    np.testing.assert_allclose(data @ modes.T @ modes, data, atol=1e-4)


@pytest.mark.parametrize("shape", [(5, 7), (1, 1), (1, 9)])
def test_zeros_have_none(shape: tuple[int, int]) -> None:
    modes = principal_directions(np.zeros(shape, np.float32), 4)
    assert modes.shape == (0, shape[1])


def test_none_of_none() -> None:
    assert principal_directions(rows(5, 7, 3), 0).shape == (0, 7)
