"""Figures that compare pictures, uint8 [N, H, W, 3]."""

import math

import cv2
import numpy as np

WINDOW, SIGMA = 11, 1.5
"""The Gaussian window of SSIM has this side in pixels and this standard deviation, as published."""
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
"""These constants of SSIM, as published, keep its ratio finite in dark and flat places."""
MOVES = 20
"""A pixel moves if its values in the clip differ by more than so many levels in a channel, because less is noise."""


def moving_pixels(frames: np.ndarray) -> np.ndarray:
    """Which pixels move in a clip, uint8 [N, H, W, 3]: bool [H, W]."""
    low, high = frames[0].copy(), frames[0].copy()
    for frame in frames[1:]:
        np.minimum(low, frame, out=low)
        np.maximum(high, frame, out=high)
    moving: np.ndarray = (high - low).max(-1) > MOVES
    return moving


def mean_squared_error(drawn: np.ndarray, target: np.ndarray) -> float:
    """Mean squared error of all pictures together, for values of 0…1; both are uint8 [N, …, 3]."""
    errors = [cv2.norm(a, b, cv2.NORM_L2SQR) / a.size for a, b in zip(drawn, target, strict=True)]
    return float(np.mean(errors)) / 255**2


def decibels(error: float) -> float:
    """Peak signal-to-noise ratio in dB of a mean squared error; at most 120."""
    return -10 * math.log10(max(error, 1e-12))


def psnr(drawn: np.ndarray, target: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB of all pictures together: that of the mean error, not a mean of decibels."""
    return decibels(mean_squared_error(drawn, target))


def ssim(drawn: np.ndarray, target: np.ndarray) -> float:
    """Structural similarity of the luma, mean over pictures and places, −1…1.

    Wang et al. 2004, "Image quality assessment: from error visibility to structural similarity": an
    11×11 Gaussian window of σ = 1.5; shrunk to an odd side that fits where a picture is smaller.
    """
    return float(np.mean([_ssim(_luma(a), _luma(b)) for a, b in zip(drawn, target, strict=True)]))


def sharpness(pictures: np.ndarray) -> float:
    """High-frequency energy: the mean squared Laplacian, of values 0…1.

    Specks increase it; dissolves decrease it.
    """
    return float(np.mean([_laplacian(picture) for picture in pictures])) / 255**2


def _laplacian(picture: np.ndarray) -> float:
    inner = cv2.Laplacian(picture, cv2.CV_16S)[1:-1, 1:-1]
    return float(cv2.norm(inner, cv2.NORM_L2SQR)) / inner.size


def _luma(picture: np.ndarray) -> np.ndarray:
    return cv2.transform(picture.astype(np.float32), np.array([[0.299, 0.587, 0.114]], np.float32))


def _ssim(a: np.ndarray, b: np.ndarray) -> float:
    side = min(WINDOW, min(a.shape) - 1 + min(a.shape) % 2)
    places = np.arange(side) - side // 2
    window = np.exp(-(places**2) / (2 * SIGMA**2))
    window /= window.sum()

    inner = slice(side // 2, a.shape[0] - side // 2), slice(side // 2, a.shape[1] - side // 2)

    def blur(picture: np.ndarray) -> np.ndarray:
        return np.asarray(cv2.sepFilter2D(picture, cv2.CV_32F, window, window))[inner]

    mean_a, mean_b = blur(a), blur(b)
    var_a, var_b = blur(a * a) - mean_a**2, blur(b * b) - mean_b**2
    covariance = blur(a * b) - mean_a * mean_b
    ratio = (2 * mean_a * mean_b + C1) * (2 * covariance + C2)
    return float((ratio / ((mean_a**2 + mean_b**2 + C1) * (var_a + var_b + C2))).mean(dtype=np.float64))
