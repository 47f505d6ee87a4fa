"""The feature `moods`: how much each observed frame has of a mood (SPEC.md, §5)."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from bundle_spec.container import BANK_NAME, Bundle, pack_tensors
from bundle_spec.errors import CorruptBundle
from bundle_spec.features.controls import control_of_role
from bundle_spec.manifest import FORMAT_VERSION, Behavior, Control, Manifest

FEATURE = "moods"
"""The feature has this name in the manifest and in the registry."""
TENSOR_PREFIX = "mood_"
"""This writer names the tensor of a mood by the mood, behind this; readers take its name from the manifest."""


def can_have_moods(behavior: Behavior | None, controls: Sequence[Control]) -> bool:
    """Whether a behavior walks on a motion graph and weighs its frames, so that a mood has an effect."""
    return (
        behavior is not None
        and behavior.transitions is not None
        and control_of_role(list(controls), "frame_weight") is not None
    )


def check_moods(
    moods: Mapping[str, str], bank: Mapping[str, np.ndarray], frames: int, behavior: Behavior, controls: list[Control]
) -> None:
    """Check the moods of a bank of so many observed frames.

    Raises:
        CorruptBundle: the behavior has no use for moods, or a tensor is missing, of another dtype or shape, or out of
            its range.
    """
    if moods and not can_have_moods(behavior, controls):
        raise CorruptBundle("The bundle has moods, but its behavior has no transitions or weighs no frames.")
    for tensor in moods.values():
        array = bank.get(tensor, np.empty(0))
        if array.dtype != np.float32 or array.shape != (frames,) or not ((array >= 0) & (array <= 1)).all():
            raise CorruptBundle(f"{BANK_NAME} has no tensor {tensor!r} that says how much each frame has of a mood.")


def moods_of(bundle: Bundle) -> dict[str, np.ndarray]:
    """The moods of a bundle by name: how much each observed frame has of it, float32 [N], 0…1.

    Raises:
        CorruptBundle: a tensor is missing.
    """
    if not bundle.manifest.moods:
        return {}
    bank = bundle.tensors(BANK_NAME)
    if not set(bundle.manifest.moods.values()) <= bank.keys():
        raise CorruptBundle(f"{BANK_NAME} lacks a mood of the manifest.")
    return {name: bank[tensor] for name, tensor in bundle.manifest.moods.items()}


def with_moods(bundle: Bundle, moods: Mapping[str, np.ndarray]) -> Bundle:
    """A bundle with these moods, and no others."""
    manifest = bundle.manifest
    bank = {name: array for name, array in bundle.tensors(BANK_NAME).items() if name not in manifest.moods.values()}
    bank |= {TENSOR_PREFIX + name: np.asarray(array, np.float32) for name, array in moods.items()}
    manifest = msgspec.structs.replace(
        manifest, moods={name: TENSOR_PREFIX + name for name in moods}, format_version=FORMAT_VERSION
    )
    return Bundle(using_moods(manifest), {**bundle.parts, BANK_NAME: pack_tensors(bank)})


def using_moods(manifest: Manifest) -> Manifest:
    """A manifest that says whether it uses this feature."""
    others = {feature for feature in manifest.features_used if feature != FEATURE}
    used = sorted(others | ({FEATURE} if manifest.moods else set()))
    return msgspec.structs.replace(manifest, features_used=used)
