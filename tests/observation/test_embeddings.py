"""Embeddings of the frames: a checkpoint keeps them."""

from pathlib import Path

import numpy as np

from alive_cli.encoders.pca import PcaEncoder
from alive_cli.observation import embeddings
from alive_cli.progress import Listener
from alive_cli.training.checkpoint import Checkpoint


def test_an_interrupted_fit_looks_at_nothing_twice(frames: np.ndarray, tmp_path: Path) -> None:
    encoder, checkpoint = PcaEncoder.fit(frames), Checkpoint(tmp_path / "a.checkpoint")
    with checkpoint.held():
        first = embeddings.embed(frames, encoder, checkpoint, Listener())
        np.testing.assert_allclose(first, encoder.encode(frames), atol=1e-6)
        # Other frames have other embeddings; but these are kept.
        assert not np.allclose(first, encoder.encode(frames[::-1]))
        np.testing.assert_array_equal(first, embeddings.embed(frames[::-1], encoder, checkpoint, Listener()))
