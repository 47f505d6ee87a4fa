"""The built-in encoder."""

import numpy as np
import pytest

from alive_cli.encoders.pca import CONE, DIMENSION, PcaEncoder
from tests.conftest import moving_frames


def test_unit_embeddings_on_a_moderate_cone(frames: np.ndarray) -> None:
    embeddings = PcaEncoder.fit(frames).encode(frames)
    assert embeddings.shape == (16, DIMENSION)
    assert embeddings.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-6)
    tangents = np.linalg.norm(embeddings[:, :-1], axis=1) / embeddings[:, -1]
    assert np.sqrt(np.square(tangents).mean()) == pytest.approx(CONE, rel=1e-3)


def test_one_dimensional_motion_keeps_its_magnitude() -> None:
    """A plain normalize(z) would send every brightness to one of two points."""
    levels = np.linspace(20, 220, 12)
    frames = np.tile(levels[:, None, None, None], (1, 20, 20, 3)).astype(np.uint8)
    embeddings = PcaEncoder.fit(frames).encode(frames)
    positions = embeddings[:, 0] / embeddings[:, -1]
    assert len(np.unique(positions.round(4))) == 12
    steps = np.diff(positions)
    assert (np.sign(steps) == np.sign(steps[0])).all()


@pytest.mark.parametrize("count", [2, 40])
def test_short_and_long_clips_agree_with_their_own_reload(count: int) -> None:
    frames = moving_frames(count, 24, 16)
    encoder = PcaEncoder.fit(frames)
    again = PcaEncoder.from_tensors(encoder.tensors())
    np.testing.assert_array_equal(encoder.encode(frames), again.encode(frames))


def test_more_frames_than_cells() -> None:
    frames = moving_frames(60, 16, 16)[:, :, :, :]
    tiny = frames[:, ::4, ::4]  # 4×4 cells, 48 values, 60 frames: the other Gram matrix
    encoder = PcaEncoder.fit(tiny)
    assert np.isfinite(encoder.encode(tiny)).all()


def test_subtle_motion_is_seen() -> None:
    """Changes below one 8-bit level of a cell's average still move the embedding."""
    frames = np.full((6, 64, 64, 3), 100, np.uint8)
    for number in range(6):
        frames[number, 0, :number] = 104
    embeddings = PcaEncoder.fit(frames).encode(frames)
    assert len(np.unique(embeddings[:, 0].round(5))) == 6


def test_deterministic(frames: np.ndarray) -> None:
    np.testing.assert_array_equal(PcaEncoder.fit(frames).components, PcaEncoder.fit(frames).components)
