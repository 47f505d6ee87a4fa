"""Work on all cores, and work beside other work."""

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from threading import Lock, Thread
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
Tools = TypeVar("Tools")

LOW_PRIORITY = 5
"""A thread of low priority raises its niceness by this much; with the highest it would never end beside a busy one."""
AHEAD = 16
"""So many items are computed ahead of the one that is read, so that no thread waits and memory stays bounded."""


def usable_cores() -> int:
    """CPU cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def lower_priority() -> None:
    """Lower the priority of this thread, where a system has priorities for single threads: only Linux."""
    if sys.platform == "linux":
        with suppress(OSError):  # some sandboxes forbid it
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOW_PRIORITY)


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


def single_threaded_algebra() -> None:
    """Make NumPy use one thread, for small matrices: on a busy machine two take longer, because they wait by computing.

    It has an effect only before NumPy is imported, and none where the user has chosen a number.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


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


class Team(Generic[Tools]):
    """Threads that share the pieces of some work. Each has its own tools. Not safe to use from two threads at once."""

    def __init__(self, tools: Sequence[Tools]) -> None:
        """Begin with one thread for each of the tools; the first is the thread that asks for the work."""
        self._tools = tools
        self._pool = ThreadPoolExecutor(len(tools) - 1) if len(tools) > 1 else None

    def share(self, work: Callable[[Item, Tools], object], items: Iterable[Item]) -> None:
        """Do `work` for every item. Raises what it raises, as soon as no thread works any more."""
        left = deque(items)

        def do_some(tools: Tools) -> None:
            while True:
                try:
                    item = left.popleft()
                except IndexError:
                    return
                work(item, tools)

        mates = [self._pool.submit(do_some, tools) for tools in self._tools[1:]] if self._pool else []
        try:
            do_some(self._tools[0])
        finally:
            wait(mates)
        for mate in mates:
            mate.result()


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
