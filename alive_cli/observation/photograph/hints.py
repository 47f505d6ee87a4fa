"""Hints of where a photograph flows, as LabelMe writes them: polygons `motion` and lines `hint…`.

3D Cinemagraphy (Li et al. 2023) and SLR-SFS (Fan et al. 2023) use such files. Water, smoke or clouds flow inside the
polygons, and each line points from where something is to where it will be.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.mask import lives

MOTION, HINT = "motion", "hint"
"""A polygon with the first label flows, and a line whose label begins with the second says which way."""
MAX_BYTES = 256 << 20
"""A file of hints has at most so many bytes: LabelMe may store the photograph in it, and little else takes room."""
MAX_SHAPES, MAX_POINTS = 4096, 1 << 20
"""A file has at most so many polygons and lines, and so many points, because nobody draws more."""
OUTSIDE = 1.0
"""A hint may begin or end so many pixels outside the picture, because LabelMe rounds."""
SHORTEST = 1.0
"""A hint is at least so many pixels long, because a shorter one says no direction."""
FRACTION_BITS = 4
"""Polygons are filled with so many bits for fractions of a pixel."""
EXAMPLE = "draw what flows and arrows with alive hints"
"""Messages about missing hints say this, so that nobody has to look it up."""


@dataclass(frozen=True)
class Hints:
    """What a person says about the flow of a photograph, in pixels of a picture of width × height `size`."""

    size: tuple[int, int]
    polygons: list[np.ndarray]
    """Float [n, 2] each, n ≥ 3: the corners of what flows."""
    arrows: np.ndarray
    """Float [A, 2, 2], A ≥ 1: the beginning and the end of each hint."""
    lives: str | None = None
    """The part that may flow, as media/mask.py keeps it; None for all that is inside a polygon. Without polygons all of
    it flows."""

    def mask(self, size: tuple[int, int]) -> np.ndarray:
        """What flows, uint8 [H, W], 0 or 255, for a picture of width × height `size`."""
        mask = filled(self.polygons, np.array(size) / self.size, size)
        if self.lives is None:
            return mask
        inside = lives(self.lives, *size)
        return np.asarray(np.where(inside, mask if self.polygons else 255, 0), np.uint8)


def filled(polygons: list[np.ndarray], scale: np.ndarray | float, size: tuple[int, int]) -> np.ndarray:
    """What lies in polygons, float [n, 2] each: uint8 [H, W], 0 or 255, for a picture of width × height `size`.

    Args:
        scale: pixels of this picture in a unit of the polygons, one number or [2], across and down.
    """
    mask = np.zeros((size[1], size[0]), np.uint8)
    for polygon in polygons:
        # A pixel's centre has whole coordinates here, and halves in LabelMe.
        corners = np.round((polygon * scale - 0.5) * (1 << FRACTION_BITS)).astype(np.int32)
        cv2.fillPoly(mask, [corners], 255, shift=FRACTION_BITS)
    return mask


def read_hints(path: Path, size: tuple[int, int], kept: str | None = None) -> Hints:
    """Read the hints of a photograph of width × height `size` in pixels, upright as viewers show it.

    Args:
        kept: the part that may flow, as media/mask.py keeps it; None for all that is inside a polygon.

    Raises:
        InputError: the file is no LabelMe file, belongs to a picture of another size, has no polygon or no hint, or a
            hint lies outside the picture or what flows, or has no length.
    """
    shapes = read_labelme(path, size)["shapes"]
    polygons = [points_of(shape, path, 3) for shape in shapes if is_motion(shape)]
    lines = [shape for shape in shapes if is_hint(shape)]
    if not polygons and kept is None:
        raise InputError(f"{path.name} has no polygon named motion, so nothing would flow; {EXAMPLE}.")
    if not lines:
        raise InputError(f"{path.name} has no line named hint, so nobody knows which way it flows; {EXAMPLE}.")
    ends = [points_of(shape, path, 2) for shape in lines]
    names = [str(shape["label"])[:40] for shape in lines]
    for name, points in zip(names, ends, strict=True):
        _check_arrow(name, points, size, path)
    hints = Hints(size, polygons, np.stack(ends), kept)
    mask = hints.mask(size)
    if not mask.any() and kept is not None:
        raise InputError(f"Nothing that {path.name} lets flow lies inside the mask or region; make it larger.")
    if not mask.any():
        raise InputError(f"The polygons named motion in {path.name} cover no pixel of the picture; draw them larger.")
    for name, points in zip(names, ends, strict=True):
        if not passes(points, mask):
            raise InputError(f"{name!r} in {path.name} lies outside of all that flows; draw it inside.")
    return hints


def unhinted(hints: Hints) -> int:
    """Number of separate parts of what flows in which no hint lies: they flow as the nearest part with one."""
    count, labels = cv2.connectedComponents(hints.mask(hints.size))
    reached = {int(label) for points in hints.arrows for label in _under(points, labels)}
    return len(set(range(1, count)) - reached)


def read_labelme(path: Path, size: tuple[int, int]) -> dict[str, Any]:
    """What a LabelMe file of a photograph of width × height `size` holds: `shapes`, a list of dicts, and all else.

    Raises:
        InputError: it can't be read, is no LabelMe file, or belongs to a picture of another size.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path.name} has more than {MAX_BYTES >> 20} MiB, which is no file of hints.")
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise InputError(f"There is no file {path}; check the path.") from None
    except (OSError, ValueError, RecursionError):
        raise InputError(f"{path.name} can't be read as JSON; name another file, or draw the hints anew.") from None
    shapes = content.get("shapes") if isinstance(content, dict) else None
    if not isinstance(shapes, list) or not all(isinstance(shape, dict) for shape in shapes):
        raise InputError(f"{path.name} has no list of shapes as LabelMe writes it; name another file.")
    if len(shapes) > MAX_SHAPES:
        raise InputError(f"{path.name} has {len(shapes)} shapes; at most {MAX_SHAPES} are read, so draw fewer.")
    own = content.get("imageWidth"), content.get("imageHeight")
    if own != (None, None) and own != size:
        width, height = (value if isinstance(value, int) else "?" for value in own)
        raise InputError(
            f"{path.name} belongs to a picture of {width}×{height} pixels, and this one has {size[0]}×{size[1]}; "
            "use the hints of this picture."
        )
    return dict(content)


