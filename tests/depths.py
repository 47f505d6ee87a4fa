"""Maps of depth that are drawn: what is near in a picture, roughly, as ellipses before a ground that goes away."""

import numpy as np

Ellipse = tuple[float, float, float, float, float]
"""Middle across and down, half width and half height, in shares of the picture, and how near it is, 0…1."""

FIGURES: dict[str, tuple[Ellipse, ...]] = {
    "mona_lisa": ((0.5, 0.82, 0.52, 0.5, 0.75), (0.45, 0.28, 0.17, 0.17, 0.95), (0.47, 0.9, 0.25, 0.1, 1.0)),
    "girl_with_a_pearl_earring": ((0.55, 0.9, 0.42, 0.32, 0.7), (0.5, 0.4, 0.24, 0.33, 0.95)),
    "expressive_portrait": ((0.55, 1.0, 0.46, 0.2, 0.7), (0.52, 0.62, 0.34, 0.55, 0.75), (0.5, 0.53, 0.21, 0.37, 1.0)),
    "waterfall": ((0.5, 1.05, 0.8, 0.35, 0.9), (0.05, 0.6, 0.2, 0.6, 0.7), (0.97, 0.6, 0.2, 0.6, 0.7)),
}
"""What stands before the ground in each picture."""
GROUND = 0.25
"""The ground is so near at the lower border of a picture, and farthest at the upper one."""


def drawn_depth(name: str, size: tuple[int, int]) -> np.ndarray:
    """A map for a picture of width × height `size`: uint8 [H, W], near is bright. Figures are rounded, as heads are."""
    width, height = size
    across, down = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
    depth = GROUND * down
    for x, y, half_width, half_height, near in FIGURES[name]:
        away = ((across - x) / half_width) ** 2 + ((down - y) / half_height) ** 2
        depth = np.where(away < 1, np.maximum(depth, near * (0.75 + 0.25 * np.sqrt(np.maximum(1 - away, 0)))), depth)
    return np.asarray(np.round(255 * depth), np.uint8)
