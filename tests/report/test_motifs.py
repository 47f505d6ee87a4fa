"""Motifs: motion that recurs is found, and neither noise nor what happens once is sold as behavior."""

import numpy as np
import pytest

from alive_cli.report.motifs import NOISE_CLIPS, Motifs, find_motifs, noise_like, windows

FPS = 25.0


def whole(count: int) -> np.ndarray:
    """A clip of one shot."""
    return np.append(np.arange(1, count), -1)


def gestures(count: int = 260, kinds: int = 2, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A path [N, 5] of gestures, each out and back in a direction of its own, with rests between; and which, −1 at
    rest."""
    random = np.random.default_rng(seed)
    directions = random.normal(size=(kinds, 5)) * 2
    path: list[np.ndarray] = []
    truth: list[int] = []
    while len(truth) < count:
        kind = int(random.integers(kinds))
        length = int(random.integers(16, 25))
        path.append(np.sin(np.linspace(0, np.pi, length))[:, None] * directions[kind])
        rest = int(random.integers(10, 30))
        path.append(np.zeros((rest, 5)))
        truth += [kind] * length + [-1] * rest
    noise = 0.03 * random.normal(size=(len(truth), 5))
    return (np.concatenate(path) + noise)[:count], np.array(truth[:count])


def wandering(count: int = 120, seed: int = 0) -> np.ndarray:
    """Smooth noise, [N, 6]."""
    random = np.random.default_rng(seed)
    path, velocity = np.zeros((count, 6)), np.zeros(6)
    for frame in range(1, count):
        velocity = 0.8 * velocity + random.normal(size=6)
        path[frame] = 0.97 * path[frame - 1] + velocity
    return path


@pytest.fixture(scope="module")
def recurring() -> tuple[Motifs, np.ndarray]:
    path, truth = gestures()
    return find_motifs(path, whole(len(path)), FPS, 0), truth


def test_gestures_that_recur_are_motifs(recurring: tuple[Motifs, np.ndarray]) -> None:
    motifs, truth = recurring
    assert motifs.count >= 2
    assert motifs.reason == ""
    assert motifs.check is not None
    assert motifs.check.chance == 1 / (NOISE_CLIPS + 1)
    row = motifs.check.chosen
    assert row is not None
    assert motifs.check.agreement[row] > motifs.check.noise[row].max()
    alike = sum(np.bincount(truth[motifs.labels == own] + 1).max() for own in range(motifs.count + 1))
    assert alike > 0.7 * len(truth), "a motif is mostly one gesture, or rest"


def test_occurrences_are_the_stretches_of_the_labels(recurring: tuple[Motifs, np.ndarray]) -> None:
    motifs, _ = recurring
    drawn = np.zeros_like(motifs.labels)
    for each in motifs.occurrences:
        assert (drawn[each.first : each.end] == 0).all()
        drawn[each.first : each.end] = each.motif
        assert each.distance > 0
        assert each.complete == (each.first > 0 and each.end < len(drawn))
    assert np.array_equal(drawn, motifs.labels)
    for motif in range(1, motifs.count + 1):
        distances = [each.distance for each in motifs.of(motif)]
        assert len(distances) >= 2, "a motif that occurs once is no motif"
        assert distances == sorted(distances)
    times = np.bincount(motifs.labels, minlength=motifs.count + 1)[1:]
    assert (np.diff(times) <= 0).all(), "the motif that takes most time comes first"
    assert all(0.5 <= each <= 1 for each in motifs.stability)
    assert f"{motifs.count} motifs recur in {len(motifs.occurrences)} places" in motifs.summary


def test_the_same_seed_gives_the_same_figures() -> None:
    checks = [find_motifs(wandering(60), whole(60), FPS, seed).check for seed in (0, 0, 1)]
    agreements = [each.agreement.tolist() for each in checks if each is not None]
    assert agreements[0] == agreements[1] != agreements[2]


@pytest.mark.parametrize("seed", range(2))
def test_noise_has_no_motifs(seed: int) -> None:
    path = wandering(seed=seed)
    motifs = find_motifs(path, whole(len(path)), FPS, 0)
    assert motifs.count == 0
    assert motifs.occurrences == []
    assert "no better than noise" in motifs.summary


def test_what_happens_once_is_no_motif() -> None:
    path = np.linspace(0, 1, 100)[:, None] ** [1.0, 2.0, 3.0]
    motifs = find_motifs(path, whole(100), FPS, 0)
    assert motifs.count == 0
    assert not motifs.labels.any()


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (np.zeros((100, 4)), "Nothing moves, so there are no motifs."),
        (np.array([[0.0, 1.0], [1.0, 0.0]]), "There are no motifs in 2 frames; 48 are needed."),
        (np.zeros((2, 3)), "Nothing moves, so there are no motifs."),
    ],
)
def test_too_little_to_look_at(path: np.ndarray, sentence: str) -> None:
    motifs = find_motifs(path, whole(len(path)), FPS, 0)
    assert motifs.summary == motifs.reason == sentence
    assert motifs.check is None
    assert motifs.labels.tolist() == [0] * len(path)


def test_no_occurrence_lies_across_a_cut() -> None:
    path, _ = gestures()
    following = whole(len(path))
    cuts = np.array([99, 100, 190])  # one shot has a single frame
    following[cuts] = -1
    motifs = find_motifs(path, following, FPS, 0)
    for each in motifs.occurrences:
        assert not ((each.first <= cuts) & (cuts < each.end - 1)).any()
        begins = each.first == 0 or following[each.first - 1] < 0
        ends = following[each.end - 1] < 0
        assert each.complete == (not begins and not ends)


def test_windows_never_see_past_a_cut() -> None:
    path = np.concatenate([np.zeros((20, 2)), np.full((20, 2), 100.0)]) + np.arange(40)[:, None] * [0.1, 0.2]
    starts = (np.arange(40) == 0) | (np.arange(40) == 20)
    features = windows(path, starts, 9)
    assert np.square(features).sum(1).mean() == pytest.approx(1, rel=1e-4)
    jump = np.linalg.norm(np.diff(features, axis=0), axis=1)
    assert jump[19] > 10 * np.delete(jump, 19).max()  # the pose changes at the cut, and no velocity anywhere does
    assert np.delete(jump, 19).max() < 0.02


def test_noise_has_the_spectrum_and_drift_of_the_path() -> None:
    path = wandering(200) + np.linspace(0, 50, 200)[:, None]
    starts = np.arange(200) == 0
    made = noise_like(path, starts, np.random.default_rng(0))
    line = np.linspace(0, 1, 200)[:, None] * (path[-1] - path[0])
    assert np.allclose(np.abs(np.fft.rfft(made - line, axis=0)), np.abs(np.fft.rfft(path - line, axis=0)))
    assert not np.allclose(made, path)
    single = noise_like(path[:1], starts[:1], np.random.default_rng(0))
    assert np.allclose(single, path[:1])


def test_a_change_to_and_fro_is_no_return(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same gestures, but each must come again later than the clip is long."""
    path, _ = gestures(200)
    monkeypatch.setattr("alive_cli.report.motifs.APART_SECONDS", 60.0)
    motifs = find_motifs(path, whole(len(path)), FPS, 0)
    assert motifs.count == 0
    assert motifs.check is not None
    assert motifs.check.chosen is not None
    assert "no piece of motion comes" in motifs.summary
