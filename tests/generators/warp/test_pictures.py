"""Reduced pictures, and the still layer."""

import numpy as np
import pytest

pytest.importorskip("torch")

from alive_cli.generators.warp.pictures import COLOUR_SIDE, WORTH, ReducedPictures
from alive_cli.media.alpha import NEUTRAL, Transparency, laid, premultiplied
from bundle_spec.webp import read_still, still_size, unpack_webp
from tests.textures import disc_clip, swaying, texture

KEYFRAMES = np.array([0, 5, 11])


def flashing(share: float, count: int = 8) -> np.ndarray:
    """A texture whose left `share` changes all the time: uint8 [N, 64, 96, 3]."""
    frames = np.repeat(texture(96, 64)[None], count, 0)
    frames[1::2, :, : round(96 * share)] ^= 64
    return frames


def test_keyframes_are_those_of_the_bundle() -> None:
    pictures = ReducedPictures(swaying(12), KEYFRAMES)
    assert len(pictures) == 12
    assert pictures.size == pictures.frame_size == (96, 64)
    assert (pictures.keyframes == swaying(12)[KEYFRAMES]).all()
    assert [still_size(each) for each in pictures.compress()] == [(96, 64)] * 3
    away = pictures.keyframes.astype(int) - swaying(12)[KEYFRAMES]
    assert np.abs(away).mean() < 6


def test_large_frames_are_reduced() -> None:
    frames = np.repeat(texture(640, 200)[None], 2, 0)
    pictures = ReducedPictures(frames, np.array([0, 1]))
    assert pictures.size == (COLOUR_SIDE, round(200 * COLOUR_SIDE / 640))
    assert pictures.keyframes.shape[1:] == pictures.frame(0).shape
    assert still_size(pictures.compress()[1]) == (640, 200)


def test_mixed_without_motion_is_a_cross_fade() -> None:
    pictures = ReducedPictures(swaying(12), KEYFRAMES)
    still, modes = np.zeros((2, 1), np.float32), np.ones((1, 4, 6, 2), np.float32)
    mixed = pictures.mixed(np.array([0, 2]), np.array([0.25, 0.75], np.float32), still, modes)
    np.testing.assert_allclose(mixed, 0.25 * pictures.keyframes[0] + 0.75 * pictures.keyframes[2], atol=1e-3)


def test_motion_is_in_longest_sides() -> None:
    pictures = ReducedPictures(swaying(12), KEYFRAMES)
    modes = np.zeros((1, 4, 6, 2), np.float32)
    modes[..., 0] = 1
    (moved,) = pictures.moved(np.array([1]), np.array([[8 / 96]], np.float32), modes)
    assert (moved[:, :-8] == pictures.keyframes[1][:, 8:]).all()


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_a_still_layer_where_much_never_moves(share: float) -> None:
    frames = flashing(share)
    layer = ReducedPictures(frames, np.array([0, 1])).still_layer()
    assert layer is not None
    mean, mask = layer
    assert (mean.shape, mean.dtype, mask.shape, mask.dtype) == ((64, 96, 3), np.uint8, (64, 96), np.uint8)
    np.testing.assert_allclose(mean, frames.mean(0), atol=0.51)
    assert (mask[:, : round(96 * share)] == 255).all()
    assert not mask[:, -30:].any()


def test_the_part_that_lives_has_no_gaps() -> None:
    """The shares of reduced pixels are sums of areas, which are rounded where the sides are no whole multiples."""
    frames = np.zeros((2, 96, 853, 3), np.uint8)
    living = np.zeros((96, 853), bool)
    living[:, 171:597] = True
    frames[1, living] = 255
    layer = ReducedPictures(frames, np.array([0, 1]), living).still_layer()
    assert layer is not None
    columns = np.flatnonzero(layer[1].min(0))
    assert len(columns) == columns[-1] + 1 - columns[0]
    assert len(columns) / layer[1].shape[1] == pytest.approx(426 / 853, abs=0.02)


def test_no_still_layer_where_most_moves() -> None:
    assert ReducedPictures(flashing(1.0), np.array([0, 1])).still_layer() is None
    assert ReducedPictures(flashing(1 - WORTH), np.array([0, 1])).still_layer() is None


def test_no_still_layer_where_nothing_moves() -> None:
    assert ReducedPictures(flashing(0.0), np.array([0, 1])).still_layer() is None


def test_what_moves_is_never_behind_the_layer() -> None:
    frames = disc_clip(12)
    layer = ReducedPictures(frames, np.array([0, 6])).still_layer()
    assert layer is not None
    changed = np.ptp(frames, 0).max(-1) > 15
    assert (layer[1][changed] > 200).all()


def half_clear() -> tuple[np.ndarray, np.ndarray]:
    """Frames whose left half changes and whose right half is clear, over the neutral grey, and their alpha."""
    frames = flashing(0.4)
    alpha = np.full(frames.shape[:3], 255, np.uint8)
    alpha[:, :, 48:] = 0
    alpha[:, :, 44:48] = [200, 150, 100, 50]
    return np.stack([laid(premultiplied(np.dstack(each))) for each in zip(frames, alpha, strict=True)]), alpha


def test_transparent_keyframes_keep_their_alpha() -> None:
    frames, alpha = half_clear()
    pictures = ReducedPictures(frames, np.array([0, 1]), transparency=Transparency(alpha))
    files = pictures.compress()
    for file, number in zip(files, (0, 1), strict=True):
        assert read_still(file).alpha
        assert (unpack_webp(file, (96, 64), alpha=True)[..., 3] == alpha[number]).all()
    assert np.abs(pictures.keyframes.astype(int) - frames[:2]).mean() < 8  # textures lose their colours
    assert np.abs(pictures.keyframes[:, :, 50:].astype(int) - NEUTRAL).max() <= 1


def test_what_is_clear_and_still_is_a_clear_layer() -> None:
    frames, alpha = half_clear()
    layer = ReducedPictures(frames, np.array([0, 1]), transparency=Transparency(alpha)).still_layer()
    assert layer is not None
    background, mask = layer
    assert background.shape == (64, 96, 4)
    assert not background[:, 48:, 3].any()
    assert not mask[:, -20:].any()


def test_alpha_alone_is_motion_too() -> None:
    frames = np.full((8, 64, 96, 3), NEUTRAL, np.uint8)
    alpha = np.full((8, 64, 96), 255, np.uint8)
    alpha[1::2, :, :30] = 40
    layer = ReducedPictures(frames, np.array([0, 1]), transparency=Transparency(alpha)).still_layer()
    assert layer is not None
    assert (layer[1][:, :20] == 255).all()


def test_a_clear_outside_is_a_layer_of_its_own() -> None:
    share = np.zeros((64, 96), np.uint8)
    share[10:50, 20:80] = 255
    pictures = ReducedPictures(flashing(1.0), np.array([0, 1]), transparency=Transparency(None, share))
    layer = pictures.still_layer()
    assert layer is not None
    assert not layer[0].any()
    assert (layer[1] == share).all()
    assert not any(read_still(file).alpha for file in pictures.compress())
