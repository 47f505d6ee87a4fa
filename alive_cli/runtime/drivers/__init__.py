"""Drivers set the controls of a rollout frame by frame. Each has one file, and one row here."""

from collections.abc import Callable

from alive_cli.runtime.drivers.autonomous import AutonomousDriver
from alive_cli.runtime.drivers.goal import GoalDriver
from alive_cli.runtime.drivers.lead import LeadDriver
from alive_cli.runtime.drivers.look import LookDriver
from alive_cli.runtime.drivers.mood import MoodDriver
from alive_cli.runtime.drivers.protocol import Driver
from alive_cli.runtime.drivers.sound import SoundDriver
from alive_cli.runtime.drivers.touch import TouchDriver
from alive_cli.runtime.drivers.view import ViewDriver

__all__ = [
    "DRIVERS",
    "Driver",
    "GoalDriver",
    "LeadDriver",
    "LookDriver",
    "MoodDriver",
    "SoundDriver",
    "TouchDriver",
    "ViewDriver",
]

DRIVERS: tuple[Callable[[], Driver], ...] = (
    *(AutonomousDriver, MoodDriver, SoundDriver),
    *(GoalDriver, LeadDriver, LookDriver, ViewDriver, TouchDriver),
)
"""Every rollout has one driver of each of these kinds. A later one may overrule the values of an earlier one."""