def is_motion(shape: dict[str, Any]) -> bool:
    """Whether a shape is a polygon of what flows."""
    return _is(shape, MOTION, "polygon")


def is_hint(shape: dict[str, Any]) -> bool:
    """Whether a shape is a line that says which way it flows."""
    return _is(shape, HINT, "line")


def _is(shape: dict[str, Any], label: str, kind: str) -> bool:
    name = shape.get("label")
    named = isinstance(name, str) and (name == label if label == MOTION else name.startswith(label))
    return named and shape.get("shape_type", kind) == kind


def points_of(shape: dict[str, Any], path: Path, least: int) -> np.ndarray:
    """The points of a shape, float [n, 2], at least so many; exactly two of a line.

    Raises:
        InputError: it has none, or too few, or one that is no place near a picture.
    """
    points, name = shape.get("points"), str(shape["label"])[:40]
    sound = isinstance(points, list) and least <= len(points) <= MAX_POINTS and (least > 2 or len(points) == least)
    sound = sound and all(isinstance(point, list) and len(point) == 2 for point in points or [])
    numbers = [number for point in points or [] for number in point] if sound else []
    if not sound or not all(isinstance(number, int | float) and abs(number) < 1e6 for number in numbers):
        raise InputError(f"{name!r} in {path.name} doesn't have the points of its shape; draw it anew.")
    return np.array(points, np.float64)


def _check_arrow(name: str, points: np.ndarray, size: tuple[int, int], path: Path) -> None:
    if (points < -OUTSIDE).any() or (points > np.array(size) + OUTSIDE).any():
        raise InputError(
            f"{name!r} in {path.name} lies outside the picture of {size[0]}×{size[1]} pixels; draw it inside."
        )
    if math.dist(*points) < SHORTEST:
        raise InputError(f"{name!r} in {path.name} has no length; draw it from where something is to where it goes.")


def passes(points: np.ndarray, mask: np.ndarray) -> bool:
    """Whether an arrow, float [2, 2] in pixels, passes over a mask, uint8 [H, W]."""
    return bool(_under(points, mask).any())


def _under(points: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The values [H, W] under a line, a pixel apart: [n]."""
    count = math.ceil(math.dist(*points)) + 1
    places = np.linspace(points[0], points[1], count).astype(int)
    height, width = values.shape
    under: np.ndarray = values[places[:, 1].clip(0, height - 1), places[:, 0].clip(0, width - 1)]
    return under
