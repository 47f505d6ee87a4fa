"""Training of the generator on densified observations."""

import copy
import math
import time
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from alive_cli.fitting.observations import Observations, pixel_coordinates
from alive_cli.progress import Progress, silent

STAGE = "Learning to draw"
WARM_UP_STEPS = 10
TIMED_STEPS = 60
MEASURED_PIXELS = 4096
MAX_WEIGHT = 10.0
SMOOTHING = 0.02
FALLEN_APART = 4.0
WARM_UP = 0.03
"""Share of the steps over which the learning rate rises."""
FLOOR = 0.02
"""Share of the learning rate that is left at the end of its cosine."""


@dataclass(frozen=True)
class GeneratorTraining:
    """How a generator is trained; a batch is `frames` × `pixels` samples."""

    steps: int
    learning_rate: float
    frames: int
    pixels: int
    densify: int = 1
    """Steps from one observed frame to the next; above 1 cross-faded frames are targets too."""
    betas: tuple[float, float] = (0.9, 0.999)
    importance: float | None = None
    """None draws pixels evenly; a number draws them by their deviation over time plus so many mean deviations."""
    jitter: float = 0.0
    """Embeddings are moved by up to so many median steps of the clip, in any direction that the clip knows,
    while the target stays: so a life that leaves what was filmed still gets a clean picture."""
    seed: int = 0


class Drawer(nn.Module):
    """What is trained: embeddings [F, D], coordinates [P, 2] and pixel numbers [P] to colours [F, P, 3]."""

    def forward(self, embedding: Tensor, coords: Tensor, places: Tensor) -> Tensor:
        raise NotImplementedError

    def sampled(self) -> Tensor | None:
        """Which pixels are worth training on, float [H·W], 0 or 1; None for all."""
        return None

    def finish(self) -> None:
        """Called once after training: bring the drawer into the form that is stored."""

    def parameter_groups(self) -> list[dict[str, Any]]:
        """Parameters for the optimiser; a group's `rate` scales the learning rate."""
        return [{"params": list(self.parameters()), "rate": 1.0}]


class GeneratorTrainer:
    """One step at a time, each a function of the weights, the seed and the step's number."""

    def __init__(self, drawer: Drawer, data: Observations, config: GeneratorTraining) -> None:
        self.drawer = drawer
        self.steps = config.steps
        self._data = data
        self._config = config
        self._times = data.dense_times(config.densify)
        self._coords = pixel_coordinates(*data.size).to(data.frames.device)
        self._odds, self._weights = _importance(data, config.importance, drawer.sampled())
        self._directions = data.directions() * data.median_step() if config.jitter else None
        self._optimizer = torch.optim.Adam(drawer.parameter_groups(), betas=config.betas, fused=True)
        self._random = torch.Generator()
        self._rate = config.learning_rate
        self.step_number = 0

    def step(self) -> Tensor:
        """Take one step of Adam; returns the mean squared error of its batch, a scalar on the device."""
        config, device = self._config, self._coords.device
        for group in self._optimizer.param_groups:
            group["lr"] = group["rate"] * self._rate * schedule(self.step_number, config.steps)
        self._random.manual_seed((config.seed << 32) + self.step_number)
        moments = torch.randint(len(self._times), (config.frames,), generator=self._random).to(device)
        if self._odds is None:
            places = torch.randint(len(self._coords), (config.pixels,), generator=self._random).to(device)
        else:
            drawn_odds = torch.rand(config.pixels, generator=self._random, dtype=torch.float64)
            places = torch.searchsorted(self._odds, drawn_odds).clamp(max=len(self._coords) - 1).to(device)
        times = self._times[moments]
        target = self._data.pixels(times, places)  # [F, P, 3]
        embeddings = self._jittered(self._data.embedding(times))
        drawn = self.drawer(embeddings, self._coords[places], places)
        error = (drawn - target).square()
        loss = error.mean() if self._weights is None else (error * self._weights[places, None]).mean()
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._optimizer.step()
        self.step_number += 1
        detached: Tensor = loss.detach()
        return detached

    def _jittered(self, embeddings: Tensor) -> Tensor:
        """Unit embeddings [F, D], each moved by a random length in a random known direction, if there is jitter."""
        if self._directions is None:
            return embeddings
        count = len(self._directions)
        chosen = torch.randn(len(embeddings), count, generator=self._random)
        lengths = torch.rand(len(embeddings), 1, generator=self._random) * self._config.jitter
        weights = functional.normalize(chosen, dim=-1) * lengths
        moved = embeddings + weights.to(embeddings.device) @ self._directions
        return functional.normalize(moved, dim=-1)

    def snapshot(self) -> dict[str, Tensor]:
        """A copy of the weights."""
        return {name: tensor.detach().clone() for name, tensor in self.drawer.state_dict().items()}

    def retreat(self, weights: dict[str, Tensor]) -> None:
        """Go back to earlier weights, forget the optimiser's momenta, and go on at half the rate."""
        self.drawer.load_state_dict(weights)
        self._optimizer.state.clear()
        self._rate /= 2


