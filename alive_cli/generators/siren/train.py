"""Training of the published SIREN on a densified clip."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from alive_cli.generators.positional import PositionalEncoding
from alive_cli.generators.siren.network import Siren
from alive_cli.observation.observation import Observation, pixel_coordinates
from alive_cli.training.trainer import Trainer, Training, psnr

MEASURED_PIXELS = 4096
"""Fidelity is measured on at most so many random pixels of each frame, because all would take too long."""


@dataclass(frozen=True)
class SirenTraining(Training):
    """A batch is `frames` × `pixels` samples."""

    frames: int = 4
    densify: int = 5
    """Steps from one observed frame to the next; above 1, cross-faded frames are targets as well."""


class SirenDrawer(nn.Module):
    """The published SIREN over encoded coordinates: embeddings [F, D], coordinates [P, 2] to colours [F, P, 3]."""

    def __init__(self, siren: Siren) -> None:
        super().__init__()
        self.siren, self.encoding = siren, PositionalEncoding()

    def forward(self, embedding: Tensor, coords: Tensor) -> Tensor:
        colours: Tensor = self.siren(embedding, self.encoding(coords))
        return colours


class SirenTrainer(Trainer):
    """Fits random pixels at random times."""

    def __init__(self, drawer: SirenDrawer, data: Observation, config: SirenTraining) -> None:
        super().__init__(drawer, config)
        self._drawer, self._data, self._config = drawer, data, config
        self._times = data.dense_times(config.densify)
        self._coords = pixel_coordinates(*data.size).to(data.embeddings.device)
        if data.frames.device != data.embeddings.device:
            self.graph = None  # reading frames from the computer's memory can't be recorded

    def draw(self, random: torch.Generator) -> Tensor:
        numbers = torch.randint(len(self._times), (self._config.frames,), generator=random)
        places = torch.randint(len(self._coords), (self.pixels,), generator=random)
        return torch.cat([numbers, places])

    def loss(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        numbers, places = batch.tensor_split([self._config.frames])
        times = self._times[numbers]
        drawn = self._drawer(self._data.embedding(times), self._coords[places])
        loss = functional.mse_loss(drawn, self._data.pixels(times, places))
        return loss, loss


@torch.no_grad()
def fidelity(drawer: SirenDrawer, data: Observation, seed: int = 0) -> float:
    """PSNR in dB over all observed frames, measured on at most MEASURED_PIXELS random pixels of each."""
    device = data.embeddings.device
    coords = pixel_coordinates(*data.size).to(device)
    random = torch.Generator().manual_seed(seed)
    error = 0.0
    for index in range(len(data)):
        places = torch.randperm(len(coords), generator=random)[:MEASURED_PIXELS].to(device)
        drawn = drawer(data.embeddings[index : index + 1], coords[places])[0].clamp(0, 1)
        error += functional.mse_loss(drawn, data.frames[index].to(device)[places].float() / 255).item()
    return psnr(error / len(data))
