"""Work on many items over all cores, in order."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import cv2
import torch

from alive_cli.training.device import one_thread

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 16
"""So many items are computed ahead of the one that is read, so that no thread waits and memory stays bounded."""


def in_threads(work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    """The results of `work` for each item, in order, computed on all cores.

    OpenCV and torch use one thread each meanwhile: many items at once are faster than many threads for one. Each
    worker sets that for itself, because a thread that begins does not always know it, and sums of several threads are
    rounded otherwise.
    """
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    pending: deque[Future[Result]] = deque()
    try:
        with one_thread(), ThreadPoolExecutor(cores(), initializer=torch.set_num_threads, initargs=(1,)) as pool:
            for number in range(len(items) + AHEAD):
                if number < len(items):
                    pending.append(pool.submit(work, items[number]))
                if number >= AHEAD and pending:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
    finally:
        cv2.setNumThreads(before)


def cores() -> int:
    """CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
