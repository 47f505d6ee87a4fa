"""How the camera moved: the similarity motion of what stands still in the scene, whatever a subject does before it.

Places are complex numbers, x + i·y, in pixels of the frames, from the picture's upper left corner. A similarity takes a
place of the reference frame to `turn` · place + `shift`, where the same thing is in another frame.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

MEASURED_SIDE = 640
"""Motion is measured on pictures of at most so many pixels a side, where a tracked corner is off by 0.1 pixels."""
CELLS = 12
"""Corners are chosen in so many cells a side, so that much texture in a subject gives it no more than its share."""
EACH = 3
"""A cell gives at most so many corners."""
APART = 5
"""Corners are at least about so many pixels apart."""
LEAST_CORNER = 4e-4
"""A corner's smaller eigenvalue, as cv2.cornerMinEigenVal gives it; noise of two 8-bit levels stays below this."""
WINDOW, LEVELS = 17, 4
"""Corners are tracked by windows of so many pixels on so many reduced pictures, which follow jumps of 100 pixels."""
TOLERANCE = 1.0
"""A corner moves with the camera if it is so close to where the camera's motion takes it, in measured pixels."""
EXACT = 0.35
"""A corner stands still in the picture if it never moves by more, in measured pixels."""
NEARLY_ALWAYS = 0.9
"""It stands still if it does so in this share of the frames."""
MOSTLY = 0.6
"""A corner belongs to the background if it moves with the camera in at least this share of the frames."""
PAIRS = 300
"""So many pairs of corners say how the camera might move; the motion that most others share is taken."""
ROUNDS = 8
"""Weighted least squares over the corners that agree are repeated so many times."""
LEAST_POINTS = 10
"""A camera's motion needs so many corners that share it; fewer may do so by chance."""
LEAST_SHARE = 0.3
"""A frame is lost if fewer than this share of the background's corners are seen in it."""
BORDER_WEIGHT = 2.0
"""Corners in the outermost cells count so many times, because a subject is rarely there."""
MOST_LEAP = 0.5
"""A similarity that changes the scale by more, as a logarithm, is an error."""


@dataclass(frozen=True)
class CameraPath:
    """Where the camera looked in some frames, relative to the reference frame."""

    turn: np.ndarray
    """complex128 [F]: rotation and scale."""
    shift: np.ndarray
    """complex128 [F]: in pixels of the frames."""
    lost: np.ndarray
    """bool [F]: frames in which the background was not found; they have the motion of their neighbours."""

    def at(self, places: np.ndarray) -> np.ndarray:
        """Where places [P] of the reference frame are in each frame: complex128 [F, P]."""
        return np.asarray(self.turn[:, None] * places + self.shift[:, None])

    def shake(self, width: int, height: int, *, drifting: bool = False) -> float:
        """How far the picture is from its mean position, root mean square over frames and picture, in pixels.

        Args:
            drifting: whether a steady drift is no shake.
        """
        known = np.flatnonzero(~self.lost)
        if len(known) < 3:
            return 0.0
        grid = np.linspace(0.1, 0.9, 3)
        at = self.at((grid[:, None] * width + 1j * grid[None, :] * height).reshape(-1))[known]
        at = at - at.mean(0)
        if drifting:
            time = known - known.mean()
            at = at - time[:, None] * (time @ at) / (time @ time)
        return float(np.sqrt(np.square(np.abs(at)).mean()))

    def central(self) -> int:
        """The frame whose position is nearest to the median one, so that least is lost when all are laid on it."""
        middle = np.median(self.shift.real) + 1j * np.median(self.shift.imag)
        return int((np.abs(self.shift - middle) + np.where(self.lost, np.inf, 0)).argmin())


@dataclass(frozen=True)
class Background:
    """What stands still in the scene."""

    places: np.ndarray
    """complex128 [P]: corners of the reference frame that move with the camera."""
    path: CameraPath
    """How the camera moved in the frames that were looked at."""
    explained: float
    """The share of all corners, 0…1, cell by cell, that move with the camera."""
    standing: float
    """The share, 0…1, that stands still in the picture; on a tripod that is the background."""
    spread: float
    """The share of the picture, 0…1, that the background's corners surround."""


