"""How many pixels there is time for."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from alive_cli.runtime.pixel_budget import MANY_PICTURES, PixelBudget

ALLOWED = 0.02


def drawn_pixels(cost: Callable[[float], float], target: float, pictures: int = 2000) -> list[float]:
    """How many pixels each picture is drawn with by a view that follows the budget, a tenth of a second later."""
    limiter, pixels, drawn = PixelBudget(ALLOWED), 8192.0, []
    for _ in range(pictures):
        drawn.append(pixels)
        limiter.record(int(pixels), cost(pixels))
        budget = limiter.pixels()
        if budget is not None and (budget < pixels or budget > 1.5 * pixels or budget >= target > pixels):
            pixels = min(target, max(8192.0, min(8 * pixels, budget)))
    return drawn


@pytest.mark.parametrize(
    ("cost", "target", "least", "most"),
    [
        (lambda pixels: 1e-8 * pixels, 900_000, 900_000, 900_000),
        (lambda pixels: 5e-8 * pixels, 900_000, 250_000, 400_000),
        (lambda pixels: 1e-3 + 5e-8 * pixels, 900_000, 220_000, 400_000),
        (lambda pixels: 0.008, 900_000, 900_000, 900_000),
        (lambda pixels: 1.0, 900_000, 8192, 8192),
        (lambda pixels: 1e-9 * pixels if pixels < 500_000 else 1.0, 900_000, 300_000, 900_000),
    ],
)
def test_as_many_as_there_is_time_for(cost: Callable[[float], float], target: float, least: float, most: float) -> None:
    drawn = drawn_pixels(cost, target)
    assert least <= drawn[-1] <= most
    late = [cost(pixels) > ALLOWED for pixels in drawn]
    assert cost(8192) > ALLOWED or np.mean(late) < 0.1


def test_noise_changes_little() -> None:
    random = np.random.default_rng(0)
    drawn = drawn_pixels(lambda pixels: 0.018 * (pixels / 900_000) * random.lognormal(0, 0.25), 900_000, 20_000)
    assert np.count_nonzero(np.diff(drawn)) < 60


def test_what_was_too_much_is_tried_again_less_and_less_often() -> None:
    drawn = drawn_pixels(lambda pixels: 1e-9 * pixels if pixels < 500_000 else 0.1, 900_000, 20_000)
    attempts = np.flatnonzero(np.diff((np.array(drawn) > 500_000).astype(int)) > 0)
    assert 2 < len(attempts) < 10
    assert np.diff(attempts)[-1] > 2 * np.diff(attempts)[0]


def test_it_takes_some_pictures_to_tell() -> None:
    limiter = PixelBudget(ALLOWED)
    assert limiter.pixels() is None
    limiter.record(100, ALLOWED / 2)
    assert limiter.pixels() is None
    limiter.record(200, ALLOWED / 50)
    assert limiter.pixels() > 1000  # type: ignore[operator]
    for _ in range(MANY_PICTURES):
        limiter.record(200, 1.1 * ALLOWED)
    assert limiter.pixels() < 200  # type: ignore[operator]


def test_without_haste() -> None:
    assert PixelBudget(math.inf).pixels() == math.inf
