"""Seamless loops and the sphere's geometry."""

from collections.abc import Iterator

import numpy as np
import pytest

from alive_cli.runtime.loops import Loop, eased_loop, joins_of, resample_loop, steady_starts
from alive_cli.runtime.sphere import resample, slerp


def wandering(seed: int = 0) -> Iterator[np.ndarray]:
    """A smooth random path on the sphere that never returns."""
    random = np.random.default_rng(seed)
    point, motion = np.eye(8)[0], np.zeros(8)
    while True:
        motion = 0.9 * motion + 0.02 * random.standard_normal(8)
        point = point + motion
        point /= np.linalg.norm(point)
        yield point.astype(np.float32)


@pytest.mark.parametrize("frames", [1, 2, 3, 20, 101])
def test_exact_length_on_the_sphere(frames: int) -> None:
    loop = eased_loop(wandering(), frames).embeddings
    assert loop.shape == (frames, 8)
    np.testing.assert_allclose(np.linalg.norm(loop, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_the_seam_is_no_jump(seed: int) -> None:
    path = np.stack([point for point, _ in zip(wandering(seed), range(80), strict=False)])
    loop = eased_loop(wandering(seed), 80).embeddings
    cut = np.linalg.norm(path[0] - path[-1])
    assert np.linalg.norm(loop[0] - loop[-1]) < 0.2 * cut
    steps = np.linalg.norm(loop - np.roll(loop, 1, axis=0), axis=1)
    assert steps[0] < 0.75 * (steps[1] + steps[-1])


def test_slerp() -> None:
    x, y = np.eye(4, dtype=np.float32)[:2]
    np.testing.assert_allclose(slerp(x, y, 0.5), (x + y) / np.sqrt(2), atol=1e-6)
    np.testing.assert_allclose(slerp(x, y, 0), x, atol=1e-6)
    np.testing.assert_allclose(slerp(x, x, 0.3), x, atol=1e-6)


def test_resample_at_one_changes_nothing() -> None:
    points = [np.eye(3, dtype=np.float32)[i] for i in range(3)]
    assert all(a is b for a, b in zip(resample(iter(points), 1), points, strict=True))


def test_resampled_loops_stay_closed() -> None:
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle), np.zeros(48)], -1).astype(np.float32)
    finer = resample_loop(circle, 100)
    assert finer.shape == (100, 3)
    steps = np.linalg.norm(finer - np.roll(finer, 1, axis=0), axis=1)
    assert steps[0] == pytest.approx(steps[1:].mean(), rel=0.1)
    assert resample_loop(circle, 48) is circle


def test_a_loop_begins_where_it_is_steadiest() -> None:
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    angle = np.roll(angle + 0.15 * (angle > 3), -30)  # one long step in the middle
    loop = np.stack([np.cos(angle), np.sin(angle)], -1)
    steps = np.linalg.norm(loop - np.roll(loop, 1, axis=0), axis=1)
    starts = steady_starts(loop, 5)
    assert len(starts) == 5
    for start in starts:
        assert steps[start] == pytest.approx((steps[start - 1] + steps[(start + 1) % 60]) / 2, rel=0.05)
    apart = np.abs(np.subtract.outer(starts, starts))
    assert min(each for each in np.minimum(apart, 60 - apart).flat if each) >= 3
    assert steady_starts(loop[:2], 5) == [0]


def test_a_turned_loop_keeps_its_joins() -> None:
    loop = Loop(np.arange(20.0).reshape(10, 2), np.array([[1, 3], [6, 2]]))
    turned = loop.turned(4)
    np.testing.assert_array_equal(turned.embeddings[turned.joins[:, 0]], loop.embeddings[loop.joins[:, 0]])
    np.testing.assert_array_equal(turned.embeddings[0], loop.embeddings[4])


def test_a_transition_lasts_until_the_loop_is_near_the_clip_again() -> None:
    path = np.zeros((40, 3))
    embeddings = path.copy()
    embeddings[36:, 0] = 8 - np.arange(4)
    embeddings[:4, 0] = 4 - np.arange(4)  # it goes on after the wrap
    np.testing.assert_array_equal(joins_of(embeddings, path, np.array([36])), [[36, 7]])
    assert joins_of(embeddings, path, np.empty(0, int)).shape == (0, 2)
