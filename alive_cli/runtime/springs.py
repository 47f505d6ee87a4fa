"""Springs that move offsets of the motion modes exactly, whatever the time from one picture to the next."""

import math

import numpy as np

DECAY = 1.3
"""Swings fall by e in 1 ÷ this many seconds or less, so that after 3 s only 2 % of them are left."""
LEAST_DAMPING = 0.2
"""Modes swing back with at least this share of critical damping."""


def follow(apart: np.ndarray, speed: np.ndarray, rate: float, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """A critically damped spring after some seconds: its way from the goal, and its speed."""
    drift = speed + rate * apart
    decay = math.exp(-rate * seconds)
    return (apart + drift * seconds) * decay, (speed - rate * drift * seconds) * decay


def swing(
    offset: np.ndarray, speed: np.ndarray, frequency: np.ndarray, seconds: float
) -> tuple[np.ndarray, np.ndarray]:
    """Damped oscillators about 0 after some seconds: their offsets, and their speeds."""
    own = 2 * np.pi * frequency
    decay = np.clip(DECAY, LEAST_DAMPING * own, 0.999 * own)
    around = np.sqrt(own**2 - decay**2)
    cosine, sine = np.cos(around * seconds), np.sin(around * seconds) / around
    fall = np.exp(-decay * seconds)
    after = fall * (offset * (cosine + decay * sine) + speed * sine)
    return after, fall * (speed * (cosine - decay * sine) - own**2 * offset * sine)
