"""Ways to draw. A bundle names the one that it needs by a drawing feature; one room each, and one row here."""

from alive_cli.runtime.renderers.implicit import ImplicitDrawing
from alive_cli.runtime.renderers.protocol import Drawing
from bundle_spec.manifest import Manifest

IMPLICIT = "implicit"
"""Format 1.0 has this drawing alone, so its bundles don't name it: a trunk and a generator, pixel by pixel."""

DRAWINGS: dict[str, type[Drawing]] = {IMPLICIT: ImplicitDrawing}
"""Every drawing feature that this player knows, by its name in `features_required`."""


def drawing_of(manifest: Manifest) -> type[Drawing]:
    """The way to draw that a bundle names; that of 1.0 where it names none."""
    names = [name for name in manifest.features_required if name in DRAWINGS]
    return DRAWINGS[names[0] if names else IMPLICIT]
