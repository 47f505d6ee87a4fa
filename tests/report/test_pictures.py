"""Figures that compare pictures, on pictures whose figures are known."""

import numpy as np
import pytest

from alive_cli.report.pictures import moving_pixels, psnr, sharpness, ssim


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (2, 40, 30, 3), np.uint8)


def test_psnr() -> None:
    black = np.zeros((2, 8, 8, 3), np.uint8)
    assert psnr(black, black) == pytest.approx(120)
    assert psnr(black, black + 255) == pytest.approx(0)
    assert psnr(black, black + 16) == pytest.approx(20 * np.log10(255 / 16), abs=1e-6)


def test_psnr_is_of_the_mean_error_not_a_mean_of_decibels() -> None:
    black = np.zeros((2, 8, 8, 3), np.uint8)
    drawn = black.copy()
    drawn[0] = 16
    assert psnr(drawn, black) == pytest.approx(20 * np.log10(255 / 16) + 10 * np.log10(2), abs=1e-6)


def test_ssim(noise: np.ndarray) -> None:
    assert ssim(noise, noise) == pytest.approx(1)
    assert abs(ssim(noise, noise[::-1])) < 0.1
    flat = np.full((1, 40, 30, 3), 100, np.uint8)
    luminance = (2 * 100 * 150 + 6.5025) / (100**2 + 150**2 + 6.5025)
    assert ssim(flat, flat + 50) == pytest.approx(luminance, abs=1e-4)
    assert ssim(noise[:, :5, :4], noise[:, :5, :4]) == pytest.approx(1)


def test_sharpness_knows_specks_from_blur(noise: np.ndarray) -> None:
    ramp = np.repeat(np.linspace(0, 255, 30).astype(np.uint8)[None, None, :, None], 40, 1).repeat(3, 3)
    checks = ((np.indices((40, 30)).sum(0) % 2) * 255).astype(np.uint8)[None, :, :, None].repeat(3, 3)
    assert sharpness(checks) == pytest.approx(16)
    assert sharpness(ramp) < 1e-3
    assert sharpness(ramp) < sharpness(noise // 4) < sharpness(checks)


def test_moving_pixels() -> None:
    frames = np.full((3, 2, 2, 3), 100, np.uint8)
    frames[1, 0, 0, 2] = 121
    frames[2, 1, 1] = 120
    np.testing.assert_array_equal(moving_pixels(frames), [[True, False], [False, False]])