class Measured:
    """Measures where the corners of one frame are in others."""

    def __init__(self, frames: np.ndarray, reference: int) -> None:
        """Measure frames, uint8 [N, H, W, 3], against one of them."""
        self._frames = frames
        height, width = frames.shape[1:3]
        scale = min(1.0, MEASURED_SIDE / max(width, height))
        self.size = max(1, round(width * scale)), max(1, round(height * scale))
        """Width and height of the pictures that are measured."""
        self._cells = np.array([self.size[0] / width, self.size[1] / height])
        self.scale = float(self._cells.mean())
        """Measured pixels in one of the frames'."""
        self._grey = self._small(reference)
        self._level = float(self._grey.mean())
        pixels, self.weights = _corners(self._grey)
        self.places = self._places(pixels)
        """complex128 [P]: the corners of the reference frame."""

    def _small(self, number: int) -> np.ndarray:
        grey = cv2.cvtColor(np.ascontiguousarray(self._frames[number]), cv2.COLOR_RGB2GRAY)
        return np.asarray(
            grey if grey.shape[1::-1] == self.size else cv2.resize(grey, self.size, interpolation=cv2.INTER_AREA)
        )

    def _places(self, pixels: np.ndarray) -> np.ndarray:
        full = (pixels + 0.5) / self._cells
        return np.asarray(full[:, 0] + 1j * full[:, 1])

    def _pixels(self, places: np.ndarray) -> np.ndarray:
        full = np.stack([places.real, places.imag], 1) * self._cells - 0.5
        return np.asarray(full, np.float32)

    def follow(self, number: int, places: np.ndarray, guess: np.ndarray | None = None) -> np.ndarray:
        """Where places [P] of the reference frame are in another frame: complex128 [P], nan where they are not seen.

        Pyramidal Lucas-Kanade (Bouguet 2001).

        Args:
            guess: about where they are; where they were by default.
        """
        other = self._small(number)
        level = float(other.mean())
        if abs(level - self._level) > 2:  # a lamp or an automatic exposure
            other = cv2.convertScaleAbs(other, alpha=self._level / max(level, 1.0))
        begin = self._pixels(places)
        start = begin.copy() if guess is None else self._pixels(guess)
        there, seen, _ = cv2.calcOpticalFlowPyrLK(
            self._grey,
            other,
            begin,
            start,
            winSize=(WINDOW, WINDOW),
            maxLevel=LEVELS if guess is None else 2,
            criteria=(cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 20, 0.01),
            flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
        )
        inside = (there >= 0).all(1) & (there < np.array(self.size)).all(1)
        result = self._places(there.astype(np.float64))
        result[~(inside & (seen[:, 0] > 0))] = np.nan
        return result


def find_background(frames: np.ndarray, numbers: np.ndarray, reference: int, seed: int = 0) -> Background | None:
    """Find what stands still in the scene: the corners that go on moving alike, as similarities.

    A joint RANSAC over all frames (Fischler and Bolles 1981): two corners say how the camera moves in every frame, and
    the pair that explains most corners in most frames wins. A subject may explain some frames better, but not all.

    Args:
        frames: uint8 [N, H, W, 3].
        numbers: the frames to look at, int [F].
        reference: the frame that others are compared with.

    Returns:
        The background; None where too few corners move alike.
    """
    measured = Measured(frames, reference)
    places, weights = measured.places, measured.weights
    if len(places) < LEAST_POINTS:
        return None
    at = np.stack([measured.follow(int(number), places) for number in numbers])
    there = np.isfinite(at)
    at = np.where(there, at, 0)
    tolerance = TOLERANCE / measured.scale
    standing = (np.abs(at - places) < EXACT / measured.scale) & there
    shares = _best_pair(places, at, there, weights, tolerance, np.random.default_rng(seed))
    turn, shift = np.ones(len(numbers), complex), np.zeros(len(numbers), complex)
    for _ in range(ROUNDS):
        background = shares >= MOSTLY
        if background.sum() < LEAST_POINTS:
            return None
        turn, shift, _ = _fitted(places, at, there & background, weights, tolerance)
        agreeing = (np.abs(turn[:, None] * places + shift[:, None] - at) < tolerance) & there
        shares = agreeing.mean(0)
    background = shares >= MOSTLY
    if background.sum() < LEAST_POINTS:
        return None
    lost = _are_lost(turn, agreeing[:, background])
    hull = cv2.convexHull(measured._pixels(places[background]))
    return Background(
        places=places[background],
        path=_filled(turn, shift, lost),
        explained=float((weights * shares).sum() / weights.sum()),
        standing=float(weights[standing.mean(0) >= NEARLY_ALWAYS].sum() / weights.sum()),
        spread=float(cv2.contourArea(hull) / np.prod(measured.size)),
    )


def follow_camera(
    frames: np.ndarray, background: Background, reference: int, report: Callable[[int], None] = lambda done: None
) -> CameraPath:
    """How the camera moved in all frames, uint8 [N, H, W, 3], by the corners of the background.

    Args:
        reference: the frame in which the background's places are.
        report: receives how many frames are done.
    """
    measured = Measured(frames, reference)
    places, tolerance = background.places, TOLERANCE / measured.scale
    weights = np.ones(len(places))
    turns, shifts = np.ones(len(frames), complex), np.zeros(len(frames), complex)
    lost = np.zeros(len(frames), bool)
    done = 0
    for way in (range(reference, len(frames)), range(reference - 1, -1, -1)):
        turn, shift = 1 + 0j, 0j
        for number in way:
            for guess in (turn * places + shift, None):
                at = measured.follow(number, places, guess)
                there = np.isfinite(at)[None]
                own, off, agreeing = _fitted(places, np.where(there, at, 0), there, weights, tolerance, sure=False)
                lost[number] = _are_lost(own, agreeing)[0]
                if not lost[number]:
                    break
            if not lost[number]:
                turn, shift = complex(own[0]), complex(off[0])
            turns[number], shifts[number] = turn, shift
            done += 1
            report(done)
    return _filled(turns, shifts, lost)


