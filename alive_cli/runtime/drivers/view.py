"""The driver of views: a scene with depth is seen from where the pointer is, or sways by itself."""

from threading import Lock
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from alive_cli.runtime.drivers.protocol import Reply
from alive_cli.runtime.events import InputEvent, PointerEvent
from alive_cli.runtime.springs import follow
from alive_cli.runtime.steering import Steering
from alive_cli.runtime.view import SWAY, View, sway_at

if TYPE_CHECKING:
    from alive_cli.runtime.rollout import Rollout

FOLLOWING = 5.0
"""A view follows what moves it like a critically damped spring of so many radians a second, as heads move."""
RESTS = 4.0
"""A pointer that hasn't moved for so many seconds is no longer followed."""
SETTLED = 1e-3
"""A view that is nearer than this to straight ahead, and as slow, is straight ahead."""


class ViewDriver:
    """Sways, and follows the pointer once that is switched on."""

    name: ClassVar[str] = "view"

    def __init__(self) -> None:
        self.enabled = True
        self.sway = SWAY
        """How far it sways by itself, 0…1."""
        self.follows = False
        """Whether it follows the pointer."""
        self._target: View | None = None
        """Where somebody wants it; None where it sways."""
        self._left = 0.0
        """Seconds for which the target still counts."""
        self._seconds = 0.0
        """How long it has swayed."""
        self._view = self._speed = np.zeros(2)
        self._lock = Lock()
        """A view of the scene reports events while another thread draws."""

    @property
    def is_active(self) -> bool:
        """As `Driver.is_active`: whether a pointer, or a program, moves it at present."""
        target, view, speed = self._target, self._view, self._speed
        return target is not None and float((np.abs(target - view) + np.abs(speed)).max()) > SETTLED

    def hold(self, view: View, seconds: float = float("inf"), *, at_once: bool = False) -> None:
        """Go to a view, and stay there for some seconds.

        Args:
            at_once: begin there.
        """
        with self._lock:
            self._target, self._left = view, seconds
            if at_once:
                self._view, self._speed = np.array(view), np.zeros(2)

    def let_go(self) -> None:
        """Sway again."""
        with self._lock:
            self._target = None

    def go_on_from(self, before: "ViewDriver") -> None:
        """Go on where the driver of another life was."""
        self.enabled, self.sway, self.follows = before.enabled, before.sway, before.follows
        self._target, self._left, self._seconds = before._target, before._left, before._seconds
        self._view, self._speed = before._view, before._speed

    def after(self, seconds: float) -> View | None:
        """The view `seconds` after the last call; None for straight ahead."""
        with self._lock:
            self._seconds += seconds
            self._left -= seconds
            if self._left < 0 or not self.enabled:
                self._target = None
            own = sway_at(self._seconds, self.sway if self.enabled else 0.0)
            goal = np.array(own if self._target is None else self._target)
            apart, self._speed = follow(self._view - goal, self._speed, FOLLOWING, seconds)
            self._view = goal + apart
            if not goal.any() and max(np.abs(self._view).max(), np.abs(self._speed).max()) < SETTLED:
                self._view, self._speed = np.zeros(2), np.zeros(2)
                return None
            across, down = self._view.clip(-1, 1).tolist()
            return across, down

    def drive(self, rollout: "Rollout") -> None:
        """As `Driver.drive`. This driver moves the picture alone."""

    def stepped(self, rollout: "Rollout") -> None:
        """As `Driver.stepped`. This driver has nothing to do then."""

    def handle(self, event: InputEvent, rollout: "Rollout") -> Reply | None:
        """As `Driver.handle`. A pointer that moves is followed; other drivers see the event, too."""
        if not isinstance(event, PointerEvent) or not self.follows or rollout.depth is None:
            return None
        if event.kind == "leave":
            self.let_go()
        elif event.kind in ("move", "press") or (event.kind == "drag" and not rollout.driver("touch").is_active):
            source = rollout.source
            longest = max(source.width, source.height)
            across, down = (
                float(np.clip(x, -1, 1)) for x in (event.x * longest / source.width, event.y * longest / source.height)
            )
            self.hold((across, down), RESTS)
        return None

    def offset(self, steering: Steering, embedding: np.ndarray, seconds: float) -> np.ndarray | None:
        """As `Driver.offset`. A view is no offset of the motion modes, see `after`."""
        return None
