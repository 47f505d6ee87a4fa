"""Work over all cores, in order."""

import threading
import time

import cv2
import pytest

torch = pytest.importorskip("torch")

from alive_cli.observation.parallel import in_threads  # noqa: E402
from alive_cli.threads import AHEAD  # noqa: E402


@pytest.fixture(autouse=True)
def threads() -> None:
    """Numbers of threads that are not the ones meanwhile."""
    before = cv2.getNumThreads(), torch.get_num_threads()
    cv2.setNumThreads(2)
    torch.set_num_threads(2)
    yield
    assert (cv2.getNumThreads(), torch.get_num_threads()) == (2, 2)
    cv2.setNumThreads(before[0])
    torch.set_num_threads(before[1])


@pytest.mark.parametrize("count", [0, 1, AHEAD - 1, AHEAD, 3 * AHEAD + 1])
def test_results_come_in_order(count: int) -> None:
    def work(number: int) -> int:
        time.sleep(0.002 if number % 3 == 0 else 0)
        return number * number

    assert list(in_threads(work, range(count))) == [number * number for number in range(count)]


def test_one_thread_each_meanwhile() -> None:
    numbers = list(in_threads(lambda _: (cv2.getNumThreads(), torch.get_num_threads()), range(5)))
    assert numbers == [(1, 1)] * 5


def test_an_exception_arrives_in_its_turn() -> None:
    def work(number: int) -> int:
        if number == 4:
            raise ZeroDivisionError("four")
        return number

    results = in_threads(work, range(40))
    assert [next(results) for _ in range(4)] == [0, 1, 2, 3]
    with pytest.raises(ZeroDivisionError, match="four"):
        next(results)


def test_who_stops_reading_gets_the_threads_back() -> None:
    numbers = in_threads(lambda number: number, range(100))
    assert next(numbers) == 0
    numbers.close()


def test_memory_stays_bounded() -> None:
    begun = []
    lock = threading.Lock()

    def work(number: int) -> int:
        with lock:
            begun.append(number)
        return number

    for result in in_threads(work, range(5 * AHEAD)):
        assert max(begun) <= result + AHEAD
