"""The yardsticks of a life do what their papers say, and the figures say what they claim."""

import cv2
import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("numba")

from tests.benchmarks.yardsticks.figures import Clip, diversity, figures_of
from tests.benchmarks.yardsticks.vgpnn import Patchwork, patchwork, pyramid
from tests.benchmarks.yardsticks.video_textures import Texture, anticipated, cross_faded, transition_costs

FPS = 10.0
SMALL = Patchwork(coarsest=(3, 9), repeats=2)


@pytest.fixture(scope="module")
def swinging() -> np.ndarray:
    """A bright spot that swings, no two times alike, uint8 [60, 24, 32, 3], on a pattern that keeps still."""
    random = np.random.default_rng(0)
    still = cv2.GaussianBlur(random.integers(0, 200, (24, 32, 3)).astype(np.uint8), (0, 0), 1.5)
    y, x = np.mgrid[:24, :32]
    frames = []
    for time in range(60):
        right, down = 16 + 8 * np.sin(time / 4), 12 + 6 * np.sin(time / 23)
        spot = np.exp(-((x - right) ** 2 + (y - down) ** 2) / 20)[..., None]
        frames.append((still * (1 - spot) + 250 * spot).astype(np.uint8))
    return np.stack(frames)


@pytest.fixture(scope="module")
def following() -> np.ndarray:
    return np.append(np.arange(1, 60), -1)


def clip_of(frames: np.ndarray, following: np.ndarray) -> Clip:
    return Clip(frames, following, FPS, None)


@pytest.mark.slow
def test_patches_without_noise_are_the_clip(swinging: np.ndarray) -> None:
    quiet = Patchwork(coarsest=(3, 9), noise=0.0, repeats=2)
    assert np.array_equal(patchwork(swinging[:8], 0, quiet), swinging[:8])


@pytest.mark.slow
def test_patches_with_noise_are_new_and_of_the_clip(swinging: np.ndarray, following: np.ndarray) -> None:
    clip = clip_of(swinging, following)
    new = [patchwork(swinging[:12], seed, SMALL) for seed in (0, 1)]
    assert new[0].shape == swinging[:12].shape
    assert not np.array_equal(new[0], new[1])
    noise = np.random.default_rng(0).integers(0, 256, new[0].shape).astype(np.uint8)
    patches, nothing = (figures_of([sample], clip, shown=12) for sample in (new[0], noise))
    assert patches["nnf_distance"] < 0.3 * nothing["nnf_distance"]


def test_a_clip_smaller_than_a_patch_is_an_error() -> None:
    with pytest.raises(ValueError, match="no patch"):
        patchwork(np.zeros((2, 24, 32, 3), np.uint8), 0)


def test_a_pyramid_ends_at_its_coarsest_level(swinging: np.ndarray) -> None:
    levels = pyramid(swinging.astype(np.float32), SMALL)
    assert levels[0].shape == (3, 9, 12, 3)
    assert np.array_equal(levels[-1], swinging)
    assert all(np.abs(level.mean() - swinging.mean()) < 4 for level in levels)


def test_a_texture_never_stands_still_and_jumps_as_often_as_it_should(
    swinging: np.ndarray, following: np.ndarray
) -> None:
    texture = Texture(swinging, following, FPS)
    path = texture.play(2000, 0)
    assert (np.diff(path) != 0).all()
    assert not np.diagonal(texture.chances).any()
    jumps = float((np.diff(path) != 1).mean())
    assert 0.02 < jumps < 0.15  # one in two seconds is 0.05
    assert len(np.unique(path)) > 30


def test_a_texture_jumps_where_motion_goes_on_alike(following: np.ndarray) -> None:
    # A spot that goes right and left: at the same place, frames 5 and 15 move in opposite ways.
    frames = np.zeros((60, 8, 40, 3), np.uint8)
    for time in range(60):
        frames[time, :, 5 + 3 * round(10 - abs(time % 20 - 10)) // 3] = 255
    costs = transition_costs(frames, following)
    usual = np.where(np.isfinite(costs), costs, np.inf)
    assert usual[5, 26] == 0  # the frame after 5 is 6, and 26 is the same one period later
    assert usual[5, 14] > usual[5, 26]
    assert np.isfinite(anticipated(costs).min(1)).all()


def test_a_cross_fade_keeps_a_play_without_jumps(swinging: np.ndarray) -> None:
    assert np.array_equal(cross_faded(swinging, np.arange(5, 40), 3), swinging[5:40])
    path = np.concatenate([np.arange(10), np.arange(40, 50)])
    faded = cross_faded(swinging, path, 2)
    assert np.array_equal(faded[:8], swinging[:8])
    assert np.array_equal(faded[12:], swinging[42:50])
    assert not any(np.array_equal(faded[9], frame) for frame in swinging)


def test_figures_of_a_replay_and_of_frames_in_any_order(swinging: np.ndarray, following: np.ndarray) -> None:
    clip = clip_of(swinging, following)
    replay = figures_of([swinging] * 2, clip, shown=None)
    assert replay["coverage"] == replay["replay"] == 1
    assert replay["stretch"] == 60 / FPS
    assert replay["distance"] == pytest.approx(0, abs=1e-3)
    assert replay["energy"] == pytest.approx(1)
    assert replay["diversity"] == replay["nnf_distance"] == 0
    assert replay["nnf_diversity"] < 0.01
    random = np.random.default_rng(0)
    shuffled = figures_of([swinging[random.permutation(60)] for _ in range(2)], clip, shown=None)
    assert shuffled["replay"] < 0.3
    assert shuffled["stretch"] < 0.2
    assert shuffled["coverage"] == 1
    assert shuffled["energy"] > 1.5
    assert shuffled["nnf_diversity"] > replay["nnf_diversity"]


def test_diversity_is_1_for_frames_in_any_order(swinging: np.ndarray) -> None:
    random = np.random.default_rng(0)
    samples = [swinging[random.permutation(60)] for _ in range(4)]
    assert diversity(samples, swinging) == pytest.approx(1, abs=0.1)
    assert diversity(samples[:1], swinging) is None
