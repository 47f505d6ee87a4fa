"""Work on all cores, and work beside other work."""

import threading

import cv2
import pytest

from alive_cli.threads import Aside, Team, over_cores, single_threaded_opencv, usable_cores


@pytest.fixture(autouse=True)
def two_threads() -> None:
    before = cv2.getNumThreads()
    cv2.setNumThreads(2)
    yield
    assert cv2.getNumThreads() == 2
    cv2.setNumThreads(before)


def test_there_is_a_core() -> None:
    assert usable_cores() >= 1


def test_results_come_in_order_from_threads_that_were_prepared() -> None:
    prepared = set()
    results = list(over_cores(lambda number: number + 1, range(50), lambda: prepared.add(threading.get_ident())))
    assert results == list(range(1, 51))
    assert 1 <= len(prepared) <= usable_cores()


def test_opencv_keeps_one_thread_until_the_last_user_is_done() -> None:
    first, second = single_threaded_opencv(), single_threaded_opencv()
    with first:
        second.__enter__()
        assert cv2.getNumThreads() == 1
    assert cv2.getNumThreads() == 1
    second.__exit__(None, None, None)


@pytest.mark.parametrize("threads", [1, 3])
def test_a_team_does_every_item_once_with_tools_of_each_thread_alone(threads: int) -> None:
    team = Team([[] for _ in range(threads)])
    busy = [threading.Lock() for _ in range(threads)]
    kept = team._tools

    def work(item: int, tools: list[int]) -> None:
        number = next(number for number, each in enumerate(kept) if each is tools)
        assert busy[number].acquire(blocking=False)
        tools.append(item)
        busy[number].release()

    for _ in range(3):
        team.share(work, range(50))
    assert sorted(item for tools in kept for item in tools) == sorted([*range(50)] * 3)
    team.share(work, [])


@pytest.mark.parametrize("threads", [1, 3])
def test_a_team_raises_what_its_work_raises_and_goes_on(threads: int) -> None:
    team, done = Team([None] * threads), []

    def work(item: int, _: None) -> None:
        if item == 5:
            raise ValueError("five")
        done.append(item)

    with pytest.raises(ValueError, match="five"):
        team.share(work, range(9))
    done.clear()
    team.share(work, range(5))
    assert sorted(done) == list(range(5))


def test_work_goes_on_aside() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work() -> str:
        begun.set()
        go_on.wait(10)
        return "done"

    aside = Aside(work)
    assert begun.wait(10)
    go_on.set()
    assert aside.result() == aside.result() == "done"


def test_an_error_is_raised_where_the_result_is_needed() -> None:
    aside = Aside(lambda: 1 / 0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            aside.result()
