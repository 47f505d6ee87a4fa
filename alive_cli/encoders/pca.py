"""The built-in encoder: principal components of the clip itself, on a moderate cone of the sphere."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from bundle_spec.manifest import EncoderInfo

DIMENSION = 512
"""An embedding has so many dimensions, as one of CLIP ViT-B/32 has."""
BATCH = 64
"""So many frames are encoded at once, so that progress is reported often."""
GRID = 32
"""The longest side of the reduced picture, from which the components are taken, has so many cells."""
EXPLAINED_VARIANCE = 0.999
"""The components hold this share of the variance of the clip; the rest is noise."""
CONE = 0.75
"""The root mean square of |s·z| has this value: the tangent of the angle between a typical embedding and the axis of
the cone. It is moderate, so that a straight line between two embeddings keeps an even pace."""


@dataclass(frozen=True)
class PcaEncoder:
    """normalize([s·z, 1]), zero-padded to 512, with z the centred principal components of a frame.

    The constant keeps the magnitude of z, which normalize(z) alone would lose: it would map every one-dimensional
    motion to ±1.
    """

    grid: tuple[int, int]
    """Cells across and down."""
    mean: np.ndarray
    """float32 [cells·3], 0…1."""
    components: np.ndarray
    """float32 [K, cells·3], K ≤ 511, scaled by s."""
    instead_of: str | None = None
    """The encoder that this one replaces, because its weights were not available."""

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
        # The sign of an eigenvector is arbitrary; it is fixed, so that two machines agree.
        peaks = np.abs(components).argmax(1)
        components = components * np.sign(components[np.arange(count), peaks])[:, None]
        spread = np.sqrt(np.square(centred @ components.T).sum(1).mean())
        scaled = components * (CONE / max(spread, 1e-12))
        return cls(grid, mean.astype(np.float32), scaled.astype(np.float32), instead_of)

    @classmethod
    def from_tensors(cls, tensors: dict[str, np.ndarray]) -> "PcaEncoder":
        """Rebuild the encoder from the arrays of `tensors`.

        Raises:
            KeyError: an array is missing.
        """
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
        """What the manifest says about this encoder."""
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
        # In floats, because rounding to 8 bits would lose small differences.
        return np.asarray(Image.fromarray(channel.astype(np.float32)).resize(grid, Image.Resampling.BOX))

    reduced = [np.stack([averages(frame[..., channel]) for channel in range(3)], -1) for frame in frames]
    return np.stack(reduced).reshape(len(frames), -1) / np.float32(255)
