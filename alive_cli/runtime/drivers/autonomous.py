"""The driver of a scene that nobody steers: every control has the value that the user chose, or its default."""

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from alive_cli.runtime.drivers.protocol import Reply
from alive_cli.runtime.events import InputEvent
from alive_cli.runtime.steering import Steering

if TYPE_CHECKING:
    from alive_cli.runtime.rollout import Rollout


class AutonomousDriver:
    """Sets every declared control. Other drivers overrule some of them."""

    name: ClassVar[str] = "autonomous"

    def __init__(self) -> None:
        self.enabled = True

    @property
    def is_active(self) -> bool:
        """As `Driver.is_active`: this driver never moves the picture."""
        return False

    def drive(self, rollout: "Rollout") -> None:
        """As `Driver.drive`."""
        for control in rollout.declared:
            if control.name in rollout.controls:
                rollout.values[control.name] = rollout.controls[control.name]
            elif control.role == "frame_weight":
                rollout.values[control.name] = rollout.frame_weights
            elif control.role == "next_frame":
                rollout.values[control.name] = np.full(1, -1, np.int64)
            else:
                rollout.values[control.name] = rollout.vectors[control.name]

    def stepped(self, rollout: "Rollout") -> None:
        """As `Driver.stepped`. This driver has nothing to do then."""

    def handle(self, event: InputEvent, rollout: "Rollout") -> Reply | None:
        """As `Driver.handle`. This driver ignores all events."""
        return None

    def offset(self, steering: Steering, embedding: np.ndarray, seconds: float) -> np.ndarray | None:
        """As `Driver.offset`. This driver never moves the picture."""
        return None
