"""What is drawn: an embedding, the offset by which somebody steers its picture, and the view."""

from typing import NamedTuple

import numpy as np


class Frame(NamedTuple):
    """What draws one picture."""

    embedding: np.ndarray
    """float32 [D], unit length."""
    offset: np.ndarray | None = None
    """float32 [S], added to the coefficients of the motion modes; None where nothing steers the picture."""
    view: tuple[float, float] | None = None
    """From where a scene with depth is seen: −1…1 across and down; None for straight ahead."""


Drawn = Frame | np.ndarray
"""Pictures are drawn of frames, and of embeddings, float32 [D], that nothing steers."""


def as_frame(drawn: Drawn) -> Frame:
    """A frame as it is, or an embedding as a frame."""
    return drawn if isinstance(drawn, Frame) else Frame(drawn)
