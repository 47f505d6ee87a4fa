"""Embeddings of the frames, and pictures that lie between them."""

import numpy as np

from alive_cli.encoders import Encoder
from alive_cli.observation.inbetween import morphed, motion_compensated
from alive_cli.progress import Listener
from alive_cli.training.checkpoint import Arrays, Checkpoint

ENCODING_STAGE = "Looking at the frames"
"""The progress bar shows this text while the encoder embeds the frames."""
BETWEEN_STAGE = "Seeing motion"
"""The progress bar shows this text while pictures between frames are drawn."""
MAX_IN_BETWEENS = 1000
"""A fit learns from at most so many pictures between frames, because a longer clip has enough motion of its own."""
MAX_BETWEEN_BYTES = 1 << 30
"""Pictures between frames take at most so much memory, so there are fewer of large pictures."""
EMBEDDINGS, IN_BETWEENS = "embeddings", "in_betweens"
"""A checkpoint keeps the embeddings, and the pictures between frames, under these names."""
PICTURES, DRAWN = "pictures", "drawn"
"""The arrays of a checkpoint have these names, beside `embeddings`."""


def embed(frames: np.ndarray, encoder: Encoder, checkpoint: Checkpoint, listener: Listener) -> np.ndarray:
    """Embed frames, uint8 [N, H, W, 3]: unit embeddings, float32 [N, D], from the checkpoint if it holds them."""
    count = len(frames)

    def encode() -> Arrays:
        listener.progress(ENCODING_STAGE, 0, count)
        return {EMBEDDINGS: encoder.encode(frames, lambda done: listener.progress(ENCODING_STAGE, done, count))}

    embeddings = checkpoint.once(EMBEDDINGS, encode)[EMBEDDINGS]
    listener.progress(ENCODING_STAGE, count, count, f"{encoder.info.id}, {embeddings.shape[1]} dimensions")
    return embeddings


def pictures_between(
    frames: np.ndarray,
    pairs: np.ndarray,
    shares: np.ndarray,
    encoder: Encoder,
    checkpoint: Checkpoint,
    listener: Listener,
) -> Arrays:
    """Draw pictures between neighbouring frames, then those on the way of J jumps, and embed all pictures.

    Args:
        frames: uint8 [N, H, W, 3].
        pairs: int64 [J, S, 2]: the frames that each picture of a jump lies between.
        shares: [J, S], 0…1: position of each picture between the first frame and the second.
        checkpoint: keeps the pictures, and may hold those of an interrupted fit.

    Returns:
        `pictures`, uint8 [M, H, W, 3]; `embeddings`, float32 [M, D]; `drawn`, int64, the numbers of the jumps whose S
        pictures could be drawn. Those pictures come last.
    """

    def draw() -> Arrays:
        progress = listener.progress
        most = MAX_BETWEEN_BYTES // frames[0].nbytes - shares.size
        gaps = max(0, min(len(frames) - 1, MAX_IN_BETWEENS, most))
        total = gaps + len(pairs)
        # One array of the largest size, because joining two takes twice the memory; its unused part takes none.
        room = np.empty((gaps + shares.size, *frames.shape[1:]), np.uint8)
        count = len(motion_compensated(frames, room[:gaps], lambda done: progress(BETWEEN_STAGE, done, total)))
        drawn = morphed(frames, pairs, shares, room[count:], lambda done: progress(BETWEEN_STAGE, gaps + done, total))
        pictures = room[: count + shares[drawn].size]
        embeddings = encoder.encode(pictures) if len(pictures) else np.empty((0, encoder.info.dimension), np.float32)
        return {PICTURES: pictures, EMBEDDINGS: embeddings, DRAWN: np.asarray(drawn)}

    return checkpoint.once(IN_BETWEENS, draw)
