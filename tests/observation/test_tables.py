"""The tables that a scene looks up: keyframes, weights and motion of each frame."""

import numpy as np
import pytest

pytest.importorskip("torch")

from alive_cli.observation import tables
from alive_cli.observation.observed import ObservedMotion
from alive_cli.observation.pose_embedding import flat
from alive_cli.observation.tables import APART, PARTNERS, partners
from tests.textures import swaying

COUNT = 36


@pytest.fixture(scope="module")
def observed() -> ObservedMotion:
    """The same motion twice, with another phase of the keyframes."""
    return ObservedMotion.of(swaying(COUNT, 48, 32, period=17))


def test_tables_are_sound(observed: ObservedMotion) -> None:
    own, motion = observed.tables, observed.motion
    room = own.keyframe.shape[1]
    assert own.keyframe.dtype == np.int64
    assert ((own.keyframe >= 0) & (own.keyframe < len(motion.keyframes))).all()
    assert own.weight.shape == (COUNT, room)
    assert own.motion.shape == (COUNT, room, len(motion.modes))
    assert (own.weight >= 0).all()
    np.testing.assert_allclose(own.weight.sum(1), 1, atol=1e-6)
    assert {own.weight.dtype, own.motion.dtype} == {np.dtype(np.float32)}


def test_the_keyframes_around_come_first(observed: ObservedMotion) -> None:
    own, motion = observed.tables, observed.motion
    assert (own.keyframe[:, :2] == motion.places).all()
    assert (own.weight[:, :2] == motion.weights).all()
    assert not own.weight[:, 2:].any()
    np.testing.assert_allclose(own.motion[:, :2], motion.coefficients, atol=1e-6)


def test_partners_bring_other_keyframes(observed: ObservedMotion) -> None:
    more = [len(set(row.tolist())) > 2 for row in observed.tables.keyframe]
    assert np.mean(more) > 0.7


def test_in_a_long_clip_only_some_frames_bring_other_keyframes(
    observed: ObservedMotion, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = observed.tables
    more = whole.keyframe[:, 2:] != whole.keyframe[:, :1]
    monkeypatch.setattr(tables, "MOST_FAR", (int(more.sum()) + 1) // 2)
    fewer = tables.keyframe_tables(observed.clip, observed.motion, observed.embeddings)
    kept = fewer.keyframe[:, 2:] != fewer.keyframe[:, :1]
    assert (kept[::2] == more[::2]).all()
    assert not kept[1::2].any()


def test_empty_places_repeat_the_first(observed: ObservedMotion) -> None:
    own = observed.tables
    for number in range(COUNT):
        seen: set[int] = set()
        for slot, place in enumerate(own.keyframe[number].tolist()):
            if slot > 1 and place in seen:
                assert place == own.keyframe[number, 0]
                np.testing.assert_allclose(own.motion[number, slot], own.motion[number, 0], atol=1e-6)
            seen.add(place)


def test_partners_are_far_in_time_and_near_in_pose(observed: ObservedMotion) -> None:
    chosen = partners(observed.embeddings)
    assert chosen.shape[0] == COUNT
    assert chosen.shape[1] <= PARTNERS
    apart = np.abs(chosen - np.arange(COUNT)[:, None])
    assert (apart[:, 0] >= APART).all()
    assert ((apart >= APART) | (apart == 0)).all()
    plane = flat(observed.embeddings)
    distances = np.linalg.norm(plane[:, None] - plane, axis=-1)
    best = np.take_along_axis(distances, chosen[:, :1], 1)[:, 0]
    assert np.median(best) < 0.3 * np.median(distances)


@pytest.mark.parametrize("count", [2, APART, APART + 1, 60, 300])
def test_partners_in_clips_of_any_length(count: int) -> None:
    """Where a frame has fewer, it takes their place itself."""
    random = np.random.default_rng(count)
    rows = np.concatenate([random.standard_normal((count, 4)) * 0.3, np.ones((count, 1))], 1).astype(np.float32)
    chosen = partners(rows)
    assert ((chosen >= 0) & (chosen < count)).all()
    apart = np.abs(chosen - np.arange(count)[:, None])
    assert ((apart >= APART) | (apart == 0)).all()
    far = np.arange(count)
    assert ((apart[:, 0] > 0) == ((far >= APART) | (far <= count - 1 - APART))).all()


def test_partners_of_equal_frames() -> None:
    chosen = partners(np.repeat(np.array([[0.1, 0.2, 1]], np.float32), 50, 0))
    assert ((chosen >= 0) & (chosen < 50)).all()
    apart = np.abs(chosen - np.arange(50)[:, None])
    assert (apart[:, 0] >= APART).all()
    assert ((apart >= APART) | (apart == 0)).all()
