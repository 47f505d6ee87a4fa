"""The driver that goes to goals and does actions: along the motion graph to observed frames."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from alive_cli.errors import InputError
from alive_cli.runtime.drivers.protocol import Reply
from alive_cli.runtime.events import InputEvent, KeyEvent
from alive_cli.runtime.goals import NO_ACTIONS, Goal, Place, action_of, place_of
from alive_cli.runtime.steering import Steering

if TYPE_CHECKING:
    from alive_cli.runtime.motion_graph import MotionGraph
    from alive_cli.runtime.rollout import Rollout

SLOWEST_CLOCK = 1e-6
"""With a slower clock no goal is ever reached."""
MOST_GOALS = 64
"""So many goals wait at most, because each costs time and a place in every state that programs ask for."""
TENTHS = "0123456789"
"""Each of these keys makes the scene go to a tenth of the source."""
NEXT_ACTION = "a"
"""This key makes the scene do the next action."""
ARRIVING, ARRIVED = "arriving", "arrived"
"""Events of a rollout: it sets out for a goal, and the picture shows the goal."""


@dataclass
class Leg:
    """The way to one goal and through it."""

    goal: Goal
    place: Place
    at: int
    """The node that the way begins at."""
    way: deque[int]
    """The frames that are left."""
    through: int
    """The last so many of them lead through the goal, from the frame where the rollout arrives to its last."""
    has_set_out: bool = False
    has_arrived: bool = False


class GoalDriver:
    """Sets the next frame while there is a goal, or a path to follow."""

    name: ClassVar[str] = "goal"

    def __init__(self) -> None:
        self.enabled = True
        self._legs: deque[Leg] = deque()
        self._path: deque[int] = deque()
        """What is left of a path that was set by `follow`."""
        self._node: int | None = None
        """The node of the rollout when the first frame of that path was last set."""
        self._action: str | None = None
        """The action that the key for the next one chose last."""
        self._lock = RLock()
        """A view gives goals while another thread drives."""

    @property
    def goals(self) -> list[Goal]:
        """The goals that are left, the present one first."""
        with self._lock:
            return [leg.goal for leg in self._legs]

    def follow(self, path: Iterable[int]) -> None:
        """Go to these observed frames, one after the other, before the behavior chooses freely again."""
        with self._lock:
            self._legs.clear()
            self._path, self._node = deque(path), None

    @property
    def is_active(self) -> bool:
        """As `Driver.is_active`: this driver never moves the picture."""
        return False

    def go_to(self, goal: float | str, rollout: "Rollout", *, queue: bool = False) -> Goal:
        """As `Rollout.go_to`."""
        if rollout.graph is None:
            raise InputError("This scene's behavior can't go to a chosen second; fit it with --recipe living.")
        return self._go(place_of(goal, rollout.source, rollout.frames, rollout.names), rollout, queue=queue)

    def act(self, name: str, rollout: "Rollout", *, queue: bool = False) -> Goal:
        """As `Rollout.act`."""
        if rollout.graph is None:
            raise InputError("This scene's behavior does no actions; fit it with --recipe living.")
        return self._go(action_of(name, rollout.known_actions), rollout, queue=queue)

    def _go(self, place: Place, rollout: "Rollout", *, queue: bool) -> Goal:
        assert rollout.graph is not None
        assert rollout.node is not None
        if rollout.controls.clock < SLOWEST_CLOCK:
            raise InputError(f"At {rollout.clock_name} {rollout.controls.clock:g} the scene can't go anywhere.")
        with self._lock:
            before = list(self._legs) if queue else []
            start = before[-1].goal.last if before else rollout.node
        if len(before) >= MOST_GOALS:
            raise InputError(f"At most {MOST_GOALS} goals can wait; give some up.")
        # The search takes long on a long clip, and must not stop the thread that lives.
        path = rollout.graph.goal_paths.path(start, place.frames)
        if path is None:
            where = rollout.second_of(place.ranges[0][0])
            raise InputError(f"No transitions of this scene lead to {place.name or f'second {where:g}'}.")
        with self._lock:
            before = list(self._legs) if queue else []
            frame = path[-1] if path else start
            through = _through(rollout.graph, frame, place)
            waited = rollout.left + sum(len(leg.way) for leg in before) + len(path)
            seconds = rollout.pictures_until(waited) / rollout.source.fps
            last = [frame, *through][-1]
            planned = Goal(place.name, rollout.second_of(frame), frame, last, seconds, place.is_action)
            self._legs = deque([*before, Leg(planned, place, start, deque(path + through), len(through))])
            self._path.clear()
            return planned

    def give_up(self) -> None:
        """Forget all goals, and a path if there is one."""
        with self._lock:
            self._legs.clear()
            self._path.clear()

    def drive(self, rollout: "Rollout") -> None:
        """As `Driver.drive`. It has no effect on a behavior without a control of the role `next_frame`."""
        name = rollout.next_frame_name
        if name is None:
            return
        with self._lock:
            # If the node has changed since then, the behavior has accepted the frame (SPEC.md, Transitions).
            if self._path and self._node is not None and rollout.node != self._node:
                self._path.popleft()
            self._node = rollout.node
            self._progress(rollout)
            way = self._legs[0].way if self._legs else self._path
            if way:
                rollout.values[name] = np.full(1, way[0], np.int64)

    def stepped(self, rollout: "Rollout") -> None:
        """As `Driver.stepped`. Notices that the rollout has arrived."""
        with self._lock:
            self._progress(rollout)

    def _progress(self, rollout: "Rollout") -> None:
        """Compare the present leg with where the rollout is."""
        while self._legs:
            leg, node = self._legs[0], rollout.node
            if node is None:
                return
            is_due = len(leg.way) == leg.through
            if leg.way and node == leg.way[0]:
                leg.at = leg.way.popleft()
            elif node != leg.at and not is_due and not self._plan_anew(leg, node, rollout):
                self._legs.popleft()  # nothing leads there any more
                continue
            if not leg.has_set_out:
                leg.has_set_out = True
                rollout.tell(ARRIVING, leg.goal)
            # Between two pictures the rollout may go past the goal; then this picture is the nearest.
            has_passed = is_due and node != leg.at
            if len(leg.way) > leg.through or not (rollout.is_at_node or has_passed):
                return
            if not leg.has_arrived:
                leg.has_arrived = True
                rollout.tell(ARRIVED, leg.goal)
            if leg.way:
                return
            self._legs.popleft()

    def _plan_anew(self, leg: Leg, node: int, rollout: "Rollout") -> bool:
        """Plan from another node: the rollout went on while the goal was planned, or something else steered it.

        Returns:
            Whether a path leads from there.
        """
        assert rollout.graph is not None
        path = rollout.graph.goal_paths.path(node, leg.place.frames)
        if path is None:
            return False
        through = _through(rollout.graph, path[-1] if path else node, leg.place)
        leg.at, leg.way, leg.through = node, deque(path + through), len(through)
        return True

    def handle(self, event: InputEvent, rollout: "Rollout") -> Reply | None:
        """As `Driver.handle`. Keys 0 … 9 make the scene go to a tenth of the source, and another does an action."""
        if isinstance(event, KeyEvent) and event.key == NEXT_ACTION:
            return self._do_next(rollout)
        if not (isinstance(event, KeyEvent) and len(event.key) == 1 and event.key in TENTHS):
            return None
        frame = min(rollout.frames - 1, int(int(event.key) / len(TENTHS) * rollout.frames))
        try:
            goal = self.go_to(rollout.second_of(frame), rollout)
        except InputError as error:
            return Reply(str(error))
        return Reply(f"going to {goal}, in {goal.seconds:.1f} s" if goal.seconds else f"at {goal}", wakes=True)

    def _do_next(self, rollout: "Rollout") -> Reply:
        names = list(rollout.known_actions)
        if not names:
            return Reply(f"{NO_ACTIONS[0].upper()}{NO_ACTIONS[1:]}.")
        place = names.index(self._action) + 1 if self._action in names else 0
        self._action = names[place % len(names)]
        try:
            goal = self.act(self._action, rollout)
        except InputError as error:
            return Reply(str(error))
        return Reply(f"action: {goal}" + (f", in {goal.seconds:.1f} s" if goal.seconds else ""), wakes=True)

    def offset(self, steering: Steering, embedding: np.ndarray, seconds: float) -> np.ndarray | None:
        """As `Driver.offset`. This driver never moves the picture."""
        return None


def _through(graph: "MotionGraph", frame: int, place: Place) -> list[int]:
    """The frames after the one where a rollout arrives, up to the last of its range, or to a cut before that."""
    through: list[int] = []
    first, last = place.range_at(frame)
    for _ in range(last - first):
        frame = int(graph.following[frame])
        if not first <= frame <= last:
            break
        through.append(frame)
    return through
