"""How strongly a picture is a double exposure."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from alive_cli.generators.warp.ghosting import Ghosting  # noqa: E402
from tests.textures import texture  # noqa: E402

WIDTH, HEIGHT, SHIFT = 96, 64, 0.125
ONE = torch.zeros(1, 4)


def ghosting(
    keyframes: np.ndarray, weights: list[float], motions: list[float], shift: float = 0.0, modes: int = 1
) -> Ghosting:
    """Judges a picture that mixes all keyframes; a motion of 1 moves to the right by SHIFT longest sides."""
    mode = np.zeros((modes, 8, 12, 2), np.float32)
    mode[:, :, :, 0] = SHIFT
    places = torch.arange(len(keyframes))[None]

    def look_up(embeddings: torch.Tensor) -> tuple:
        own = [torch.tensor([weights]), torch.tensor([motions])[..., None], torch.tensor([[shift]])]
        return tuple(each.expand(len(embeddings), *each.shape[1:]) for each in [places, *own])

    return Ghosting(keyframes, (WIDTH, HEIGHT), mode, look_up)


def shifted() -> np.ndarray:
    """Two keyframes; the second shows everything 12 pixels farther right: uint8 [2, H, W, 3]."""
    whole = texture(WIDTH + 40, HEIGHT)
    return np.stack([whole[:, 20:-20], whole[:, 8:-32]])


def test_equal_keyframes_are_none() -> None:
    keyframes = np.stack([texture(WIDTH, HEIGHT)] * 2)
    assert ghosting(keyframes, [0.5, 0.5], [0.0, 0.0])(ONE).item() == pytest.approx(0, abs=1e-3)
    assert ghosting(keyframes, [0.5, 0.5], [0.3, 0.3], shift=0.2)(ONE).item() == pytest.approx(0, abs=1e-3)


def test_one_keyframe_is_none() -> None:
    keyframes = np.stack([texture(WIDTH, HEIGHT), texture(WIDTH, HEIGHT, seed=1)])
    assert ghosting(keyframes, [1.0, 0.0], [0.0, 0.0])(ONE).item() == pytest.approx(0, abs=1e-3)


def test_a_double_exposure_is_much() -> None:
    keyframes = shifted()
    apart = ghosting(keyframes, [0.5, 0.5], [0.0, 0.0])(ONE).item()
    assert apart > 0.1
    less = ghosting(keyframes, [0.9, 0.1], [0.0, 0.0])(ONE).item()
    assert 0 < less < apart


def test_the_motion_that_aligns_them_helps() -> None:
    keyframes = np.full((2, HEIGHT, WIDTH, 3), 128, np.uint8)
    for keyframe, left in zip(keyframes, (20, 20 + round(SHIFT * WIDTH)), strict=True):
        keyframe[:, left : left + 40] = texture(40, HEIGHT)
    wrong = ghosting(keyframes, [0.5, 0.5], [0.0, 0.0])(ONE).item()
    assert ghosting(keyframes, [0.5, 0.5], [0.0, 1.0])(ONE).item() < 0.01 < 0.1 < wrong


def test_the_shift_moves_all_alike() -> None:
    flat = np.full((2, HEIGHT, WIDTH, 3), 90, np.uint8)
    assert ghosting(flat, [0.5, 0.5], [0.0, 5.0], shift=-3.0)(ONE).item() == pytest.approx(0, abs=1e-6)


def test_a_batch() -> None:
    judged = ghosting(shifted(), [0.5, 0.5], [0.0, 0.0])(torch.zeros(5, 4))
    assert judged.shape == (5,)
    assert (judged == judged[0]).all()
    assert 0 <= judged.min() <= judged.max() <= 1
