"""Work in pieces that shrink where memory is short."""

import pytest

torch = pytest.importorskip("torch")

from alive_cli.training.chunks import chunked  # noqa: E402


def test_chunks_shrink_where_memory_is_short() -> None:
    sizes: list[int] = []

    def work(some: torch.Tensor) -> torch.Tensor:
        if len(some) > 3:
            raise torch.OutOfMemoryError("so many don't fit")
        sizes.append(len(some))
        return 2 * some

    rows = torch.arange(30)
    assert torch.equal(torch.cat(list(chunked(rows, 8, work))), 2 * rows)
    assert sizes == [2] * 15
    assert list(chunked(rows[:0], 8, work)) == []


def test_no_room_for_one_row() -> None:
    def work(some: torch.Tensor) -> None:
        raise torch.OutOfMemoryError("none fits")

    with pytest.raises(torch.OutOfMemoryError):
        next(chunked(torch.arange(4), 4, work))
