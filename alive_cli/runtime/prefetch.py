"""Drawing the next frame while the last one is shown or written."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(items: Iterable[T]) -> Iterator[T]:
    """The same items, each made in a thread of its own while its predecessor is used.

    Exceptions arrive where their item would have; leaving early waits for at most one item.
    """
    source = iter(items)
    end = object()
    with ThreadPoolExecutor(1) as pool:

        def ask() -> Future:
            return pool.submit(next, source, end)

        coming = ask()
        while (item := coming.result()) is not end:
            coming = ask()
            yield item
