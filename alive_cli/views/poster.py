"""The poster of a bundle, which a view shows until its first picture is drawn."""

import numpy as np

from alive_cli.media.alpha import DARK, over
from bundle_spec.container import POSTER_NAME, Bundle
from bundle_spec.errors import BundleError
from bundle_spec.features.alpha import poster_mode


def poster_of(bundle: Bundle, colour: tuple[int, int, int] | None = None) -> np.ndarray | None:
    """The poster, uint8 [H, W, 3]; None where a bundle has none, or none that can be shown: it plays without one too.

    Args:
        colour: what a transparent poster lies over, 0…255; by default what transparent scenes are shown over.
    """
    if POSTER_NAME not in bundle.parts:
        return None
    try:
        return over(bundle.picture(POSTER_NAME, poster_mode(bundle.manifest)), colour or DARK)
    except BundleError:
        return None
