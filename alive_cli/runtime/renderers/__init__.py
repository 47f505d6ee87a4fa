"""Renderers. A bundle names the one that it needs by a drawing feature. Each has one module, and one row here."""

from alive_cli.runtime.renderers.implicit import ImplicitDrawing
from alive_cli.runtime.renderers.protocol import Drawing
from alive_cli.runtime.renderers.warp import WarpDrawing
from bundle_spec.features.warp import FEATURE as WARP
from bundle_spec.manifest import Manifest

IMPLICIT = "implicit"
"""This is the only drawing of format 1.0, so its bundles don't name it: a trunk and a generator draw each pixel."""

DRAWINGS: dict[str, type[Drawing]] = {IMPLICIT: ImplicitDrawing, WARP: WarpDrawing}
"""This player knows these drawing features, by their names in `features_required`."""


def drawing_of(manifest: Manifest) -> type[Drawing]:
    """The drawing that a bundle names, or that of format 1.0 if it names none."""
    names = [name for name in manifest.features_required if name in DRAWINGS]
    return DRAWINGS[names[0] if names else IMPLICIT]
