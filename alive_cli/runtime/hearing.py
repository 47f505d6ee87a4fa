"""What a sound tells a scene while it comes: how loud it is, and where something begins in it.

Loudness is the level of a few milliseconds within the range of the last seconds. Beats are onsets: places where the
spectrum grows (half-wave rectified spectral flux with an adaptive threshold; Bello et al., *A tutorial on onset
detection in music signals*, 2005; Dixon, *Onset detection revisited*, 2006). Nothing looks ahead.
"""

import itertools
import math
from collections import deque

import numpy as np

from alive_cli.errors import InputError

LOWEST_RATE, HIGHEST_RATE = 8_000, 192_000
"""A sound has between so many samples a second."""
HOP = 0.01
"""Loudness and beats are computed after each so many seconds of sound."""
WINDOW = 0.02
"""The spectrum is that of the last so many seconds."""
SILENCE = -60.0
"""Sound below this many decibels (a full sine has -3) is silence, because microphones hiss."""
MEMORY = 20
"""Loudness is relative to the quietest and the loudest of the last so many seconds."""
LEAST_RANGE, MOST_RANGE = 15.0, 30.0
"""The quietest and the loudest are so many decibels apart: so steady hiss isn't loud, and a pause doesn't make all that
follows loud."""
FIRST_RANGE = -50.0, -35.0
"""Before anything was heard, so many decibels count as the quietest and the loudest."""
ATTACK, RELEASE = 0.02, 0.25
"""Loudness rises and falls with these time constants, in seconds."""
BANDS = 20
"""The flux is a mean over so many bands, because fewer let noise look like beats."""
LOWEST_BAND, HIGHEST_BAND = 40.0, 7_000.0
"""The bands divide the frequencies between these, in hertz, by equal ratios."""
DEPTH = 35.0
"""What is so many decibels below the loudest hardly counts in the flux."""
PAST = 0.8
"""The threshold of beats follows the mean flux of so many seconds."""
EXCESS, LEAST_FLUX = 5.0, 1.5
"""At a beat the flux is at least this many times its mean, and so many decibels; white noise reaches 4.5 times."""
PEAK_SHARE, PEAK_SECONDS = 0.4, 3.0
"""A beat has at least this share of the largest flux, which falls with this time constant: a hi-hat between drums isn't
a beat."""
LARGEST_FLUX = 15.0
"""The largest flux counts as at most so many decibels, because what comes after silence has far more."""
REFRACTORY = 0.15
"""After a beat there is none for so many seconds."""


