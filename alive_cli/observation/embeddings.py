"""Embeddings of the frames."""

import numpy as np

from alive_cli.encoders import Encoder
from alive_cli.progress import Listener
from alive_cli.training.checkpoint import Arrays, Checkpoint

ENCODING_STAGE = "Looking at the frames"
"""The progress bar shows this text while the encoder embeds the frames."""
EMBEDDINGS = "embeddings"
"""A checkpoint keeps the embeddings under this name, and so do its arrays."""


def embed(frames: np.ndarray, encoder: Encoder, checkpoint: Checkpoint, listener: Listener) -> np.ndarray:
    """Embed frames, uint8 [N, H, W, 3]: unit embeddings, float32 [N, D], from the checkpoint if it holds them."""
    count = len(frames)

    def encode() -> Arrays:
        listener.progress(ENCODING_STAGE, 0, count)
        return {EMBEDDINGS: encoder.encode(frames, lambda done: listener.progress(ENCODING_STAGE, done, count))}

    embeddings = checkpoint.once(EMBEDDINGS, encode)[EMBEDDINGS]
    listener.progress(ENCODING_STAGE, count, count, f"{encoder.info.id}, {embeddings.shape[1]} dimensions")
    return embeddings
