"""k-means, the sticky hidden Markov model and the agreement of labelings."""

import numpy as np
import pytest

from alive_cli.report.clustering import k_means, principal, rand_index, square_distances, sticky_labels

CENTRES = np.array([[0, 0], [6, 0], [0, 6]], float)


def blobs(seed: int = 0, each: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Points [3 · each, 2] around three centres, and the number of the centre of each."""
    truth = np.repeat(np.arange(3), each)
    return CENTRES[truth] + np.random.default_rng(seed).normal(size=(3 * each, 2)) * 0.5, truth


def test_k_means_finds_blobs_in_each_set() -> None:
    sets = np.stack([blobs(0)[0], 2 * blobs(1)[0]])
    means = k_means(sets, 3, np.random.default_rng(0), restarts=5)
    assert means.shape == (2, 3, 2)
    labels = square_distances(sets, means).argmin(-1)
    for own in labels:
        assert rand_index(own, blobs()[1]) == pytest.approx(1)


def test_k_means_survives_points_that_are_all_the_same() -> None:
    means = k_means(np.ones((1, 9, 3)), 4, np.random.default_rng(0))
    assert np.allclose(means, 1)


def test_k_means_depends_on_its_seed_alone() -> None:
    points = np.random.default_rng(0).normal(size=(1, 50, 2))
    first, second = (k_means(points, 4, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(first, second)


def test_sticky_labels_ignore_a_short_slip_and_follow_a_long_change() -> None:
    truth = np.repeat([0, 1, 0], 30)
    path = CENTRES[truth] + np.random.default_rng(1).normal(size=(90, 2)) * 0.5
    path[10] = CENTRES[0] + [3.5, 0]  # nearer to the second centre, for one frame
    starts = np.arange(90) == 0
    assert square_distances(path[None], CENTRES[None, :2])[0, 10].argmin() == 1
    labels = sticky_labels(path[None], CENTRES[None, :2], starts, 7)[0]
    assert np.array_equal(labels, truth)


def test_a_change_costs_nothing_where_a_shot_begins() -> None:
    path = np.repeat([[0.0], [0.55], [0.0]], [20, 2, 20], axis=0)
    means = np.array([[[0.0], [1.0]]])
    within = np.arange(42) == 0
    assert sticky_labels(path[None], means, within, 9)[0].max() == 0
    cut = within | (np.arange(42) == 20) | (np.arange(42) == 22)
    assert sticky_labels(path[None], means, cut, 9)[0][20:22].tolist() == [1, 1]


def test_rand_index() -> None:
    random = np.random.default_rng(0)
    first, second = random.integers(3, size=(2, 3000))
    assert rand_index(first, (first + 1) % 3) == pytest.approx(1)
    assert rand_index(first, second) == pytest.approx(0, abs=0.01)
    assert rand_index(np.zeros(9, int), np.zeros(9, int)) == 0  # one cluster says nothing


def test_principal_components_keep_distances() -> None:
    points = np.random.default_rng(0).normal(size=(30, 4))
    components = principal(points, 9)
    assert components.shape == (30, 4)
    assert np.linalg.norm(components[3] - components[9]) == pytest.approx(np.linalg.norm(points[3] - points[9]))
    assert principal(points, 2).shape == (30, 2)
