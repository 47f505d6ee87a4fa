"""The interface of drivers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np

from alive_cli.runtime.events import InputEvent
from alive_cli.runtime.steering import Steering

if TYPE_CHECKING:
    from alive_cli.runtime.rollout import Rollout


@dataclass(frozen=True)
class Reply:
    """A driver's answer to an event that it has handled."""

    message: str = ""
    """A message that the view shows."""
    wakes: bool = False
    """Whether a paused scene continues."""


class Driver(Protocol):
    """Sets controls of a rollout, or moves its picture. Several drivers work at once, and each can be switched off."""

    name: ClassVar[str]
    enabled: bool
    """Whether it is switched on."""

    @property
    def is_active(self) -> bool:
        """Whether it moves the picture as somebody acts at present."""
        ...

    def drive(self, rollout: "Rollout") -> None:
        """Set values in `rollout.values` for the next step. The rollout calls this before each step."""
        ...

    def stepped(self, rollout: "Rollout") -> None:
        """Look at the rollout after a step. The rollout calls this after each."""
        ...

    def handle(self, event: InputEvent, rollout: "Rollout") -> Reply | None:
        """React to an event, or return None to leave it to the other drivers."""
        ...

    def offset(self, steering: Steering, embedding: np.ndarray, seconds: float) -> np.ndarray | None:
        """How far the picture of an embedding, [D], is moved `seconds` after the last call: an offset, [S] in spreads,
        or None. It is called even if the driver is switched off, so that it can ease back."""
        ...
