"""Pairs of points: what of a painting is what of a frame, and what of the painting moves (examples/PAINTINGS.md)."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from alive_cli.errors import InputError
from alive_cli.observation.painting.spline import Spline

VERSION = 1
"""A file of points states this version."""
MAX_BYTES = 1 << 20
"""A file of points has at most so many bytes, which is room for many times MAX_PAIRS."""
LEAST_PAIRS, MAX_PAIRS = 4, 256
"""A file has at least and at most so many pairs: three say how a painting is turned and stretched, and nothing of a
face; and each picture of a fit compares every point with all pairs."""
MAX_POLYGONS, MAX_CORNERS = 64, 4096
"""What moves has at most so many polygons, and each of them so many corners."""
MAX_NAME = 64
"""A pair has a name of at most so many characters."""
FRACTION_BITS = 4
"""Polygons are filled with so many bits for fractions of a pixel."""
SAME_SECOND = 0.02
"""Two seconds this close are one frame."""
CHECKED = 48
"""Folds are looked for at so many places across what the pairs surround, and as many down."""
LEAST_AREA = 0.02
"""The spline folds where it keeps less than this share of the area that it keeps in the middle of all places."""
CLOSEST = 1e-3
"""Two points of one picture are farther apart than this share of its longest side: one place can't go to two."""


@dataclass(frozen=True)
class Pairs:
    """P pairs of points."""

    names: list[str]
    scene: np.ndarray
    """float64 [P, 2], in pixels of the frame."""
    painting: np.ndarray
    """float64 [P, 2], in pixels of the painting."""
    scene_size: tuple[int, int]
    painting_size: tuple[int, int]
    second: float | None
    """Second of the source of the frame on which the points were set; None where the file doesn't say."""
    moves: list[np.ndarray]
    """float64 [n, 2] each, n ≥ 3: the outlines of what moves, in pixels of the painting; none if the file has none."""

    def spline(self) -> Spline:
        """From the painting to the frame, both in their longest sides, from the top left corner."""
        return Spline(self.painting / max(self.painting_size), self.scene / max(self.scene_size))

    def surrounded(self) -> np.ndarray:
        """The corners of the smallest convex polygon around the painting's points, float64 [n, 2], in its pixels."""
        return np.asarray(cv2.convexHull(self.painting.astype(np.float32))[:, 0], np.float64)


def read_pairs(path: Path, scene_size: tuple[int, int], painting_size: tuple[int, int]) -> Pairs:
    """Read the pairs of a scene's frame and a painting of these sizes in pixels.

    Raises:
        InputError: the file is no file of points, or one of other pictures; it has too few pairs, a pair lies outside
            a picture, or the pairs cross each other.
    """
    return pairs_of(read_content(path), path.name, scene_size, painting_size)


def pairs_of(
    content: dict[str, Any],
    file: str,
    scene_size: tuple[int, int],
    painting_size: tuple[int, int],
    *,
    unfinished: bool = False,
) -> Pairs:
    """The pairs of what a file of points holds; sizes and errors as for `read_pairs`.

    Args:
        file: its name, for messages.
        unfinished: whether people still set the points, so that there may be few, outside the pictures, or crossed.
    """
    sizes = {}
    for key, what, size in (("scene", "a frame", scene_size), ("painting", "a painting", painting_size)):
        own = content.get(key)
        own = own if isinstance(own, dict) else {}
        stated = own.get("width"), own.get("height")
        if stated != size:
            width, height = (value if _is_count(value) else "?" for value in stated)
            raise InputError(
                f"{file} belongs to {what} of {width}×{height} pixels, and this one has {size[0]}×{size[1]}; "
                "use the points of these two pictures."
            )
        sizes[key] = own
    second = sizes["scene"].get("second")
    if second is not None and not (_is_number(second) and second >= 0):
        raise InputError(f"The second of the scene in {file} is no number from 0 on; write it as 1.5, or omit it.")
    names, points = _pairs(content.get("pairs"), file, 0 if unfinished else LEAST_PAIRS)
    pairs = Pairs(
        names,
        points[:, 0],
        points[:, 1],
        scene_size,
        painting_size,
        None if second is None else float(second),
        _polygons(content.get("moves", []), file),
    )
    if not unfinished:
        _check_places(pairs, file)
        _check_folds(pairs, file)
    return pairs


