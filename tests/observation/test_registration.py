"""Registration: the coefficients of modes that explain one frame by another."""

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from alive_cli.observation.flow import FlowField  # noqa: E402
from alive_cli.observation.modes import principal_directions  # noqa: E402
from alive_cli.observation.registration import LARGEST, Registration, mixture  # noqa: E402
from tests.textures import hill, pulled, texture  # noqa: E402

WIDTH, HEIGHT, COLUMNS, ROWS = 96, 64, 24, 16


def modes_of_hills() -> np.ndarray:
    """Six modes: float32 [6, ROWS, COLUMNS, 2], orthonormal."""
    hills = [hill(COLUMNS, ROWS, centre) for centre in ((0.3, 0.5), (0.5, 0.4), (0.7, 0.6))]
    rows = [each[..., None] * way for each in hills for way in (np.eye(2, dtype=np.float32))]
    directions = principal_directions(np.stack(rows).reshape(6, -1), 6)
    return directions.reshape(6, ROWS, COLUMNS, 2)


def warped_pair(coefficients: np.ndarray, modes: np.ndarray) -> FlowField:
    """A frame, and the keyframe that it is made of by coefficients [S]."""
    still = texture(WIDTH, HEIGHT)
    displacement = cv2.resize(np.tensordot(coefficients, modes, 1).astype(np.float32), (WIDTH, HEIGHT))
    pictures = [pulled(still, displacement), still]
    return FlowField(np.stack([cv2.cvtColor(each, cv2.COLOR_RGB2GRAY) for each in pictures]), (WIDTH, HEIGHT))


def error(registration: Registration, coefficients: np.ndarray) -> float:
    """What registration itself minimises, from frame 0 to frame 1."""
    picture = registration._greys[1].astype(np.float32)
    places = registration._moved(torch.from_numpy(coefficients.astype(np.float32)))
    seen = cv2.remap(picture, places[:, None], None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[:, 0]
    rest = np.abs(registration.brightness(0) - seen)
    return float(np.square(np.minimum(rest, LARGEST)).mean())


@pytest.mark.parametrize("seed", range(4))
def test_known_coefficients_are_recovered(seed: int) -> None:
    modes = modes_of_hills()
    true = np.random.default_rng(seed).normal(0, 0.15, 6).astype(np.float32)
    registration = Registration(warped_pair(true, modes), modes, np.full(6, 0.15, np.float32))
    initial = true + np.random.default_rng(seed + 9).normal(0, 0.06, 6).astype(np.float32)
    result, seen = registration.register(0, 1, initial)
    assert result.dtype == np.float32
    assert np.linalg.norm(result - true) < 0.3 * np.linalg.norm(initial - true)
    assert np.abs(seen - registration.brightness(0)).mean() < 4


@pytest.mark.parametrize("size", [0.0, 0.1, 1.0, 20.0])
def test_never_worse_than_it_began(size: float) -> None:
    modes = modes_of_hills()
    true = np.full(6, 0.1, np.float32)
    registration = Registration(warped_pair(true, modes), modes, np.full(6, 0.1, np.float32))
    for seed in range(5):
        initial = np.random.default_rng(seed).normal(0, size, 6).astype(np.float32)
        result, _ = registration.register(0, 1, initial)
        assert np.isfinite(result).all()
        assert error(registration, result) <= error(registration, initial) + 1e-3


def test_never_worse_between_pictures_that_have_nothing_in_common() -> None:
    """Steps lead nowhere here, so many of them have to be taken back."""
    modes = modes_of_hills()
    greys = [cv2.cvtColor(texture(WIDTH, HEIGHT, seed, 0.5), cv2.COLOR_RGB2GRAY) for seed in (0, 1)]
    registration = Registration(FlowField(np.stack(greys), (WIDTH, HEIGHT)), modes, np.full(6, 0.3, np.float32))
    for seed in range(6):
        initial = np.random.default_rng(seed).normal(0, 0.3, 6).astype(np.float32)
        result, seen = registration.register(0, 1, initial)
        own = np.square(np.minimum(np.abs(registration.brightness(0) - seen), LARGEST)).mean()
        assert own == pytest.approx(error(registration, result), rel=1e-4)
        assert own <= error(registration, initial) + 1e-3
        for _ in range(4):
            again, _ = registration.register(0, 1, result)
            assert error(registration, again) <= error(registration, result) + 1e-5
            result = again


def test_flat_pictures_stay_put() -> None:
    field = FlowField(np.full((2, HEIGHT, WIDTH), 99, np.uint8), (WIDTH, HEIGHT))
    registration = Registration(field, modes_of_hills(), np.ones(6, np.float32))
    for initial in (np.zeros(6, np.float32), np.full(6, 0.2, np.float32)):
        result, seen = registration.register(0, 1, initial)
        np.testing.assert_allclose(result, initial, atol=1e-6)
        assert (seen == 99).all()


def test_modes_of_nothing() -> None:
    """A still clip has one mode, of zeros; its coefficient stays finite."""
    field = warped_pair(np.zeros(6, np.float32), modes_of_hills())
    registration = Registration(field, np.zeros((1, ROWS, COLUMNS, 2), np.float32), np.zeros(1, np.float32))
    assert np.isfinite(registration.register(0, 1, np.zeros(1, np.float32))[0]).all()


def test_a_mode_that_never_moved_stays_put() -> None:
    """A spread of 0 damps its coefficient, whatever the pictures seem to say."""
    modes = modes_of_hills()
    spread = np.array([0.1, 0.1, 0.1, 0, 0, 0], np.float32)
    registration = Registration(warped_pair(np.full(6, 0.1, np.float32), modes), modes, spread)
    result, _ = registration.register(0, 1, np.zeros(6, np.float32))
    assert np.abs(result[3:]).max() < 1e-3 < np.abs(result[:3]).max()


def test_same_seed_same_points() -> None:
    field = warped_pair(np.full(6, 0.1, np.float32), modes_of_hills())
    first, second = (Registration(field, modes_of_hills(), np.ones(6, np.float32), seed=4) for _ in range(2))
    assert (first.brightness(0) == second.brightness(0)).all()


def test_mixture() -> None:
    random = np.random.default_rng(0)
    before, after = random.uniform(0, 255, (2, 500)).astype(np.float32)
    for share in (0.0, 0.3, 1.0):
        assert mixture(share * before + (1 - share) * after, before, after, 0.5) == pytest.approx(share, abs=0.01)
    assert mixture(2 * before - after, before, after, 0.5) == 1
    assert mixture(2 * after - before, before, after, 0.5) == 0
    assert mixture(before, before, before, 0.25) == pytest.approx(0.25)
