"""A clip from a hand-held camera, laid on one of its frames as if it were filmed from a tripod."""

import re
from dataclasses import dataclass

import cv2
import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.camera_evidence import is_clear
from alive_cli.media.camera_path import Background, CameraPath, find_background, follow_camera
from alive_cli.progress import Progress, silent
from bundle_spec.limits import MAX_DEFAULT_PIXELS, MAX_PICTURE_SIDE

STABILISED = "stabilised"
"""A recipe keeps under this name, among its settings, how its clip was stabilised."""
STAGE = "Stabilising"
"""The progress bar shows this text while the camera's motion is found and taken out."""
PROBED = 64
"""Whether the camera shakes is decided by so many evenly spread frames."""
SHAKE = 0.5
"""A camera shakes if the picture is off by more than so many pixels (root mean square), a steady drift left out."""
STANDING = 0.25
"""A camera stands if this many corners stand still for each one that moves alike: a logo is less, a room is more."""
MOST_LOST = 0.1
"""A clip is left as it is if the background is not found in more than this share of its frames."""
LEAST_KEPT = 0.7
"""A clip is left as it is if less than this share of its width and height would be left."""
LEAST_SIDE = 16
"""It is also left as it is if fewer pixels a side would be left, because a scene needs so many."""

_KEPT = re.compile(r"frame (\d{1,6}), (\d{1,5}),(\d{1,5}) of (\d{1,5})x(\d{1,5})", re.ASCII)


class Unclear(Exception):
    """Nothing says how the camera moved; the text is the rest of a sentence on why."""


class TooFar(Exception):
    """The camera moved so far that too little of the picture would be left; the text says how much."""


@dataclass(frozen=True)
class Laid:
    """Where the frames of a clip are laid."""

    reference: int
    """The frame that all others are laid on."""
    left: int
    top: int
    """The upper left corner of what is kept, in pixels of that frame."""
    whole: tuple[int, int]
    """Width and height of the frames."""

    def __str__(self) -> str:
        """How a recipe keeps it."""
        return f"frame {self.reference}, {self.left},{self.top} of {self.whole[0]}x{self.whole[1]}"


@dataclass(frozen=True)
class Steadiness:
    """What a look at a clip says about its camera."""

    background: Background
    reference: int
    shakes: bool
    """Whether the camera clearly shakes."""


@dataclass(frozen=True)
class Plan:
    """How to stabilise a clip."""

    laid: Laid
    size: tuple[int, int]
    """Width and height of what is kept."""
    path: CameraPath
    shake: float
    """How far the picture is from its mean position, in pixels (root mean square)."""


def read_laid(kept: object, size: tuple[int, int]) -> Laid:
    """Where frames were laid, as a recipe keeps it; it may come from a stranger's bundle.

    Args:
        size: width and height of the scene.

    Raises:
        InputError: it is damaged.
    """
    match = _KEPT.fullmatch(kept) if isinstance(kept, str) else None
    if match is not None:
        reference, left, top, width, height = (int(part) for part in match.groups())
        possible = max(width, height) <= MAX_PICTURE_SIDE and width * height <= MAX_DEFAULT_PIXELS
        if possible and left + size[0] <= width and top + size[1] <= height:
            return Laid(reference, left, top, (width, height))
    raise InputError("The bundle doesn't say how its clip was stabilised; fit the clip anew.")


