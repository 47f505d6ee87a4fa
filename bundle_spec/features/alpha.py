"""The feature `alpha`: keyframes have alpha, so pictures are transparent (SPEC.md, §3)."""

import msgspec

from bundle_spec.features import FEATURES
from bundle_spec.manifest import Manifest

FEATURE = "alpha"
"""The feature has this name in the manifest and in the registry."""


def is_transparent(manifest: Manifest) -> bool:
    """Whether the pictures of a bundle have alpha."""
    return FEATURE in manifest.features_required


def poster_mode(manifest: Manifest) -> str:
    """The mode of a bundle's poster, `RGBA` where its pictures have alpha, else `RGB`."""
    return "RGBA" if is_transparent(manifest) else "RGB"


def requiring_alpha(manifest: Manifest) -> Manifest:
    """A manifest that says that its readers need this feature."""
    return msgspec.structs.replace(
        manifest,
        min_reader_version=FEATURES[FEATURE].since,
        features_used=sorted({*manifest.features_used, FEATURE}),
        features_required=sorted({*manifest.features_required, FEATURE}),
    )
