"""The feature `depth`: what is near can be shifted against what is far (SPEC.md, Depth)."""

import msgspec
import numpy as np

from bundle_spec.container import BANK_NAME
from bundle_spec.errors import CorruptBundle
from bundle_spec.manifest import Manifest, Warp

FEATURE = "depth"
"""The feature has this name in the manifest and in the registry."""
DEPTH = "depth"
"""Writers give this name to the tensor of the bank; readers take the name that the manifest gives."""


def has_depth(manifest: Manifest) -> bool:
    """Whether a bundle says what is near and what is far."""
    drawing = manifest.drawing
    return drawing is not None and drawing.warp is not None and drawing.warp.depth is not None


def using_depth(manifest: Manifest) -> Manifest:
    """A manifest that says whether it uses this feature. Readers may ignore it, so it is never required."""
    others = {feature for feature in manifest.features_used if feature != FEATURE}
    used = sorted(others | ({FEATURE} if has_depth(manifest) else set()))
    return msgspec.structs.replace(manifest, features_used=used)


def depth_of(warp: Warp, bank: dict[str, np.ndarray]) -> np.ndarray | None:
    """The displacements of a view of 1: to the right where it is across, and down where it is down.

    Args:
        bank: all tensors of the bank.

    Returns:
        float32 [2, gh, gw], in longest sides; None where the bundle has no depth.
    """
    return None if warp.depth is None else bank[warp.depth]


def check_depth(warp: Warp, bank: dict[str, np.ndarray]) -> None:
    """Refuse a depth that doesn't fit the motion grid.

    Raises:
        CorruptBundle: the tensor is missing, has another dtype or shape, or holds numbers that are not finite.
    """
    if warp.depth is None:
        return
    columns, rows = warp.motion_grid
    array = bank.get(warp.depth, np.empty(0))
    if array.dtype != np.float32 or array.shape != (2, rows, columns) or not np.isfinite(array).all():
        raise CorruptBundle(f"{BANK_NAME} has no tensor {warp.depth[:64]!a} that fits the grid of its depth.")
