"""Work on all cores, and work beside other work."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock, Thread
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 16
"""So many items are computed ahead of the one that is read, so that no thread waits and memory stays bounded."""


def usable_cores() -> int:
    """CPU cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def over_cores(
    work: Callable[[Item], Result], items: Sequence[Item], begin: Callable[[], None] | None = None
) -> Iterator[Result]:
    """The results of `work` for each item, in order, computed on all usable cores.

    OpenCV uses one thread a call meanwhile: many items at once are faster than many threads for one. An interruption
    does not wait for items that no core has begun.

    Args:
        begin: it is called once in each thread, before its first item.
    """
    pending: deque[Future[Result]] = deque()
    with single_threaded_opencv():
        pool = ThreadPoolExecutor(usable_cores(), initializer=begin)
        try:
            for number in range(len(items) + AHEAD):
                if number < len(items):
                    pending.append(pool.submit(work, items[number]))
                if number >= AHEAD and pending:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


_lock = Lock()
_users, _before = 0, 0


@contextmanager
def single_threaded_opencv() -> Iterator[None]:
    """Make OpenCV use one thread a call until the last of the threads that asked for it is done."""
    import cv2

    global _users, _before
    with _lock:
        if not _users:
            _before = cv2.getNumThreads()
        _users += 1
        cv2.setNumThreads(1)
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                cv2.setNumThreads(_before)


class Aside(Generic[Result]):
    """Work that goes on beside other work, for steps that leave cores idle. It ends with the process."""

    def __init__(self, work: Callable[[], Result]) -> None:
        """Begin with the work."""
        self._result: Result | None = None
        self._error: BaseException | None = None

        def run() -> None:
            try:
                self._result = work()
            except BaseException as error:
                self._error = error

        self._thread = Thread(target=run, daemon=True)
        self._thread.start()

    def result(self) -> Result:
        """What the work returns, as soon as it is done; raises what the work raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]
