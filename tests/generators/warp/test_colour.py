"""Colour modes: principal components of what motion leaves of the frames."""

import numpy as np
import pytest

pytest.importorskip("torch")

from alive_cli.generators.warp.colour import colour_coefficients, colour_modes

PLACES, FRAMES, TRUE = 400, 30, 4


def residuals(noise: float = 0.0) -> np.ndarray:
    """What TRUE modes make, [N, P, 3]; each mode is half as strong as the one before."""
    random = np.random.default_rng(0)
    modes = np.linalg.qr(random.standard_normal((PLACES, TRUE)))[0] * np.sqrt(PLACES)
    strengths = random.standard_normal((FRAMES, TRUE, 3)) * 0.1 * 2.0 ** -np.arange(TRUE)[:, None]
    rest = modes @ strengths + noise * random.standard_normal((FRAMES, PLACES, 3))
    return rest.astype(np.float32)


def solve(rest: np.ndarray, modes: np.ndarray) -> np.ndarray:
    return colour_coefficients(lambda number: rest[number].T, len(rest), modes, lambda done: None)[0]


def test_known_modes_are_recovered() -> None:
    rest = residuals()
    modes, spread = colour_modes(lambda number: rest[number].T, FRAMES, 10)
    assert modes.shape == (PLACES, TRUE)
    assert modes.dtype == np.float32
    np.testing.assert_allclose(np.square(modes).mean(0), 1, atol=1e-4)
    np.testing.assert_allclose(modes @ solve(rest, modes), rest, atol=1e-4)
    assert (np.diff(spread) < 0).all()


def test_the_strongest_come_first() -> None:
    rest = residuals(noise=0.002)
    errors = []
    for count in range(1, TRUE + 1):
        modes, _ = colour_modes(lambda number: rest[number].T, FRAMES, count)
        assert modes.shape[1] == count
        errors.append(np.square(rest - modes @ solve(rest, modes)).mean())
    assert (np.diff(errors) < 0).all()
    assert errors[-1] < 1.5 * 0.002**2


def test_spread_is_that_of_the_coefficients() -> None:
    rest = residuals()
    modes, spread = colour_modes(lambda number: rest[number].T, FRAMES, TRUE)
    own = np.sqrt(np.square(solve(rest, modes)).mean((0, 2)))
    np.testing.assert_allclose(spread, own, rtol=0.02)


def test_coefficients_of_modes_that_are_not_orthogonal() -> None:
    random = np.random.default_rng(1)
    modes = random.standard_normal((PLACES, 3)).astype(np.float32)
    modes[:, 1] += 0.9 * modes[:, 0]
    true = random.standard_normal((FRAMES, 3, 3)).astype(np.float32)
    reports: list[int] = []
    own, errors = colour_coefficients(lambda number: (modes @ true[number]).T, FRAMES, modes, reports.append)
    np.testing.assert_allclose(own, true, atol=1e-3)
    assert errors.max() < 1e-4
    assert reports == list(range(1, FRAMES + 1))


def test_errors_are_those_that_the_modes_leave() -> None:
    rest = residuals(noise=0.02)
    modes, _ = colour_modes(lambda number: rest[number].T, FRAMES, 2)
    own, errors = colour_coefficients(lambda number: rest[number].T, FRAMES, modes, lambda done: None)
    np.testing.assert_allclose(errors, np.square(rest - modes @ own).mean((1, 2)), rtol=1e-3)


def test_equal_modes_share_a_colour() -> None:
    modes = np.repeat(np.random.default_rng(1).standard_normal((PLACES, 1)), 2, 1).astype(np.float32)
    own = solve(modes @ np.ones((FRAMES, 2, 3), np.float32), modes)
    assert np.isfinite(own).all()
    np.testing.assert_allclose(own.sum(1), 2, atol=1e-2)


def test_nothing_left_has_one_mode_of_no_strength() -> None:
    modes, spread = colour_modes(lambda number: np.zeros((3, PLACES), np.float32), FRAMES, 5)
    assert modes.shape == (PLACES, 1)
    assert np.isfinite(modes).all()
    assert spread.shape == (1,)
    assert 0 < spread[0] < 1e-3


@pytest.mark.parametrize("frames", [1, 2])
def test_few_frames(frames: int) -> None:
    rest = residuals()[:frames]
    modes, _ = colour_modes(lambda number: rest[number].T, frames, 9)
    assert 1 <= modes.shape[1] <= 3 * frames
    assert np.isfinite(solve(rest, modes)).all()
