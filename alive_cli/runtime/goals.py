"""Goals: the frames that a rollout is told to go to, by a second of the source or by name, and actions that it does."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from alive_cli.errors import InputError
from bundle_spec.manifest import Source

NO_ACTIONS = "it has no actions, and alive actions with --find looks for some"
"""People read this where they name an action of a scene without any."""
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
    is_action: bool = False
    """Whether the name is that of an action, which the rollout does once it has arrived."""

    def __str__(self) -> str:
        """The goal in words."""
        return self.name or f"second {self.second:.1f}"


@dataclass(frozen=True)
class Place:
    """Where a goal is: the rollout goes to the cheapest of its frames, and on to the end of that range."""

    name: str | None
    ranges: tuple[tuple[int, int], ...]
    """The first and the last observed frame of each range."""
    is_action: bool = False
    """An action begins at the first frame of a range; elsewhere a rollout may arrive at any frame."""

    @property
    def frames(self) -> list[int]:
        """The frames where a rollout may arrive."""
        if self.is_action:
            return sorted({first for first, _ in self.ranges})
        return [frame for first, last in self.ranges for frame in range(first, last + 1)]

    def range_at(self, frame: int) -> tuple[int, int]:
        """The range that a rollout goes through once it has arrived at a frame: the one that ends last."""
        here = [each for each in self.ranges if each[0] <= frame <= each[1]]
        return max((each for each in here if each[0] == frame or not self.is_action), key=lambda each: each[1])


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


def place_of(goal: float | str, source: Source, frames: int, names: Mapping[str, Sequence[int]]) -> Place:
    """The place of a goal: a second of the source, or a name.

    Raises:
        InputError: the second is outside the clip or no number, or there is no such name.
    """
    if isinstance(goal, str):
        if goal not in names:
            raise InputError(unknown_name(goal, names))
        first, last = names[goal]
        return Place(goal, ((first, last),))
    try:
        second = float(goal)
    except (TypeError, ValueError, OverflowError):
        second = math.nan
    frame = frame_at(source, frames, second)
    return Place(None, ((frame, frame),))


def action_of(name: str, actions: Mapping[str, Sequence[Sequence[int]]]) -> Place:
    """The place of an action.

    Raises:
        InputError: there is no such action.
    """
    if name not in actions:
        raise InputError(unknown_action(name, actions))
    return Place(name, tuple((first, last) for first, last in actions[name]), is_action=True)


def shown_names(names: Iterable[str]) -> list[str]:
    """The names that a message lists: the first ones, and dots if there are more."""
    known = list(names)
    return known[:SHOWN_NAMES] + ["…"] * (len(known) > SHOWN_NAMES)


def unknown_action(name: str, actions: Iterable[str]) -> str:
    """The sentence about an action that a scene doesn't have."""
    known = shown_names(actions)
    there = f"its actions are {', '.join(known)}" if known else NO_ACTIONS
    return f"This scene has no action {name!r}; {there}."


def unknown_name(name: str, names: Mapping[str, Sequence[int]]) -> str:
    """The sentence about a name that a scene doesn't have."""
    known = shown_names(names)
    there = f"its names are {', '.join(known)}" if known else "it has no names yet, and alive name gives it some"
    return f"This scene has no name {name!r}; {there}."
