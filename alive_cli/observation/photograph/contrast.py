"""Contrast that a mixture of displaced copies keeps.

Three copies of a texture with the weights w have √Σw² of its contrast where they have nothing in common (Heitz & Neyret
2018, "High-performance by-example noise using a histogram-preserving blending operator"). With the weights of
`mixed_weights` that is the constant 0.71. So the copies are made from a picture that has more contrast, band by band,
exactly where mixtures lose it.
"""

from collections.abc import Iterator
from itertools import pairwise

import cv2
import numpy as np

from alive_cli.media.warping import grid_positions, reduce, resize, sample
from alive_cli.observation.photograph.trajectories import Trajectories

COPIES = 3
"""So many copies are mixed. Two would be sharp and blurred in turn; three keep one contrast all the time."""
BANDS = (1.5, 3.0, 6.0, 12.0, 24.0)
"""Bands of detail are parted by blurs of so many pixels of a picture of USUAL_SIDE pixels."""
USUAL_SIDE = 1280
"""Numbers of pixels in this module are those of a picture whose longest side is this."""
EXACT_BLUR = 24.0
"""Blurs of more pixels are made on a reduced picture, because their time grows with their width."""
MEASURED_SIDE = 640
"""Contrast is measured on pictures of at most so many pixels on the longest side."""
MIXTURES = 7
"""Contrast is measured on so many mixtures, evenly spread over a period."""
WINDOW = 6.0
"""The contrast of a band is the mean over a window of so many times its blur."""
LEAST_ENERGY = 1.0
"""Detail whose square is less than this, in levels of 255, is noise and gets no more contrast."""
MOST_GAIN = 1.45
"""A band gets at most so many times its contrast, a little more than mixtures can lose."""


def mixed_weights(phase: float) -> tuple[np.ndarray, np.ndarray]:
    """Where the copies are in their lives, 0…1 [3], and their weights [3], at a phase of 0…1 of a period."""
    ages = (phase + np.arange(COPIES)) / COPIES
    return ages, (1 - np.cos(2 * np.pi * ages)) / COPIES


def with_more_contrast(picture: np.ndarray, mask: np.ndarray, trajectories: Trajectories) -> np.ndarray:
    """A picture, uint8 [H, W, 3], whose mixtures have the contrast that it has itself, where the mask is above 0."""
    size = picture.shape[1::-1]
    scale = min(1.0, MEASURED_SIDE / max(size))
    small_size = max(8, round(size[0] * scale)), max(8, round(size[1] * scale))
    small = reduce(picture, small_size).astype(np.float32)
    inside = (reduce(mask, small_size) > 127).astype(np.float32)
    blurs = [blur * max(small_size) / USUAL_SIDE for blur in BANDS]
    own_energies = [_energy(band) for band in _bands(small, blurs)[:-1]]
    energies = [np.zeros_like(inside) for _ in blurs]
    for mixture in _mixtures(small, trajectories):
        for energy, band in zip(energies, _bands(mixture, blurs)[:-1], strict=True):
            energy += _energy(band) / MIXTURES
    *bands, total = _bands(picture.astype(np.float32), [blur * max(size) / USUAL_SIDE for blur in BANDS])
    for band, blur, own_energy, energy in zip(bands, blurs, own_energies, energies, strict=True):
        gain = np.sqrt(_windowed(own_energy, inside, blur) / _windowed(energy, inside, blur)).clip(1, MOST_GAIN)
        total += band * resize(gain, size)[..., None]
    return np.asarray(total.clip(0, 255).round(), np.uint8)


def _mixtures(picture: np.ndarray, trajectories: Trajectories) -> Iterator[np.ndarray]:
    """Mixtures of a picture, float32 [h, w, 3], over a period."""
    size = picture.shape[1::-1]
    for number in range(MIXTURES):
        ages, weights = mixed_weights((number + 0.5) / MIXTURES)
        copies = [displaced(picture, trajectories, (age - 0.5) * trajectories.life, size) for age in ages]
        yield np.tensordot(weights, np.stack(copies), 1).astype(np.float32)


def displaced(picture: np.ndarray, trajectories: Trajectories, seconds: float, size: tuple[int, int]) -> np.ndarray:
    """A picture of width × height `size`, moved on by the flow for so many seconds, which may be below 0."""
    displacement = resize(trajectories.displacement(-seconds), size) * max(size)
    return sample(picture, grid_positions(*size) + displacement)


def _bands(picture: np.ndarray, blurs: list[float]) -> list[np.ndarray]:
    """What each blur takes away from the one before it, and last what all of them leave: float32 [h, w, 3] each."""
    levels = [picture, *(_blurred(picture, blur) for blur in blurs)]
    return [*(fine - coarse for fine, coarse in pairwise(levels)), levels[-1].copy()]


def _blurred(picture: np.ndarray, blur: float) -> np.ndarray:
    """A Gaussian blur, float32 [h, w, 3]; a wide one is made of a reduced picture and is off by 0.1 levels."""
    factor = int(blur / EXACT_BLUR * 2)
    if factor < 2 or blur <= EXACT_BLUR:
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), blur))
    size = picture.shape[1::-1]
    small = reduce(picture, (max(1, size[0] // factor), max(1, size[1] // factor)))
    blurred = cv2.GaussianBlur(small, (0, 0), blur / factor, borderType=cv2.BORDER_REFLECT)
    return resize(np.asarray(blurred), size)


def _energy(band: np.ndarray) -> np.ndarray:
    return np.asarray(np.square(band).mean(-1))


def _windowed(energy: np.ndarray, inside: np.ndarray, blur: float) -> np.ndarray:
    """The mean energy around each pixel, of those inside."""
    total, count = (cv2.GaussianBlur(each, (0, 0), WINDOW * blur) for each in (energy * inside, inside))
    return np.asarray((total + LEAST_ENERGY * 1e-3) / (count + 1e-3) + LEAST_ENERGY)
