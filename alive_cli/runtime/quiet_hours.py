"""Quiet hours: hours of the week in which a scene stands still, by the clock on the wall."""

import re
import time
from collections.abc import Callable, Iterable

from alive_cli.errors import InputError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The days of the week as people write them, in the order of `time.struct_time.tm_wday`."""
DAY, WEEK = 24 * 60, 7 * 24 * 60
"""Minutes of a day, and those of a week."""
LOOK_SECONDS = 1.0
"""The clock on the wall is looked at once in so many seconds, at most."""

_RANGE = re.compile(r"(?:([a-z,-]+) +)?(\d\d?):(\d\d) *[-–] *(\d\d?):(\d\d)", re.ASCII)
_EXAMPLE = "write them as 22:00-07:00, or as sat,sun 00:00-24:00"


class QuietHours:
    """Minutes of the week. Each answer depends on the wall clock alone, so that nothing goes wrong where that is set
    back or forward, in summer or by hand."""

    def __init__(self, ranges: Iterable[str]) -> None:
        """Read ranges such as `22:00-07:00`, which ends on the next day, or `mon-fri 09:00-17:30`.

        Raises:
            InputError: a range is none, or they leave no minute of the week.
        """
        self._quiet = bytearray(WEEK)
        for text in ranges:
            for minute in _minutes(text):
                self._quiet[minute] = 1
        if all(self._quiet):
            raise InputError("These quiet hours never end; leave some time out of --quiet.")

    def are_now(self, now: time.struct_time) -> bool:
        """Whether the present minute is one of them."""
        return bool(self._quiet[_minute(now)])

    def end(self, now: time.struct_time) -> str:
        """When the present quiet hours end, as `07:00`, or as `mon 07:00` if that is a day or more away."""
        minute = _minute(now)
        later = next(later for later in range(1, WEEK + 1) if not self._quiet[(minute + later) % WEEK])
        day, end = divmod((minute + later) % WEEK, DAY)
        name = "" if later < DAY else f"{DAYS[day]} "
        return f"{name}{end // 60:02}:{end % 60:02}"


class QuietClock:
    """Looks whether quiet hours hold, now and then, because the time of day costs more than a life's next step."""

    def __init__(
        self,
        quiet: QuietHours | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], time.struct_time] = time.localtime,
    ) -> None:
        """Watch quiet hours; None: there are none.

        Args:
            clock: the time in seconds, which nobody sets.
            now: the time that the clock on the wall shows.
        """
        self._quiet, self._clock, self._now = quiet, clock, now
        self._until, self._looked_at = "", float("-inf")

    @property
    def until(self) -> str:
        """When the present quiet hours end, as `QuietHours.end` says it; empty outside of them."""
        clock = self._clock()
        if self._quiet is not None and clock - self._looked_at >= LOOK_SECONDS:
            now = self._now()
            self._until, self._looked_at = self._quiet.end(now) if self._quiet.are_now(now) else "", clock
        return self._until


def read_quiet(ranges: Iterable[str]) -> QuietHours | None:
    """What `--quiet` says; None where it says nothing.

    Raises:
        InputError: as `QuietHours`.
    """
    texts = list(ranges)
    return QuietHours(texts) if texts else None


def _minute(now: time.struct_time) -> int:
    return now.tm_wday * DAY + now.tm_hour * 60 + now.tm_min


def _minutes(text: str) -> list[int]:
    """The minutes of the week that a range covers."""
    match = _RANGE.fullmatch(text.strip().lower())
    if match is None:
        raise InputError(f"{text!r} are no quiet hours; {_EXAMPLE}.")
    begin, end = (60 * int(hour) + int(minute) for hour, minute in (match.group(2, 3), match.group(4, 5)))
    if begin >= DAY or end > DAY or int(match[3]) > 59 or int(match[5]) > 59:
        raise InputError(f"{text!r} has a time that no clock shows; {_EXAMPLE}.")
    if begin == end:
        raise InputError(f"{text!r} begins when it ends, so it would never end; {_EXAMPLE}.")
    length = end - begin if end > begin else end + DAY - begin
    return [(day * DAY + begin + later) % WEEK for day in _days(match[1], text) for later in range(length)]


def _days(names: str | None, text: str) -> list[int]:
    """The numbers of days such as `sat,sun` or `mon-fri`; every day without a name."""
    if names is None:
        return list(range(7))
    days = []
    for name in names.split(","):
        first, dash, last = name.partition("-")
        last = last if dash else first
        if first not in DAYS or last not in DAYS:
            raise InputError(f"{text!r} names a day that doesn't exist; days are {', '.join(DAYS)}.")
        count = (DAYS.index(last) - DAYS.index(first)) % 7 + 1
        days += [(DAYS.index(first) + later) % 7 for later in range(count)]
    return days