class Hearing:
    """Hears one sound, piece by piece."""

    def __init__(self, rate: float) -> None:
        """Hear so many samples a second.

        Raises:
            InputError: the rate is below 8,000 or above 192,000.
        """
        if not LOWEST_RATE <= rate <= HIGHEST_RATE:
            raise InputError(f"A sound of {rate:g} samples a second can't be heard; choose 8,000 to 192,000.")
        self.rate = rate
        self.loud = 0.0
        """Loudness from 0, the quietest of the last seconds, to 1, the loudest."""
        self.level = -math.inf
        """Decibels of the last hop."""
        self.beats = 0
        """Number of beats so far."""
        self.strength = 0.0
        """How strong the last beat was, 0.5…1."""
        self.since = math.inf
        """Seconds since the last beat."""
        self._hop = round(HOP * rate)
        size = round(WINDOW * rate)
        self._taper = np.hanning(size + 2)[1:-1]
        self._bands = _bands(size, rate)
        self._rest = np.zeros(0)
        """Samples that don't fill a hop yet."""
        self._window = np.zeros(size)
        self._before = np.full((2, len(self._bands)), math.inf)
        """Decibels of the bands at the two hops before."""
        self._flux: deque[float] = deque(maxlen=round(PAST / HOP))
        self._peak = 0.0
        """The largest flux, which falls as time passes."""
        low, high = FIRST_RANGE
        self._quietest, self._loudest = (deque([level] * MEMORY, MEMORY) for level in (low, high))
        """The extremes of each of the last seconds, in decibels."""
        self._hops = 0

    def hear(self, samples: np.ndarray) -> None:
        """Hear the next samples, float64 [M], −1…1."""
        samples = np.concatenate([self._rest, samples])
        whole = len(samples) // self._hop * self._hop
        self._rest = samples[whole:]
        for hop in samples[:whole].reshape(-1, self._hop):
            self._hear_hop(hop)

    @property
    def range(self) -> tuple[float, float]:
        """The decibels that have the loudness 0 and 1."""
        loudest = max(*self._loudest, SILENCE)
        low = max(min(self._quietest), loudest - MOST_RANGE)
        return low, max(loudest, low + LEAST_RANGE)

    def _hear_hop(self, hop: np.ndarray) -> None:
        self.level = 10 * math.log10(max(float(np.square(hop).mean()), 1e-12))
        self._follow_range()
        low, high = self.range
        share = 0.0 if self.level < SILENCE else min(max((self.level - low) / (high - low), 0.0), 1.0)
        self.loud += (share - self.loud) * (1 - math.exp(-HOP / (ATTACK if share > self.loud else RELEASE)))
        self.since += HOP
        self._window = np.concatenate([self._window, hop])[-len(self._window) :]
        self._look_for_beat(self._flux_above(high - DEPTH))

    def _look_for_beat(self, flux: float) -> None:
        mean = sum(self._flux) / len(self._flux) if self._flux else 0.0
        self._flux.append(flux)
        self._peak *= 1 - HOP / PEAK_SECONDS
        least = max(LEAST_FLUX, EXCESS * mean, PEAK_SHARE * self._peak)
        if self.level < SILENCE:
            return
        if flux >= least and self.since > REFRACTORY - HOP / 2:
            self.beats += 1
            self.strength = min(1.0, 0.5 * flux / least)
            self.since = 0.0
        self._peak = max(self._peak, min(flux, LARGEST_FLUX))

    def _flux_above(self, floor: float) -> float:
        """By how many decibels the spectrum has grown above a floor: the mean over the bands.

        It has grown if it is above both hops before, because the spectrum of noise always grows somewhere.
        """
        spectrum = 2 * np.square(np.abs(np.fft.rfft(self._window * self._taper)) / self._taper.sum())
        bands = 10 * np.log10(self._bands @ spectrum + 10 ** (floor / 10))
        growth = np.maximum(bands - self._before.max(0), 0)
        self._before = np.stack([self._before[1], bands])
        return float(growth.mean())

    def _follow_range(self) -> None:
        self._hops += 1
        if self._hops % round(1 / HOP) == 0:
            self._quietest.append(math.inf)
            self._loudest.append(-math.inf)
        self._quietest[-1] = min(self._quietest[-1], self.level)
        self._loudest[-1] = max(self._loudest[-1], self.level)


def _bands(size: int, rate: float) -> np.ndarray:
    """Which frequencies of a window belong to which band: float64 [bands, size // 2 + 1]. No band is empty."""
    frequencies = np.fft.rfftfreq(size, 1 / rate)
    edges = np.geomspace(LOWEST_BAND, min(HIGHEST_BAND, rate / 2), BANDS + 1)
    bands = [(frequencies >= low) & (frequencies < high) for low, high in itertools.pairwise(edges)]
    return np.array([band for band in bands if band.any()], np.float64)


def as_samples(sound: np.ndarray) -> np.ndarray:
    """A sound, [M] or [M, channels], floating (−1…1) or whole numbers, as one channel: float64 [M], −1…1.

    Raises:
        InputError: it has another shape or type, or numbers that are not finite.
    """
    sound = np.asarray(sound)
    if sound.ndim not in (1, 2) or sound.dtype.kind not in "iuf":
        raise InputError("A sound needs numbers of the shape [samples], or [samples, channels].")
    scaled = sound.astype(np.float64)
    if sound.dtype.kind in "iu":
        half = 2.0 ** (8 * sound.dtype.itemsize - 1)
        scaled = scaled / half - (sound.dtype.kind == "u")
    if not np.isfinite(scaled).all():
        raise InputError("A sound has numbers that are not finite; leave them out.")
    mono = scaled if scaled.ndim == 1 else scaled.mean(1) if scaled.shape[1] else np.zeros(0)
    return np.clip(mono, -1, 1)
