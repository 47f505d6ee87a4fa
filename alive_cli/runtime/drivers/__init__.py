"""Drivers set the controls of a rollout frame by frame. One file each, and one row here."""

from collections.abc import Callable

from alive_cli.runtime.drivers.autonomous import AutonomousDriver
from alive_cli.runtime.drivers.goal import GoalDriver
from alive_cli.runtime.drivers.protocol import Driver

__all__ = ["DRIVERS", "Driver", "GoalDriver"]

DRIVERS: tuple[Callable[[], Driver], ...] = (AutonomousDriver, GoalDriver)
"""Every rollout has one of each of these. A later one may overrule what an earlier one set."""
