"""The film of a training: large pictures are shrunk, and its shots survive an interruption."""

import numpy as np
import torch

from alive_cli.report.comparison import progression
from alive_cli.training.film import MOST_SIDE, Film


def picture(width: int, height: int, value: float) -> torch.Tensor:
    return torch.full((height * width, 3), value)


def test_shots_have_at_most_so_many_pixels_a_side() -> None:
    film = Film()
    film.shoot(1, [picture(960, 540, 0.2), picture(960, 540, 1.4)], (960, 540))
    assert film.shots[0].shape == (2, 270, MOST_SIDE, 3)
    assert [int(np.ptp(shot)) for shot in film.shots[0]] == [0, 0]
    assert film.shots[0][:, 0, 0, 0].tolist() == [51, 255]
    board = next(progression(np.zeros((2, 540, 960, 3), np.uint8), film.steps, film.shots))
    assert board.shape[1] < 2.1 * MOST_SIDE


def test_small_pictures_stay_as_they_are() -> None:
    film = Film()
    rows = torch.linspace(0, 1, 32 * 48 * 3).reshape(-1, 3)
    film.shoot(1, [rows], (48, 32))
    np.testing.assert_array_equal(film.shots[0][0], rows.mul(255).round().byte().reshape(32, 48, 3).numpy())
