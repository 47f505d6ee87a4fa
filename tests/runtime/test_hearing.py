"""Hearing: loudness, and beats of sounds whose beats are known."""

from collections.abc import Callable

import numpy as np
import pytest

from alive_cli.errors import InputError
from alive_cli.runtime.hearing import Hearing, as_samples
from tests.drums import RATE, clicks, drums, hiss, tones

SECONDS = 12.0
Drawn = tuple[np.ndarray, np.ndarray]


def heard(sound: np.ndarray, rate: int = RATE) -> tuple[np.ndarray, np.ndarray]:
    """When a sound was known to have beats, in seconds, and its loudness after each hop."""
    hearing, hop = Hearing(rate), rate // 100
    beats, loud, before = [], [], 0
    for begin in range(0, len(sound) - hop, hop):
        hearing.hear(sound[begin : begin + hop])
        loud.append(hearing.loud)
        if hearing.beats > before:
            before = hearing.beats
            beats.append((begin + hop) / rate)
    return np.array(beats), np.array(loud)


def scores(beats: np.ndarray, known: np.ndarray) -> tuple[float, int, float]:
    """The share of the known beats that were heard, the number of false ones, and the longest delay in seconds."""
    delays = [min((beat - at for beat in beats if -0.005 <= beat - at <= 0.06), default=np.nan) for at in known]
    hits = np.isfinite(delays)
    return float(hits.mean()), len(beats) - int(hits.sum()), float(np.nanmax(delays))


@pytest.mark.parametrize(
    ("draw", "least", "most_false"),
    [
        (lambda seed: clicks(SECONDS, seed), 1.0, 0),
        (lambda seed: clicks(SECONDS, seed, noise=0.018), 0.95, 1),
        (lambda seed: clicks(SECONDS, seed, loud=0.02, noise=0.0006), 0.8, 0),
        (lambda seed: tones(SECONDS, seed), 0.9, 1),
        (lambda seed: drums(SECONDS, seed), 0.9, 3),
        (lambda seed: _quiet(drums(SECONDS, seed)), 0.9, 3),
    ],
    ids=["clicks", "noisy clicks", "quiet clicks", "tones", "drums", "quiet drums"],
)
def test_beats_are_heard_soon(draw: Callable[[int], Drawn], least: float, most_false: int) -> None:
    for seed in range(3):
        sound, known = draw(seed)
        rate, false, delay = scores(heard(sound)[0], known)
        assert rate >= least
        assert false <= most_false
        assert delay <= 0.03


def _quiet(drawn: Drawn) -> Drawn:
    sound, known = drawn
    return 0.02 * sound + hiss(SECONDS, np.random.default_rng(9), 0.0004), known


@pytest.mark.parametrize("noise", [0.0, 0.001, 0.03])
def test_noise_has_no_beats(noise: float) -> None:
    beats, _ = heard(hiss(20, np.random.default_rng(0), noise))
    assert len(beats) <= 1  # where it begins


def test_rates_agree() -> None:
    sound, known = clicks(8)
    for rate in (44_100, 48_000):
        times = np.arange(round(8 * rate)) / rate
        beats, _ = heard(np.interp(times, np.arange(len(sound)) / RATE, sound), rate)
        assert scores(beats, known)[0] >= 0.95


def test_pieces_do_not_matter() -> None:
    sound, _ = drums(4)
    whole, pieces = Hearing(RATE), Hearing(RATE)
    whole.hear(sound)
    for piece in np.array_split(sound, 333):
        pieces.hear(piece)
    assert (whole.beats, whole.loud, whole.since) == (pieces.beats, pieces.loud, pieces.since)


def test_loudness_spans_its_own_range() -> None:
    for loudest in (0.5, 0.02):
        time = np.arange(12 * RATE) / RATE
        swell = loudest * (0.02 + 0.98 * (np.sin(np.pi * time / 2) ** 2) ** 2) * np.sin(2 * np.pi * 300 * time)
        _, loud = heard(swell)
        assert loud[500:].max() > 0.9
        assert loud[500:].min() < 0.2


def test_loudness_rises_at_once_and_falls_slowly() -> None:
    sound = np.concatenate([np.zeros(RATE), 0.3 * np.sin(np.arange(RATE) * 0.5), np.zeros(2 * RATE)])
    _, loud = heard(sound)
    assert loud[99] == 0
    assert loud[106] > 0.9
    assert 0.3 < loud[199 + 25] < 0.45
    assert loud[-1] < 0.01


def test_steady_sound_is_news_no_more() -> None:
    _, loud = heard(hiss(25, np.random.default_rng(1), 0.03))
    assert loud[100] > 0.8
    assert loud[-100:].mean() < 0.3


def test_silence_is_silent() -> None:
    beats, loud = heard(hiss(3, np.random.default_rng(1), 0.0005))
    assert len(beats) == 0
    assert loud.max() == 0


def test_whole_numbers_and_channels_become_samples() -> None:
    np.testing.assert_allclose(as_samples(np.array([-32768, 16384], np.int16)), [-1, 0.5])
    np.testing.assert_allclose(as_samples(np.array([0, 128, 192], np.uint8)), [-1, 0, 0.5])
    np.testing.assert_allclose(as_samples(np.array([[0.5, 0.0], [9, 9]])), [0.25, 1])
    assert len(as_samples(np.zeros((5, 0)))) == 0


@pytest.mark.parametrize("sound", [np.array([np.nan]), np.array([np.inf]), np.zeros((1, 1, 1)), np.array(["a"])])
def test_what_is_no_sound_is_refused(sound: np.ndarray) -> None:
    with pytest.raises(InputError, match=r"^A sound (needs|has) "):
        as_samples(sound)


@pytest.mark.parametrize("rate", [0, 7999, 1e9, float("nan")])
def test_rates_out_of_range_are_refused(rate: float) -> None:
    with pytest.raises(InputError, match="samples a second"):
        Hearing(rate)
