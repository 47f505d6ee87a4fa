"""What becomes brighter or darker in a clip besides what moves, as colour modes of a painting.

The ratio of a frame to the moved chosen one, of blurred brightness, is what an expression does to any face (Liu, Shan &
Zhang 2001, "Expressive expression mapping with ratio images").
"""

from collections.abc import Iterable

import cv2
import numpy as np

from alive_cli.media.warping import grid_positions, resize, sample
from alive_cli.observation.modes import principal_directions
from alive_cli.observation.painting.carried import Place, carried_values

MODES = 16
"""A painting has at most so many colour modes."""
BLUR = 0.02
"""Brightness is compared after a blur by this share of the longest side, because the flow is no better."""
DARKEST, BRIGHTEST = 0.45, 1.35
"""A ratio of brightness counts as at least and at most this: what is beyond is something that the chosen frame doesn't
show at all, such as teeth."""
LEAST_BRIGHTNESS = 12.0
"""So much is added to brightness, of 255, because ratios of dark places are noise."""
NO_SHADE = 1e-6
"""Colour modes that change a painting by less than this are left out."""


def ratios_of(
    pictures: Iterable[np.ndarray], displacements: Iterable[np.ndarray], chosen: np.ndarray, place: Place
) -> np.ndarray:
    """What the brightness of frames is multiplied by, at the painting's places, less 1: float32 [n, gh, gw].

    Args:
        pictures: of the frames, uint8 [h, w, 3] each.
        displacements: of each to the chosen frame, float32 [a, b, 2], in longest sides.
        chosen: the picture of the chosen frame, uint8 [h, w, 3].
    """
    own = _brightness(chosen)
    height, width = own.shape
    ratios = []
    for picture, displacement in zip(pictures, displacements, strict=True):
        moved = sample(own, grid_positions(width, height) + resize(displacement, (width, height)) * max(width, height))
        ratio = (_brightness(picture) + LEAST_BRIGHTNESS) / (moved + LEAST_BRIGHTNESS)
        there = carried_values(place, ratio.clip(DARKEST, BRIGHTEST) - 1)
        ratios.append(place.face * there)
    return np.stack(ratios)


def shading_of(ratios: np.ndarray, picture: np.ndarray, strength: float) -> tuple[np.ndarray, np.ndarray]:
    """Colour modes of a painting, float32 [R, gh, gw], and their coefficients of each frame, float32 [n, R, 3].

    Args:
        ratios: [n, gh, gw].
        picture: the painting, uint8 [H, W, 3].
        strength: 0 … 1, how much of them is seen.
    """
    rows, columns = ratios.shape[1:]
    small = cv2.resize(picture, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    brightness = small.mean(-1)
    changes = (strength * ratios * brightness).reshape(len(ratios), -1)
    weight = np.abs(ratios).mean(0)
    if not strength * float(np.abs(changes).max(initial=0)) > NO_SHADE:
        return np.zeros((1, rows, columns), np.float32), np.zeros((len(ratios), 1, 3), np.float32)
    directions = principal_directions(changes, min(MODES, len(changes)))
    amounts = changes @ directions.T
    tint = (small * weight[..., None]).sum((0, 1)) / max(float((brightness * weight).sum()), 1e-12)
    return directions.reshape(-1, rows, columns), (amounts[..., None] * tint).astype(np.float32)


def _brightness(picture: np.ndarray) -> np.ndarray:
    grey = picture.mean(-1, dtype=np.float32)
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), BLUR * max(grey.shape), borderType=cv2.BORDER_REPLICATE))
