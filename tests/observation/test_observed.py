"""Cuts, and all that is observed of a clip together."""

import numpy as np
import pytest

pytest.importorskip("torch")

from alive_cli.observation.observed import ObservedMotion, find_stretches
from alive_cli.observation.reduced import ReducedClip
from tests.textures import disc_clip, swaying, texture


def looks_of(frames: np.ndarray) -> np.ndarray:
    return ReducedClip.of(frames).looks


def other_scene(count: int) -> np.ndarray:
    """Another texture, a little different in each frame: uint8 [N, 64, 96, 3]."""
    base = texture(96, 64, seed=5)
    return np.stack([np.roll(base, number // 3, 1) for number in range(count)])


@pytest.mark.parametrize("first", [6, 20])
def test_a_cut_is_between_two_scenes(first: int) -> None:
    frames = np.concatenate([swaying(first), other_scene(30)])
    assert find_stretches(looks_of(frames)) == [(0, first - 1), (first, first + 29)]


def test_two_cuts() -> None:
    frames = np.concatenate([swaying(15), other_scene(15), swaying(15)])
    assert find_stretches(looks_of(frames)) == [(0, 14), (15, 29), (30, 44)]


@pytest.mark.parametrize("frames", [swaying(40), disc_clip(40), np.repeat(texture(96, 64)[None], 40, 0)])
def test_no_cut_in_one_scene(frames: np.ndarray) -> None:
    assert find_stretches(looks_of(frames)) == [(0, 39)]


def test_hasty_motion_is_no_cut() -> None:
    frames = np.concatenate([swaying(20, period=96), swaying(20, period=10)])
    assert find_stretches(looks_of(frames)) == [(0, 39)]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_short_clip_has_none(count: int) -> None:
    assert find_stretches(np.random.default_rng(0).uniform(0, 255, (count, 9))) == [(0, count - 1)]


def test_a_cut_clip_is_observed_soundly() -> None:
    frames = np.concatenate([swaying(14), other_scene(14)])
    observed = ObservedMotion.of(frames)
    own = observed.motion.keyframes[observed.motion.places]
    assert (own[:14] < 14).all()
    assert (own[14:] >= 14).all()
    np.testing.assert_allclose(np.linalg.norm(observed.embeddings, axis=1), 1, atol=1e-6)
    assert len(observed.embeddings) == 28


def test_same_seed_same_bits() -> None:
    first, second = (ObservedMotion.of(swaying(12, 48, 32), seed=2) for _ in range(2))
    assert (first.embeddings == second.embeddings).all()
    assert (first.tables.motion == second.tables.motion).all()
    assert (first.motion.modes == second.motion.modes).all()


@pytest.mark.parametrize("shape", [(2, 1, 1, 3), (2, 64, 96, 3), (3, 5, 40, 3), (9, 20, 20, 3)])
def test_small_and_short_clips(shape: tuple[int, ...]) -> None:
    frames = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    observed = ObservedMotion.of(frames)
    assert np.isfinite(observed.embeddings).all()
    assert np.isfinite(observed.tables.motion).all()


def test_equal_frames() -> None:
    observed = ObservedMotion.of(np.repeat(texture(48, 32)[None], 6, 0))
    assert np.isfinite(observed.embeddings).all()
    assert not observed.tables.motion.any()
