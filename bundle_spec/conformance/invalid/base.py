"""The scenes that the invalid bundles are made from, and the verdicts on them."""

from collections.abc import Callable

from bundle_spec.conformance.scenes import scene

Build = Callable[[], bytes]
"""A bundle is made by a function, because some of them are large."""
Cases = dict[str, tuple[str, Build]]
"""Each case has a name, the verdict that is expected, and a function that makes the file."""

CORRUPT, UNSAFE, UNSUPPORTED = "corrupt", "unsafe", "unsupported"
"""The three verdicts of a refusal are the values of `verdict` in `cases.json`."""

BASE = scene(largest_step=1)
"""Most invalid bundles are this valid scene with one thing wrong."""
LAYERED = scene(layers=True)
"""Bundles with invalid pictures are this valid scene, which has pictures, with one thing wrong."""
