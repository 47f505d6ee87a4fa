"""All motion of a clip: a disc that moves on a path is drawn from a few keyframes."""

import numpy as np
import pytest

pytest.importorskip("torch")

from alive_cli.media.warping import resize
from alive_cli.observation.flow import FlowField
from alive_cli.observation.motion import FarMotion, Motion, find_motion, motion_grid
from alive_cli.observation.reduced import COARSE_SIDE, FINE_SIDE, ReducedClip, within
from alive_cli.observation.registration import Registration
from tests.textures import disc_clip, disc_positions, pulled, swaying

COUNT = 24


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    return disc_clip(COUNT)


@pytest.fixture(scope="module")
def clip(frames: np.ndarray) -> ReducedClip:
    return ReducedClip.of(frames)


@pytest.fixture(scope="module")
def motion(clip: ReducedClip) -> Motion:
    return find_motion(clip, [(0, COUNT - 1)])


def displaced(frames: np.ndarray, keyframe: int, coefficients: np.ndarray, motion: Motion) -> np.ndarray:
    """A keyframe, float32 [H, W, 3], as coefficients [S] displace it."""
    displacement = np.tensordot(coefficients, motion.modes, 1).astype(np.float32)
    return pulled(frames[keyframe], resize(displacement, frames.shape[2:0:-1])).astype(np.float32)


def decibels(drawn: np.ndarray, frame: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / max(0.1, np.square(drawn - frame.astype(float)).mean())))


def test_shapes_and_sums(motion: Motion) -> None:
    modes, count = len(motion.modes), len(motion.keyframes)
    assert motion.modes.shape == (modes, *motion_grid((96, 64))[::-1], 2)
    assert motion.weights.shape == (COUNT, 2)
    assert motion.coefficients.shape == (COUNT, 2, modes)
    assert motion.poses.shape == (COUNT, modes)
    assert motion.keyframe_poses.shape == (count, *motion.modes.shape[1:])
    np.testing.assert_allclose(motion.weights.sum(1), 1, atol=1e-6)
    assert (motion.weights >= 0).all()
    assert 0 <= motion.reference < count
    assert {motion.modes.dtype, motion.weights.dtype, motion.coefficients.dtype, motion.poses.dtype} == {
        np.dtype(np.float32)
    }


def test_modes_are_orthonormal(motion: Motion) -> None:
    flat = motion.modes.reshape(len(motion.modes), -1)
    np.testing.assert_allclose(flat @ flat.T, np.eye(len(flat)), atol=1e-4)


def test_keyframes_draw_every_frame(frames: np.ndarray, motion: Motion) -> None:
    assert len(motion.keyframes) <= COUNT // 2
    figures, unmoved = [], []
    for number in range(COUNT):
        parts = [
            weight * displaced(frames, int(keyframe), own, motion)
            for weight, keyframe, own in zip(
                motion.weights[number],
                motion.keyframes[motion.places[number]],
                motion.coefficients[number],
                strict=True,
            )
        ]
        if number not in motion.keyframes:
            figures.append(decibels(sum(parts), frames[number]))
            ends = frames[motion.keyframes[motion.places[number]]].astype(float)
            unmoved.append(decibels(np.tensordot(motion.weights[number], ends, 1), frames[number]))
    assert np.mean(figures) > 30
    assert np.mean(figures) > np.mean(unmoved) + 5


def test_a_keyframe_is_itself(motion: Motion) -> None:
    for place, number in enumerate(motion.keyframes):
        assert motion.places[number].tolist() == [place, place]
        assert motion.weights[number].tolist() == [1, 0]
        assert not motion.coefficients[number].any()
    assert np.abs(motion.keyframe_poses[motion.reference]).max() < 2e-3


def test_poses_follow_the_disc(motion: Motion) -> None:
    """A linear function of the pose says where the disc is."""
    spread = np.linalg.svd(motion.poses - motion.poses.mean(0))
    pair = (motion.poses - motion.poses.mean(0)) @ spread[2][:2].T
    positions = disc_positions(COUNT)
    fitted = np.concatenate([pair, np.ones((COUNT, 1))], 1)
    rest = positions - fitted @ np.linalg.lstsq(fitted, positions, rcond=None)[0]
    assert np.square(rest).sum() < 0.1 * np.square(positions).sum()


