"""Go somewhere: along the motion graph to an observed frame, and live on from there."""

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from alive_cli.runtime.drivers.protocol import Reply
from alive_cli.runtime.events import InputEvent, KeyEvent

if TYPE_CHECKING:
    from alive_cli.runtime.rollout import Rollout

TENTHS = "0123456789"
"""These keys travel to the tenths of the source."""


class GoalDriver:
    """Sets the next frame while there is a path to follow."""

    name: ClassVar[str] = "goal"
    watches_pointer: ClassVar[bool] = False

    def __init__(self) -> None:
        self.enabled = True
        self._path: deque[int] = deque()
        self._node: int | None = None
        """Where the rollout was when the first frame of the path was set."""

    def follow(self, path: Iterable[int]) -> None:
        """Come to these observed frames, one after the other, before the behavior chooses freely again."""
        self._path, self._node = deque(path), None

    def drive(self, rollout: "Rollout") -> None:
        """As `Driver.drive`. Only a behavior that walks a motion graph heeds it."""
        name = rollout.next_frame_name
        if name is None:
            return
        # The last step took the frame up when the node is another one since (SPEC.md, Transitions).
        if self._path and self._node is not None and rollout.node != self._node:
            self._path.popleft()
        self._node = rollout.node if self._path else None
        if self._path:
            rollout.values[name] = np.full(1, self._path[0], np.int64)

    def handle(self, event: InputEvent, rollout: "Rollout") -> Reply | None:
        """Keys 0…9 travel to a tenth of the source."""
        if not (isinstance(event, KeyEvent) and len(event.key) == 1 and event.key in TENTHS):
            return None
        if rollout.graph is None or rollout.node is None:
            return Reply("This scene's behavior can't be sent anywhere.")
        if not rollout.controls.clock:
            return Reply(f"At {rollout.clock_name} 0 it can't go anywhere.")
        frame = min(rollout.frames - 1, int(int(event.key) / len(TENTHS) * rollout.frames))
        self.follow(rollout.graph.arriving(rollout.node, frame))
        return Reply(f"on its way to second {rollout.second_of(frame):.1f}", wakes=True)
