"""The frames of a clip and their embeddings, on the device that fits."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from alive_cli.training.densify import dense_times, interpolated, neighbours
from alive_cli.training.device import free_bytes

ROOM = 0.25
"""A clip's frames may take this share of a GPU's free memory, because training needs the rest."""
CHUNK = 64
"""So many frames are converted to floats at a time, so that long clips don't fill the memory."""


@dataclass(frozen=True)
class Observation:
    """The fitted clip: N frames and their embeddings, N ≥ 2."""

    frames: Tensor
    """uint8 [N, H·W, 3]; on the device, or in the computer's memory or on its disk if the device has no room."""
    embeddings: Tensor
    """float32 [N, D], unit length."""
    size: tuple[int, int]
    """Width and height in pixels."""
    between: Tensor
    """uint8 [M, H·W, 3], M ≥ 0: pictures that are computed from the frames before and after."""
    between_embeddings: Tensor
    """float32 [M, D], unit length."""

    @classmethod
    def of(
        cls,
        frames: np.ndarray,
        embeddings: np.ndarray,
        device: torch.device,
        between: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> "Observation":
        """Move frames, uint8 [N, H, W, 3], and embeddings, float32 [N, D], to a device.

        Args:
            between: the pictures between frames, uint8 [M, H, W, 3], and their embeddings, float32 [M, D].
        """
        height, width = frames.shape[1:3]
        if between is None:
            between = frames[:0], embeddings[:0]

        def rows(pictures: np.ndarray) -> Tensor:
            tensor = torch.from_numpy(pictures.reshape(len(pictures), height * width, 3))
            return tensor.to(device) if tensor.numel() <= ROOM * free_bytes(device) else tensor

        def units(vectors: np.ndarray) -> Tensor:
            return torch.from_numpy(vectors).to(device)

        return cls(rows(frames), units(embeddings), (width, height), rows(between[0]), units(between[1]))

    def __len__(self) -> int:
        return len(self.frames)

    def pixels(self, times: Tensor, places: Tensor) -> Tensor:
        """Colours at fractional frame numbers `times` [F] and pixel numbers `places` [P]: [F, P, 3], 0…1.

        Between two frames the colours are cross-faded.
        """
        first, second, fraction = neighbours(len(self), times)
        where = self.frames.device
        before, after = (
            self.frames[numbers[:, None].to(where), places.to(where)].to(places.device).float()  # [F, P, 3]
            for numbers in (first, second)
        )
        return torch.lerp(before, after, fraction[:, None, None]) / 255

    def embedding(self, times: Tensor) -> Tensor:
        """Unit embeddings at fractional frame numbers `times` [F]: interpolated linearly, re-normalised, [F, D]."""
        return interpolated(self.embeddings, times)

    def mean(self) -> Tensor:
        """The mean picture, float32 [H·W, 3], 0…1."""
        total = sum(chunk.sum(0, dtype=torch.int64) for chunk in self.frames.split(CHUNK))
        return torch.as_tensor(total).to(self.embeddings.device).float() / (255 * len(self))

    def range(self) -> Tensor:
        """Largest temporal range among a pixel's channels, uint8 [H·W]."""
        return (self.frames.amax(0) - self.frames.amin(0)).amax(-1)

    def dense_times(self, factor: int) -> Tensor:
        """Frame numbers of the densified clip, `factor` steps from each frame to the next: [(N−1)·factor+1]."""
        return dense_times(len(self), factor).to(self.embeddings.device)


def pixel_coordinates(width: int, height: int) -> Tensor:
    """Coordinates (x, y) of the pixel centres, row by row: [H·W, 2]; the longest side spans −1…1."""
    longest = max(width, height)
    x = (2 * torch.arange(width, dtype=torch.float64) + 1 - width) / longest
    y = (2 * torch.arange(height, dtype=torch.float64) + 1 - height) / longest
    rows, columns = torch.meshgrid(y, x, indexing="ij")
    return torch.stack([columns, rows], -1).reshape(-1, 2).float()
