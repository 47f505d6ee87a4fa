"""The cache of decoded keyframes."""

import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import pytest

from alive_cli.runtime.renderers.keyframes import KeyframeCache


def numbered(place: int) -> np.ndarray:
    return np.full(3, place)


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_the_least_recently_used_make_room() -> None:
    decoded: list[int] = []
    cache = KeyframeCache(lambda place: (decoded.append(place), numbered(place))[1], 5, 2)
    for place in (0, 1, 0, 2, 0, 1):
        assert (cache[place] == place).all()
        assert len(cache) <= 2
    assert decoded == [0, 1, 2, 1]


def test_the_others_are_decoded_ahead() -> None:
    decoded: list[int] = []
    cache = KeyframeCache(lambda place: (decoded.append(place), numbered(place))[1], 6, 10)
    assert (cache[4] == 4).all()
    cache.decode_ahead()
    cache.decode_ahead()
    wait_until(lambda: len(cache) == 6)
    assert [int(cache[place][0]) for place in range(6)] == list(range(6))
    assert sorted(decoded) == list(range(6))


def test_only_as_many_as_there_is_room_for() -> None:
    cache = KeyframeCache(numbered, 100, 3)
    assert (cache[50] == 50).all()
    cache.decode_ahead()
    wait_until(lambda: len(cache) == 3)
    assert not cache.fill(70)
    assert 50 in cache._kept


def test_who_drops_the_cache_ends_the_work() -> None:
    decoded: list[int] = []

    def slowly(place: int) -> np.ndarray:
        decoded.append(place)
        time.sleep(0.01)
        return numbered(place)

    cache = KeyframeCache(slowly, 10_000, 10_000)
    cache.decode_ahead()
    wait_until(lambda: len(decoded) > 1)
    del cache
    time.sleep(0.05)
    count = len(decoded)
    time.sleep(0.1)
    assert len(decoded) == count < 100


def test_python_ends_in_order_while_keyframes_are_decoded() -> None:
    """A thread that OpenCV is at work in when Python ends would end the process with an error."""
    program = """
import time
import numpy as np
from alive_cli.runtime.renderers.keyframes import KeyframeCache
kept = KeyframeCache(lambda place: (print(place, flush=True), time.sleep(0.05))[1], 10_000, 10_000)
kept.decode_ahead()
time.sleep(0.12)
print("over", flush=True)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    lines = ended.stdout.splitlines()
    assert "over" in lines
    assert len(lines) - lines.index("over") <= 2, "the keyframe that is being decoded is the last"
    assert not ended.stderr


def test_a_damaged_keyframe_is_an_error_where_it_is_needed() -> None:
    def damaged(place: int) -> np.ndarray:
        if place == 2:
            raise ValueError("damaged")
        return numbered(place)

    cache = KeyframeCache(damaged, 4, 4)
    cache.decode_ahead()
    assert (cache[3] == 3).all()
    with pytest.raises(ValueError, match="damaged"):
        cache[2]
