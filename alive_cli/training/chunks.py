"""Work that is done by and by, in pieces as large as memory allows."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

Result = TypeVar("Result")


def chunked(rows: Any, size: int, work: Callable[[Any], Result]) -> Iterator[Result]:
    """What `work` makes of each chunk of an array or tensor, in their order.

    Where a GPU's memory is too short for a chunk, that and all later ones are half as large.

    Args:
        rows: of which at most `size` are worked on at a time.
        work: must change nothing before it has succeeded.

    Raises:
        torch.OutOfMemoryError: there is not even room for one row.
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
            del result  # or it would be there still while the next one comes to be
            continue
        torch.cuda.empty_cache()  # here, where the failed work's own tensors are gone
