"""The example clip: deterministic, lively, never exactly periodic."""

import importlib.util
import sys

import numpy as np
import pytest

from tests.conftest import REPOSITORY


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    spec = importlib.util.spec_from_file_location("napping_cat", REPOSITORY / "examples" / "napping_cat.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["napping_cat"] = module
    spec.loader.exec_module(module)
    first = np.stack(list(module.frames()))
    np.testing.assert_array_equal(first[37], module.draw(module.pose(37 / 20), module._backdrop()))
    return first


def test_ten_seconds(pictures: np.ndarray) -> None:
    assert pictures.shape == (200, 240, 320, 3)


def test_never_repeats(pictures: np.ndarray) -> None:
    assert len({picture.tobytes() for picture in pictures}) == 200


def test_most_of_the_picture_rests(pictures: np.ndarray) -> None:
    moving = np.ptp(pictures, axis=0).max(-1) > 15
    assert 0.1 < moving.mean() < 0.6
