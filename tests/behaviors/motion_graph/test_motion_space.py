"""The space in which a scene moves: its units, its cuts."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from alive_cli.behaviors.motion_graph.motion_space import MotionSpace  # noqa: E402
from tests.behaviors.motion_graph.clips import swinging, two_shots, units  # noqa: E402


def test_positions_are_in_median_steps_and_keep_distances() -> None:
    bank = swinging()
    space = MotionSpace.of(bank)
    steps = (space.positions[1:] - space.positions[:-1]).norm(dim=1)
    assert steps.median() == pytest.approx(1, abs=0.02)
    apart = (bank[10] - bank[70]).norm()
    assert (space.positions[10] - space.positions[70]).norm() * space.unit == pytest.approx(float(apart), rel=0.05)
    assert space.segments == [(0, 119)]


def test_a_cut_is_no_motion() -> None:
    space = MotionSpace.of(two_shots())
    assert space.segments == [(0, 59), (60, 109)]
    assert space.following[59] == -1
    assert space.velocities.norm(dim=1).max() < 4


def test_a_quick_motion_is_no_cut() -> None:
    bump = np.zeros((80, 3))
    bump[:, 0] = 0.01 * np.sin(np.arange(80))
    bump[40:, 1] = 1
    bump[36:44, 1] = [0.02, 0.1, 0.25, 0.45, 0.65, 0.8, 0.93, 0.98]
    assert MotionSpace.of(units(bump)).segments == [(0, 79)]


def test_a_clip_that_stands_still_has_finite_positions() -> None:
    space = MotionSpace.of(units(np.full((12, 4), 0.2)))
    assert torch.isfinite(space.positions).all()
    assert torch.isfinite(space.velocities).all()
