"""How long work reports its progress to a listener that it doesn't know."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol


class Progress(Protocol):
    """A function that long work calls often; a listener shows as many of the calls as it likes."""

    def __call__(
        self, stage: str, done: int, total: int, figure: str = "", values: Mapping[str, float] | None = None
    ) -> None:
        """`done` of `total` units of `stage` are finished.

        Args:
            figure: the figure that matters most, as text for people, for example "PSNR 31.2 dB".
            values: the same figure and others as numbers by name, for programs.
        """
        ...


def silent(stage: str, done: int, total: int, figure: str = "", values: Mapping[str, float] | None = None) -> None:
    """A listener that shows nothing."""


def stage_with_figure(stage: str, figure: str) -> str:
    """A stage and its figure in one text, for a bar that stands for several stages."""
    return f"{stage}, {figure}" if figure else stage


def _discard(text: str) -> None:
    pass


class Steps:
    """Reports work of several kinds as one stage, step by step."""

    def __init__(self, stage: str, total: int, progress: Progress) -> None:
        """Nothing of `total` steps is done yet."""
        self._stage, self._total, self._progress = stage, total, progress
        self._done = 0

    def next(self) -> None:
        """Report that one more step is done."""
        self._done += 1
        self._progress(self._stage, min(self._done, self._total), self._total)


@dataclass(frozen=True)
class Listener:
    """The functions that receive the reports of long work."""

    progress: Progress = silent
    say: Callable[[str], None] = _discard
    """Receives what a person may want to know."""
    warn: Callable[[str], None] = _discard
    """Receives what a person should not overlook."""


class Stopwatch:
    """A listener that passes every call on to another one and measures the seconds that each stage takes."""

    def __init__(self, listener: Progress = silent, spent: Mapping[str, float] | None = None) -> None:
        """Start from the seconds by stage that an earlier run `spent`."""
        self._listener = listener
        self._began = time.perf_counter()
        self._stage: str | None = None
        self._seconds: dict[str, float] = dict(spent or {})

    def __call__(
        self, stage: str, done: int, total: int, figure: str = "", values: Mapping[str, float] | None = None
    ) -> None:
        """Pass a call on; the time between two calls counts for the stage of the first."""
        self._account()
        self._stage = stage
        self._listener(stage, done, total, figure, values)

    def seconds(self) -> dict[str, float]:
        """Seconds by stage, in the order in which the stages began; the stage under way counts up to now."""
        self._account()
        return dict(self._seconds)

    def _account(self) -> None:
        now = time.perf_counter()
        if self._stage is not None:
            self._seconds[self._stage] = self._seconds.get(self._stage, 0.0) + now - self._began
        self._began = now
