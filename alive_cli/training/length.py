"""How long a fit trains, and the scene that it may go on from."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Settings = dict[str, bool | int | float | str | None]
"""A recipe's settings are plain values, because the manifest keeps them as JSON."""

FURTHER = 0.3
"""A scene that is trained further learns at this share of a new scene's rate, because it is nearly right already."""


@dataclass(frozen=True)
class FitLength:
    """How long to train: exactly `steps`, or the steps that fit into `budget` seconds, or those of `quality`."""

    quality: str = "standard"
    steps: int | None = None
    budget: float | None = None

    def steps_of(self, by_quality: dict[str, int], within: Callable[[float], int]) -> int:
        """Number of steps to take.

        Args:
            by_quality: steps of each quality, for a fit without `steps` and `budget`.
            within: takes seconds and returns how many steps fit into them.
        """
        if self.steps or not self.budget:
            return self.steps or by_quality[self.quality]
        return within(self.budget)


@dataclass(frozen=True)
class Earlier:
    """A scene whose training goes on."""

    settings: Settings
    weights: dict[str, np.ndarray]

    @property
    def steps(self) -> int:
        """Number of steps that its generator has been trained for."""
        return int(self.settings["steps"] or 0)
