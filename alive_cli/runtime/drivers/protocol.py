"""What a driver is."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from alive_cli.runtime.events import InputEvent

if TYPE_CHECKING:
    from alive_cli.runtime.rollout import Rollout


@dataclass(frozen=True)
class Reply:
    """What a driver has to say about an event that it has taken up."""

    message: str = ""
    """For the person who watches."""
    wakes: bool = False
    """Whether a scene that is paused goes on."""


class Driver(Protocol):
    """Sets controls of a rollout. Each can be switched off, and several work at once."""

    name: ClassVar[str]
    watches_pointer: ClassVar[bool]
    """Whether it wants to know where the pointer is; views report that only to those who do."""
    enabled: bool

    def drive(self, rollout: "Rollout") -> None:
        """Set values in `rollout.values` for the next step. It is called before each step, while it is enabled."""
        ...

    def handle(self, event: InputEvent, rollout: "Rollout") -> Reply | None:
        """React to what a person did; None if it has no use for that."""
        ...
