"""The driver of moods: it weighs the observed frames by how much they have of the moods that somebody chose."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from alive_cli.errors import InputError
from alive_cli.runtime.drivers.protocol import Reply
from alive_cli.runtime.events import InputEvent, KeyEvent
from alive_cli.runtime.moods import check_strength, liking, mood_weights
from alive_cli.runtime.steering import Steering

if TYPE_CHECKING:
    from alive_cli.runtime.rollout import Rollout

NEXT_MOOD = "m"
"""This key changes to the next mood, and after the last one to none."""
NO_MOODS = "This scene has no moods yet; alive mood gives it some."
"""People read this where they ask for the next mood."""


class MoodDriver:
    """Multiplies the weights of the frames while there is a mood."""

    name: ClassVar[str] = "mood"

    def __init__(self) -> None:
        self.enabled = True
        self.strengths: dict[str, float] = {}
        """The moods that have a strength other than 0."""
        self._weights: np.ndarray | None = None

    def set(self, strengths: Mapping[str, float], rollout: "Rollout") -> None:
        """Replace all moods. Another thread may drive meanwhile.

        Raises:
            InputError: as `Rollout.mood`.
        """
        known = rollout.known_moods
        chosen = {name: check_strength(name, strength, known) for name, strength in strengths.items()}
        chosen = {name: strength for name, strength in chosen.items() if strength}
        weights = None
        if chosen:
            if rollout.graph is None:
                raise InputError("This scene's behavior takes no moods; fit it with --recipe living.")
            weights = mood_weights(np.asarray(liking(known, chosen)), rollout.graph.targets, rollout.graph.costs)
        self.strengths, self._weights = chosen, weights

    @property
    def is_active(self) -> bool:
        """As `Driver.is_active`: this driver never moves the picture."""
        return False

    def drive(self, rollout: "Rollout") -> None:
        """As `Driver.drive`. Without a mood it sets nothing."""
        weights = self._weights
        if weights is None:
            return
        for control in rollout.declared:
            if control.role == "frame_weight":
                rollout.values[control.name] = (rollout.values[control.name] * weights).astype(np.float32)

    def stepped(self, rollout: "Rollout") -> None:
        """As `Driver.stepped`. This driver has nothing to do then."""

    def handle(self, event: InputEvent, rollout: "Rollout") -> Reply | None:
        """As `Driver.handle`. A key changes to the next mood at strength 1."""
        if not (isinstance(event, KeyEvent) and event.key == NEXT_MOOD):
            return None
        names = list(rollout.known_moods)
        if not names:
            return Reply(NO_MOODS)
        present = next(iter(self.strengths), None)
        following = names[names.index(present) + 1 :] if present else names
        try:
            self.set({following[0]: 1.0} if following else {}, rollout)
        except InputError as error:
            return Reply(str(error))
        return Reply(f"mood: {following[0]}" if following else "no mood", wakes=True)

    def offset(self, steering: Steering, embedding: np.ndarray, seconds: float) -> np.ndarray | None:
        """As `Driver.offset`. This driver never moves the picture."""
        return None
