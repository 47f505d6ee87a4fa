"""What a fit says of how its modes move: frequencies, and looks."""

import numpy as np
import pytest

pytest.importorskip("torch")

from alive_cli.generators.warp.steering import LOOK_REACH, LOOK_STRETCH, frequencies, look_offsets


def test_frequencies_are_those_of_swings() -> None:
    time = np.arange(400)
    swings = np.stack([np.sin(2 * np.pi * time * each + 1) for each in (0.01, 0.05)], 1)
    assert frequencies(swings) == pytest.approx([0.01, 0.05], rel=0.03)


def test_a_cut_is_no_swing() -> None:
    time = np.arange(400)
    swing = np.sin(2 * np.pi * time * 0.02)[:, None] + np.where(time < 200, 0, 0.5)[:, None]
    assert frequencies(swing)[0] == pytest.approx(0.02, rel=0.15)


@pytest.mark.parametrize("poses", [np.zeros((5, 2)), np.zeros((1, 2))])
def test_what_stands_still_has_no_frequency(poses: np.ndarray) -> None:
    assert not frequencies(poses).any()


def test_looks_turn_what_moves_most() -> None:
    modes = np.zeros((3, 6, 2))
    modes[0, :2, 0] = 0.05  # a part goes right
    modes[1, :2, 1] = 0.03  # and down
    modes[2, 2:, 0] = 0.001  # the rest hardly moves
    across, down = look_offsets(modes)
    assert across == pytest.approx([-LOOK_REACH, 0, 0], abs=1e-9)
    assert down == pytest.approx([0, -LOOK_REACH, 0], abs=1e-9)
    halved = look_offsets(modes, lambda offset: 2 * LOOK_STRETCH)
    assert halved == pytest.approx(np.array([across, down]) / 2)


def test_nothing_turns_where_nothing_moves() -> None:
    assert not look_offsets(np.zeros((3, 6, 2))).any()
    still = np.zeros((2, 6, 2))
    still[0, :, 0] = 1e-4
    assert not look_offsets(still).any()
    only_across = np.zeros((2, 6, 2))
    only_across[0, :, 0] = 0.05
    assert look_offsets(only_across).any(1).tolist() == [True, False]
