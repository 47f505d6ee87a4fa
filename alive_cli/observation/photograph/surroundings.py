"""What flows in from beyond the mask: the photograph without what stands still.

A displaced copy brings in what lies beside the mask. There the photograph shows rocks or a shore, which must not flow.
So these pixels are replaced by what flows, mirrored at the edge of the mask.
"""

import cv2
import numpy as np

EDGE = 2
"""So many pixels along the edge of the mask count as outside, because polygons are drawn roughly."""
SOFT = 6.0
"""Where nothing can be mirrored, the nearest pixels are blurred by so many pixels, so that they don't leave streaks."""
FAR = 24.0
"""What no displacement reaches is blurred by so many pixels, because it is never shown and shouldn't take room."""


def without_the_still(picture: np.ndarray, mask: np.ndarray, reach: int) -> np.ndarray:
    """A picture, uint8 [H, W, 3], in which everything flows.

    Args:
        mask: what flows, uint8 [H, W].
        reach: displacements are at most so many pixels long.
    """
    kernel = np.ones((2 * EDGE + 1, 2 * EDGE + 1), np.uint8)
    inside = cv2.erode(mask, kernel, borderType=cv2.BORDER_REPLICATE) > 0
    if not inside.any():
        inside = mask > 0
    if inside.all():
        return picture
    distance, labels = cv2.distanceTransformWithLabels(
        (~inside).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    rows, columns = np.nonzero(inside)
    numbers = np.zeros(int(labels.max()) + 1, np.int64)
    numbers[labels[inside]] = np.arange(len(rows))
    row, column = rows[numbers[labels]], columns[numbers[labels]]  # of the nearest pixel inside
    own_row, own_column = np.indices(mask.shape)
    across, up = 2 * column - own_column, 2 * row - own_row
    height, width = mask.shape
    mirrored = (up >= 0) & (up < height) & (across >= 0) & (across < width)
    mirrored[mirrored] &= inside[up[mirrored], across[mirrored]]
    filled = picture[np.where(mirrored, up, row), np.where(mirrored, across, column)]
    share = cv2.GaussianBlur((~mirrored & ~inside).astype(np.float32), (0, 0), SOFT / 2)
    share = _mixed_in(share, distance / (2 * SOFT))
    filled = filled + share * (cv2.GaussianBlur(filled, (0, 0), SOFT).astype(np.float32) - filled)
    beyond = _mixed_in(np.ones_like(share[..., 0]), (distance - reach) / FAR)
    filled = filled + beyond * (cv2.GaussianBlur(filled.astype(np.float32), (0, 0), FAR) - filled)
    return np.where(inside[..., None], picture, filled.clip(0, 255).round().astype(np.uint8))


def _mixed_in(share: np.ndarray, ramp: np.ndarray) -> np.ndarray:
    return np.asarray(share * ramp.clip(0, 1), np.float32)[..., None]
