"""Bundles that a reader must refuse, and the verdict on each. Each is a valid one with one thing wrong."""

from bundle_spec.conformance.invalid.alpha import ALPHA
from bundle_spec.conformance.invalid.bank import BANK
from bundle_spec.conformance.invalid.base import BASE, CORRUPT, LAYERED, UNSAFE, UNSUPPORTED, Build, Cases
from bundle_spec.conformance.invalid.container import CONTAINER
from bundle_spec.conformance.invalid.controls import CONTROLS
from bundle_spec.conformance.invalid.depth import DEPTH
from bundle_spec.conformance.invalid.graphs import GRAPHS
from bundle_spec.conformance.invalid.manifest import MANIFEST
from bundle_spec.conformance.invalid.pictures import PICTURES
from bundle_spec.conformance.invalid.warp import WARP
from bundle_spec.conformance.invalid.warp_graphs import WARP_GRAPHS
from bundle_spec.conformance.invalid.webp import WEBP

__all__ = ["BASE", "CORRUPT", "INVALID", "LAYERED", "UNSAFE", "UNSUPPORTED", "Build", "Cases"]

INVALID: Cases = {
    **CONTAINER,
    **MANIFEST,
    **GRAPHS,
    **BANK,
    **PICTURES,
    **CONTROLS,
    **WARP,
    **WARP_GRAPHS,
    **WEBP,
    **DEPTH,
    **ALPHA,
}
"""All invalid bundles by name, with the expected verdict and a function that makes the file."""
