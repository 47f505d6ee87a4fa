"""The driver of looks: the pose follows the pointer, and returns to its own life when the pointer leaves or rests."""

import math
from threading import Lock
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from alive_cli.runtime.drivers.protocol import Reply
from alive_cli.runtime.events import InputEvent, PointerEvent
from alive_cli.runtime.steering import NO_MODES, Steering

if TYPE_CHECKING:
    from alive_cli.runtime.rollout import Rollout

DEAD_ZONE = 0.06
"""Within this share of the way from the middle to the edge, the scene looks straight ahead."""
PACE = 0.12
"""A look comes to the pointer with this time constant, in seconds."""
TURNING = 0.4
"""The scene turns to a pointer that arrives, and away from one that leaves, with this time constant, in seconds."""
RESTS = 4.0
"""A pointer that hasn't moved for so many seconds is no longer followed."""
LARGEST_OWN = 1.5
"""The life's own look counts up to so many times the largest look."""
SETTLED = 1e-3
"""Less than this share of a look is none."""
NO_LOOK = "Nothing in this clip turns across or up, so the scene can't look at the pointer."
"""People read this where nothing follows a pointer."""


def why_no_look(steering: Steering | None) -> str | None:
    """Why a scene can't look at a pointer, in a sentence; None if it can."""
    return NO_MODES if steering is None else None if steering.look.any() else NO_LOOK


class LookDriver:
    """Turns what moves most toward the pointer. It is switched off at first."""

    name: ClassVar[str] = "look"

    def __init__(self) -> None:
        self.enabled = False
        self._target: np.ndarray | None = None
        """The pointer, −1…1 across and down the picture; None while there is none."""
        self._look = np.zeros(2)
        self._share = 0.0
        """0…1: how far the look has replaced the life's own."""
        self._left = math.inf
        """Seconds for which the pointer is still followed."""
        self._lock = Lock()
        """A view reports events while another thread draws."""

    @property
    def is_active(self) -> bool:
        """As `Driver.is_active`: whether a pointer is followed."""
        return self._target is not None

    def look_at(self, across: float, down: float, seconds: float = math.inf) -> None:
        """Look at a point for some seconds: −1 is the left or upper edge of the picture, 1 the right or lower one;
        clamped beyond."""
        distance = math.hypot(across, down)
        kept = 0.0 if distance <= DEAD_ZONE else (distance - DEAD_ZONE) / (1 - DEAD_ZONE) / distance
        with self._lock:
            self._target = np.clip(np.array([across, down]) * kept, -1, 1)
            self._left = seconds

    def look_away(self) -> None:
        """Return to the scene's own life."""
        with self._lock:
            self._target = None

    def drive(self, rollout: "Rollout") -> None:
        """As `Driver.drive`. This driver moves the picture alone."""

    def stepped(self, rollout: "Rollout") -> None:
        """As `Driver.stepped`. This driver has nothing to do then."""

    def handle(self, event: InputEvent, rollout: "Rollout") -> Reply | None:
        """As `Driver.handle`. A pointer that moves is followed; other drivers see the event, too."""
        steering = rollout.steering
        if not isinstance(event, PointerEvent) or steering is None:
            return None
        if event.kind == "drag" and rollout.driver("touch").is_active:
            return None  # what is held must stay under the pointer
        if event.kind == "leave":
            self.look_away()
        elif event.kind != "release":
            across, down = steering.longest
            self.look_at(event.x / across, event.y / down, RESTS)
        return None

    def offset(self, steering: Steering, embedding: np.ndarray, seconds: float) -> np.ndarray | None:
        """As `Driver.offset`."""
        with self._lock:
            self._left -= seconds
            if self._left < 0:
                self._target = None
            active = self.enabled and self._target is not None
            self._share += (active - self._share) * (1 - math.exp(-seconds / TURNING))
            if not active and self._share < SETTLED:
                self._share, self._look = 0.0, np.zeros(2)
                return None
            if self._target is not None:
                self._look += (self._target - self._look) * (1 - math.exp(-seconds / PACE))
            look = steering.look
            own = np.clip(steering.turned(embedding), -LARGEST_OWN, LARGEST_OWN)
            turn = (self._look - own) * look.any(1)
            return np.asarray(self._share * turn @ look)
