"""Keying: a screen becomes transparent, with soft edges and without its light."""

import cv2
import numpy as np
import pytest

from alive_cli.errors import InputError
from alive_cli.media.alpha import NEUTRAL
from alive_cli.media.key import key_out, read_key

GREEN, BLUE, MAGENTA = (69, 154, 105), (40, 60, 170), (190, 40, 180)
SKIN = (190, 150, 130)


def filmed(screen: tuple[int, int, int], subject: tuple[int, int, int] = SKIN) -> tuple[np.ndarray, np.ndarray]:
    """Frames, uint8 [3, 96, 128, 3], of a soft disc that moves before a screen lit unevenly, and its alpha, 0…1."""
    rows, columns = np.mgrid[:96, :128]
    light = (0.9 + 0.2 * columns / 128)[..., None]
    frames, alphas = [], []
    for number in range(3):
        alpha = np.clip((30 - np.hypot(columns - 50 - 8 * number, rows - 48)) / 3 + 0.5, 0, 1)
        noise = np.random.default_rng(number).normal(0, 1, (96, 128, 3))
        picture = alpha[..., None] * subject + (1 - alpha[..., None]) * light * screen + noise
        frames.append(np.clip(picture.round(), 0, 255).astype(np.uint8))
        alphas.append(alpha)
    return np.stack(frames), np.stack(alphas)


@pytest.mark.parametrize(
    ("screen", "key"), [(GREEN, "green"), (GREEN, "#459a69"), (BLUE, "blue"), (MAGENTA, "#be28b4")]
)
def test_a_screen_is_keyed_out(screen: tuple[int, int, int], key: str) -> None:
    frames, expected = filmed(screen)
    alpha = key_out(frames, read_key(key), "clip")
    assert (alpha[expected == 0] == 0).mean() > 0.99
    assert (alpha[expected == 1] == 255).mean() > 0.99
    soft = (alpha > 0) & (alpha < 255)
    assert 0.005 < soft.mean() < 0.1
    assert np.abs(frames[alpha == 0].astype(int) - NEUTRAL).max() <= 1
    inside = cv2.erode((expected[1] == 1).astype(np.uint8), np.ones((9, 9))) > 0
    assert np.abs(frames[1][inside].astype(int) - SKIN).mean() < 4


def test_its_light_leaves_the_edge() -> None:
    frames, _ = filmed(GREEN, (120, 120, 120))
    key_out(frames, "green", "clip")
    assert (frames[..., 1].astype(int) - frames.max(-1)).max() <= 1
    assert (frames[..., 1].astype(int) - frames[..., [0, 2]].max(-1)).max() <= 2


@pytest.mark.parametrize("key", ["green", "blue", "#c8a000"])
def test_a_colour_that_is_not_there(key: str) -> None:
    frames = np.full((3, 32, 32, 3), 90, np.uint8)
    with pytest.raises(InputError, match=f"Less than 1% of clip has the colour {key}"):
        key_out(frames, key, "clip")


def test_nothing_but_screen() -> None:
    frames = np.tile(np.array(GREEN, np.uint8), (3, 32, 32, 1))
    with pytest.raises(InputError, match="nothing would be left"):
        key_out(frames, "green", "clip")


@pytest.mark.parametrize(("text", "words"), [("grass", "no key"), ("#808a80", "too grey"), ("#0f0", "no key")])
def test_what_is_no_key(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_key(text)


@pytest.mark.parametrize(("key", "words"), [("\x1b[31m", "no key"), ("#808080", "too grey")])
def test_a_strangers_key(key: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        key_out(np.zeros((2, 16, 16, 3), np.uint8), key, "clip")
