"""Goals: the frames that a rollout is told to go to, by a second of the source or by name."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alive_cli.errors import InputError
from bundle_spec.manifest import Source

SHOWN_NAMES = 12
"""A message lists at most so many names."""


@dataclass(frozen=True)
class Goal:
    """Where a rollout goes, and how long that takes."""

    name: str | None
    """The name that the goal was given by, or None."""
    second: float
    """The second of the source where the rollout arrives."""
    frame: int
    """The observed frame where it arrives."""
    last: int
    """The observed frame up to which it plays on from there; `frame` itself where the goal is a single frame."""
    seconds: float
    """The seconds until the rollout arrives, with the clock as it was when the goal was given. If somebody changes the
    clock (`speed`) on the way, this no longer counts."""

    def __str__(self) -> str:
        """The goal in words."""
        return self.name or f"second {self.second:.1f}"


def frame_at(source: Source, frames: int, second: float) -> int:
    """The observed frame, of so many, at a second of the source.

    Raises:
        InputError: the second is outside the clip.
    """
    position = (second - source.start) * source.fps
    if not -0.5 <= position < frames - 0.5:
        last = source.start + (frames - 1) / source.fps
        raise InputError(f"The fitted clip has no second {second:g}; choose from {source.start:g} to {last:.2f}.")
    return max(0, round(position))


def frames_of(
    goal: float | str, source: Source, frames: int, names: Mapping[str, Sequence[int]]
) -> tuple[str | None, int, int]:
    """The name, if any, and the first and the last observed frame of a goal: a second of the source, or a name.

    Raises:
        InputError: the second is outside the clip or no number, or there is no such name.
    """
    if isinstance(goal, str):
        if goal not in names:
            raise InputError(unknown_name(goal, names))
        first, last = names[goal]
        return goal, first, last
    try:
        second = float(goal)
    except (TypeError, ValueError, OverflowError):
        second = math.nan
    frame = frame_at(source, frames, second)
    return None, frame, frame


def unknown_name(name: str, names: Mapping[str, Sequence[int]]) -> str:
    """The sentence about a name that a scene doesn't have."""
    known = list(names)[:SHOWN_NAMES] + ["…"] * (len(names) > SHOWN_NAMES)
    there = f"its names are {', '.join(known)}" if known else "it has no names yet, and alive name gives it some"
    return f"This scene has no name {name!r}; {there}."
