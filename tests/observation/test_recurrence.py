"""What comes back shares keyframes; what is new has its own."""

import numpy as np
import pytest

pytest.importorskip("torch")

from alive_cli.observation.motion import find_motion
from alive_cli.observation.recurrence import BLOCK, LEAST_BLOCKS, earlier_frames, stretches_of
from alive_cli.observation.reduced import ReducedClip
from tests.textures import swaying

ONCE = 72
"""Frames after which a clip repeats itself."""


def clip_of(frames: np.ndarray) -> ReducedClip:
    return ReducedClip.of(frames)


def once() -> np.ndarray:
    """A clip that never shows the same twice."""
    frames = swaying(ONCE, 64, 48, reach=0.1, period=4 * ONCE)
    light = np.linspace(0.6, 1, ONCE)[:, None, None, None]
    return np.asarray((frames * light).round(), np.uint8)


def noisy(frames: np.ndarray) -> np.ndarray:
    random = np.random.default_rng(0)
    noise = random.integers(-1, 2, frames.shape)
    return np.clip(frames.astype(int) + noise, 0, 255).astype(np.uint8)


def test_a_clip_that_never_comes_back_is_new() -> None:
    clip = clip_of(once())
    assert (earlier_frames(clip, [(0, ONCE - 1)]) == np.arange(ONCE)).all()


@pytest.mark.parametrize("backwards", [False, True])
def test_what_comes_back_shares_keyframes(backwards: bool) -> None:
    frames = once()
    again = noisy(frames[::-1] if backwards else frames)
    earlier = earlier_frames(clip_of(np.concatenate([frames, again])), [(0, 2 * ONCE - 1)])
    assert (earlier[:ONCE] == np.arange(ONCE)).all()
    expected = np.arange(ONCE)[:: -1 if backwards else 1]
    assert np.abs(earlier[ONCE:] - expected).max() <= 2


def test_what_comes_back_shortly_stays_new() -> None:
    """Its ends would need more keyframes than it spares."""
    frames, short = once(), (LEAST_BLOCKS - 1) * BLOCK
    clip = clip_of(np.concatenate([frames, frames[:short]]))
    assert (earlier_frames(clip, [(0, ONCE + short - 1)]) == np.arange(ONCE + short)).all()


def test_keyframes_grow_with_what_is_new() -> None:
    frames = once()
    clips = [clip_of(np.concatenate([frames] * times)) for times in (1, 4)]
    short, long = (find_motion(clip, [(0, len(clip.looks) - 1)]) for clip in clips)
    assert len(long.keyframes) == len(short.keyframes)
    assert (long.keyframes < ONCE).all()
    np.testing.assert_allclose(long.weights.sum(1), 1, atol=1e-6)
    apart = long.keyframes[long.places] - long.earlier[:, None]
    assert (np.abs(apart) < ONCE // 2).all()
    same = long.places[:, 0] == long.places[:, 1]
    assert (long.coefficients[same, 0] == long.coefficients[same, 1]).all()


def test_stretches_end_at_cuts_and_at_other_frames() -> None:
    chosen = np.array([1, 1, 0, 1, 1, 1, 0, 0, 1, 0], bool)
    assert stretches_of(chosen, [(0, 3), (4, 9)]) == [(0, 1), (3, 3), (4, 5), (8, 8)]
    assert stretches_of(np.zeros(4, bool), [(0, 3)]) == []
