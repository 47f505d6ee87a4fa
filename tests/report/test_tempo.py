"""Tempo and amplitude of lives whose motion is known."""

from pathlib import Path

import numpy as np
import pytest

from alive_cli import Scene
from alive_cli.report.tempo import PoseReference, evaluate_tempo, pose_reference, reference_of_scene, slow_mean
from tests.textures import hill, pulled, texture

FPS = 30.0
COUNT = 120


def sway(speed: float = 1.0, scale: float = 1.0, drift: float = 0.0) -> np.ndarray:
    """Four seconds in which two parts of a texture sway, at about 1.4 and 2.4 hertz: uint8 [N, H, W, 3].

    Args:
        drift: how far all of it moves meanwhile, in longest sides.
    """
    still = texture(96, 64)
    left, right = (hill(96, 64, (place, 0.5), 0.12)[..., None] for place in (0.3, 0.7))
    pictures = []
    for second in speed * np.arange(round(COUNT / min(speed, 1))) / FPS:
        first, other = scale * 0.03 * np.sin(9.0 * second), scale * 0.02 * np.cos(15.0 * second)
        way = left * (first, 0.4 * first) + right * (0.3 * other, other) + drift * second * FPS / COUNT
        pictures.append(pulled(still, way.astype(np.float32)))
    return np.stack(pictures)


@pytest.fixture(scope="module")
def reference() -> PoseReference:
    made = pose_reference(sway(), FPS)
    assert made is not None
    return made


def test_a_clip_has_its_own_tempo(reference: PoseReference) -> None:
    figures = reference.judge([reference.poses(sway())])
    assert (figures.tempo, figures.amplitude, figures.frames) == (1.0, 1.0, COUNT)
    assert 1.4 < figures.centroid_clip < 2.4


def test_half_speed(reference: PoseReference) -> None:
    figures = reference.judge([reference.poses(sway(speed=0.5))])
    assert figures.tempo == pytest.approx(0.5, abs=0.06)
    assert figures.amplitude == pytest.approx(1, abs=0.12)


def test_smaller_motion(reference: PoseReference) -> None:
    figures = reference.judge([reference.poses(sway(scale=0.3))])
    assert figures.tempo == pytest.approx(1, abs=0.05)
    assert figures.amplitude == pytest.approx(0.3, abs=0.03)


def test_a_slow_drift_is_no_motion(reference: PoseReference) -> None:
    figures = reference.judge([reference.poses(sway(drift=0.02))])
    assert figures.tempo == pytest.approx(1, abs=0.1)
    assert figures.amplitude == pytest.approx(1, abs=0.1)


def test_a_flash_does_not_count(reference: PoseReference) -> None:
    life = sway()
    life[20::15] = 255 - life[20::15]
    figures = reference.judge([reference.poses(life)])
    assert figures.tempo == pytest.approx(1, abs=0.05)
    assert figures.amplitude == pytest.approx(1, abs=0.05)


def test_two_lives_are_one_measure(reference: PoseReference) -> None:
    poses = reference.poses(sway())
    assert reference.judge([poses, poses]).amplitude == 1.0
    assert reference.judge([poses, 0 * poses]).amplitude == pytest.approx(0.5**0.5, abs=1e-3)


def test_clips_that_cannot_tell() -> None:
    clip = sway()
    assert pose_reference(np.repeat(clip[:1], 20, 0), FPS) is None  # nothing moves
    assert pose_reference(clip[:6], FPS) is None  # too short
    cuts = np.where(np.arange(COUNT) % 5 == 4, -1, np.arange(1, COUNT + 1))
    assert pose_reference(clip, FPS, cuts) is None  # no eight frames in a row


def test_cuts_part_a_clip() -> None:
    cut = np.append(np.arange(1, COUNT), -1)
    cut[COUNT // 2 - 1] = -1
    made = pose_reference(sway(), FPS, cut)
    assert made is not None
    assert made.longest == COUNT // 2


def test_slow_mean() -> None:
    poses = np.array([[0.0], [4.0], [8.0], [0.0]])  # the weights are 1, 2 and 1
    assert slow_mean(poses, 3).ravel() == pytest.approx([4 / 3, 4, 5, 8 / 3])


def test_a_scene(bundle: Path, frames: np.ndarray) -> None:
    scene = Scene.open(bundle, device="cpu", net="fine")
    made = reference_of_scene(scene, frames)
    assert made is not None
    reports: list[tuple[int, int]] = []
    figures = evaluate_tempo(
        scene, made, seeds=(3,), frames=40, progress=lambda _, done, all_, *__: reports.append((done, all_))
    )
    assert figures.frames == 40
    assert reports[-1] == (40, 40)
    assert 0 < figures.tempo < 4
    assert 0 < figures.amplitude < 4
