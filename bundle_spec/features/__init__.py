"""The features that a minor version adds to the format: one registry, and a module here for each (SPEC.md, §8).

This file imports nothing, because the manifest reads the registry and the modules of the features read the manifest.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Feature:
    """One addition to version 1.0 that a bundle may require of its readers."""

    since: str
    """The version of the format that defines the feature; its readers know it."""
    meaning: str
    """What a bundle that uses the feature can do, in one sentence."""


FEATURES: dict[str, Feature] = {
    "actions": Feature("1.1", "Actions name movements by the ranges of observed frames that show them."),
    "alpha": Feature("1.1", "Keyframes have alpha, so pictures are transparent."),
    "controls": Feature("1.1", "The behavior declares its own controls instead of the five of version 1.0."),
    "depth": Feature("1.1", "What is near can be shifted against what is far, as if the viewer moved."),
    "moods": Feature("1.1", "Moods say how much each observed frame has of them, and a player favours such frames."),
    "warp": Feature("1.1", "The drawing displaces keyframes by motion modes and adds colour modes."),
}
"""The registry lists every feature that this reader implements, under its name in the manifest."""

KNOWN_FEATURES: frozenset[str] = frozenset(FEATURES)
"""A bundle that requires a feature outside this set needs a newer reader, so it is refused."""
