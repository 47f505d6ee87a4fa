"""The frames of a clip and their embeddings, on the device that fits."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from alive_cli.media.alpha import Transparency
from alive_cli.observation.observed import ObservedMotion
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
    motion: ObservedMotion | None = None
    """The motion of the frames, for a generator that needs it."""
    living: np.ndarray | None = None
    """Which pixels may ever differ between frames, bool [H, W]; None for all."""
    transparency: Transparency | None = None
    """What of the frames is transparent: there they show the neutral grey. None for nothing."""

    @classmethod
    def of(cls, frames: np.ndarray, embeddings: np.ndarray, device: torch.device) -> "Observation":
        """Move frames, uint8 [N, H, W, 3], and embeddings, float32 [N, D], to a device."""
        height, width = frames.shape[1:3]
        rows = torch.from_numpy(frames.reshape(len(frames), height * width, 3))
        if rows.numel() <= ROOM * free_bytes(device):
            rows = rows.to(device)
        return cls(rows, torch.from_numpy(embeddings).to(device), (width, height))

    @classmethod
    def moving(
        cls,
        motion: ObservedMotion,
        device: torch.device,
        living: np.ndarray | None = None,
        transparency: Transparency | None = None,
    ) -> "Observation":
        """The observation of a clip's motion. Only its embeddings move to the device."""
        count, height, width = motion.frames.shape[:3]
        rows = torch.from_numpy(motion.frames.reshape(count, height * width, 3))
        return cls(rows, torch.from_numpy(motion.embeddings).to(device), (width, height), motion, living, transparency)

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
