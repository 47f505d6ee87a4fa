"""How long work tells what it is doing, without knowing who listens."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol


class Progress(Protocol):
    """Called often; a listener shows as much of it as it likes."""

    def __call__(
        self, stage: str, done: int, total: int, figure: str = "", values: Mapping[str, float] | None = None
    ) -> None:
        """`done` of `total` units of `stage` are finished.

        Args:
            figure: what matters, for people, "PSNR 31.2 dB" say.
            values: the same for programs, by name.
        """
        ...


def silent(stage: str, done: int, total: int, figure: str = "", values: Mapping[str, float] | None = None) -> None:
    """A listener that shows nothing."""


def staged(stage: str, figure: str) -> str:
    """A stage and its figure in one, where a bar stands for more than one stage."""
    return f"{stage}, {figure}" if figure else stage


def _unheard(text: str) -> None:
    pass


@dataclass(frozen=True)
class Listener:
    """Who is told what long work does."""

    progress: Progress = silent
    say: Callable[[str], None] = _unheard
    """Told what a person may want to know."""
    warn: Callable[[str], None] = _unheard
    """Told what a person should not overlook."""


class Stopwatch:
    """A listener that hands on what it hears, and knows afterwards how long each stage took."""

    def __init__(self, listener: Progress = silent, spent: Mapping[str, float] | None = None) -> None:
        """Count on from the seconds by stage that were `spent` before."""
        self._listener = listener
        self._began = time.perf_counter()
        self._stage: str | None = None
        self._seconds: dict[str, float] = dict(spent or {})

    def __call__(
        self, stage: str, done: int, total: int, figure: str = "", values: Mapping[str, float] | None = None
    ) -> None:
        """Time between two calls belongs to the stage of the first."""
        self._account()
        self._stage = stage
        self._listener(stage, done, total, figure, values)

    def seconds(self) -> dict[str, float]:
        """Seconds by stage, in the order in which they began; up to now for the one that goes on."""
        self._account()
        return dict(self._seconds)

    def _account(self) -> None:
        now = time.perf_counter()
        if self._stage is not None:
            self._seconds[self._stage] = self._seconds.get(self._stage, 0.0) + now - self._began
        self._began = now
