"""The driver of leads: the scene takes the poses of another video, and returns to its own life when there are none."""

import math
from threading import Lock
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from alive_cli.runtime.drivers.protocol import Reply
from alive_cli.runtime.events import InputEvent
from alive_cli.runtime.lead.poses import LeadPose
from alive_cli.runtime.steering import Steering

if TYPE_CHECKING:
    from alive_cli.runtime.rollout import Rollout

HELD = 0.5
"""A pose holds for so many seconds if no other comes; then the scene returns to its own life."""
TURNING = 0.25
"""The scene comes to a lead, and returns to its own life, with this time constant, in seconds."""
LOOKS = 0.1
"""What a pose is drawn from changes with this time constant, in seconds. With 0.06, pictures are 0.1 dB nearer to a
recording of the same face, and a face that another one leads changes its expression too hastily."""
SLOWEST, QUICKER, SPEED = 2.0, 2.0, 3.0
"""Poses are smoothed by the one-euro filter (Casiez et al. 2012): each mode with a cut-off of 2 hertz at rest, and 2
more for each spread a second; the speed itself has a cut-off of 3 hertz."""
SETTLED = 1e-3
"""Less than this share of a lead is none."""


class LeadDriver:
    """Shows the poses that a lead asks for."""

    name: ClassVar[str] = "lead"

    def __init__(self) -> None:
        self.enabled = True
        self._target: LeadPose | None = None
        self._left = 0.0
        """Seconds for which the target still counts."""
        self._share: float | None = None
        """0…1: how far the lead has replaced the scene's own life; None before the first picture, which needs no
        transition."""
        self._base = self._pose = self._speed = np.zeros(0)
        """Smoothed: what is drawn from, [D], the pose, [S] in spreads, and its speed, [S] in spreads a second."""
        self._lock = Lock()
        """Pictures of a camera are registered in another thread than the one that draws."""

    @property
    def is_active(self) -> bool:
        """As `Driver.is_active`: whether there is a lead."""
        return self._target is not None

    def follow(self, pose: LeadPose) -> None:
        """Take a pose."""
        with self._lock:
            self._target, self._left = pose, HELD

    def lead_away(self) -> None:
        """Return to the scene's own life."""
        with self._lock:
            self._target = None

    def led(self, steering: Steering, embedding: np.ndarray, seconds: float) -> tuple[np.ndarray, np.ndarray | None]:
        """What is drawn in place of an embedding, [D], `seconds` after the last call.

        Returns:
            The embedding, float32 [D], unit length, and its offset, [S] in spreads, or None where there is no lead.
        """
        with self._lock:
            self._left -= min(seconds, HELD)  # a pose counts for at least one picture, however slowly these come
            if self._left < 0 or not self.enabled:
                self._target = None
            goal = 0.0 if self._target is None else 1.0
            before = goal if self._share is None else self._share
            self._share = before + (goal - before) * (1 - math.exp(-seconds / TURNING))
            if self._target is not None:
                self._approach(self._target, seconds)
            elif self._share < SETTLED:
                self._share, self._base = 0.0, np.zeros(0)
                return embedding, None
            share = self._share * self._share * (3 - 2 * self._share)  # it begins and ends gently
            own = embedding.astype(np.float64) / max(float(embedding[-1]), 1e-6)
            mixed = own + share * (self._base - own)
            offset = share * (self._pose - steering.own(self._base))
            return (mixed / np.linalg.norm(mixed)).astype(np.float32), offset

    def _approach(self, target: LeadPose, seconds: float) -> None:
        if len(self._base) != len(target.base) or len(self._pose) != len(target.pose):
            self._base, self._pose, self._speed = target.base, target.pose, np.zeros(len(target.pose))
            return
        self._base = self._base + (target.base - self._base) * (1 - math.exp(-seconds / LOOKS))
        step = (target.pose - self._pose) / max(seconds, 1e-6)
        self._speed = self._speed + (step - self._speed) * (1 - math.exp(-2 * math.pi * SPEED * seconds))
        cut_off = SLOWEST + QUICKER * np.abs(self._speed)
        self._pose = self._pose + (target.pose - self._pose) * (1 - np.exp(-2 * np.pi * cut_off * seconds))

    def drive(self, rollout: "Rollout") -> None:
        """As `Driver.drive`. This driver replaces what is drawn alone."""

    def stepped(self, rollout: "Rollout") -> None:
        """As `Driver.stepped`. This driver has nothing to do then."""

    def handle(self, event: InputEvent, rollout: "Rollout") -> Reply | None:
        """As `Driver.handle`. This driver ignores all events."""
        return None

    def offset(self, steering: Steering, embedding: np.ndarray, seconds: float) -> np.ndarray | None:
        """As `Driver.offset`. The offset of a lead comes with its embedding, see `led`."""
        return None
