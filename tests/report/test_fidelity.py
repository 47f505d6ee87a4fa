"""Fidelity figures and their baselines, on embeddings and pictures whose answers are known."""

import numpy as np
import pytest

from alive_cli.encoders.pca import PcaEncoder
from alive_cli.report import fidelity
from tests.conftest import moving_frames


@pytest.fixture
def encoder(frames: np.ndarray) -> PcaEncoder:
    return PcaEncoder.fit(frames)


def test_consistency_of_the_truth_is_one(encoder: PcaEncoder, frames: np.ndarray) -> None:
    embeddings = encoder.encode(frames)
    cosines = fidelity.consistency(encoder.encode, frames, embeddings, embeddings.mean(0))
    np.testing.assert_allclose(cosines, 1, atol=1e-5)
    wrong = fidelity.consistency(encoder.encode, np.roll(frames, 8, 0), embeddings, embeddings.mean(0))
    assert wrong.mean() < 0


def test_in_betweens_lie_halfway_between_near_frames(encoder: PcaEncoder) -> None:
    embeddings = encoder.encode(moving_frames(60))
    halves = fidelity.in_betweens(embeddings, 10, seed=1)
    assert 1 <= len(halves) <= 10
    np.testing.assert_allclose(np.linalg.norm(halves, axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(halves, fidelity.in_betweens(embeddings, 10, seed=1))


def test_in_betweens_of_a_clip_that_has_none() -> None:
    assert fidelity.in_betweens(np.eye(4, dtype=np.float32), 10).shape == (0, 4)


def test_nearest_and_cross_fade(encoder: PcaEncoder, frames: np.ndarray) -> None:
    embeddings = encoder.encode(frames)
    np.testing.assert_array_equal(fidelity.nearest_frames(embeddings, frames, embeddings[[3, 7]]), frames[[3, 7]])
    faded = fidelity.cross_fades(np.full((1, 2, 2, 3), 10, np.uint8), np.full((1, 2, 2, 3), 255, np.uint8))
    assert (faded == 133).all()


def test_linear_decode_draws_what_is_linear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fidelity, "STRIP_VALUES", 200)
    random = np.random.default_rng(0)
    embeddings = random.normal(size=(30, 4)).astype(np.float32)
    pictures = np.rint(120 + embeddings @ random.normal(0, 12, (4, 2 * 2 * 3))).clip(0, 255).astype(np.uint8)
    pictures = pictures.reshape(30, 2, 2, 3)
    drawn = fidelity.linear_decode(embeddings[:20], pictures[:20], embeddings[20:])
    assert np.abs(drawn.astype(int) - pictures[20:]).mean() < 2
