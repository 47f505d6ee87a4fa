"""The example clip: deterministic, lively, never exactly periodic."""

import numpy as np
import pytest

from alive_cli.commands.demo import _example

SCALE = 0.125
"""Pictures of 160×90 are drawn, because the whole ones take seconds."""


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    example = _example()
    first = np.stack(list(example.frames(SCALE)))
    np.testing.assert_array_equal(first[37], example.draw(example.pose(37 / 20), example.paint(SCALE)))
    return first


def test_ten_seconds(pictures: np.ndarray) -> None:
    assert pictures.shape == (200, 90, 160, 3)


def test_never_repeats(pictures: np.ndarray) -> None:
    assert len({picture.tobytes() for picture in pictures}) == 200


def test_most_of_the_picture_rests(pictures: np.ndarray) -> None:
    moving = np.ptp(pictures, axis=0).max(-1) > 15
    assert 0.1 < moving.mean() < 0.6