def _corners(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corners, float [P, 2] as column and row, and what each counts, [P]: corners of one cell share its weight."""
    strength = cv2.cornerMinEigenVal(grey, 5)
    rows, columns = grey.shape
    edge = min(WINDOW // 2, rows // 8, columns // 8)
    highest = cv2.dilate(strength, np.ones((APART, APART), np.uint8))
    best = (strength >= highest) & (strength > LEAST_CORNER)
    best[:edge], best[rows - edge :], best[:, :edge], best[:, columns - edge :] = False, False, False, False
    down, across = np.nonzero(best)
    order = np.argsort(-strength[down, across], kind="stable")
    down, across = down[order], across[order]
    across_cells = max(1, min(CELLS, columns // (2 * APART)))
    down_cells = max(1, min(CELLS, rows // (2 * APART)))
    row, column = down * down_cells // rows, across * across_cells // columns
    cells: dict[tuple[int, int], list[int]] = {}
    for number, cell in enumerate(zip(row.tolist(), column.tolist(), strict=True)):
        members = cells.setdefault(cell, [])
        if len(members) < EACH:
            members.append(number)
    numbers, weights = [], []
    for (r, c), members in cells.items():
        border = r in (0, down_cells - 1) or c in (0, across_cells - 1)
        numbers += members
        weights += [(BORDER_WEIGHT if border else 1.0) / len(members)] * len(members)
    places = np.stack([across[numbers], down[numbers]], 1).astype(np.float64) if numbers else np.zeros((0, 2))
    return places, np.array(weights)


def _best_pair(
    places: np.ndarray,
    at: np.ndarray,
    there: np.ndarray,
    weights: np.ndarray,
    tolerance: float,
    random: np.random.Generator,
) -> np.ndarray:
    """In which share of the frames each corner, [P], moves as the best pair of them says."""
    usable = np.flatnonzero(there.mean(0) >= MOSTLY)
    best, shares = -1.0, np.zeros(len(places))
    if len(usable) < 2:
        return shares
    across = np.ptp(places.real) + np.ptp(places.imag)
    for first, second in random.choice(usable, (PAIRS, 2)):
        way = places[second] - places[first]
        if abs(way) < across / 8:
            continue
        turn = (at[:, second] - at[:, first]) / way
        shift = at[:, first] - turn * places[first]
        known = there[:, first] & there[:, second]
        agreeing = (np.abs(turn[:, None] * places + shift[:, None] - at) < tolerance) & there & known[:, None]
        own = agreeing.mean(0)
        score = float((weights * own).sum())
        if score > best:
            best, shares = score, own
    return shares


def _fitted(
    places: np.ndarray,
    at: np.ndarray,
    there: np.ndarray,
    weights: np.ndarray,
    tolerance: float,
    *,
    sure: bool = True,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The similarities, turn and shift [F], that take places [P] to `at` [F, P], and which corners agree, bool [F, P].

    Least squares with weights that fall to 0 at three tolerances (Beaton and Tukey 1974), from the medians on.
    """
    count = len(at)
    turn, shift = np.ones(count, complex), np.zeros(count, complex)
    moved = np.where(there, at - places, np.nan)
    with np.errstate(all="ignore"):
        for number in range(count):
            if there[number].any():
                own = moved[number][there[number]]
                shift[number] = np.median(own.real) + 1j * np.median(own.imag)
    reach = tolerance * np.geomspace(12, 2, ROUNDS)
    for width in reach:
        off = np.abs(turn[:, None] * places + shift[:, None] - at)
        weight = weights * there * np.square(np.clip(1 - np.square(off / width), 0, None))
        total = weight.sum(1)
        enough = total > 1e-9
        safe = np.where(enough, total, 1)
        own, other = (weight * places).sum(1) / safe, (weight * at).sum(1) / safe
        apart = places - own[:, None]
        spread = (weight * np.square(np.abs(apart))).sum(1)
        turned = (weight * apart.conj() * (at - other[:, None])).sum(1) / np.where(spread > 1e-9, spread, 1)
        good = enough & (spread > 1e-9)
        turn = np.where(good, turned, turn)
        shift = np.where(good, other - turned * own, shift)
    agreeing = (np.abs(turn[:, None] * places + shift[:, None] - at) < tolerance) & there
    return turn, shift, agreeing


def _are_lost(turn: np.ndarray, agreeing: np.ndarray) -> np.ndarray:
    """Which frames, bool [F], show too little of the background."""
    few = agreeing.sum(1) < max(LEAST_POINTS, LEAST_SHARE * agreeing.shape[1])
    with np.errstate(divide="ignore"):
        return np.asarray(few | (np.abs(np.log(np.abs(turn))) > MOST_LEAP))


def _filled(turn: np.ndarray, shift: np.ndarray, lost: np.ndarray) -> CameraPath:
    """A path in which lost frames have the motion between their neighbours."""
    if lost.any() and not lost.all():
        known, numbers = np.flatnonzero(~lost), np.arange(len(lost))
        turn, shift = np.interp(numbers, known, turn[known]), np.interp(numbers, known, shift[known])
    return CameraPath(turn, shift, lost)
