"""A photograph and its hints to everything that a generator needs to let it flow."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.pictures import read_pictures, sound_size
from alive_cli.observation.photograph.contrast import with_more_contrast
from alive_cli.observation.photograph.steady import SteadyFlow
from alive_cli.observation.photograph.surroundings import without_the_still
from alive_cli.observation.photograph.trajectories import Trajectories, follow_flow, no_flow
from alive_cli.progress import Progress, silent
from bundle_spec.limits import MAX_DEFAULT_PIXELS, MAX_KEYFRAME_SIDE

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

FlowSource = Callable[[np.ndarray, tuple[int, int]], SteadyFlow]
"""A picture, uint8 [H, W, 3], and the width and height of the photograph that it shows, to its flow."""


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
    remedy = "make it smaller first, together with its hints"
    return sound_size(path, MOST_PIXELS, LEAST_SIDE, "a photograph", remedy)


def shown_size(name: str, own: tuple[int, int], longest: int, height: int | None) -> tuple[int, int]:
    """Width and height at which a photograph of the size `own` is shown, in its proportions.

    Its shorter side has at least LEAST_SIDE pixels, even if its longer side has more than it should then.

    Args:
        name: of the photograph, for messages.
        longest, height: as `prepare_photograph`.

    Raises:
        InputError: a scene can't have pictures of this size.
    """
    scale = min(1.0, longest / max(own), (height or own[1]) / own[1])
    scale = max(scale, LEAST_SIDE / min(own))
    size = max(LEAST_SIDE, round(own[0] * scale)), max(LEAST_SIDE, round(own[1] * scale))
    if max(size) > MAX_KEYFRAME_SIDE:
        raise InputError(f"{name} is {own[0]}×{own[1]} pixels, which is too narrow for a scene; crop it first.")
    if size[0] * size[1] > MAX_DEFAULT_PIXELS:
        most = math.floor(max(own) * math.sqrt(MAX_DEFAULT_PIXELS / math.prod(own)))
        raise InputError(
            f"{name} at {size[0]}×{size[1]} has more pixels than a scene can; choose --size {most} or less."
        )
    return size


def prepare_photograph(
    path: Path, source: FlowSource | None, longest: int, height: int | None, reach: float, progress: Progress = silent
) -> FlowingPhotograph:
    """Read a photograph, and find its flow.

    Args:
        source: what says how it flows; None if nothing flows.
        longest: the picture's longest side has at most so many pixels.
        height: its height has at most so many pixels; None for any.
        reach: displacements are known for so many halves of a life forward and back.

    Raises:
        InputError: as `read_photograph`, `shown_size` and the source.
    """
    own = read_photograph(path)
    progress(STAGE, 0, 4)
    size = shown_size(path.name, own, longest, height)
    picture = next(read_pictures([path], size))
    progress(STAGE, 1, 4)
    return hold_still(picture) if source is None else let_flow(picture, source(picture, own), reach, progress)


def hold_still(picture: np.ndarray) -> FlowingPhotograph:
    """A photograph, uint8 [H, W, 3], in which nothing flows."""
    mask = np.full(picture.shape[:2], 255, np.uint8)
    return FlowingPhotograph(picture, mask, picture, picture, no_flow((picture.shape[1], picture.shape[0])), 0)


def let_flow(picture: np.ndarray, steady: SteadyFlow, reach: float, progress: Progress = silent) -> FlowingPhotograph:
    """As `prepare_photograph`, from a picture, uint8 [H, W, 3], and its flow.

    Raises:
        InputError: what flows is too small to be seen.
    """
    size = picture.shape[1::-1]
    mask, flow = steady.mask, steady.flow
    soft = _soft(mask)
    if not soft.any():
        raise InputError("What flows is so small that nothing would be seen to flow; let more of the picture flow.")
    trajectories = follow_flow(flow, mask, reach)
    progress(STAGE, 2, 4)
    half = trajectories.life / 2
    farthest = max(np.abs(trajectories.displacement(way * half)).max() for way in (1, -1))
    flowing = without_the_still(picture, mask, flow, round(float(farthest) * max(size)))
    progress(STAGE, 3, 4)
    strong = with_more_contrast(flowing, mask, trajectories)
    progress(STAGE, 4, 4)
    plain = np.where(mask[..., None] > 0, picture, flowing)
    return FlowingPhotograph(picture, soft, plain, strong, trajectories, steady.unhinted)


def _soft(mask: np.ndarray) -> np.ndarray:
    """A mask with soft edges that lie inside it, so that nothing beside it is covered."""
    blur = SOFT_EDGE * max(mask.shape) / USUAL_SIDE
    blurred = cv2.GaussianBlur(mask, (0, 0), max(0.5, blur), borderType=cv2.BORDER_REPLICATE).astype(np.float32)
    return np.asarray((2 * blurred - 255).clip(0, 255).round(), np.uint8)
