"""Steadiness of rollouts that shake, flicker and cut."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from alive_cli import Scene
from alive_cli.report.rollouts import judged_rollouts
from alive_cli.report.steadiness import DRAWN_FRAMES, evaluate_steadiness, steadiness
from tests.conftest import moving_frames


@pytest.fixture(scope="module")
def swinging() -> np.ndarray:
    """A disc that swings over a still ground."""
    return moving_frames(40)


def brighter(frames: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Each frame with so many levels added."""
    shifted: np.ndarray = (frames.astype(int) + levels[:, None, None, None]).clip(0, 255).astype(np.uint8)
    return shifted


def test_a_clip_is_as_steady_as_itself(swinging: np.ndarray) -> None:
    figures = steadiness(swinging, [swinging[5:12], swinging[20:30]], swinging)
    assert figures.still == figures.still_clip
    assert figures.second_order == 1
    assert figures.largest_step == figures.largest_step_clip >= 1
    assert figures.second_order_transitions == pytest.approx(1, abs=0.2)
    assert figures.frames == 40
    assert figures.steady


def test_a_shaking_background_is_unsteady(swinging: np.ndarray) -> None:
    shaking = np.stack([np.roll(frame, number // 5 % 2 * 6, axis=1) for number, frame in enumerate(swinging)])
    figures = steadiness(shaking, [], swinging)
    assert figures.still is not None
    assert figures.still_clip is not None
    assert figures.still > figures.still_clip + 1
    assert not figures.steady
    assert figures.second_order_transitions is None


def test_flicker_is_of_second_order(swinging: np.ndarray) -> None:
    assert steadiness(brighter(swinging, 2 * (np.arange(40) % 2)), [], swinging).second_order > 1.2


def test_a_hidden_cut_is_a_large_step(swinging: np.ndarray) -> None:
    order = np.concatenate([np.arange(20), np.arange(0, 20)])
    assert steadiness(swinging[order], [], swinging).largest_step > 2
    figures = steadiness(swinging, [swinging[[4, 5, 25, 26]]], swinging)
    assert figures.largest_step_transitions is not None
    assert figures.largest_step_transitions > 2
    assert not figures.steady


def test_a_cut_of_the_clip_is_no_step(swinging: np.ndarray) -> None:
    frames = np.concatenate([swinging[:10], swinging[20:30]])
    following = np.append(np.arange(1, 20), -1)
    following[9] = -1
    assert steadiness(swinging, [], frames, following).largest_step < 1.3
    assert steadiness(swinging, [], frames).largest_step < 0.9


def test_where_everything_moves(swinging: np.ndarray) -> None:
    figures = steadiness(swinging, [], brighter(swinging, 60 * (np.arange(40) % 2)))
    assert figures.still is None
    assert figures.still_clip is None


def test_pictures_are_read_one_by_one(swinging: np.ndarray) -> None:
    drawn: list[int] = []

    def pictures() -> Iterator[np.ndarray]:
        for number, frame in enumerate(swinging):
            drawn.append(number)
            yield frame.copy()

    steadiness(pictures(), [], swinging)
    assert len(drawn) == 40


def test_of_a_scene(bundle: Path, frames: np.ndarray) -> None:
    scene = Scene.open(bundle, device="cpu", net="fine")
    reports: list[tuple[int, int]] = []
    figures = evaluate_steadiness(
        scene, frames, judged_rollouts(scene, seeds=(0,)), lambda stage, done, total, *_: reports.append((done, total))
    )
    assert figures["frames"] == DRAWN_FRAMES
    assert figures["second_order"] > 0
    assert isinstance(figures["steady"], bool)
    assert reports[-1][0] == reports[-1][1]
