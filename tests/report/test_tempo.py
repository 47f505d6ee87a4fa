"""Tempo and amplitude of lives whose motion is known."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from alive_cli import Scene
from alive_cli.media.decode import Sampling, decode
from alive_cli.media.probe import probe
from alive_cli.report.tempo import PoseReference, evaluate_tempo, pose_reference, reference_of_scene, slow_mean
from tests.conftest import REAL_CLIPS
from tests.textures import hill, pulled, texture

FPS = 30.0
COUNT = 120
EDGE = cv2.BORDER_REPLICATE
CAT = REAL_CLIPS / "cat.mp4"


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


def test_a_real_frame_moved_by_its_own_clip() -> None:
    """The reference frame, displaced by its own flow to each frame and by 0.3 of it."""
    if not CAT.is_file():
        pytest.skip(f"{CAT.name} is not at hand")
    clip = decode(probe(CAT), Sampling(110, 144, 20.0, 0.0, 4.35, 87, lowered=False)).frames
    made = pose_reference(clip, 20.0)
    assert made is not None
    still = clip[next(n for n, each in enumerate(clip) if (cv2.cvtColor(each, cv2.COLOR_RGB2GRAY) == made.grey).all())]
    whole, part = (made.judge([made.poses(moved_along(still, clip, share))]) for share in (1.0, 0.3))
    assert whole.tempo == pytest.approx(1, abs=0.1)
    assert whole.amplitude == pytest.approx(1, abs=0.1)
    assert part.tempo / whole.tempo == pytest.approx(1, abs=0.1)
    assert part.amplitude / whole.amplitude == pytest.approx(0.3, abs=0.03)


def moved_along(still: np.ndarray, clip: np.ndarray, share: float) -> np.ndarray:
    """A frame displaced by a share of its smoothed flow to each frame of its clip: uint8 [N, H, W, 3]."""
    height, width = still.shape[:2]
    here = np.dstack(np.meshgrid(np.arange(width), np.arange(height))).astype(np.float32)
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    grey = cv2.cvtColor(still, cv2.COLOR_RGB2GRAY)
    pictures = []
    for frame in clip:
        flow = search.calc(grey, cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), None)  # type: ignore[call-overload]
        flow, places = cv2.GaussianBlur(flow, (0, 0), 2), here
        for _ in range(8):  # where the content of each pixel comes from: the inverse, by fixed point
            places = here - share * cv2.remap(
                flow, *cv2.split(places), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
        pictures.append(cv2.remap(still, *cv2.split(places), cv2.INTER_LINEAR, borderMode=EDGE))
    return np.stack(pictures)


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
