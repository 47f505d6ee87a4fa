"""The part that all trainers of pictures share: seeded steps, a schedule, and a return to the best weights."""

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
from alive_cli.signals import deferred_interruption
from alive_cli.training.checkpoint import TRAINING, Checkpoint
from alive_cli.training.device import coarse_products, one_thread
from alive_cli.training.step_graph import StepGraph

STAGE = "Learning to draw"
"""The progress bar shows this text while a generator trains."""
WARM_UP_STEPS = 10
"""So many steps pass before a measurement of speed, because the first ones are slower."""
TIMED_STEPS = 60
"""The speed of a training is measured on so many steps."""
DRAWN_AHEAD = 64
"""So many batches are drawn and moved to the device at once, because a copy for each step would wait for the
device."""
SMOOTHING = 0.02
"""The running error moves by this share toward the error of each batch."""
FALLEN_APART = 4.0
"""A running error so many times its best counts as fallen apart: 6 dB."""
CHECKS = 4
"""The error must be that large so many times in a row, up to a hundred steps apart, because a sudden fall of the PSNR
by 6 dB mostly recovers within two hundred steps."""
LEAST_PIXELS = 32
"""A batch has at least so many places; a GPU whose memory is too small for them can't train."""
LENGTH = "length"
"""A checkpoint keeps the number of steps under this name."""
SLOPE_REPORTS, SHORTEST_SLOPE = 20, 5.0
"""The slope of the PSNR is measured over so many reports, which span at least so many seconds."""
WARM_UP = 0.03
"""The learning rate rises over this share of the steps, because full steps from random weights diverge."""
FLOOR = 0.02
"""The learning rate ends at this share of its largest value."""


@dataclass(frozen=True)
class Training:
    """How long and how fast to train."""

    steps: int
    learning_rate: float
    betas: tuple[float, float] = (0.9, 0.999)
    pixels: int = 256
    """Places in a batch; halved until the batch fits into a GPU's memory."""
    seed: int = 0
    coarse: bool = False
    """Whether a GPU may compute matrix products in TF32."""


def step_seed(seed: int, step: int) -> int:
    """Seed of a step's own random stream, 32 bits, because torch's CPU generator ignores higher ones."""
    return (seed * 0x9E3779B1 + step) & 0xFFFFFFFF


