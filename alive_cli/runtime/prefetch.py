"""Make the next item while the last one is used."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def prefetch(items: Iterable[T]) -> Iterator[T]:
    """The same items, each made in a thread of its own while its predecessor is used.

    Exceptions arrive where their item would have; leaving early waits for at most one item.
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
