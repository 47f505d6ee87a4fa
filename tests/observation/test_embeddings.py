"""Pictures between frames: how many, and that a checkpoint keeps them."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("cv2")

from alive_cli.encoders.pca import PcaEncoder
from alive_cli.observation import embeddings
from alive_cli.progress import Listener
from alive_cli.training.checkpoint import Checkpoint

PAIRS = np.array([[[0, 8], [0, 8]], [[3, 11], [3, 11]]])
SHARES = np.array([[0.3, 0.7], [0.3, 0.7]])


def test_in_betweens_are_bounded_in_bytes(frames: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = PcaEncoder.fit(frames)
    monkeypatch.setattr(embeddings, "MAX_BETWEEN_BYTES", (SHARES.size + 3) * frames[0].nbytes)
    checkpoint = Checkpoint(tmp_path / "a.checkpoint")
    with checkpoint.held():
        drawn = embeddings.pictures_between(frames, PAIRS, SHARES, encoder, checkpoint, Listener())
    ways = SHARES[drawn[embeddings.DRAWN]].size
    assert len(drawn[embeddings.PICTURES]) == len(drawn[embeddings.EMBEDDINGS]) == 3 + ways
    # The frames of the tiny clip agree with one another, so that both jumps are drawn.
    assert ways == SHARES.size


def test_an_interrupted_fit_draws_nothing_twice(frames: np.ndarray, tmp_path: Path) -> None:
    encoder, checkpoint = PcaEncoder.fit(frames), Checkpoint(tmp_path / "a.checkpoint")
    with checkpoint.held():
        first = embeddings.pictures_between(frames, PAIRS, SHARES, encoder, checkpoint, Listener())
        looked_at = embeddings.embed(frames, encoder, checkpoint, Listener())
        # Other frames give other pictures; but these are kept.
        again = embeddings.pictures_between(frames[::-1], PAIRS, SHARES, encoder, checkpoint, Listener())
        assert np.array_equal(looked_at, embeddings.embed(frames[::-1], encoder, checkpoint, Listener()))
    for name, array in first.items():
        np.testing.assert_array_equal(array, again[name])
