"""Drawn sounds whose beats are known."""

import numpy as np

RATE = 16_000
"""Samples a second."""
BEATS_A_MINUTE = 100
HISS = 0.001


def drums(seconds: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A kick and a snare in turn, a hi-hat with each and between them, and a soft chord: samples, seconds of the
    drums."""
    random = np.random.default_rng(seed)
    sound = hiss(seconds, random)
    time = np.arange(len(sound)) / RATE
    for pitch in (220, 277, 330):
        sound += 0.02 * np.sin(2 * np.pi * pitch * time + 0.5 * np.sin(2 * np.pi * 0.3 * time))
    beats = np.arange(0.5, seconds - 0.3, 60 / BEATS_A_MINUTE)
    for number, at in enumerate(beats):
        put(sound, at, snare(random) if number % 2 else kick())
        put(sound, at, hat(random))
        put(sound, at + 30 / BEATS_A_MINUTE, hat(random))
    return sound, beats


def clicks(seconds: float, seed: int = 0, loud: float = 0.5, noise: float = HISS) -> tuple[np.ndarray, np.ndarray]:
    """Clicks at random times in hiss: samples, and their seconds."""
    random = np.random.default_rng(seed)
    sound = hiss(seconds, random, noise)
    beats = np.cumsum(random.uniform(0.25, 1.0, round(4 * seconds))) + 0.5
    beats = beats[beats < seconds - 0.3]
    for at in beats:
        put(sound, at, loud * click(random))
    return sound, beats


def tones(seconds: float, seed: int = 0, noise: float = HISS) -> tuple[np.ndarray, np.ndarray]:
    """Notes of random pitch and length with pauses: samples, and the seconds at which they begin."""
    random = np.random.default_rng(seed)
    sound = hiss(seconds, random, noise)
    beats, at = [], 0.7
    while at < seconds - 0.8:
        length, pitch = random.uniform(0.2, 0.5), random.uniform(150, 1500)
        time = np.arange(round(length * RATE)) / RATE
        wave = sum(np.sin(2 * np.pi * part * pitch * time) / part for part in (1, 2, 3))
        put(sound, at, 0.2 * wave * np.minimum(1, time / 0.01) * np.minimum(1, (length - time) / 0.03))
        beats.append(at)
        at += length + random.uniform(0.1, 0.5)
    return sound, np.array(beats)


def hiss(seconds: float, random: np.random.Generator, noise: float = HISS) -> np.ndarray:
    return random.normal(0, noise, round(seconds * RATE))


def kick() -> np.ndarray:
    time = np.arange(round(0.25 * RATE)) / RATE
    turns = 50 * time + 1.8 * (1 - np.exp(-time / 0.03))
    return 0.4 * np.sin(2 * np.pi * turns) * np.exp(-time / 0.08) * (1 - np.exp(-time / 0.001))


def snare(random: np.random.Generator) -> np.ndarray:
    time = np.arange(round(0.18 * RATE)) / RATE
    rattle = 0.18 * random.normal(0, 1, len(time)) * np.exp(-time / 0.05)
    return rattle + 0.15 * np.sin(2 * np.pi * 190 * time) * np.exp(-time / 0.06)


def hat(random: np.random.Generator) -> np.ndarray:
    time = np.arange(round(0.06 * RATE)) / RATE
    return np.diff(random.normal(0, 0.05, len(time)), prepend=0) * np.exp(-time / 0.012)


def click(random: np.random.Generator) -> np.ndarray:
    time = np.arange(round(0.01 * RATE)) / RATE
    return random.normal(0, 0.4, len(time)) * np.exp(-time / 0.003)


def put(sound: np.ndarray, at: float, part: np.ndarray) -> None:
    """Add a part to a sound at a second, as far as it lasts."""
    begin = round(at * RATE)
    part = part[: max(0, len(sound) - begin)]
    sound[begin : begin + len(part)] += part