def test_the_way_to_a_far_keyframe(frames: np.ndarray, clip: ReducedClip, motion: Motion) -> None:
    """Motion to any keyframe, not only to those around a frame, brings it near."""
    far = FarMotion(clip, motion)
    moved, unmoved = [], []
    for number in range(0, COUNT, 5):
        for place in range(0, len(motion.keyframes), 3):
            own = far.coefficients([number], place)[0]
            assert own.shape == (len(motion.modes),)
            keyframe = int(motion.keyframes[place])
            moved.append(decibels(displaced(frames, keyframe, own, motion), frames[number]))
            unmoved.append(decibels(frames[keyframe].astype(float), frames[number]))
    assert np.median(moved) > np.median(unmoved) + 4


def test_the_way_leads_through_the_reference(
    frames: np.ndarray, clip: ReducedClip, motion: Motion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing is refined, it is that of the two poses."""
    monkeypatch.setattr(FlowField, "refined", lambda self, here, there, initial: initial)
    monkeypatch.setattr(Registration, "register", lambda self, here, there, initial: (initial, None))
    far = FarMotion(clip, motion)
    largest = np.linalg.norm(motion.poses, axis=1).max()
    for place, number in enumerate(motion.keyframes.tolist()):
        assert np.linalg.norm(far.coefficients([number], place)[0]) < 0.15 * largest
    moved, unmoved = [], []
    for number in range(0, COUNT, 5):
        for place in range(0, len(motion.keyframes), 3):
            keyframe = int(motion.keyframes[place])
            moved.append(
                decibels(displaced(frames, keyframe, far.coefficients([number], place)[0], motion), frames[number])
            )
            unmoved.append(decibels(frames[keyframe].astype(float), frames[number]))
    assert np.median(moved) > np.median(unmoved) + 2


def test_a_still_clip_has_one_mode_of_nothing() -> None:
    motion = find_motion(ReducedClip.of(np.repeat(swaying(1), 9, 0)), [(0, 8)])
    assert motion.modes.shape[0] == 1
    assert not motion.modes.any()
    assert not motion.poses.any()
    assert motion.keyframes.tolist() == [0, 8]
    np.testing.assert_allclose(motion.weights[:8, 0], 1 - np.arange(8) / 8, atol=1e-6)  # by time alone
    np.testing.assert_allclose(motion.weights.sum(1), 1)


@pytest.mark.parametrize("size", [(96, 64), (1920, 1080), (100, 3000), (1, 1), (5000, 3)])
def test_grids_have_the_proportions_of_the_frames(size: tuple[int, int]) -> None:
    columns, rows = motion_grid(size)
    assert max(columns, rows) <= 64
    assert min(columns, rows) >= 1
    assert columns / max(columns, rows) == pytest.approx(size[0] / max(size), abs=1 / 24)


@pytest.mark.parametrize("size", [(96, 64), (1920, 1080), (100, 3000), (1, 1), (5000, 3)])
def test_reduced_sizes(size: tuple[int, int]) -> None:
    for side in (FINE_SIDE, COARSE_SIDE, 0.2):
        width, height = within(*size, side)
        assert 1 <= width <= min(size[0], max(1, side))
        assert 1 <= height <= min(size[1], max(1, side))


def test_reduced_clip(frames: np.ndarray) -> None:
    reports = []
    clip = ReducedClip.of(frames, lambda stage, done, total, *figures: reports.append((done, total)))
    assert clip.fine.size == (96, 64)
    assert clip.fine.frame_size == clip.coarse.frame_size == (96, 64)
    assert clip.looks.shape == (COUNT, 32 * 21 * 3)
    assert reports == [(number + 1, COUNT) for number in range(COUNT)]
    assert 0 <= clip.looks.min() <= clip.looks.max() <= 255