class Trainer(ABC):
    """Trains step by step; each step depends on the weights, the seed and the step's number only."""

    def __init__(self, module: nn.Module, config: Training, groups: list[dict[str, Any]] | None = None) -> None:
        """Prepare the optimiser, Adam (Kingma & Ba 2015).

        Args:
            groups: groups of parameters, each with a `rate` that scales the learning rate; by default one group.
        """
        self.steps = config.steps
        self.step_number = 0
        self.pixels = config.pixels
        self._module = module
        self._seed = config.seed
        self._rate = config.learning_rate
        self._coarse = config.coarse
        groups = groups or [{"params": list(module.parameters()), "rate": 1.0}]
        on_gpu = self.device.type == "cuda"
        self._optimizer = torch.optim.Adam(groups, betas=config.betas, fused=True, capturable=on_gpu)
        if on_gpu:  # a recorded step reads its rates from tensors
            for group in self._optimizer.param_groups:
                group["lr"] = torch.zeros((), device=self.device)
        self.graph = StepGraph(self._advance) if on_gpu else None
        """It repeats recorded steps on a GPU; None runs one operation at a time."""
        self._random = torch.Generator()
        self.elsewhere = 0.0
        """Mean squared error of the pictures that this training can't change; the reported PSNR includes it."""
        self._drawn: list[Tensor] = []
        """Batches of the next steps on the device, in reverse order."""

    @property
    def device(self) -> torch.device:
        """The device that trains."""
        return next(self._module.parameters()).device

    @abstractmethod
    def draw(self, random: torch.Generator) -> Tensor:
        """Draw a batch, int64 [B], on the CPU, so that every machine and device draws the same."""

    @abstractmethod
    def loss(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        """The loss and the estimated mean squared error of the pictures for a batch on the device; both scalars."""

    def step(self) -> Tensor:
        """Take one step.

        Returns:
            The mean squared error that the batch estimates, a scalar on the device.

        Raises:
            torch.OutOfMemoryError: the device's memory is too small even for the smallest batch.
        """
        while True:
            try:
                return self._step()
            except torch.OutOfMemoryError:
                if self.pixels < 2 * LEAST_PIXELS:
                    raise
                self.pixels //= 2
                self._drawn = []
                self._forget_graph()
                self._optimizer.zero_grad(set_to_none=True)
                if torch.cuda.is_available():
                    torch.cuda.empty_cache()

    def _step(self) -> Tensor:
        for group in self._optimizer.param_groups:
            rate = group["rate"] * self._rate * schedule(self.step_number, self.steps)
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate
        batch = self._batch()
        error = self.graph(batch) if self.graph else self._advance(batch)
        self.step_number += 1
        return error

    def _advance(self, batch: Tensor) -> Tensor:
        with coarse_products(enabled=self._coarse):
            loss, error = self.loss(batch)
            self._optimizer.zero_grad(set_to_none=True)
            loss.backward()
        self._optimizer.step()
        return error.detach()

    def _forget_graph(self) -> None:
        if self.graph:
            self.graph.forget()

    def _batch(self) -> Tensor:
        """The batch of this step. Many batches move to the device at once, so that no step waits for a copy."""
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
        """Return to earlier weights, clear the state of the optimiser, and go on at half the rate."""
        self._module.load_state_dict(weights)
        self._optimizer.state.clear()
        self._forget_graph()
        self._rate /= 2

    def state(self) -> dict[str, Tensor]:
        """All tensors on which the next steps depend."""
        counts = torch.tensor([self.step_number, self.pixels])
        state = {"counts": counts, "rate": torch.tensor(self._rate, dtype=torch.float64)}
        state |= {f"weight.{name}": tensor for name, tensor in self.snapshot().items()}
        for number, averages in self._optimizer.state_dict()["state"].items():
            state |= {f"adam.{number}.{name}": tensor for name, tensor in averages.items()}
        return state

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from the tensors of `state`; the same machine then computes the same bits.

        Raises:
            KeyError, RuntimeError, ValueError: the tensors are those of another network.
        """
        self.step_number, self.pixels = (int(count) for count in state["counts"])
        self._drawn = []
        self._rate = float(state["rate"])
        self._module.load_state_dict(part(state, "weight."))
        averages: dict[int, dict[str, Tensor]] = {}
        for name, tensor in part(state, "adam.").items():
            number, _, key = name.partition(".")
            averages.setdefault(int(number), {})[key] = tensor
        groups = self._optimizer.state_dict()["param_groups"]
        self._optimizer.load_state_dict({"state": averages, "param_groups": groups})
        self._forget_graph()


def part(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin with a prefix, by their names without it."""
    return {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}


@dataclass
class _Course:
    """The course of a training, and its best weights so far."""

    weights: dict[str, Tensor]
    best: float = math.inf
    lost: int = 0
    """Number of checks in a row with an error far above its best."""
    running: Tensor | None = None
    reports: list[tuple[float, float]] = field(default_factory=list)
    """The latest times in seconds and PSNRs in dB."""

    def update(self, error: Tensor) -> None:
        self.running = error if self.running is None else torch.lerp(self.running, error, SMOOTHING)

    def figures(self, decibels: float) -> tuple[str, dict[str, float]]:
        """The figures to report for a PSNR in dB, as text and by name; from some seconds on with its slope a minute."""
        now = time.perf_counter()
        self.reports = [*self.reports[-SLOPE_REPORTS:], (now, decibels)]
        then, before = self.reports[0]
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
    """Take all configured steps and report the running PSNR.

    A sine network that learns too fast can fall apart and never recover. If the running error stays at more than
    FALLEN_APART times its best, training goes on from the best weights at half the rate.

    Args:
        watch: is called with the number of each step after it.
        checkpoint: stores the training every SECONDS and when it is interrupted. If it holds an interrupted training,
            that one goes on.

    Raises:
        InputError: the stored training is damaged.
        Stopped: Ctrl-C or SIGTERM arrived; raised after a step, and with a checkpoint only.
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
    with one_thread(), deferred_interruption(enabled=checkpoint is not None) as stopping:
        while trainer.step_number < steps:
            course.update(trainer.step())
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
                elif course.lost == CHECKS or not math.isfinite(average):
                    trainer.retreat(course.weights)
                    course.running, course.lost = None, 0
            stopped = stopping()
            if checkpoint and (stopped or number == steps or checkpoint.due(TRAINING)):
                state = trainer.state() | course.state()
                checkpoint.keep(TRAINING, {name: tensor.cpu().numpy() for name, tensor in state.items()})
            if stopped:
                raise Stopped(f"Stopped at step {number} of {steps}")


def fixed_steps(find: Callable[[], int], checkpoint: Checkpoint | None) -> int:
    """The number of steps from `find`, or the one that an interrupted run has stored in the checkpoint."""
    if checkpoint is None:
        return find()
    return int(checkpoint.once(LENGTH, lambda: {"steps": np.array(find())})["steps"])


def steps_within(trial: Callable[[], Trainer], seconds: float) -> int:
    """Number of steps, at least 1, that fit into `seconds` on this machine, measured on the trainer of a copy."""
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
