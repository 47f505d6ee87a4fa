"""Training of the generator on densified observations."""

import copy
import math
import time
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from alive_cli.fitting.observations import Observations, pixel_coordinates
from alive_cli.progress import Progress, silent

STAGE = "Learning to draw"
WARM_UP_STEPS = 10
TIMED_STEPS = 60
MEASURED_PIXELS = 4096
WARM_UP = 0.03
"""Share of the steps over which the learning rate rises."""
FLOOR = 0.02
"""Share of the learning rate that is left at the end of its cosine."""


@dataclass(frozen=True)
class GeneratorTraining:
    """Defaults of the published recipe; a batch is `frames` × `pixels` samples.

    The author left batch and schedule open. At equal time 4 × 256 with a cosine was the best of those
    tried: twice the batch costs 1.4 dB on a cat, four times 4 dB; half of it doesn't converge.
    """

    steps: int = 15000
    learning_rate: float = 1e-3
    frames: int = 4
    pixels: int = 256
    densify: int = 5
    seed: int = 0


class GeneratorTrainer:
    """One step at a time, each a function of the weights, the seed and the step's number."""

    def __init__(self, generator: nn.Module, trunk: nn.Module, data: Observations, config: GeneratorTraining) -> None:
        self.generator = generator
        self.steps = config.steps
        self._data = data
        self._config = config
        self._times = data.dense_times(config.densify)
        with torch.no_grad():
            self._features = trunk(pixel_coordinates(*data.size).to(data.frames.device))
        self._optimizer = torch.optim.Adam(generator.parameters(), fused=True)
        self._random = torch.Generator()
        self.step_number = 0

    def step(self) -> Tensor:
        """Take one step of Adam; returns the mean squared error of its batch, a scalar on the device."""
        config, device = self._config, self._features.device
        for group in self._optimizer.param_groups:
            group["lr"] = config.learning_rate * schedule(self.step_number, config.steps)
        self._random.manual_seed((config.seed << 32) + self.step_number)
        moments = torch.randint(len(self._times), (config.frames,), generator=self._random).to(device)
        places = torch.randint(len(self._features), (config.pixels,), generator=self._random).to(device)
        times = self._times[moments]
        target = self._data.pixels(times, places)  # [F, P, 3]
        drawn = self.generator(self._data.embedding(times), self._features[places])
        loss = functional.mse_loss(drawn, target)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._optimizer.step()
        self.step_number += 1
        return loss.detach()


def schedule(step: int, steps: int) -> float:
    """Share of the learning rate at a step: a linear rise, then a cosine down to 2 % (Loshchilov & Hutter 2017)."""
    done = step / steps
    return min(1.0, (done + 1 / steps) / WARM_UP) * (FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * done)))


def train_generator(trainer: GeneratorTrainer, progress: Progress = silent) -> None:
    """Take all the configured steps, telling the running PSNR."""
    steps = trainer.steps
    running: Tensor | None = None
    every = max(1, min(100, steps // 40))
    while trainer.step_number < steps:
        loss = trainer.step()
        running = loss if running is None else torch.lerp(running, loss, 0.02)
        if trainer.step_number % every == 0 or trainer.step_number == steps:
            progress(STAGE, trainer.step_number, steps, f"PSNR {psnr(running.item()):.1f} dB")


def steps_within(
    generator: nn.Module, trunk: nn.Module, data: Observations, config: GeneratorTraining, seconds: float
) -> int:
    """How many steps fit into `seconds` on this machine, measured once on a copy; at least 1."""
    trial = GeneratorTrainer(copy.deepcopy(generator), trunk, data, config)
    for _ in range(WARM_UP_STEPS):
        trial.step()
    started = time.perf_counter()
    for _ in range(TIMED_STEPS):
        loss = trial.step()
    loss.item()  # waits for a GPU to finish
    per_step = (time.perf_counter() - started) / TIMED_STEPS
    return max(1, int(seconds / per_step))


@torch.no_grad()
def fidelity(generator: nn.Module, trunk: nn.Module, data: Observations, seed: int = 0) -> float:
    """PSNR in dB over all observed frames, from at most 4,096 pixels drawn at random of each."""
    device = data.frames.device
    features = trunk(pixel_coordinates(*data.size).to(device))
    random = torch.Generator().manual_seed(seed)
    error = 0.0
    for index in range(len(data)):
        places = torch.randperm(len(features), generator=random)[:MEASURED_PIXELS].to(device)
        drawn = generator(data.embeddings[index : index + 1], features[places])[0].clamp(0, 1)
        error += functional.mse_loss(drawn, data.frames[index, places].float() / 255).item()
    return psnr(error / len(data))


def psnr(mean_squared_error: float) -> float:
    """Peak signal-to-noise ratio in dB of an error between values of 0…1."""
    return -10 * math.log10(max(mean_squared_error, 1e-12))
