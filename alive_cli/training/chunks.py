"""Work in chunks that are as large as memory allows."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

Result = TypeVar("Result")


def chunked(rows: Any, size: int, work: Callable[[Any], Result]) -> Iterator[Result]:
    """Yield the result of `work` for each chunk of an array or tensor, in order.

    If a GPU has too little memory for a chunk, this and all later chunks are half as large.

    Args:
        rows: an array or a tensor.
        size: largest number of rows in a chunk.
        work: takes a chunk; it must change nothing if it fails.

    Raises:
        torch.OutOfMemoryError: the memory is too small even for one row.
    """
    import torch

    done = 0
    while done < len(rows):
        some = rows[done : done + size]
        try:
            result = work(some)
        except torch.OutOfMemoryError:
            if len(some) == 1:
                raise
            size = len(some) // 2
        else:
            done += len(some)
            yield result
            del result  # otherwise it would stay in memory while the next one is computed
            continue
        torch.cuda.empty_cache()  # here, where the tensors of the failed work are free