def _importance(data: Observations, floor: float | None, sampled: Tensor | None) -> tuple[Tensor | None, Tensor | None]:
    """Cumulative odds of each pixel (on the CPU), and the weights that undo them in the loss, at most 10."""
    if floor is None:
        return None, None
    deviation = data.deviation()
    odds = deviation + floor * deviation.mean()
    if sampled is not None and sampled.any():
        odds = odds * sampled
    odds /= odds.sum()
    weights = (1 / (odds * (odds > 0).sum()).clamp(min=1e-12)).clamp(max=MAX_WEIGHT)
    return odds.double().cumsum(0).cpu(), weights


def schedule(step: int, steps: int) -> float:
    """Share of the learning rate at a step: a linear rise, then a cosine down to 2 % (Loshchilov & Hutter 2017)."""
    done = step / steps
    return min(1.0, (done + 1 / steps) / WARM_UP) * (FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * done)))


def train_generator(trainer: GeneratorTrainer, progress: Progress = silent) -> None:
    """Take all the configured steps, telling the running PSNR.

    A sine network that learns too fast can fall apart and never recover. When the running error has
    grown fourfold (6 dB) over its best, training goes on from the best weights at half the rate.
    """
    steps = trainer.steps
    running: Tensor | None = None
    best, weights = math.inf, trainer.snapshot()
    every = max(1, min(100, steps // 40))
    while trainer.step_number < steps:
        loss = trainer.step()
        running = loss if running is None else torch.lerp(running, loss, SMOOTHING)
        if trainer.step_number % every == 0 or trainer.step_number == steps:
            error = running.item()
            progress(STAGE, trainer.step_number, steps, f"PSNR {psnr(error):.1f} dB")
            if error < best:
                best, weights = error, trainer.snapshot()
            elif not error < FALLEN_APART * best:
                trainer.retreat(weights)
                running = None


def steps_within(drawer: Drawer, data: Observations, config: GeneratorTraining, seconds: float) -> int:
    """How many steps fit into `seconds` on this machine, measured once on a copy; at least 1."""
    trial = GeneratorTrainer(copy.deepcopy(drawer), data, config)
    for _ in range(WARM_UP_STEPS):
        trial.step()
    started = time.perf_counter()
    for _ in range(TIMED_STEPS):
        loss = trial.step()
    loss.item()  # waits for a GPU to finish
    per_step = (time.perf_counter() - started) / TIMED_STEPS
    return max(1, int(seconds / per_step))


@torch.no_grad()
def fidelity(drawer: Drawer, data: Observations, seed: int = 0) -> float:
    """PSNR in dB over all observed frames, from at most 4,096 pixels drawn at random of each."""
    device = data.frames.device
    coords = pixel_coordinates(*data.size).to(device)
    random = torch.Generator().manual_seed(seed)
    error = 0.0
    for index in range(len(data)):
        places = torch.randperm(len(coords), generator=random)[:MEASURED_PIXELS].to(device)
        drawn = drawer(data.embeddings[index : index + 1], coords[places], places)[0].clamp(0, 1)
        error += functional.mse_loss(drawn, data.frames[index, places].float() / 255).item()
    return psnr(error / len(data))


def psnr(mean_squared_error: float) -> float:
    """Peak signal-to-noise ratio in dB of an error between values of 0…1."""
    return -10 * math.log10(max(mean_squared_error, 1e-12))
