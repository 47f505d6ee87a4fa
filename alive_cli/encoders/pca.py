"""The built-in encoder: principal components of the clip itself, on a moderate cone of the sphere."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from bundle_spec.manifest import EncoderInfo

DIMENSION = 512
BATCH = 64
GRID = 32
"""Longest side, in cells, of the reduced picture that the components are taken from."""
EXPLAINED_VARIANCE = 0.999
CONE = 0.75
"""Root mean square of |s·z|: the tangent of the angle between a typical embedding and the cone's axis."""


@dataclass(frozen=True)
class PcaEncoder:
    """normalize([s·z, 1]), zero-padded to 512, with z the centred principal components of a frame.

    The constant keeps the magnitude of z, which a plain normalize(z) throws away (it would send
    every one-dimensional motion to ±1).
    """

    grid: tuple[int, int]
    """Cells across and down."""
    mean: np.ndarray
    """float32 [cells·3], 0…1."""
    components: np.ndarray
    """float32 [K, cells·3], K ≤ 511, scaled by s."""
    instead_of: str | None = None
    """The encoder that was wanted but not to be had."""

    @classmethod
    def fit(cls, frames: np.ndarray, instead_of: str | None = None) -> "PcaEncoder":
        """Take the components from frames, uint8 [N, H, W, 3], N ≥ 2."""
        height, width = frames.shape[1:3]
        scale = GRID / max(height, width)
        grid = (max(1, round(width * scale)), max(1, round(height * scale)))
        cells = reduce_frames(frames, grid)  # [N, C]
        mean = cells.mean(0, dtype=np.float64)
        centred = cells - mean
        # The eigenvectors of the smaller Gram matrix; both routes give the same components.
        if len(centred) <= centred.shape[1]:
            values, vectors = np.linalg.eigh(centred @ centred.T)
            components = vectors.T @ centred
            components /= np.maximum(np.linalg.norm(components, axis=1, keepdims=True), 1e-12)
        else:
            values, vectors = np.linalg.eigh(centred.T @ centred)
            components = vectors.T
        values, components = values[::-1].clip(0), components[::-1]
        explained = np.cumsum(values) / max(values.sum(), 1e-12)
        count = min(int(np.searchsorted(explained, EXPLAINED_VARIANCE)) + 1, len(centred) - 1, DIMENSION - 1)
        components = components[:count]
        # An eigenvector's sign is arbitrary: fix it, or two machines would disagree.
        peaks = np.abs(components).argmax(1)
        components = components * np.sign(components[np.arange(count), peaks])[:, None]
        spread = np.sqrt(np.square(centred @ components.T).sum(1).mean())
        scaled = components * (CONE / max(spread, 1e-12))
        return cls(grid, mean.astype(np.float32), scaled.astype(np.float32), instead_of)

    @classmethod
    def from_tensors(cls, tensors: dict[str, np.ndarray]) -> "PcaEncoder":
        """Rebuild from what `tensors` gave."""
        columns, rows = (int(side) for side in tensors["encoder.grid"])
        return cls((columns, rows), tensors["encoder.mean"], tensors["encoder.components"])

    def tensors(self) -> dict[str, np.ndarray]:
        """The encoder's own arrays, by their names in weights.safetensors."""
        return {
            "encoder.grid": np.array(self.grid, np.int32),
            "encoder.mean": self.mean,
            "encoder.components": self.components,
        }

    @property
    def info(self) -> EncoderInfo:
        """What the manifest says of this encoder."""
        note = f"{len(self.components)} components"
        if self.instead_of:
            note += f"; the weights of {self.instead_of} could not be had"
        return EncoderInfo(id="pca", dimension=DIMENSION, note=note)

    def encode(self, frames: np.ndarray, on_batch: Callable[[int], None] | None = None) -> np.ndarray:
        """Frames, uint8 [N, H, W, 3] of any size, to unit embeddings, float32 [N, 512]."""
        embeddings = np.zeros((len(frames), DIMENSION), np.float32)
        for first in range(0, len(frames), BATCH):
            batch = slice(first, min(first + BATCH, len(frames)))
            cells = reduce_frames(frames[batch], self.grid)
            embeddings[batch, : len(self.components)] = (cells - self.mean) @ self.components.T
            if on_batch:
                on_batch(batch.stop)
        embeddings[:, -1] = 1.0
        embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
        return embeddings


def reduce_frames(frames: np.ndarray, grid: tuple[int, int]) -> np.ndarray:
    """Frames, uint8 [N, H, W, 3], averaged over a grid of cells: float32 [N, cells·3], 0…1."""

    def averages(channel: np.ndarray) -> np.ndarray:
        # In floats: rounding to 8 bits would lose what is subtle.
        return np.asarray(Image.fromarray(channel.astype(np.float32)).resize(grid, Image.Resampling.BOX))

    reduced = [np.stack([averages(frame[..., channel]) for channel in range(3)], -1) for frame in frames]
    return np.stack(reduced).reshape(len(frames), -1) / np.float32(255)
