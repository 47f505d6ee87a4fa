"""Make the next item in a thread while the caller uses the present one."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def prefetch(items: Iterable[T]) -> Iterator[T]:
    """Yield the same items, each made in a second thread while the caller uses the one before.

    An exception is raised in place of its item. A caller that stops early waits for at most one item.
    """
    source = iter(items)
    end = object()
    with ThreadPoolExecutor(1) as pool:

        def submit() -> Future:
            return pool.submit(next, source, end)

        coming = submit()
        while (item := coming.result()) is not end:
            coming = submit()
            yield item
