"""The encoder of recipe `living` for pictures that were not observed."""

import cv2
import numpy as np
import pytest

pytest.importorskip("torch")

from alive_cli.encoders.pca import PcaEncoder
from alive_cli.errors import WeightsError
from alive_cli.observation.observed import ObservedMotion
from alive_cli.observation.pose_embedding import flat
from alive_cli.observation.pose_encoder import POSE, PoseEncoder
from tests.textures import swaying

COUNT = 24


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    return swaying(COUNT)


@pytest.fixture(scope="module")
def observed(frames: np.ndarray) -> ObservedMotion:
    return ObservedMotion.of(frames)


@pytest.fixture(scope="module")
def encoder(observed: ObservedMotion) -> PoseEncoder:
    return PoseEncoder.of(observed, None)


def nearest(rows: np.ndarray, observed: ObservedMotion) -> np.ndarray:
    """The frame whose embedding is nearest to each row."""
    return np.linalg.norm(flat(rows)[:, None] - flat(observed.embeddings), axis=-1).argmin(1)


def test_an_observed_frame_is_near_its_own_embedding(
    frames: np.ndarray, observed: ObservedMotion, encoder: PoseEncoder
) -> None:
    batches = []
    rows = encoder.encode(frames, batches.append)
    assert batches == [COUNT]
    assert (rows.shape, rows.dtype) == (observed.embeddings.shape, np.float32)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    away = np.linalg.norm(flat(rows) - flat(observed.embeddings), axis=1)
    usual = np.linalg.norm(flat(observed.embeddings) - flat(observed.embeddings).mean(0), axis=1).mean()
    assert np.median(away) < 0.25 * usual
    steps = np.abs(nearest(rows, observed) - np.arange(COUNT))
    assert np.mean(np.minimum(steps, COUNT - steps) <= 1) > 0.8


def test_a_withheld_frame_is_between_its_neighbours(frames: np.ndarray) -> None:
    observed = ObservedMotion.of(np.ascontiguousarray(frames[::2]))
    rows = PoseEncoder.of(observed, None).encode(np.ascontiguousarray(frames[1::2]))
    steps = np.abs(nearest(rows, observed) - np.arange(COUNT // 2) - 0.5)
    assert np.mean(np.minimum(steps, COUNT // 2 - steps) <= 1) > 0.7


def test_tensors_round_trip(frames: np.ndarray, observed: ObservedMotion, encoder: PoseEncoder) -> None:
    again = PoseEncoder.from_tensors(encoder.tensors(), encoder.keyframes, None)
    assert again.info == encoder.info
    np.testing.assert_allclose(again.encode(frames[3:5]), encoder.encode(frames[3:5]), atol=5e-3)
    assert all(name.startswith("encoder.") for name in encoder.tensors())


def test_a_slimmed_bundle_has_no_encoder(encoder: PoseEncoder) -> None:
    tensors = encoder.tensors()
    del tensors["encoder.modes"]
    with pytest.raises(WeightsError, match="slimmed"):
        PoseEncoder.from_tensors(tensors, encoder.keyframes, None)


def test_what_the_manifest_says(encoder: PoseEncoder, observed: ObservedMotion) -> None:
    info = encoder.info
    assert (info.id, info.dimension) == (POSE, observed.embeddings.shape[1])
    assert info.slices == {name: list(ends) for name, ends in observed.embedding.slices.items()}


def test_with_an_encoder_of_pictures(frames: np.ndarray) -> None:
    inner = PcaEncoder.fit(frames)
    encoded = inner.encode(frames)
    observed = ObservedMotion.of(frames, encoded)
    encoder = PoseEncoder.of(observed, inner)
    assert encoder.info.id == inner.info.id
    assert encoder.info.dimension == observed.embeddings.shape[1]
    assert encoder.info.slices is not None
    assert encoder.info.slices["encoder"] == [0, encoded.shape[1]]
    rows = encoder.encode(frames[4:7])
    assert np.abs(nearest(rows, observed) - [4, 5, 6]).max() <= 1


def test_pictures_of_another_size(frames: np.ndarray, encoder: PoseEncoder) -> None:
    """What a player draws at another size is encoded alike."""
    large = np.stack([cv2.resize(frame, (144, 96)) for frame in frames[5:8]])
    away = np.linalg.norm(encoder.encode(large) - encoder.encode(frames[5:8]), axis=1)
    assert away.max() < 0.15
