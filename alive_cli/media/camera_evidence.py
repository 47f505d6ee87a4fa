"""Whether the camera's motion explains what a clip shows, everywhere and not only at corners."""

import cv2
import numpy as np

from alive_cli.media.camera_path import CELLS, CameraPath

COMPARED_SIDE = 256
"""Pictures are compared with at most so many pixels a side."""
BETTER = 0.6
"""One motion explains a cell better than another if it leaves less than this share of the squared error."""
NOISE = 1.5
"""A mean squared error below this, in 8-bit levels, may be noise."""
RING = 0.15
"""The camera's motion is clear if it explains at least this share of the cells along the border of the picture."""
AGAINST = 3.0
"""It has to explain so many times as many of them as standing still does."""
CORNERS = 3
"""It has to explain something in so many of the four corners, because a subject leaves at least two of them."""


def is_clear(frames: np.ndarray, numbers: np.ndarray, reference: int, path: CameraPath) -> bool:
    """Whether a path is clearly the camera's, and not that of a subject before a plain wall.

    Args:
        frames: uint8 [N, H, W, 3].
        numbers: the frames of the path, int [F].
        reference: the frame that they are compared with.
    """
    moving, standing = explaining(frames, numbers, reference, path)
    ring = np.ones_like(moving)
    ring[2:-2, 2:-2] = False
    quarter = CELLS // 4
    ends = slice(0, quarter), slice(-quarter, None)
    corners = sum(bool(moving[rows, columns].any()) for rows in ends for columns in ends)
    agreeing, against = int((moving & ring).sum()), int((standing & ring).sum())
    return bool(agreeing >= RING * ring.sum() and agreeing >= AGAINST * against and corners >= CORNERS)


def explaining(
    frames: np.ndarray, numbers: np.ndarray, reference: int, path: CameraPath
) -> tuple[np.ndarray, np.ndarray]:
    """In which parts of the picture the camera's motion explains the frames, and in which standing still does.

    It sees edges as well as corners. Where nothing is to be seen, as on a plain wall, neither explains anything.

    Args:
        numbers: the frames of the path, int [F].

    Returns:
        Two of bool [CELLS, CELLS].
    """
    height, width = frames.shape[1:3]
    scale = min(1.0, COMPARED_SIDE / max(width, height))
    size = max(CELLS, round(width * scale)), max(CELLS, round(height * scale))
    cells = np.array([size[0] / width, size[1] / height])

    def small(number: int) -> np.ndarray:
        grey = cv2.cvtColor(np.ascontiguousarray(frames[number]), cv2.COLOR_RGB2GRAY)
        return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.float32)

    own = small(reference)
    moved, stood = np.zeros((CELLS, CELLS), np.float32), np.zeros((CELLS, CELLS), np.float32)
    known = np.flatnonzero(~path.lost)
    for place in known.tolist():
        other = small(int(numbers[place]))
        other *= float(own.mean()) / max(float(other.mean()), 1.0)
        turn, shift = complex(path.turn[place]), complex(path.shift[place])
        matrix = np.array(
            [[turn.real, -turn.imag, shift.real * cells[0]], [turn.imag, turn.real, shift.imag * cells[1]]]
        )
        matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        laid = cv2.warpAffine(other, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        for total, picture in ((moved, laid), (stood, other)):
            total += cv2.resize(np.square(picture - own), (CELLS, CELLS), interpolation=cv2.INTER_AREA) / len(known)
    return (moved < BETTER * stood) & (stood > NOISE), (stood < BETTER * moved) & (moved > NOISE)
