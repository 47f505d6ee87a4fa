"""What all trainers of pictures share: one seeded step after another, a schedule, and a way back."""

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from alive_cli.progress import Progress, silent

STAGE = "Learning to draw"
WARM_UP_STEPS = 10
TIMED_STEPS = 60
SMOOTHING = 0.02
FALLEN_APART = 4.0
WARM_UP = 0.03
"""Share of the steps over which the learning rate rises."""
FLOOR = 0.02
"""Share of the learning rate that is left at the end of its cosine."""


@dataclass(frozen=True)
class Training:
    """How long and how fast to train."""

    steps: int
    learning_rate: float
    betas: tuple[float, float] = (0.9, 0.999)
    seed: int = 0


def step_seed(seed: int, step: int) -> int:
    """Seed of a step's own random stream; torch's CPU generator heeds only the lower 32 bits of a seed."""
    return (seed * 0x9E3779B1 + step) & 0xFFFFFFFF


class Trainer(ABC):
    """One step at a time, each a function of the weights, the seed and the step's number."""

    def __init__(self, module: nn.Module, config: Training, groups: list[dict[str, Any]] | None = None) -> None:
        """Prepare Adam.

        Args:
            groups: parameters in groups whose `rate` scales the learning rate; by default all alike.
        """
        self.steps = config.steps
        self.step_number = 0
        self._module = module
        self._seed = config.seed
        self._rate = config.learning_rate
        groups = groups or [{"params": list(module.parameters()), "rate": 1.0}]
        self._optimizer = torch.optim.Adam(groups, betas=config.betas, fused=True)
        self._random = torch.Generator()

    @abstractmethod
    def loss(self, random: torch.Generator) -> tuple[Tensor, Tensor]:
        """Draw a batch; returns the loss and the pictures' mean squared error as it estimates it, both scalars."""

    def step(self) -> Tensor:
        """Take one step; returns the mean squared error that its batch estimates, a scalar on the device."""
        for group in self._optimizer.param_groups:
            group["lr"] = group["rate"] * self._rate * schedule(self.step_number, self.steps)
        self._random.manual_seed(step_seed(self._seed, self.step_number))
        loss, error = self.loss(self._random)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._optimizer.step()
        self.step_number += 1
        return error.detach()

    def snapshot(self) -> dict[str, Tensor]:
        """A copy of the weights."""
        return {name: tensor.detach().clone() for name, tensor in self._module.state_dict().items()}

    def retreat(self, weights: dict[str, Tensor]) -> None:
        """Go back to earlier weights, forget the optimiser's momenta, and go on at half the rate."""
        self._module.load_state_dict(weights)
        self._optimizer.state.clear()
        self._rate /= 2


def train(trainer: Trainer, progress: Progress = silent, watch: Callable[[int], None] | None = None) -> None:
    """Take all the configured steps, telling the running PSNR; `watch` is called after each with its number.

    A sine network that learns too fast can fall apart and never recover. When the running error has
    grown fourfold (6 dB) over its best, training goes on from the best weights at half the rate.
    """
    steps = trainer.steps
    running: Tensor | None = None
    best, weights = math.inf, trainer.snapshot()
    every = max(1, min(100, steps // 40))
    while trainer.step_number < steps:
        error = trainer.step()
        running = error if running is None else torch.lerp(running, error, SMOOTHING)
        if watch is not None:
            watch(trainer.step_number)
        if trainer.step_number % every == 0 or trainer.step_number == steps:
            average = running.item()
            progress(STAGE, trainer.step_number, steps, f"PSNR {psnr(average):.1f} dB")
            if average < best:
                best, weights = average, trainer.snapshot()
            elif not average < FALLEN_APART * best:
                trainer.retreat(weights)
                running = None


def steps_within(trial: Callable[[], Trainer], seconds: float) -> int:
    """How many steps fit into `seconds` on this machine, measured once on a trainer of a copy; at least 1."""
    trainer = trial()
    for _ in range(WARM_UP_STEPS):
        trainer.step()
    started = time.perf_counter()
    for _ in range(TIMED_STEPS):
        error = trainer.step()
    error.item()  # waits for a GPU to finish
    per_step = (time.perf_counter() - started) / TIMED_STEPS
    return max(1, int(seconds / per_step))


def schedule(step: int, steps: int) -> float:
    """Share of the learning rate at a step: a linear rise, then a cosine down to 2 % (Loshchilov & Hutter 2017)."""
    done = step / steps
    return min(1.0, (done + 1 / steps) / WARM_UP) * (FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * done)))


def psnr(mean_squared_error: float) -> float:
    """Peak signal-to-noise ratio in dB of an error between values of 0…1."""
    return -10 * math.log10(max(mean_squared_error, 1e-12))
