"""Quiet hours: what people write, and what the wall clock says."""

import time

import pytest

from alive_cli.errors import InputError
from alive_cli.runtime.quiet_hours import LOOK_SECONDS, QuietClock, QuietHours, read_quiet


def at(text: str) -> time.struct_time:
    """A time as the wall clock shows it; 2026-01-05 is a Monday."""
    return time.strptime(f"2026-01-{text}", "%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("ranges", "now", "end"),
    [
        (["22:00-07:00"], "05 21:59", None),
        (["22:00-07:00"], "05 22:00", "07:00"),
        (["22:00-07:00"], "06 00:00", "07:00"),
        (["22:00-07:00"], "06 06:59", "07:00"),
        (["22:00-07:00"], "06 07:00", None),
        (["9:00-17:30"], "05 17:29", "17:30"),
        (["20:00-24:00"], "05 23:59", "00:00"),
        (["20:00-24:00"], "05 00:00", None),
        (["fri 22:00-07:00"], "10 03:00", "07:00"),  # Saturday morning
        (["fri 22:00-07:00"], "09 03:00", None),
        (["sun 22:00-07:00"], "05 03:00", "07:00"),  # the week wraps as well
        (["sat,sun 00:00-24:00"], "10 12:00", "mon 00:00"),
        (["SAT,SUN 00:00-24:00", "22:00-07:00"], "11 12:00", "07:00"),
        (["fri-mon 12:00-13:00"], "05 12:30", "13:00"),
        (["fri-mon 12:00-13:00"], "06 12:30", None),
        (["22:00-02:00", "01:00-05:00"], "05 23:00", "05:00"),
        ([" 22:00 – 07:00 "], "05 23:00", "07:00"),
    ],
)
def test_the_wall_clock_decides(ranges: list[str], now: str, end: str | None) -> None:
    hours = QuietHours(ranges)
    assert hours.are_now(at(now)) is (end is not None)
    if end is not None:
        assert hours.end(at(now)) == end


@pytest.mark.parametrize(
    ("ranges", "says"),
    [
        (["00:00-24:00"], "never end"),
        (["22:00-22:00"], "never end"),
        (["00:00-12:00", "11:00-00:00"], "never end"),
        (["mon-fri 00:00-24:00", "sat,sun 00:00-24:00"], "never end"),
        (["22-7"], "22:00-07:00"),
        (["22:00"], "22:00-07:00"),
        (["25:00-07:00"], "no clock"),
        (["22:61-07:00"], "no clock"),
        (["24:00-07:00"], "no clock"),
        (["22:00-24:30"], "no clock"),
        (["mo 22:00-07:00"], "mon, tue"),
        (["mon, 22:00-07:00"], "mon, tue"),
        (["mon- 10:00-11:00"], "mon, tue"),
        (["-mon 10:00-11:00"], "mon, tue"),
        (["mon-tue-wed 10:00-11:00"], "mon, tue"),
        (["٢٢:00-07:00"], "22:00-07:00"),
        ([""], "22:00-07:00"),
        (["-1:00-07:00"], "22:00-07:00"),
        (["22:00-07:00; rm"], "22:00-07:00"),
    ],
)
def test_what_is_no_schedule_gets_a_sentence(ranges: list[str], says: str) -> None:
    with pytest.raises(InputError, match=says) as error:
        QuietHours(ranges)
    assert str(error.value).endswith(".")


def test_nothing_is_no_schedule() -> None:
    assert read_quiet([]) is None
    assert read_quiet(["22:00-07:00"]) is not None


def test_the_wall_clock_is_read_now_and_then() -> None:
    clock, wall = 0.0, "05 21:59"
    looks: list[str] = []

    def now() -> time.struct_time:
        looks.append(wall)
        return at(wall)

    own = QuietClock(QuietHours(["22:00-07:00"]), clock=lambda: clock, now=now)
    assert own.until == ""
    wall = "05 22:00"
    assert [own.until for _ in range(9)] == 9 * [""]
    clock += LOOK_SECONDS
    assert [own.until for _ in range(9)] == 9 * ["07:00"]
    clock, wall = clock + LOOK_SECONDS, "06 07:00"
    assert own.until == ""
    assert len(looks) == 3
    assert QuietClock(None, now=now).until == ""
    assert len(looks) == 3
