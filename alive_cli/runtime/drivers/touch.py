"""The driver of touch: what is dragged gives way as the clip moves, and swings back when it is let go."""

import math
from threading import Lock
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from alive_cli.runtime.drivers.protocol import Reply
from alive_cli.runtime.events import InputEvent, PointerEvent
from alive_cli.runtime.springs import follow, swing
from alive_cli.runtime.steering import NO_MODES, Steering

if TYPE_CHECKING:
    from alive_cli.runtime.rollout import Rollout

FOLLOWING = 60.0
"""What is held follows the pointer like a critically damped spring of so many radians a second: 30 ms behind it."""
SLOWEST, FASTEST = 0.5, 4.0
"""Modes swing back with their own frequency, but not slower or faster, in hertz."""
SETTLED = 1e-3
"""Swings below this, in spreads, are none."""
NUDGE = 0.8
"""A nudge makes what is touched swing out by about so many spreads."""
CLICK = 0.01
"""A press that moves the pointer by less than this, in the picture's coordinates, is a nudge."""
HARDLY = "This place hardly moves in the clip."
"""People read this where they touch what hardly gives way."""


class TouchDriver:
    """Holds, or lets swing, an offset of the motion modes."""

    name: ClassVar[str] = "touch"

    def __init__(self) -> None:
        self.enabled = True
        self._held: tuple[float, float, float, float] | None = None
        """The point that was touched, and how far it is dragged."""
        self._farthest = 0.0
        """How far a pointer has dragged what it holds."""
        self._offset = self._speed = np.zeros(0)
        """In spreads, and spreads per second, [S]."""
        self._lock = Lock()
        """A view reports events while another thread draws."""

    @property
    def is_active(self) -> bool:
        """As `Driver.is_active`: whether something is held."""
        return self._held is not None

    def hold(self, steering: Steering, x: float, y: float, dx: float, dy: float) -> None:
        """Hold what is at a point, dragged by (dx, dy), in the picture's coordinates: the longest side spans −1…1."""
        with self._lock:
            self._prepare(steering)
            self._held = (x, y, dx, dy)

    def let_go(self) -> None:
        """Let go of what is held, so that it swings back."""
        with self._lock:
            self._held = None

    def nudge(self, steering: Steering, x: float, y: float) -> None:
        """Push what is at a point, so that it swings the way it moves most in the clip."""
        way = steering.way(x, y)
        if way.any():
            with self._lock:
                self._prepare(steering)
                self._speed = self._speed + NUDGE * way * 2 * np.pi * _frequency(steering)

    def drive(self, rollout: "Rollout") -> None:
        """As `Driver.drive`. This driver moves the picture alone."""

    def stepped(self, rollout: "Rollout") -> None:
        """As `Driver.stepped`. This driver has nothing to do then."""

    def handle(self, event: InputEvent, rollout: "Rollout") -> Reply | None:
        """As `Driver.handle`. A press holds, a drag moves what is held, and a press without a drag is a nudge."""
        if not isinstance(event, PointerEvent) or event.kind == "move":
            return None
        if event.kind == "press":
            return self._press(event, rollout)
        held, steering = self._held, rollout.steering
        if held is None or steering is None:
            return None
        if event.kind == "drag":
            dx, dy = event.x - held[0], event.y - held[1]
            self._farthest = max(self._farthest, math.hypot(dx, dy))
            self.hold(steering, held[0], held[1], dx, dy)
        else:
            self.let_go()
            if event.kind == "release" and self._farthest < CLICK:
                self.nudge(steering, held[0], held[1])
        return Reply()

    def _press(self, event: PointerEvent, rollout: "Rollout") -> Reply | None:
        steering = rollout.steering
        if steering is None:
            return Reply(NO_MODES)
        across, down = steering.longest
        if abs(event.x) > across or abs(event.y) > down:
            return None
        self.hold(steering, event.x, event.y, 0.0, 0.0)
        self._farthest = 0.0
        return Reply("" if steering.follows(event.x, event.y) else HARDLY, wakes=True)

    def offset(self, steering: Steering, embedding: np.ndarray, seconds: float) -> np.ndarray | None:
        """As `Driver.offset`."""
        with self._lock:
            if not self.enabled:
                self._held = None
            if not self._offset.any() and not self._speed.any() and self._held is None:
                return None
            self._prepare(steering)
            if self._held is not None:
                x, y, dx, dy = self._held
                # The pointer is now where what it holds should be, so that point decides how to get there.
                goal = steering.least(x + dx, y + dy, dx, dy)
                self._offset, self._speed = follow(self._offset - goal, self._speed, FOLLOWING, seconds)
                self._offset += goal
            else:
                self._offset, self._speed = swing(self._offset, self._speed, _frequency(steering), seconds)
                if max(np.abs(self._offset).max(), np.abs(self._speed).max()) < SETTLED:
                    self._offset, self._speed = np.zeros((2, len(self._offset)))
            return np.asarray(self._offset)

    def _prepare(self, steering: Steering) -> None:
        if len(self._offset) != len(steering.spread):
            self._offset, self._speed = np.zeros((2, len(steering.spread)))


def _frequency(steering: Steering) -> np.ndarray:
    return np.asarray(np.clip(steering.frequency, SLOWEST, FASTEST))
