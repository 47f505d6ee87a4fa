"""Motion-compensated in-betweens: motion is followed, cuts are left alone."""

import numpy as np
import pytest

pytest.importorskip("cv2")

from alive_cli.observation.inbetween import morphed, motion_compensated


def sliding(count: int, step: float, side: int = 64) -> np.ndarray:
    """A textured square that slides to the right by `step` pixels a frame, uint8 [N, side, side, 3]."""
    rows, columns = np.mgrid[:side, :side]
    frames = []
    for number in range(count):
        x = columns - 12 - step * number
        square = (x > 0) & (x < 28) & (rows > 18) & (rows < 46)
        shade = 150 + 60 * np.sin(x / 3) * np.cos(rows / 4)
        frames.append(np.where(square, shade, 40))
    return np.repeat(np.stack(frames).astype(np.uint8)[..., None], 3, -1)


def room_for(count: int, frames: np.ndarray) -> np.ndarray:
    return np.zeros((count, *frames.shape[1:]), np.uint8)


def test_motion_is_followed() -> None:
    frames = sliding(9, 1.5)
    counts = []
    drawn = room_for(4, frames)
    before = motion_compensated(frames[::2], drawn, counts.append)
    assert before.tolist() == [0, 1, 2, 3]
    assert counts == [1, 2, 3, 4]
    error = np.abs(drawn.astype(int) - frames[1::2]).mean()
    faded = np.abs((frames[:-2:2].astype(int) + frames[2::2]) // 2 - frames[1::2]).mean()
    assert error < 0.7 * faded


def test_a_cut_has_no_in_between() -> None:
    random = np.random.default_rng(0)
    other = np.repeat(random.integers(0, 255, (3, 64, 64, 1), np.uint8), 3, -1)
    frames = np.concatenate([sliding(3, 2), other[:1].repeat(3, 0)])
    before = motion_compensated(frames, room_for(5, frames))
    assert 2 not in before


def test_limit_and_tiny_pictures() -> None:
    frames = sliding(12, 1)
    before = motion_compensated(frames, room_for(4, frames))
    assert before.tolist() == [0, 3, 7, 10]
    frames = sliding(4, 1, side=16)
    assert len(motion_compensated(frames, room_for(3, frames))) == 0


def test_the_ends_of_a_jump_are_morphed() -> None:
    frames = sliding(12, 1.5)
    pairs = np.array([[[0, 4], [0, 4], [0, 4]], [[2, 6], [2, 6], [2, 6]]])
    shares = np.array([[0.25, 0.5, 0.75], [0.25, 0.5, 0.75]])
    counts = []
    pictures = room_for(6, frames)
    drawn = morphed(frames, pairs, shares, pictures, counts.append)
    assert drawn.tolist() == [0, 1]
    assert counts == [1, 2]
    truth = frames[[1, 2, 3]].astype(int)
    faded = np.stack([(1 - s) * frames[0] + s * frames[4] for s in shares[0]])
    assert np.abs(pictures[:3] - truth).mean() < 0.6 * np.abs(faded - truth).mean()


def test_jumps_that_cant_be_morphed_are_left_out() -> None:
    random = np.random.default_rng(0)
    noise = np.repeat(random.integers(0, 255, (2, 64, 64, 1), np.uint8), 3, -1)
    frames = np.concatenate([sliding(4, 1.5), noise])
    pairs, shares = np.array([[[0, 4]], [[0, 3]]]), np.full((2, 1), 0.5)
    pictures = room_for(2, frames)
    drawn = morphed(frames, pairs, shares, pictures)
    assert drawn.tolist() == [1]
    assert pictures[0].any()
    assert not pictures[1].any()
    small = sliding(4, 1, side=16)
    assert len(morphed(small, pairs[1:], shares[1:], room_for(1, small))) == 0
