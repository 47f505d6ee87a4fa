"""The feature `actions`: movements that a player can do, by the observed frames that show them (SPEC.md, §4)."""

from collections.abc import Mapping, Sequence

import msgspec

from bundle_spec.errors import CorruptBundle
from bundle_spec.manifest import FORMAT_VERSION, Behavior, Manifest

FEATURE = "actions"
"""The feature has this name in the manifest and in the registry."""
Ranges = Sequence[Sequence[int]]
"""The first and the last observed frame of each occurrence of an action."""


def check_actions(actions: Mapping[str, Ranges], frames: int, behavior: Behavior) -> None:
    """Check the actions of a bank of so many observed frames.

    Raises:
        CorruptBundle: the behavior has no transitions that lead to them, or an occurrence ends before it begins, or
            outside the bank.
    """
    if actions and behavior.transitions is None:
        raise CorruptBundle("The bundle has actions, but its behavior has no transitions that lead to them.")
    if any(not first <= last < frames for ranges in actions.values() for first, last in ranges):
        raise CorruptBundle("The manifest has actions with frames that the scene doesn't have.")


def with_actions(manifest: Manifest, actions: Mapping[str, Ranges]) -> Manifest:
    """A manifest with these actions, and no others."""
    ranges = {name: [list(each) for each in occurrences] for name, occurrences in actions.items()}
    return using_actions(msgspec.structs.replace(manifest, actions=ranges, format_version=FORMAT_VERSION))


def using_actions(manifest: Manifest) -> Manifest:
    """A manifest that says whether it uses this feature."""
    others = {feature for feature in manifest.features_used if feature != FEATURE}
    used = sorted(others | ({FEATURE} if manifest.actions else set()))
    return msgspec.structs.replace(manifest, features_used=used)
