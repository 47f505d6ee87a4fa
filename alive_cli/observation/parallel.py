"""Work on many items over all cores, in order, where the work uses torch."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import torch

from alive_cli.threads import over_cores
from alive_cli.training.device import one_thread

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_threads(work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    """The results of `work` for each item, in order, computed on all cores.

    Torch, as OpenCV, uses one thread meanwhile. Each worker sets that for itself, because a thread that begins does
    not always know it, and sums of several threads are rounded otherwise.
    """
    with one_thread():
        yield from over_cores(work, items, lambda: torch.set_num_threads(1))
