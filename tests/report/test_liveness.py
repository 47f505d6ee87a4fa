"""Each verdict on a rollout made to deserve it."""

import numpy as np
import pytest

from alive_cli.report.liveness import ObservedPath, frames_needed, liveness, one_way

FPS = 20.0


def on_sphere(points: np.ndarray) -> np.ndarray:
    lifted = np.concatenate([points, np.ones((len(points), 1))], 1)
    units: np.ndarray = lifted / np.linalg.norm(lifted, axis=1, keepdims=True)
    return units


def path(times: np.ndarray) -> np.ndarray:
    """Something that swings in two incommensurable ways, at fractional frame numbers."""
    return (
        np.stack([np.sin(times / 9), np.cos(times / 9), 0.6 * np.sin(times / 23), 0.5 * np.cos(times / 31)], -1) * 0.4
    )


@pytest.fixture(scope="module")
def observed() -> ObservedPath:
    count = 200
    return ObservedPath(on_sphere(path(np.arange(count))), np.append(np.arange(1, count), -1))


def wobble(frames: int, size: float, seed: int = 0) -> np.ndarray:
    """Smooth noise [F, 4] of a standard deviation."""
    random = np.random.default_rng(seed).standard_normal((frames + 60, 4))
    smooth = np.stack([np.convolve(column, np.hanning(40), "valid")[:frames] for column in random.T], -1)
    return size * smooth / smooth.std()


def back_and_forth(frames: int) -> np.ndarray:
    return 199 * np.abs((np.arange(frames) / 199 + 1) % 2 - 1)


def lively(frames: int = 3000, size: float = 0.03) -> np.ndarray:
    return on_sphere(path(back_and_forth(frames)) + wobble(frames, size))


def test_alive(observed: ObservedPath) -> None:
    figures = liveness(lively(), observed, speed=1.0, fps=FPS)
    assert figures["verdict"] == "alive"
    assert figures["energy"] == pytest.approx(1, abs=0.15)
    assert figures["coverage"] > 0.9
    assert figures["freeze"] == figures["jump"] == figures["period"] == 0
    assert figures["drift"] == pytest.approx(1, abs=0.2)
    assert figures["motion_cosine"] == pytest.approx(figures["motion_cosine_video"], abs=0.15)


def test_an_exact_replay_is_seen(observed: ObservedPath) -> None:
    figures = liveness(on_sphere(path(back_and_forth(3000))), observed, speed=1.0, fps=FPS)
    assert figures["replay"] > 0.95
    assert figures["verdict"] == "looping"
    assert figures["period"] == 398
    assert figures["spectrum"] == pytest.approx(figures["spectrum_pingpong"], abs=0.5)


def test_beside_the_path_is_no_replay(observed: ObservedPath) -> None:
    assert liveness(lively(size=0.06), observed, speed=1.0, fps=FPS)["replay"] < 0.3


def test_slow_motion_is_measured_against_slow_motion(observed: ObservedPath) -> None:
    slow = on_sphere(path(199 * np.abs((0.3 * np.arange(7000) / 199 + 1) % 2 - 1)) + wobble(7000, 0.01))
    figures = liveness(slow, observed, speed=0.3, fps=FPS)
    assert figures["verdict"] == "alive"
    assert figures["energy"] == pytest.approx(1, abs=0.15)


def test_frozen(observed: ObservedPath) -> None:
    still = np.repeat(observed.embeddings[:1], 3000, 0)
    assert liveness(still, observed, speed=1.0, fps=FPS)["verdict"] == "frozen"


def test_drifting(observed: ObservedPath) -> None:
    away = on_sphere(path(back_and_forth(3000)) + np.linspace(0, 1.5, 3000)[:, None])
    figures = liveness(away, observed, speed=1.0, fps=FPS)
    assert figures["verdict"] == "drifting"
    assert figures["drift"] > 2


def test_stuck(observed: ObservedPath) -> None:
    around = on_sphere(path(100 + 5 * np.sin(np.arange(3000) / 3)) + wobble(3000, 0.04))
    assert liveness(around, observed, speed=1.0, fps=FPS)["verdict"] == "stuck"


def test_jumps_are_counted(observed: ObservedPath) -> None:
    times = back_and_forth(3000)
    times[2000:] = (times[2000:] + 100) % 199
    figures = liveness(on_sphere(path(times) + wobble(3000, 0.02)), observed, speed=1.0, fps=FPS)
    assert figures["jump"] > 0


def test_broken(observed: ObservedPath) -> None:
    rollout = lively()
    rollout[5, 0] = np.nan
    assert liveness(rollout, observed, speed=1.0, fps=FPS) == {"verdict": "broken"}


def test_a_cut_is_no_step_of_the_reference() -> None:
    first, second = path(np.arange(100)), path(np.arange(100)) + 5
    following = np.append(np.arange(1, 200), -1)
    following[99] = -1
    observed = ObservedPath(on_sphere(np.concatenate([first, second])), following)
    assert observed.steps.max() < 0.2
    assert len(observed.stretches()) == 2


def test_frames_needed() -> None:
    assert frames_needed(200, 1.0) == 3000
    assert frames_needed(1000, 0.5) == 20000


def test_one_way(observed: ObservedPath) -> None:
    assert one_way(observed) < 0.6
    line = on_sphere(np.linspace(-0.5, 0.5, 100)[:, None] * np.ones((1, 4)))
    assert one_way(ObservedPath(line, np.append(np.arange(1, 100), -1))) > 0.95


@pytest.mark.parametrize("speed", [5.0, 50.0])
def test_fast_play_of_a_short_clip(observed: ObservedPath, speed: float) -> None:
    short = ObservedPath(observed.embeddings[:30], np.append(np.arange(1, 30), -1))
    figures = liveness(lively(), short, speed=speed, fps=FPS)
    assert all(np.isfinite(value) for value in figures.values() if not isinstance(value, str))


def test_shots_of_a_few_frames() -> None:
    following = np.arange(1, 13)
    following[3::4] = -1
    embeddings = on_sphere(np.repeat(np.arange(3), 4)[:, None] + path(np.arange(12)))
    figures = liveness(lively(), ObservedPath(embeddings, following), speed=1.0, fps=FPS)
    assert np.isfinite(figures["spectrum"])


def test_a_clip_that_stands_still_has_finite_figures() -> None:
    still = ObservedPath(np.repeat(on_sphere(path(np.zeros(1))), 20, 0), np.append(np.arange(1, 20), -1))
    figures = liveness(np.repeat(still.embeddings[:1], 3000, 0), still, speed=1.0, fps=FPS)
    assert figures["verdict"] == "frozen"
    assert all(np.isfinite(value) for value in figures.values() if not isinstance(value, str))
