"""Depth of one picture by a local model, in the manner of MiDaS (Ranftl et al. 2020, "Towards robust monocular depth
estimation") and Depth Anything: larger numbers are nearer."""

from pathlib import Path

import numpy as np

from alive_cli.observation.depth import normalised
from alive_cli.observation.picture_model import PictureModel

MODEL = PictureModel(
    kind="depth",
    gives="depth, float32 [1, height, width]",
    channels=1,
    side=518,
    multiple=14,
    mean=(0.485, 0.456, 0.406),
    deviation=(0.229, 0.224, 0.225),
)
"""Vision transformers of such models need sides that are multiples of 14, and colours with the mean and deviation of
ImageNet."""


def estimated_depth(path: Path, picture: np.ndarray) -> np.ndarray:
    """What a model, an ONNX file, takes for near and far in a picture, uint8 [H, W, 3]: float32 [h, w], 0 far … 1 near.

    Raises:
        InputError: the file is no such model, it fails, or what it gives is no depth.
    """
    depth, _ = MODEL.run(path, picture)
    return normalised(depth[0], path.name)
