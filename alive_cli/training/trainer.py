"""What all trainers of pictures share: one seeded step after another, a schedule, and a way back."""

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from alive_cli.errors import Stopped
from alive_cli.progress import Progress, silent
from alive_cli.training.checkpoint import TRAINING, Checkpoint
from alive_cli.training.device import coarse_products, one_thread
from alive_cli.training.interruption import finishing

STAGE = "Learning to draw"
WARM_UP_STEPS = 10
TIMED_STEPS = 60
DRAWN_AHEAD = 64
SMOOTHING = 0.02
FALLEN_APART = 4.0
LOOKS = 4
"""Times in a row, up to a hundred steps apart, that the error must be found so large: a sudden fall of the PSNR by
6 dB mostly mends itself within two hundred steps."""
LEAST_PIXELS = 32
LENGTH = "length"
"""Under which name a checkpoint keeps how many steps there are."""
TOLD, SHORTEST_SLOPE = 20, 5.0
"""Reports that the PSNR's slope is taken over, and seconds that it takes at least."""
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
    pixels: int = 256
    """Places in a batch; halved as often as it takes where a GPU's memory is too small for them."""
    seed: int = 0
    coarse: bool = False
    """Whether a GPU may take matrix products in TF32."""


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
        self.pixels = config.pixels
        self._module = module
        self._seed = config.seed
        self._rate = config.learning_rate
        self._coarse = config.coarse
        groups = groups or [{"params": list(module.parameters()), "rate": 1.0}]
        self._optimizer = torch.optim.Adam(groups, betas=config.betas, fused=True)
        self._random = torch.Generator()
        self.elsewhere = 0.0
        """Mean squared error of the pictures that what is trained here has no part in, for what is told."""
        self._drawn: list[Tensor] = []
        """Batches of the next steps, on the device, the last one first."""

    @property
    def device(self) -> torch.device:
        """Where it trains."""
        return next(self._module.parameters()).device

    @abstractmethod
    def draw(self, random: torch.Generator) -> Tensor:
        """Draw a batch, int64 [B], on the CPU: another machine or device shall draw the same."""

    @abstractmethod
    def loss(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        """The loss and the pictures' mean squared error as the batch, on the device, estimates it; both scalars."""

    def step(self) -> Tensor:
        """Take one step; returns the mean squared error that its batch estimates, a scalar on the device.

        Raises:
            torch.OutOfMemoryError: the device has no memory even for the smallest batch.
        """
        while True:
            try:
                return self._step()
            except torch.OutOfMemoryError:
                if self.pixels < 2 * LEAST_PIXELS:
                    raise
                self.pixels //= 2
                self._drawn = []
                self._optimizer.zero_grad(set_to_none=True)
                if torch.cuda.is_available():
                    torch.cuda.empty_cache()

    def _step(self) -> Tensor:
        for group in self._optimizer.param_groups:
            group["lr"] = group["rate"] * self._rate * schedule(self.step_number, self.steps)
        with coarse_products(wanted=self._coarse):
            loss, error = self.loss(self._batch())
            self._optimizer.zero_grad(set_to_none=True)
            loss.backward()
        self._optimizer.step()
        self.step_number += 1
        return error.detach()

    def _batch(self) -> Tensor:
        """The batch of this step. Those of many are moved to the device in one go, for which it needn't be waited."""
        if not self._drawn:
            now = self.step_number
            ahead = range(now, max(now + 1, min(self.steps, now + DRAWN_AHEAD)))
            batches = torch.stack([self.draw(self._random.manual_seed(step_seed(self._seed, at))) for at in ahead])
            if self.device.type == "cuda":
                batches = batches.pin_memory()
            self._drawn = list(batches.to(self.device, non_blocking=True).flip(0))
        return self._drawn.pop()

    def snapshot(self) -> dict[str, Tensor]:
        """A copy of the weights."""
        return {name: tensor.detach().clone() for name, tensor in self._module.state_dict().items()}

    def retreat(self, weights: dict[str, Tensor]) -> None:
        """Go back to earlier weights, forget the optimiser's momenta, and go on at half the rate."""
        self._module.load_state_dict(weights)
        self._optimizer.state.clear()
        self._rate /= 2

    def state(self) -> dict[str, Tensor]:
        """Everything that the next steps depend on."""
        counts = torch.tensor([self.step_number, self.pixels])
        state = {"counts": counts, "rate": torch.tensor(self._rate, dtype=torch.float64)}
        state |= {f"weight.{name}": tensor for name, tensor in self.snapshot().items()}
        for number, moments in self._optimizer.state_dict()["state"].items():
            state |= {f"adam.{number}.{name}": tensor for name, tensor in moments.items()}
        return state

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state` gave, by the same bits where the machine is the same.

        Raises:
            KeyError, RuntimeError, ValueError: it is that of another network.
        """
        self.step_number, self.pixels = (int(count) for count in state["counts"])
        self._drawn = []
        self._rate = float(state["rate"])
        self._module.load_state_dict(part(state, "weight."))
        moments: dict[int, dict[str, Tensor]] = {}
        for name, tensor in part(state, "adam.").items():
            number, _, key = name.partition(".")
            moments.setdefault(int(number), {})[key] = tensor
        groups = self._optimizer.state_dict()["param_groups"]
        self._optimizer.load_state_dict({"state": moments, "param_groups": groups})


def part(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin so, without it."""
    return {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}


@dataclass
class _Course:
    """How a training goes, and the best it has come to."""

    weights: dict[str, Tensor]
    best: float = math.inf
    lost: int = 0
    """How many looks in a row found the error far above its best."""
    running: Tensor | None = None
    told: list[tuple[float, float]] = field(default_factory=list)
    """Times in seconds and PSNRs in dB, of late."""

    def heard(self, error: Tensor) -> None:
        self.running = error if self.running is None else torch.lerp(self.running, error, SMOOTHING)

    def figures(self, decibels: float) -> tuple[str, dict[str, float]]:
        """What to tell of a PSNR: in words, and by name."""
        now = time.perf_counter()
        self.told = [*self.told[-TOLD:], (now, decibels)]
        then, before = self.told[0]
        if now - then < SHORTEST_SLOPE:
            return f"PSNR {decibels:.1f} dB", {"psnr": decibels}
        slope = 60 * (decibels - before) / (now - then)
        return f"PSNR {decibels:.1f} dB, {slope:+.1f} a minute", {"psnr": decibels, "psnr_per_minute": slope}

    def state(self) -> dict[str, Tensor]:
        running = torch.empty(0) if self.running is None else self.running
        best, lost = torch.tensor(self.best, dtype=torch.float64), torch.tensor(self.lost)
        state = {"best_error": best, "lost": lost, "running": running}
        return state | {f"best.{name}": tensor for name, tensor in self.weights.items()}

    @classmethod
    def restored(cls, state: dict[str, Tensor], device: torch.device) -> "_Course":
        running = state["running"].to(device) if state["running"].numel() else None
        return cls(part(state, "best."), float(state["best_error"]), int(state["lost"]), running)


def train(
    trainer: Trainer,
    progress: Progress = silent,
    watch: Callable[[int], None] | None = None,
    checkpoint: Checkpoint | None = None,
) -> None:
    """Take all the configured steps, telling the running PSNR; `watch` is called after each with its number.

    A sine network that learns too fast can fall apart and never recover. When the running error has
    grown fourfold (6 dB) over its best, and stays so, training goes on from the best weights at half the rate.

    Args:
        checkpoint: keeps the training every now and then, and when it is interrupted; what it holds of an
            earlier run is gone on from.

    Raises:
        Stopped: Ctrl-C or SIGTERM, after a step; with a checkpoint only.
    """
    steps = trainer.steps
    course = _Course(trainer.snapshot())
    kept = checkpoint.load(TRAINING) if checkpoint else None
    if kept:
        state = {name: torch.from_numpy(array) for name, array in kept.items()}
        try:
            trainer.restore(state)
            course = _Course.restored(state, trainer.device)
        except (KeyError, RuntimeError, ValueError):
            assert checkpoint is not None
            raise checkpoint.damaged() from None
    every = max(1, min(100, steps // 40))
    with one_thread(), finishing(wanted=checkpoint is not None) as stopping:
        while trainer.step_number < steps:
            course.heard(trainer.step())
            number = trainer.step_number
            if watch is not None:
                watch(number)
            if number % every == 0 or number == steps:
                assert course.running is not None
                average = course.running.item()
                progress(STAGE, number, steps, *course.figures(psnr(average + trainer.elsewhere)))
                course.lost = 0 if average < FALLEN_APART * course.best else course.lost + 1
                if average < course.best:
                    course.best, course.weights = average, trainer.snapshot()
                elif course.lost == LOOKS or not math.isfinite(average):
                    trainer.retreat(course.weights)
                    course.running, course.lost = None, 0
            stopped = stopping()
            if checkpoint and (stopped or number == steps or checkpoint.due(TRAINING)):
                state = trainer.state() | course.state()
                checkpoint.keep(TRAINING, {name: tensor.cpu().numpy() for name, tensor in state.items()})
            if stopped:
                raise Stopped(f"Stopped at step {number} of {steps}")


def settled(find: Callable[[], int], checkpoint: Checkpoint | None) -> int:
    """A number of steps, found once: what an interrupted run had found holds for the one that goes on."""
    if checkpoint is None:
        return find()
    return int(checkpoint.once(LENGTH, lambda: {"steps": np.array(find())})["steps"])


def steps_within(trial: Callable[[], Trainer], seconds: float) -> int:
    """How many steps fit into `seconds` on this machine, measured once on a trainer of a copy; at least 1."""
    trainer = trial()
    with one_thread():
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
