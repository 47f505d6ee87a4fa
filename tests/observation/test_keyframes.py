"""Keyframes: which frames they are, and which of them each frame has."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from alive_cli.observation.flow import FlowField
from alive_cli.observation.keyframes import FEW, LONGEST_GAP, MOST, SHARE, around, choose_keyframes, unexplained
from tests.textures import swaying, texture


def field_of(frames: np.ndarray) -> FlowField:
    greys = np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames])
    return FlowField(greys, (frames.shape[2], frames.shape[1]))


def noise(count: int) -> FlowField:
    """Frames that no motion explains."""
    return field_of(np.random.default_rng(0).integers(0, 256, (count, 16, 20, 3), np.uint8))


@pytest.mark.parametrize("stretches", [[(0, 59)], [(0, 20), (21, 21), (22, 59)], [(0, 0), (1, 2), (3, 59)]])
def test_sound_whatever_the_cuts(stretches: list[tuple[int, int]]) -> None:
    keyframes = choose_keyframes(noise(60), stretches)
    assert keyframes.dtype == np.int64
    assert (np.diff(keyframes) > 0).all()
    assert {frame for stretch in stretches for frame in stretch} <= set(keyframes.tolist())
    places = around(keyframes, stretches, 60)
    for first, last in stretches:
        own = keyframes[places[first : last + 1]]
        assert (own >= first).all()
        assert (own <= last).all()


@pytest.mark.parametrize("count", [2, 3, 30, 100, 300])
def test_at_most_the_share(count: int) -> None:
    keyframes = choose_keyframes(noise(count), [(0, count - 1)])
    assert len(keyframes) <= max(2, SHARE * count, min(FEW, count / 2))
    assert np.diff(keyframes).max() <= LONGEST_GAP


def test_a_still_clip_has_few_but_bounded_gaps() -> None:
    frames = np.repeat(texture(20, 16)[None], 100, 0)
    keyframes = choose_keyframes(field_of(frames), [(0, 99)])
    assert len(keyframes) == 1 + -(-99 // LONGEST_GAP)
    assert np.diff(keyframes).max() <= LONGEST_GAP


def test_a_very_long_clip_has_at_most_so_many() -> None:
    count = 40 * MOST
    field = FlowField(np.zeros((count, 2, 3), np.uint8), (3, 2))
    keyframes = choose_keyframes(field, [(0, count - 1)])
    assert len(keyframes) <= MOST
    assert (keyframes[0], keyframes[-1]) == (0, count - 1)


def test_what_motion_explains_needs_none() -> None:
    """A gap is divided where something appears, not where something moves."""
    frames = swaying(24, period=96)
    plain = choose_keyframes(field_of(frames), [(0, 23)])
    flashing = frames.copy()
    flashing[10:13, 20:50, 30:70] = 255 - flashing[10:13, 20:50, 30:70]
    divided = choose_keyframes(field_of(flashing), [(0, 23)])
    assert len(plain) < len(divided)
    assert set(range(8, 15)) & set(divided.tolist())


def test_unexplained_is_less_for_motion() -> None:
    frames = swaying(9, period=96)
    moving = unexplained(field_of(frames), 0, 8)
    assert moving < 0.4 * unexplained(noise(9), 0, 8)
    still = unexplained(field_of(np.repeat(frames[:1], 9, 0)), 0, 8)
    assert still < 0.5


def test_around_says_both_sides() -> None:
    keyframes = np.array([0, 4, 5, 6, 9])
    places = around(keyframes, [(0, 4), (5, 9)], 10)
    assert (places.shape, places.dtype) == ((10, 2), np.int64)
    for frame, (before, after) in enumerate(keyframes[places]):
        assert before <= frame <= after
        assert (before == after) == (frame in keyframes)
    assert places[3].tolist() == [0, 1]
    assert places[7].tolist() == [3, 4]


def test_same_clip_same_keyframes() -> None:
    field = noise(50)
    assert (choose_keyframes(field, [(0, 49)]) == choose_keyframes(field, [(0, 49)])).all()
    for before, after in pairwise(choose_keyframes(field, [(0, 49)])):
        assert after - before >= 1
