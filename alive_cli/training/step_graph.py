"""Steps of a training on a GPU as one launch each.

A step is some hundred small operations, and launching them takes most of its time. A CUDA graph records them once and
repeats them with one launch (PyTorch, "CUDA semantics", CUDA Graphs): what changes from step to step must lie in
tensors that stay in place.
"""

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

EAGER_STEPS = 3
"""So many steps run one operation at a time before a graph is recorded, because first calls prepare libraries and the
optimiser."""

Step = Callable[[Tensor], Tensor]
"""A step takes a batch and returns its error, both on the device."""


class Recorded(Protocol):
    """A recorded step, which can be repeated."""

    def __call__(self) -> None:
        """Run it again on the same tensors."""


Record = Callable[[Callable[[], None]], Recorded]
"""Records what a function does, without doing it."""


class StepGraph:
    """Runs a step the plain way at first, and from then on repeats a recording of it."""

    def __init__(self, step: Step, record: Record | None = None) -> None:
        """Prepare; `record` is that of CUDA by default."""
        self._step, self._record = step, record or _record_on_cuda
        self._recorded: Recorded | None = None
        self._batch = self._error = torch.empty(0)
        self._eager = 0

    def __call__(self, batch: Tensor) -> Tensor:
        """Take a step.

        Returns:
            The error of the batch, a tensor of its own.
        """
        if self._recorded is None:
            if self._eager < EAGER_STEPS:
                self._eager += 1
                return self._step(batch)
            self._batch = batch.clone()
            self._recorded = self._record(self._keep_error)
        self._batch.copy_(batch)
        self._recorded()
        return self._error.clone()

    def forget(self) -> None:
        """Record anew, because batches have another size, or weights or the optimiser's state are other tensors."""
        self._recorded, self._eager = None, 0

    def _keep_error(self) -> None:
        self._error = self._step(self._batch)


def _record_on_cuda(work: Callable[[], None]) -> Recorded:
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    return graph.replay
