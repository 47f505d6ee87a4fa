"""Pictures with texture everywhere, and clips in which a known motion moves them."""

import cv2
import numpy as np

from alive_cli.media.warping import cell_sizes, grid_positions, sample


def texture(width: int, height: int, seed: int = 0, softness: float = 2.0) -> np.ndarray:
    """Smoothed random noise over all levels: uint8 [H, W, 3]."""
    noise = np.random.default_rng(seed).standard_normal((height, width, 3)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), softness)
    return (128 + 45 * (soft - soft.mean()) / soft.std()).clip(0, 255).astype(np.uint8)


def pulled(picture: np.ndarray, displacement: np.ndarray) -> np.ndarray:
    """A picture, uint8 [H, W, 3], sampled where displacements [H, W, 2], in longest sides, say: uint8 [H, W, 3]."""
    height, width = picture.shape[:2]
    cells = cell_sizes(width, height, (width, height))
    return sample(picture, (grid_positions(width, height) + displacement * cells).astype(np.float32))


def hill(width: int, height: int, centre: tuple[float, float] = (0.5, 0.5), radius: float = 0.2) -> np.ndarray:
    """A soft hill of height 1, as a factor for displacements: float32 [H, W]."""
    columns, rows = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
    squares = ((columns - centre[0]) * width) ** 2 + ((rows - centre[1]) * height) ** 2
    return np.exp(-squares / (2 * (radius * max(width, height)) ** 2)).astype(np.float32)


def swaying(count: int = 24, width: int = 96, height: int = 64, reach: float = 0.04, period: int = 24) -> np.ndarray:
    """A texture whose middle sways along an ellipse, and whose rim rests: uint8 [N, H, W, 3]."""
    still, factor = texture(width, height), hill(width, height)
    angles = 2 * np.pi * np.arange(count) / period
    ways = reach * np.stack([np.cos(angles), 0.5 * np.sin(angles)], 1).astype(np.float32)
    return np.stack([pulled(still, factor[..., None] * way) for way in ways])


def disc_positions(count: int = 24) -> np.ndarray:
    """Where the disc of `disc_clip` is, in longest sides from the middle: float64 [N, 2]."""
    angles = 2 * np.pi * np.arange(count) / count
    return np.stack([0.12 * np.sin(angles), 0.06 * np.cos(angles)], 1)


def disc_clip(count: int = 24, width: int = 96, height: int = 64) -> np.ndarray:
    """A textured disc that moves on an ellipse over a soft background: uint8 [N, H, W, 3]."""
    columns, rows = np.meshgrid(np.arange(width) + 0.5 - width / 2, np.arange(height) + 0.5 - height / 2)
    pattern = texture(2 * width, 2 * height, seed=1)
    behind = np.stack([110 + 20 * columns / width, 100 + 20 * rows / height, 0 * rows + 90], -1)
    longest, radius = max(width, height), 0.16 * max(width, height)
    frames = []
    for across, down in disc_positions(count) * longest:
        places = np.stack([columns - across + width, rows - down + height], -1).astype(np.float32)
        share = 1 / (1 + np.exp((np.hypot(columns - across, rows - down) - radius) / 0.7))[..., None]
        frames.append(share * sample(pattern, places) + (1 - share) * behind)
    return np.stack(frames).round().clip(0, 255).astype(np.uint8)