def look_for_shake(frames: np.ndarray) -> Steadiness:
    """Whether the camera shakes in frames, uint8 [N, H, W, 3], by a few of them; it takes less than a second.

    Raises:
        Unclear: nothing says how the camera moves.
    """
    numbers = _probed(len(frames))
    height, width = frames.shape[1:3]
    reference = int(numbers[len(numbers) // 2])
    background = _background(frames, numbers, reference)
    if background.standing > STANDING * background.explained:
        return Steadiness(background, reference, False)
    central = int(numbers[background.path.central()])
    if central != reference:
        reference, background = central, _background(frames, numbers, central)
    if background.path.shake(width, height, drifting=True) <= SHAKE or background.path.lost.mean() > MOST_LOST:
        return Steadiness(background, reference, False)
    clear = is_clear(frames, numbers, reference, background.path)
    return Steadiness(background, reference, clear)


def plan_for(frames: np.ndarray, steadiness: Steadiness, progress: Progress = silent) -> Plan:
    """How to lay frames, uint8 [N, H, W, 3], on one of them.

    Raises:
        Unclear: the background is lost in too many frames.
        TooFar: too little of the picture would be left.
    """
    path = _followed(frames, steadiness.background, steadiness.reference, progress)
    height, width = frames.shape[1:3]
    left, top, right, bottom = _common(path, width, height)
    share = min((right - left) / width, (bottom - top) / height)
    size = 2 * int(share * width / 2), 2 * int(share * height / 2)  # films have even sizes
    if share < LEAST_KEPT or min(size) < LEAST_SIDE:
        raise TooFar(f"{max(0, size[0])}×{max(0, size[1])} pixels")
    # Whole pixels: the frame that others are laid on is not resampled.
    corner = (int(np.ceil(left + (right - left - size[0]) / 2)), int(np.ceil(top + (bottom - top - size[1]) / 2)))
    corner = min(max(corner[0], 0), width - size[0]), min(max(corner[1], 0), height - size[1])
    laid = Laid(steadiness.reference, *corner, (width, height))
    return Plan(laid, size, path, path.shake(width, height))


def plan_as_kept(frames: np.ndarray, kept: object, size: tuple[int, int], progress: Progress = silent) -> Plan:
    """The plan by which a scene's clip was stabilised, from its frames and what the recipe keeps.

    Raises:
        InputError: the recipe keeps something else, or these are frames of another clip.
    """
    laid = read_laid(kept, size)
    try:
        if laid.reference >= len(frames):
            raise Unclear("it has fewer frames")
        background = _background(frames, _probed(len(frames)), laid.reference)
        path = _followed(frames, background, laid.reference, progress)
    except Unclear as reason:
        raise InputError(
            f"The clip can't be stabilised as for the scene ({reason}); give the clip that it was made from."
        ) from None
    return Plan(laid, size, path, path.shake(*laid.whole))


def stabilise(frames: np.ndarray, plan: Plan) -> np.ndarray:
    """Lay frames, uint8 [N, H, W, 3], where the plan says: uint8 [N, h, w, 3], in the same memory.

    Each picture is resampled once, by cubic convolution.
    """
    width, height = plan.size
    corner = complex(plan.laid.left, plan.laid.top)
    flat, volume = frames.reshape(-1), height * width * 3
    # The k-th result ends before the k-th frame does, so what is overwritten has been read.
    laid = flat[: len(frames) * volume].reshape(len(frames), height, width, 3)
    for number, (turn, shift) in enumerate(zip(plan.path.turn.tolist(), plan.path.shift.tolist(), strict=True)):
        begin = turn * (corner + (0.5 + 0.5j)) + shift - (0.5 + 0.5j)
        matrix = np.array([[turn.real, -turn.imag, begin.real], [turn.imag, turn.real, begin.imag]])
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        if number == plan.laid.reference:
            flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
            matrix = np.array([[1, 0, corner.real], [0, 1, corner.imag]])
        laid[number] = cv2.warpAffine(
            frames[number], matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
    return laid


def _probed(count: int) -> np.ndarray:
    return np.linspace(0, count - 1, min(count, PROBED)).round().astype(int)


def _background(frames: np.ndarray, numbers: np.ndarray, reference: int) -> Background:
    background = find_background(frames, numbers, reference)
    if background is None:
        raise Unclear("too little stays in view that moves as one, as behind a subject before a plain wall")
    return background


def _followed(frames: np.ndarray, background: Background, reference: int, progress: Progress) -> CameraPath:
    path = follow_camera(frames, background, reference, lambda done: progress(STAGE, done, len(frames)))
    if path.lost.mean() > MOST_LOST:
        raise Unclear(f"what stands still is lost in {path.lost.mean():.0%} of the frames")
    return path


def _common(path: CameraPath, width: int, height: int) -> tuple[float, float, float, float]:
    """What all frames show: left, top, right and bottom, in pixels of the reference frame."""
    ends = np.array([0, width, 1j * height, width + 1j * height])  # upper left and right, lower left and right
    places = (ends - path.shift[:, None]) / path.turn[:, None]
    left, right = max(0.0, places.real[:, [0, 2]].max()), min(float(width), places.real[:, [1, 3]].min())
    top, bottom = max(0.0, places.imag[:, [0, 1]].max()), min(float(height), places.imag[:, [2, 3]].min())
    return left, top, right, bottom
