"""Transparent pictures: over a colour, premultiplied and straight."""

import numpy as np
import pytest

from alive_cli.errors import InputError
from alive_cli.media.alpha import laid, lifted, over, premultiplied, read_colour, smoothed, straight

RED = (200, 10, 0)


def clear(seed: int = 0) -> np.ndarray:
    """Any colours with any alpha, uint8 [24, 32, 4]."""
    return np.random.default_rng(seed).integers(0, 256, (24, 32, 4), np.uint8)


def test_premultiplied_colours_are_never_above_alpha() -> None:
    picture = premultiplied(clear())
    assert (picture[..., :3] <= picture[..., 3:]).all()
    assert (picture[..., 3] == clear()[..., 3]).all()


def test_what_was_premultiplied_is_so_again() -> None:
    picture = premultiplied(clear())
    assert (premultiplied(straight(picture)) == picture).all()


def test_both_lie_over_a_colour_alike() -> None:
    exact = clear()[..., :3] * (clear()[..., 3:] / 255) + np.array(RED) * (1 - clear()[..., 3:] / 255)
    assert np.abs(over(clear(), RED) - exact).max() <= 0.5001
    assert np.abs(laid(premultiplied(clear()), RED) - exact).max() <= 1.01


def test_an_opaque_picture_stays_as_it_is() -> None:
    picture = clear()[..., :3]
    assert over(picture, RED) is picture


def test_a_picture_is_lifted_from_its_colour() -> None:
    picture = premultiplied(clear())
    picked = lifted(laid(picture, RED), picture[..., 3], RED)
    assert np.abs(picked.astype(int) - picture).max() <= 1


def test_smoothing_keeps_what_is_seen() -> None:
    solid = clear()
    solid[..., 3] = np.where(solid[..., 3] > 127, 255, 0)
    smooth = smoothed(premultiplied(solid))
    assert (smooth[solid[..., 3] == 255] == solid[solid[..., 3] == 255]).all()
    assert (smooth[..., 3] == solid[..., 3]).all()


@pytest.mark.parametrize("text", ["red", "#12345", "#1234567", "123456", "", "#12345g"])
def test_what_is_no_colour(text: str) -> None:
    with pytest.raises(InputError, match="no colour"):
        read_colour(text)


def test_a_colour() -> None:
    assert read_colour(" #C8000a ") == (200, 0, 10)
