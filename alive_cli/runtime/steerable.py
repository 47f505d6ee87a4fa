"""What people and programs do to a rollout: each call goes to the driver that knows how."""

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np

from alive_cli.errors import InputError
from alive_cli.runtime.drivers import (
    DRIVERS,
    GoalDriver,
    LeadDriver,
    LookDriver,
    MoodDriver,
    SoundDriver,
    TouchDriver,
    ViewDriver,
)
from alive_cli.runtime.drivers.look import why_no_look
from alive_cli.runtime.drivers.protocol import Driver, Reply
from alive_cli.runtime.events import InputEvent
from alive_cli.runtime.goals import Goal
from alive_cli.runtime.lead.poses import LeadPose
from alive_cli.runtime.steering import NO_MODES, Steering
from alive_cli.runtime.view import check_view

if TYPE_CHECKING:
    from alive_cli.runtime.rollout import Rollout

D = TypeVar("D", bound=Driver)


class Steerable:
    """The part of a rollout that its drivers carry out."""

    def __init__(self) -> None:
        self.drivers: list[Driver] = [kind() for kind in DRIVERS]

    @property
    def _rollout(self) -> "Rollout":
        return cast("Rollout", self)

    @property
    def steering(self) -> Steering | None:
        """What moves pictures of the scene; None if its drawing has no motion modes, or doesn't describe them."""
        raise NotImplementedError

    def follow(self, path: Iterable[int]) -> None:
        """Go to these observed frames, one after the other, before the behavior chooses freely again.

        It has no effect if `node` is None.
        """
        self._of(GoalDriver).follow(path)

    def go_to(self, goal: float | str, *, queue: bool = False) -> Goal:
        """Go to a second of the source, or to a name; then the behavior chooses freely again.

        The rollout goes along observed motion and near transitions. If the name stands for a range of frames, it
        arrives at the one that is cheapest to come to, and plays on to the last.

        Args:
            queue: go there after the goals that are left. Otherwise this goal replaces them.

        Returns:
            The goal with the `seconds` that it takes to arrive. They no longer count once somebody changes the clock.

        Raises:
            InputError: the second is outside the clip, the scene has no such name, its behavior can't go to a chosen
                frame, no transitions lead there, or the clock is 0.
        """
        return self._of(GoalDriver).go_to(goal, self._rollout, queue=queue)

    def act(self, name: str, *, queue: bool = False) -> Goal:
        """Do an action: go to the occurrence that is cheapest to come to, and through it from beginning to end.

        Arguments, result, events and other errors are those of `go_to`; a rollout has arrived where the action begins.

        Raises:
            InputError: the scene has no such action.
        """
        return self._of(GoalDriver).act(name, self._rollout, queue=queue)

    def give_up(self) -> None:
        """Forget all goals. The behavior chooses freely again."""
        self._of(GoalDriver).give_up()

    @property
    def goals(self) -> list[Goal]:
        """The goals that are left, the present one first."""
        return self._of(GoalDriver).goals

    def mood(self, name: str, strength: float = 1.0) -> None:
        """Seek frames that have much of a mood, or avoid them if the strength, −1…1, is below 0; 0 ends the mood.

        Moods mix. Computing what they mean for all frames can take some tenths of a second.

        Raises:
            InputError: the scene has no such mood, the strength is out of range, or the behavior takes no moods.
        """
        self._of(MoodDriver).set({**self.moods, name: strength}, self._rollout)

    def put_in(self, moods: Mapping[str, float]) -> None:
        """Replace all moods by these, each with its strength. Errors are those of `mood`."""
        self._of(MoodDriver).set(moods, self._rollout)

    @property
    def moods(self) -> dict[str, float]:
        """The strengths of the present moods."""
        return dict(self._of(MoodDriver).strengths)

    def handle(self, event: InputEvent) -> Reply | None:
        """Pass an event to the drivers, one after the other, until one replies. Returns its reply, or None."""
        for driver in self.drivers:
            reply = driver.handle(event, self._rollout) if driver.enabled else None
            if reply is not None:
                return reply
        return None

    def driver(self, name: str) -> Driver:
        """The driver of a name: `autonomous`, `mood`, `sound`, `goal`, `lead`, `look`, `view` or `touch`.

        Raises:
            InputError: there is no such driver.
        """
        for driver in self.drivers:
            if driver.name == name:
                return driver
        raise InputError(f"There is no driver {name!r}; there are {', '.join(each.name for each in self.drivers)}.")

    def touch(self, x: float, y: float, dx: float = 0.0, dy: float = 0.0) -> bool:
        """Hold what is at a point, dragged by (dx, dy), until `let_go`; without a drag, nudge it.

        Points are in the picture's coordinates: the longest side spans −1…1, and y points down.

        Returns:
            Whether what is there moves so much in the clip that it follows.

        Raises:
            InputError: the point is outside the picture, or the scene has nothing to move it with.
        """
        steering = self.steering
        if steering is None:
            raise InputError(NO_MODES)
        across, down = steering.longest
        if not (abs(x) <= across and abs(y) <= down and math.isfinite(dx) and math.isfinite(dy)):
            raise InputError(f"The picture spans ±{across:.3g} across and ±{down:.3g} down; touch a point of it.")
        driver = self._of(TouchDriver)
        if dx or dy:
            driver.hold(steering, x, y, dx, dy)
        else:
            driver.nudge(steering, x, y)
        return steering.follows(x, y)

    def let_go(self) -> None:
        """Let go of what `touch` holds, so that it swings back."""
        self._of(TouchDriver).let_go()

    def look_at(self, across: float, down: float) -> None:
        """Turn what moves most toward a point of the picture, −1…1 across and down, until `look_away`.

        Raises:
            InputError: nothing in the clip turns, the scene doesn't say how, or these are no numbers.
        """
        if not (math.isfinite(across) and math.isfinite(down)):
            raise InputError("A look needs two numbers, from −1 to 1.")
        steering = self.steering
        if (why := why_no_look(steering)) is not None:
            raise InputError(why)
        driver = self._of(LookDriver)
        driver.enabled = True
        driver.look_at(across, down)

    def look_away(self) -> None:
        """Return to the scene's own life after `look_at`."""
        self._of(LookDriver).look_away()

    def view_from(self, across: float, down: float, *, at_once: bool = False) -> None:
        """See a scene with depth from elsewhere, −1…1 across and down, until `view_away`; 1 across is the right.

        Raises:
            InputError: the scene has no depth, or a number is out of range.
        """
        self._of(ViewDriver).hold(check_view(across, down, self._rollout.depth), at_once=at_once)

    def view_away(self) -> None:
        """Let the view sway again after `view_from`."""
        self._of(ViewDriver).let_go()

    def follow_view(self, follows: bool | None = None) -> bool:
        """Let the view of a scene with depth follow the pointer or not; None switches. Returns whether it does now."""
        driver = self._of(ViewDriver)
        driver.follows = not driver.follows if follows is None else follows
        if not driver.follows:
            driver.let_go()
        return driver.follows

    def sway(self, amount: float) -> None:
        """How far the view of a scene with depth sways by itself, 0…1; any other number raises an InputError."""
        if not 0 <= amount <= 1:
            raise InputError(f"A sway of {amount:g} is out of range; choose a number from 0 to 1.")
        self._of(ViewDriver).sway = amount

    def switch_as(self, before: "Steerable") -> None:
        """Switch drivers on and off as those of another rollout, and go on with its view."""
        for driver in self.drivers:
            driver.enabled = before.driver(driver.name).enabled
        self._of(ViewDriver).go_on_from(before._of(ViewDriver))

    def lead(self, pose: LeadPose | None) -> None:
        """Take a pose that a `Leader` (runtime/lead/leader.py) saw, until others come; None changes nothing."""
        if pose is not None:
            self._of(LeadDriver).follow(pose)

    def lead_away(self) -> None:
        """Return to the scene's own life after `lead`."""
        self._of(LeadDriver).lead_away()

    def hear(self, sound: np.ndarray, rate: float) -> None:
        """Hear the next samples, [M] or [M, channels], floating −1…1 or whole numbers, `rate` (8,000 to 192,000) a
        second. They drive what `map_sound` says, and nothing of them is kept. Other samples raise an InputError."""
        self._of(SoundDriver).hear(sound, rate)

    def map_sound(self, mappings: Iterable[str]) -> None:
        """Replace what sound drives, as in `["loud=temperature:2", "beat=nudge"]` (runtime/mappings.py). What the scene
        can't do raises an InputError."""
        self._of(SoundDriver).map(mappings, self._rollout)

    def _of(self, kind: type[D]) -> D:
        return next(driver for driver in self.drivers if isinstance(driver, kind))
