"""The driver that goes to a goal: along the motion graph to an observed frame."""

from collections import deque
from collections.abc import Iterable
from threading import Lock
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from alive_cli.runtime.drivers.protocol import Reply
from alive_cli.runtime.events import InputEvent, KeyEvent
from alive_cli.runtime.steering import Steering

if TYPE_CHECKING:
    from alive_cli.runtime.rollout import Rollout

TENTHS = "0123456789"
"""Each of these keys makes the scene go to a tenth of the source."""


class GoalDriver:
    """Sets the next frame while there is a path to follow."""

    name: ClassVar[str] = "goal"

    def __init__(self) -> None:
        self.enabled = True
        self._path: deque[int] = deque()
        """The path that is left."""
        self._node: int | None = None
        """The node of the rollout when the first frame of the path was last set."""
        self._lock = Lock()
        """A view sets a new path while another thread drives."""

    def follow(self, path: Iterable[int]) -> None:
        """Go to these observed frames, one after the other, before the behavior chooses freely again."""
        with self._lock:
            self._path, self._node = deque(path), None

    @property
    def is_active(self) -> bool:
        """As `Driver.is_active`: this driver never moves the picture."""
        return False

    def drive(self, rollout: "Rollout") -> None:
        """As `Driver.drive`. It has no effect on a behavior without a control of the role `next_frame`."""
        name = rollout.next_frame_name
        if name is None:
            return
        with self._lock:
            # If the node has changed since then, the behavior has accepted the frame (SPEC.md, Transitions).
            if self._path and self._node is not None and rollout.node != self._node:
                self._path.popleft()
            if self._path:
                rollout.values[name] = np.full(1, self._path[0], np.int64)
            self._node = rollout.node

    def handle(self, event: InputEvent, rollout: "Rollout") -> Reply | None:
        """As `Driver.handle`. Keys 0 … 9 make the scene go to a tenth of the source."""
        if not (isinstance(event, KeyEvent) and len(event.key) == 1 and event.key in TENTHS):
            return None
        if rollout.graph is None or rollout.node is None:
            return Reply("This scene's behavior can't go to a chosen second.")
        if not rollout.controls.clock:
            return Reply(f"At {rollout.clock_name} 0 the scene can't go anywhere.")
        frame = min(rollout.frames - 1, int(int(event.key) / len(TENTHS) * rollout.frames))
        self.follow(rollout.graph.arriving_path(rollout.node, frame))
        going = "at" if frame == rollout.node else "going to"
        return Reply(f"{going} second {rollout.second_of(frame):.1f}", wakes=True)

    def offset(self, steering: Steering, embedding: np.ndarray, seconds: float) -> np.ndarray | None:
        """As `Driver.offset`. This driver never moves the picture."""
        return None
