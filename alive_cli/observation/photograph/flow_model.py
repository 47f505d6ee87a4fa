"""The flow of one picture by a local model, in the manner of Holynski et al. 2021 ("Animating pictures with Eulerian
motion fields"): a network that was trained on videos of flowing water draws the flow that one frame suggests."""

from pathlib import Path

import numpy as np

from alive_cli.errors import InputError
from alive_cli.observation.picture_model import PictureModel

MODEL = PictureModel(
    kind="flow",
    gives="a flow, float32 [1, 2, height, width]",
    channels=2,
    side=768,
    multiple=32,
    mean=(0.5, 0.5, 0.5),
    deviation=(0.5, 0.5, 0.5),
)
"""Such models take colours of −1…1, and halve their pictures five times."""
RATE = 30.0
"""Models say by how many pixels of the picture that they were fed something moves in a frame, of which a second has so
many."""
FASTEST = 2.0
"""A flow of more longest sides a second is none that anybody would see as one."""


def predicted_flow(path: Path, picture: np.ndarray) -> np.ndarray:
    """The flow that a model, an ONNX file, predicts for a picture, uint8 [H, W, 3]: float32 [h, w, 2], in longest sides
    of the picture a second, over all of it.

    Raises:
        InputError: the file is no such model, it fails, or what it gives is no flow.
    """
    moved, fed = MODEL.run(path, picture)
    if not np.isfinite(moved).all():
        raise InputError(f"{path.name} gives numbers that are no flow for this picture; use another model.")
    height, width = picture.shape[:2]
    # A model of fixed size may have been fed a picture of other proportions.
    sides = np.array([width / fed[0], height / fed[1]], np.float32) / max(width, height)
    flow = moved.transpose(1, 2, 0) * sides * RATE
    if np.abs(flow).max() > FASTEST:
        raise InputError(f"{path.name} gives a flow that is too fast to be seen; use another model.")
    return np.asarray(flow, np.float32)
