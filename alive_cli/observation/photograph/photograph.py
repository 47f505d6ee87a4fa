"""A photograph and its hints to everything that a generator needs to let it flow."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.pictures import common_size, read_pictures
from alive_cli.observation.photograph.contrast import with_more_contrast
from alive_cli.observation.photograph.flow_field import flow_field
from alive_cli.observation.photograph.hints import Hints, read_hints, unhinted
from alive_cli.observation.photograph.surroundings import without_the_still
from alive_cli.observation.photograph.trajectories import Trajectories, follow_flow, no_flow
from alive_cli.progress import Progress, silent

MOST_PIXELS = 64_000_000
"""A photograph has at most so many pixels, which is more than most cameras take: larger ones fill the memory, and a
scene shows only a few of them."""
LEAST_SIDE = 64
"""A photograph has at least so many pixels on each side, because less leaves no room to flow."""
SOFT_EDGE = 3.0
"""The edge of what flows is blurred by so many pixels of a picture of USUAL_SIDE pixels."""
USUAL_SIDE = 1280
"""SOFT_EDGE is meant for a picture whose longest side has so many pixels."""
STAGE = "Finding the flow"
"""The progress bar shows this text while hints become a flow and displacements."""


@dataclass(frozen=True)
class FlowingPhotograph:
    """A photograph, where it flows and how, at the size at which it is shown."""

    picture: np.ndarray
    """uint8 [H, W, 3]."""
    mask: np.ndarray
    """uint8 [H, W]: what flows, with soft edges inside it."""
    flowing: np.ndarray
    """uint8 [H, W, 3]: the picture, with what flows also where it stands still, which displaced copies bring in."""
    strong: np.ndarray
    """uint8 [H, W, 3]: the same with the contrast that mixtures of three copies lose, and with what flows even along
    the edge of the mask, which may not be drawn exactly."""
    trajectories: Trajectories
    unhinted: int
    """Number of separate parts of what flows in which no hint lies."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width = self.picture.shape[:2]
        return width, height


def read_photograph(path: Path) -> tuple[int, int]:
    """Width and height of a photograph in pixels, upright as viewers show it. Nothing is decoded.

    Raises:
        InputError: it can't be read, or is too large or too small.
    """
    if not path.is_file():
        raise InputError(f"There is no file {path}; check the path.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of large pictures, and MOST_PIXELS refuses them
        width, height = common_size([path])
    if width * height > MOST_PIXELS:
        raise InputError(
            f"{path.name} has {width * height / 1e6:.0f} megapixels; at most {MOST_PIXELS // 10**6} are read, "
            "so make it smaller first, together with its hints."
        )
    if min(width, height) < LEAST_SIDE:
        raise InputError(f"{path.name} is {width}×{height} pixels; a photograph needs at least {LEAST_SIDE} a side.")
    return width, height


def prepare_photograph(
    path: Path, hints_path: Path | None, longest: int, height: int | None, reach: float, progress: Progress = silent
) -> FlowingPhotograph:
    """Read a photograph and its hints, and find its flow.

    Args:
        hints_path: None for a photograph in which nothing flows.
        longest: the picture's longest side has at most so many pixels.
        height: its height has at most so many pixels; None for any.
        reach: displacements are known for so many halves of a life forward and back.

    Raises:
        InputError: as `read_photograph` and `read_hints`.
    """
    own = read_photograph(path)
    hints = None if hints_path is None else read_hints(hints_path, own)
    progress(STAGE, 0, 4)
    scale = min(1.0, longest / max(own), (height or own[1]) / own[1])
    size = max(LEAST_SIDE, round(own[0] * scale)), max(LEAST_SIDE, round(own[1] * scale))
    picture = next(read_pictures([path], size))
    progress(STAGE, 1, 4)
    return hold_still(picture) if hints is None else let_flow(picture, hints, reach, progress)


def hold_still(picture: np.ndarray) -> FlowingPhotograph:
    """A photograph, uint8 [H, W, 3], in which nothing flows."""
    mask = np.full(picture.shape[:2], 255, np.uint8)
    return FlowingPhotograph(picture, mask, picture, picture, no_flow((picture.shape[1], picture.shape[0])), 0)


def let_flow(picture: np.ndarray, hints: Hints, reach: float, progress: Progress = silent) -> FlowingPhotograph:
    """As `prepare_photograph`, from a picture, uint8 [H, W, 3].

    Raises:
        InputError: what flows is too small to be seen.
    """
    size = picture.shape[1::-1]
    mask = hints.mask(size)
    soft = _soft(mask)
    if not soft.any():
        raise InputError("The polygons named motion are so small that nothing would be seen to flow; draw larger ones.")
    flow = flow_field(hints)
    trajectories = follow_flow(flow, mask, reach)
    progress(STAGE, 2, 4)
    half = trajectories.life / 2
    farthest = max(np.abs(trajectories.displacement(way * half)).max() for way in (1, -1))
    flowing = without_the_still(picture, mask, flow, round(float(farthest) * max(size)))
    progress(STAGE, 3, 4)
    strong = with_more_contrast(flowing, mask, trajectories)
    progress(STAGE, 4, 4)
    plain = np.where(mask[..., None] > 0, picture, flowing)
    return FlowingPhotograph(picture, soft, plain, strong, trajectories, unhinted(hints))


def _soft(mask: np.ndarray) -> np.ndarray:
    """A mask with soft edges that lie inside it, so that nothing beside it is covered."""
    blur = SOFT_EDGE * max(mask.shape) / USUAL_SIDE
    blurred = cv2.GaussianBlur(mask, (0, 0), max(0.5, blur), borderType=cv2.BORDER_REPLICATE).astype(np.float32)
    return np.asarray((2 * blurred - 255).clip(0, 255).round(), np.uint8)