def mask_of(polygons: list[np.ndarray], scale: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """What polygons [n, 2] cover, multiplied by a scale [2]: uint8 [H, W], 0 or 255."""
    mask = np.zeros((size[1], size[0]), np.uint8)
    for polygon in polygons:
        corners = np.round((polygon * scale - 0.5) * (1 << FRACTION_BITS)).clip(-(2**30), 2**30).astype(np.int32)
        cv2.fillPoly(mask, [corners], 255, shift=FRACTION_BITS)
    return mask


def read_content(path: Path) -> dict[str, Any]:
    """What a file of points holds, of which nothing but its version is checked.

    Raises:
        InputError: it can't be read, is no JSON, or has another version.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path.name} has more than {MAX_BYTES >> 20} MiB, which is no file of points.")
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise InputError(f"There is no file {path}; begin one with alive transfer SCENE --template.") from None
    except (OSError, ValueError, RecursionError):
        raise InputError(
            f"{path.name} can't be read as JSON; begin one with alive transfer SCENE --template."
        ) from None
    if not isinstance(content, dict) or content.get("version") != VERSION:
        raise InputError(
            f"{path.name} is no file of points of version {VERSION}; begin one with alive transfer SCENE --template."
        )
    return dict(content)


def _pairs(entries: object, file: str, least: int) -> tuple[list[str], np.ndarray]:
    """Names, and points [P, 2, 2]: first the frame's, then the painting's."""
    if not isinstance(entries, list):
        raise InputError(f"{file} has no list of pairs; begin one with alive transfer SCENE --template.")
    if not least <= len(entries) <= MAX_PAIRS:
        advice = "set more of them" if len(entries) < LEAST_PAIRS else "leave some out"
        raise InputError(
            f"{file} has {len(entries)} pairs of points; a painting needs {LEAST_PAIRS} to {MAX_PAIRS}, so "
            f"{advice} (20 to 40 are good for a face)."
        )
    names: list[str] = []
    points = np.empty((len(entries), 2, 2))
    for number, entry in enumerate(entries):
        name = entry.get("name", f"pair {number + 1}") if isinstance(entry, dict) else None
        if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME:
            raise InputError(f"Pair {number + 1} of {file} has no name of 1 to {MAX_NAME} characters; name it.")
        both = [_point(entry.get(key)) for key in ("scene", "painting")]
        if both[0] is None or both[1] is None:
            raise InputError(
                f"The pair {name!r} of {file} has no two points of two numbers each; set it in both pictures."
            )
        if name in names:
            raise InputError(f"{file} has the pair {name!r} twice; leave one out, or rename it.")
        names.append(name)
        points[number] = both
    return names, points


def _polygons(entries: object, file: str) -> list[np.ndarray]:
    wrong = InputError(
        f"What moves in {file} is no list of polygons of at least three points each; draw its outline anew."
    )
    if not isinstance(entries, list) or len(entries) > MAX_POLYGONS:
        raise wrong
    polygons = []
    for entry in entries:
        corners = [_point(each) for each in entry] if isinstance(entry, list) and len(entry) <= MAX_CORNERS else []
        if len(corners) < 3 or None in corners:
            raise wrong
        polygons.append(np.array(corners, np.float64))
    return polygons


def _point(value: object) -> tuple[float, float] | None:
    if not isinstance(value, list) or len(value) != 2 or not all(_is_number(each) for each in value):
        return None
    return float(value[0]), float(value[1])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e6 and math.isfinite(value)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**6


def _check_places(pairs: Pairs, file: str) -> None:
    for points, size, what in (
        (pairs.scene, pairs.scene_size, "frame"),
        (pairs.painting, pairs.painting_size, "painting"),
    ):
        for name, point in zip(pairs.names, points, strict=True):
            if (point < 0).any() or (point > np.array(size)).any():
                raise InputError(
                    f"The pair {name!r} of {file} lies outside the {what} of {size[0]}×{size[1]} pixels; set it inside."
                )
        apart = np.linalg.norm(points[:, None] - points, axis=-1) + np.diag(np.full(len(points), np.inf))
        if apart.min() < CLOSEST * max(size):
            first, second = np.unravel_index(int(apart.argmin()), apart.shape)
            raise InputError(
                f"The pairs {pairs.names[first]!r} and {pairs.names[second]!r} of {file} have one place in the "
                f"{what}; set them apart, or leave one out."
            )


def _check_folds(pairs: Pairs, file: str) -> None:
    """Refuse pairs between which the painting would be folded over."""
    try:
        spline = pairs.spline()
        # Both ways: points on one line in either picture say nothing of what lies beside it.
        Spline(pairs.scene, pairs.painting)
    except np.linalg.LinAlgError:
        raise InputError(f"All pairs of {file} lie on one line; set some beside it.") from None
    hull = pairs.surrounded()
    low, high = hull.min(0), hull.max(0)
    across = [np.linspace(low[axis], high[axis], CHECKED) for axis in (0, 1)]
    places = np.stack(np.meshgrid(*across), -1).reshape(-1, 2)
    inside = [cv2.pointPolygonTest(hull.astype(np.float32), (float(x), float(y)), False) >= 0 for x, y in places]
    places = np.concatenate([places[inside], pairs.painting])
    areas = np.linalg.det(spline(places / max(pairs.painting_size))[1])
    usual = float(np.median(areas))
    if usual > 0 and areas.min() >= LEAST_AREA * usual:
        return
    name = pairs.names[_farthest_off(pairs)]
    raise InputError(
        f"The pairs of {file} cross each other, so the painting would fold; the pair {name!r} fits the others "
        "least: look whether it has the same place in both pictures (left is left in the picture)."
    )


def check_frame(stated: float | None, chosen: float | None, file: str) -> None:
    """Refuse another frame than the one that points were set on.

    Args:
        stated, chosen: the second that a file of points states, and the one that a user chose; None for none.
        file: the name of the file of points.

    Raises:
        InputError: they are two frames.
    """
    if chosen is not None and stated is not None and abs(chosen - stated) > SAME_SECOND:
        raise InputError(
            f"The points of {file} were set on the frame at {stated:g} s, not at {chosen:g} s; leave out --frame."
        )


def _farthest_off(pairs: Pairs) -> int:
    """The pair that is farthest from where the others would have it."""
    off = []
    for number in range(len(pairs.names)):
        others = np.arange(len(pairs.names)) != number
        try:
            spline = Spline(pairs.painting[others], pairs.scene[others])
        except np.linalg.LinAlgError:
            off.append(0.0)
            continue
        off.append(float(np.linalg.norm(spline(pairs.painting[number : number + 1])[0][0] - pairs.scene[number])))
    return int(np.argmax(off))
