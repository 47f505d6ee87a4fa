"""What a sound can drive in a scene: a control, a mood, an action, a named frame, or the picture itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from alive_cli.errors import InputError
from alive_cli.runtime.controls import allowed_range, range_words, slider_range
from alive_cli.runtime.goals import shown_names
from alive_cli.runtime.mappings import BEAT, Mapping
from alive_cli.runtime.moods import check_strength, liking, mood_weights
from alive_cli.runtime.steering import NO_MODES

if TYPE_CHECKING:
    from alive_cli.runtime.rollout import Rollout

NUDGE = "nudge"
"""This target moves the picture itself, unless the scene has something else of that name."""
MOST_NUDGE = 3.0
"""Nudges have at most this strength; what is farther looks torn."""
FADES = {"control": 0.3, "mood": 1.5}
"""After a beat, controls and moods return with these time constants, in seconds: a mood acts at the next choices."""


@dataclass(frozen=True)
class Effect:
    """What one mapping does."""

    mapping: Mapping
    kind: str
    """`control`, `mood`, `action`, or `nudge`."""
    top: float = 1.0
    """The value of a control, or the strength of a nudge, where the signal is 1."""
    logarithms: np.ndarray | None = None
    """Logarithms of a mood's weights of the frames, [N], where the signal is 1."""

    @property
    def fade(self) -> float:
        """The time constant, in seconds, with which the effect of a beat ends."""
        return FADES.get(self.kind, 1.0)

    def set(self, signal: float, rollout: "Rollout") -> None:
        """Set values of the next step for a signal, 0…1. Actions and nudges set nothing."""
        if self.kind == "control":
            name, chosen = self.mapping.target, rollout.controls[self.mapping.target]
            now = float(np.asarray(rollout.values[name]))
            control = next(each for each in rollout.declared if each.name == name)
            rollout.values[name] = float(np.clip(now + signal * (self.top - chosen), *allowed_range(control)))
        elif self.logarithms is not None:
            weights = np.exp(signal * self.logarithms)
            for control in rollout.declared:
                if control.role == "frame_weight":
                    rollout.values[control.name] = (rollout.values[control.name] * weights).astype(np.float32)


def effect_of(mapping: Mapping, rollout: "Rollout") -> Effect:
    """What a mapping does in a rollout.

    If several things of the scene have the target's name, it is the control, else the mood, the action, the frame.

    Raises:
        InputError: the scene has no such target, or it doesn't take the signal or the strength.
    """
    for name, make in _KINDS.items():
        effect = make(mapping, rollout)
        if effect is not None:
            return Effect(mapping, name, *effect)
    shown = shown_names([*rollout.controls, *rollout.known_moods, *actions_of(rollout)])
    raise InputError(f"This scene has no {mapping.target!r} for a sound to drive; it has {', '.join([*shown, NUDGE])}.")


def _control(mapping: Mapping, rollout: "Rollout") -> tuple[float] | None:
    name, top = mapping.target, mapping.strength
    control = next((each for each in rollout.controls.declared if each.name == name), None)
    if control is None:
        return None
    low, high = allowed_range(control)
    if top is None:
        # A key reaches this value as well; what lies beyond is rarely of use.
        return (max(slider_range(control)[1], rollout.controls[name]),)
    if not low <= top <= high:
        raise InputError(f"The mapping {mapping} needs a {name} {range_words(control)}.")
    return (top,)


def _mood(mapping: Mapping, rollout: "Rollout") -> tuple[float, np.ndarray] | None:
    name = mapping.target
    if name not in rollout.known_moods:
        return None
    if rollout.graph is None:
        raise InputError("This scene's behavior takes no moods; fit it with --recipe living.")
    strength = check_strength(name, 1.0 if mapping.strength is None else mapping.strength, rollout.known_moods)
    liked = np.asarray(liking(rollout.known_moods, {name: strength}))
    return strength, np.log(mood_weights(liked, rollout.graph.targets, rollout.graph.costs).astype(np.float64))


def _action(mapping: Mapping, rollout: "Rollout") -> tuple[()] | None:
    if mapping.target not in actions_of(rollout):
        return None
    if mapping.signal != BEAT:
        raise InputError(f"{mapping.target} happens on beats; write {BEAT}={mapping.target}.")
    if mapping.strength is not None:
        raise InputError(f"{mapping.target} takes no strength; write {BEAT}={mapping.target}.")
    if rollout.graph is None:
        raise InputError("This scene's behavior can't go to a chosen second; fit it with --recipe living.")
    return ()


def _nudge(mapping: Mapping, rollout: "Rollout") -> tuple[float] | None:
    if mapping.target != NUDGE:
        return None
    strength = 1.0 if mapping.strength is None else mapping.strength
    if not 0 <= strength <= MOST_NUDGE:
        raise InputError(f"The mapping {mapping} needs a strength from 0 to {MOST_NUDGE:g}.")
    if rollout.steering is None:
        raise InputError(NO_MODES)
    return (strength,)


_KINDS: dict[str, Callable[[Mapping, "Rollout"], tuple | None]] = {
    "control": _control,
    "mood": _mood,
    "action": _action,
    "nudge": _nudge,
}
"""What a target can be, the first one first."""


def actions_of(rollout: "Rollout") -> list[str]:
    """Names of what happens once: the scene's actions, and its frames that have a name."""
    return [*rollout.known_actions, *(name for name in rollout.names if name not in rollout.known_actions)]


def act(name: str, rollout: "Rollout") -> None:
    """Do once what a name says, unless the rollout is already on its way to something.

    Raises:
        InputError: it can't be done now.
    """
    if not rollout.goals:
        if name in rollout.known_actions:
            rollout.act(name)
        else:
            rollout.go_to(name)
