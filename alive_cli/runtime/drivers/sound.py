"""The driver of sounds: loudness and beats change controls and moods, start actions and nudge the picture."""

import math
from collections.abc import Iterable
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from alive_cli.errors import InputError
from alive_cli.runtime.drivers.protocol import Reply
from alive_cli.runtime.events import InputEvent
from alive_cli.runtime.hearing import Hearing, as_samples
from alive_cli.runtime.mappings import DEFAULT_MAPPINGS, LOUD, Mapping, read_mappings
from alive_cli.runtime.sound_targets import Effect, act, effect_of
from alive_cli.runtime.springs import follow
from alive_cli.runtime.steering import Steering

if TYPE_CHECKING:
    from alive_cli.runtime.rollout import Rollout

EASE = 0.12
"""Loudness changes controls and moods with this time constant, in seconds: a pose that follows it faster trembles."""
FAR = 0.015
"""A nudge moves what moves most by this share of the longest side; at 0.08 arms stretch and borders smear."""
RATE = 7.0
"""A nudge is farthest after 1 ÷ this many seconds, and after five times as long a tenth of it is left."""
AUDIBLE = 0.02
"""A signal below this drives nothing, so that what fades ends."""
SETTLED = 1e-3
"""A nudge below this, in spreads, is none."""


class SoundDriver:
    """Hears samples that somebody feeds it. It hears nothing by itself, and keeps nothing of what it hears."""

    name: ClassVar[str] = "sound"

    def __init__(self) -> None:
        self.enabled = True
        self._effects: list[Effect] | None = None
        """What the mappings do; None: nobody has chosen any."""
        self._hearing: Hearing | None = None
        self._loud = 0.0
        """The loudness that controls have followed so far."""
        self._acted = self._nudged = 0
        """The beats that have had their action, and their nudge."""
        self._offset = self._speed = np.zeros(0)
        """The nudge, in spreads and spreads a second, [S]."""
        self._lock = Lock()
        """A view hears in one thread while another one draws."""

    def map(self, mappings: Iterable[str | Mapping], rollout: "Rollout") -> None:
        """Replace all mappings. Errors are those of `Rollout.map_sound`."""
        effects = [effect_of(each, rollout) for each in _read(mappings)]
        with self._lock:
            self._effects = effects

    @property
    def mappings(self) -> list[Mapping]:
        """The present mappings."""
        return [effect.mapping for effect in self._effects or []]

    @property
    def loud(self) -> float | None:
        """The present loudness, 0…1; None while nothing is heard."""
        hearing = self._hearing
        return None if hearing is None else hearing.loud

    def hear(self, sound: np.ndarray, rate: float) -> None:
        """Hear the next samples. Another thread may drive meanwhile. Arguments and errors are `Rollout.hear`'s."""
        samples = as_samples(sound)
        with self._lock:
            if self._hearing is None or self._hearing.rate != rate:
                self._hearing, self._acted, self._nudged = Hearing(rate), 0, 0
            self._hearing.hear(samples)

    def forget(self) -> None:
        """Forget the sound, because it has ended. What it drives returns."""
        with self._lock:
            self._hearing, self._acted, self._nudged = None, 0, 0

    @property
    def is_active(self) -> bool:
        """As `Driver.is_active`: whether a sound is heard that drives something, because it may do so at any time."""
        return bool(self._effects) and self._hearing is not None

    def drive(self, rollout: "Rollout") -> None:
        """As `Driver.drive`."""
        if self._effects is None:
            if self._hearing is None:
                return
            self.map(DEFAULT_MAPPINGS, rollout)
        with self._lock:
            effects, hearing = self._effects or [], self._hearing
            loud, beats = (0.0, 0) if hearing is None else (hearing.loud, hearing.beats)
            strength, since = (0.0, math.inf) if hearing is None else (hearing.strength, hearing.since)
            is_new, self._acted = beats > self._acted, beats
        seconds = 1 / (rollout.source.fps * rollout.steps_per_frame)  # drivers drive each step of a frame
        self._loud += (loud - self._loud) * (1 - math.exp(-seconds / EASE))
        for effect in effects:
            signal = self._loud if effect.mapping.signal == LOUD else strength * math.exp(-since / effect.fade)
            if signal > AUDIBLE:
                effect.set((signal - AUDIBLE) / (1 - AUDIBLE), rollout)
            if effect.kind == "action" and is_new:
                with suppress(InputError):  # a scene that stands still, or is on its way, does nothing
                    act(effect.mapping.target, rollout)

    def stepped(self, rollout: "Rollout") -> None:
        """As `Driver.stepped`. This driver has nothing to do then."""

    def handle(self, event: InputEvent, rollout: "Rollout") -> Reply | None:
        """As `Driver.handle`. This driver ignores all events."""
        return None

    def offset(self, steering: Steering, embedding: np.ndarray, seconds: float) -> np.ndarray | None:
        """As `Driver.offset`."""
        with self._lock:
            effects, hearing = self._effects or [], self._hearing if self.enabled else None
            beats = 0 if hearing is None else hearing.beats
            is_new, self._nudged = beats > self._nudged, beats
            strength, loud = (0.0, 0.0) if hearing is None else (hearing.strength, hearing.loud)
        way = FAR * steering.nod
        if len(self._offset) != len(way):
            self._offset, self._speed = np.zeros((2, len(way)))
        goal = np.zeros(len(way))
        for effect in effects:
            if effect.kind == "nudge" and effect.mapping.signal == LOUD:
                goal = goal + loud * effect.top * way
            elif effect.kind == "nudge" and is_new:
                # From rest, a critically damped spring of this speed comes as far as this way.
                self._speed = self._speed + strength * effect.top * RATE * math.e * way
        if not (goal.any() or self._offset.any() or self._speed.any()):
            return None
        apart, self._speed = follow(self._offset - goal, self._speed, RATE, seconds)
        self._offset = goal + apart
        if max(np.abs(self._offset).max(), np.abs(self._speed).max()) < SETTLED:
            self._offset, self._speed = np.zeros((2, len(way)))
        return np.asarray(self._offset)


def _read(mappings: Iterable[str | Mapping]) -> list[Mapping]:
    return read_mappings(str(each) for each in mappings)
