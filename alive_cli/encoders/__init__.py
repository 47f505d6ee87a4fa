"""Encoders turn frames into unit embeddings."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from bundle_spec.manifest import EncoderInfo


class Encoder(Protocol):
    """What fitting and reports need of an encoder."""

    @property
    def info(self) -> EncoderInfo:
        """What the manifest says about this encoder."""
        ...

    def encode(self, frames: np.ndarray, on_batch: Callable[[int], None] | None = None) -> np.ndarray:
        """Frames, uint8 [N, H, W, 3], to unit embeddings, float32 [N, D]; `on_batch` receives how many are done."""
        ...

    def tensors(self) -> dict[str, np.ndarray]:
        """The arrays in the bundle from which the encoder is rebuilt; empty if its name is enough."""
        ...
