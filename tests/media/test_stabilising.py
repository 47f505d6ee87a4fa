"""A clip from a hand-held camera is laid on one of its frames, and any other clip stays as it is."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from alive_cli.errors import InputError
from alive_cli.media.encode import write_sequence
from alive_cli.media.sampling import ClipFrames, read_frames
from alive_cli.media.stabilising import (
    STABILISED,
    TooFar,
    Unclear,
    look_for_shake,
    plan_as_kept,
    plan_for,
    read_laid,
    stabilise,
)
from alive_cli.observation.clip import ObservedClip, SamplingRequest, read_clip
from alive_cli.progress import Listener
from tests.shaken import Shaken, shaken

SMALL: dict[str, Any] = {"count": 24, "width": 160, "height": 120}
"""Clips of this size are drawn in half a second."""


@pytest.fixture(scope="module")
def hand_held() -> Shaken:
    return shaken(**SMALL, reach=2.0)


@pytest.fixture(scope="module")
def pictures(hand_held: Shaken, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shaken")
    write_sequence(folder / "frame_%02d.png", hand_held.frames)
    return folder


@pytest.mark.parametrize(
    "clip",
    [
        {"reach": 2.0, "noise": 3.0},
        {"reach": 4.0, "turn": 1.0, "subject": 0.4},
        {"reach": 2.0, "subject": 0.45},
        {"reach": 2.0, "subject": 0.0, "pan": 0.1},
    ],
)
def test_the_camera_stands_though_a_large_subject_moves(clip: dict[str, float]) -> None:
    drawn = shaken(**SMALL, **clip)
    steadiness = look_for_shake(drawn.frames)
    assert steadiness.shakes
    plan = plan_for(drawn.frames, steadiness)
    left = drawn.left(plan.path, plan.laid, plan.size)
    assert np.sqrt(np.square(left).mean()) < 0.2
    assert np.quantile(left, 0.95) < 0.3
    assert abs(plan.size[0] / plan.size[1] - 4 / 3) < 0.02


def test_pictures_are_laid_in_the_same_memory(hand_held: Shaken) -> None:
    frames = hand_held.frames.copy()
    plan = plan_for(frames, look_for_shake(frames))
    laid = stabilise(frames, plan)
    assert np.shares_memory(laid, frames)
    (width, height), corner = plan.size, plan.laid
    part = np.s_[corner.top : corner.top + height, corner.left : corner.left + width]
    assert np.array_equal(laid[corner.reference], hand_held.frames[corner.reference][part])
    ends = np.s_[:, : height // 4, : width // 4]  # the subject is never there
    before = hand_held.frames[:, part[0], part[1]][ends]
    assert laid[ends].astype(float).std(0).mean() < before.astype(float).std(0).mean() / 4


@pytest.mark.parametrize("clip", [{"reach": 0.0, "turn": 0.0}, {"reach": 0.2, "turn": 0.0}, {"plain": True}])
def test_a_clip_whose_camera_does_not_clearly_shake_stays_as_it_is(clip: dict[str, Any], tmp_path: Path) -> None:
    drawn = shaken(**SMALL, **clip)
    write_sequence(tmp_path / "frame_%02d.png", drawn.frames)
    said: list[str] = []
    read = read_clip(tmp_path, SamplingRequest(fps=10), Listener(say=said.append, warn=said.append))
    assert np.array_equal(read.frames.fitted, drawn.frames)
    assert read.stabilised is None
    assert len(said) == 1


def test_off_leaves_a_clip_as_it_is(hand_held: Shaken, pictures: Path) -> None:
    read = read_clip(pictures, SamplingRequest(fps=10, stabilise="off"), Listener())
    assert np.array_equal(read.frames.fitted, hand_held.frames)


def manifest_of(clip: ObservedClip) -> Any:
    return SimpleNamespace(source=clip.source, recipe=SimpleNamespace(settings={STABILISED: clip.stabilised}))


def test_frames_are_read_again_as_they_were_stabilised(pictures: Path) -> None:
    said: list[str] = []
    clip = read_clip(pictures, SamplingRequest(fps=10), Listener(say=said.append))
    (sentence,) = [each for each in said if "shakes" in each]
    width, height = clip.source.width, clip.source.height
    assert f"leaves {width}×{height} of 160×120 pixels; --stabilise off leaves all." in sentence
    assert clip.frames.fitted.shape[1:3] == (height, width)
    again = [read_frames(manifest_of(clip), pictures, pytest.fail)]
    again.append(read_clip(pictures, SamplingRequest(), Listener(), earlier=manifest_of(clip)).frames)
    assert all(np.array_equal(each.fitted, clip.frames.fitted) for each in again)


def test_every_other_frame_is_withheld_after_stabilising(pictures: Path) -> None:
    whole = read_clip(pictures, SamplingRequest(fps=10), Listener()).frames.fitted
    half = read_clip(pictures, SamplingRequest(fps=10, holdout=True), Listener())
    both = ClipFrames.of(whole, 2)
    assert np.array_equal(half.frames.fitted, both.fitted)
    assert np.array_equal(read_frames(manifest_of(half), pictures, pytest.fail).withheld, both.withheld)


def test_the_part_that_lives_is_of_the_stabilised_picture(pictures: Path) -> None:
    clip = read_clip(pictures, SamplingRequest(fps=10, region="0.25,0,0.5,1"), Listener())
    width = clip.source.width
    assert clip.living is not None
    columns = np.flatnonzero(clip.living.any(0))
    assert (columns[0], columns[-1] + 1) == (round(0.25 * width), round(0.75 * width))


def test_a_flat_clip_can_not_be_stabilised(tmp_path: Path) -> None:
    frames = np.repeat(np.arange(0, 96, 8, np.uint8), 48 * 64 * 3).reshape(12, 48, 64, 3)
    with pytest.raises(Unclear):
        look_for_shake(frames)
    write_sequence(tmp_path / "frame_%02d.png", frames)
    with pytest.raises(InputError, match=r"can't be stabilised, because .*; leave out --stabilise on\."):
        read_clip(tmp_path, SamplingRequest(fps=10, stabilise="on"), Listener())


def test_a_camera_that_moves_too_far_is_left_to_move(tmp_path: Path) -> None:
    drawn = shaken(**SMALL, subject=0.0, pan=0.35)
    with pytest.raises(TooFar):
        plan_for(drawn.frames, look_for_shake(drawn.frames))
    write_sequence(tmp_path / "frame_%02d.png", drawn.frames)
    for choice, words in (("on", ["moves too far"]), (None, [])):
        warned: list[str] = []
        read = read_clip(tmp_path, SamplingRequest(fps=10, stabilise=choice), Listener(warn=warned.append))
        assert np.array_equal(read.frames.fitted, drawn.frames)
        assert len(warned) == len(words)
        assert all(word in warned[0] for word in words)


@pytest.mark.parametrize(
    "kept",
    [
        7,
        True,
        "",
        "on",
        "frame 3, 5,4 of 64x48",
        "frame 3, -1,0 of 160x120",
        "frame 3, 80,0 of 160x120",
        "frame 3, 0,0 of 99999x99999",
        "frame 3, 0,0 of 160x120\n",
        "frame 9999999, 0,0 of 160x120",
        "frame ٣, 0,0 of 160x120",
    ],
)
def test_a_damaged_bundle_does_not_say_how(kept: object) -> None:
    with pytest.raises(InputError, match="doesn't say how its clip was stabilised"):
        read_laid(kept, (100, 75))


def test_another_clip_can_not_be_stabilised_alike(hand_held: Shaken) -> None:
    for frames, kept in (
        (hand_held.frames[:8], "frame 9, 0,0 of 160x120"),
        (0 * hand_held.frames, "frame 3, 0,0 of 160x120"),
    ):
        with pytest.raises(InputError, match="give the clip that it was made from"):
            plan_as_kept(frames, kept, (100, 75))
