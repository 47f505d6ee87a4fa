"""Strokes of a brush become polygons, which have no holes: a cut leads to each.

The contours of a mask are followed as OpenCV does (Suzuki & Abe 1985) and simplified (Douglas & Peucker 1973). Only the
polygons that a stroke touches change; the others keep their exact corners.
"""

from itertools import pairwise

import cv2
import numpy as np

from alive_cli.errors import InputError
from alive_cli.marking.marks import MOST_MARKS, MOST_POINTS, Mark, Painting, Stroke
from alive_cli.observation.photograph.hints import filled

LEAST_SIDE, MOST_SIDE = 1024, 2048
"""Strokes are painted on a picture whose longest side has from so many to so many pixels: so fine that edges look
smooth on screens."""
TOLERANCE = 0.8
"""A simplified contour is off by at most so many pixels of the painted picture."""
LEAST_AREA = 12.0
"""Parts and holes of fewer pixels of the painted picture are crumbs of a stroke, and go."""
FRACTION_BITS = 4
"""Strokes are painted with so many bits for fractions of a pixel."""


def painted(painting: Painting, size: tuple[int, int]) -> list[Mark]:
    """The polygons after a stroke, on a picture of width × height `size`: those that it doesn't touch come first.

    Raises:
        InputError: they have too many parts.
    """
    scale = float(np.clip(1.0, LEAST_SIDE / max(size), MOST_SIDE / max(size)))
    small = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    stroke = _painted_stroke(painting.stroke, scale, small)
    reach = cv2.dilate(stroke, np.ones((3, 3), np.uint8))
    across = np.array(painting.stroke.points)
    low, high = across.min(0) - painting.stroke.radius - 2 / scale, across.max(0) + painting.stroke.radius + 2 / scale
    kept: list[Mark] = []
    touched: list[Mark] = []
    mask = np.zeros_like(stroke)
    for polygon in painting.polygons:
        corners = polygon.array
        near = bool((corners.max(0) >= low).all() and (corners.min(0) <= high).all())
        own = filled([corners], scale, small) if near else mask
        if near and (own & reach).any():
            mask |= own
            touched.append(polygon)
        else:
            kept.append(polygon)
    mask = mask & ~stroke if painting.stroke.erases else mask | stroke
    changed = polygons_of(mask, scale)
    origin = touched[0].origin if len(touched) == len(changed) == 1 else None
    return kept + [Mark([(x, y) for x, y in each.tolist()], origin) for each in changed]


def polygons_of(mask: np.ndarray, scale: float = 1.0) -> list[np.ndarray]:
    """Polygons, float [n, 2] each, around what is above 0 in a mask, uint8 [H, W], from the upper left on.

    Args:
        scale: pixels of the mask in a unit of the polygons.

    Raises:
        InputError: it has too many parts.
    """
    contours, hierarchy = cv2.findContours((mask > 0).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    outlines: dict[int, tuple[np.ndarray, list[np.ndarray]]] = {}
    parents = [int(each[3]) for each in hierarchy[0]] if contours else []
    large = [cv2.contourArea(contour) >= LEAST_AREA for contour in contours]
    for number, (contour, parent) in enumerate(zip(contours, parents, strict=True)):
        if parent < 0 and large[number]:
            outlines[number] = _simplified(contour), []
    for number, (contour, parent) in enumerate(zip(contours, parents, strict=True)):
        if parent in outlines and large[number]:
            outlines[parent][1].append(_simplified(contour))
    parts = [part for outline, holes in outlines.values() for part in (outline, *holes)]
    if len(parts) > MOST_MARKS or sum(map(len, parts)) > MOST_POINTS:
        raise InputError(f"What is painted has more than {MOST_MARKS} parts and holes, or rough edges; simplify it.")
    polygons = [
        (_joined(outline, [hole for hole in holes if len(hole) >= 3]) + 0.5) / scale
        for outline, holes in outlines.values()
        if len(outline) >= 3
    ]
    return sorted(polygons, key=lambda polygon: tuple(polygon.min(0)[::-1]))


def _painted_stroke(stroke: Stroke, scale: float, size: tuple[int, int]) -> np.ndarray:
    mask = np.zeros((size[1], size[0]), np.uint8)
    unit = 1 << FRACTION_BITS
    # Far outside, what OpenCV draws would overflow.
    points = np.clip(np.array(stroke.points) * scale - 0.5, -max(size), 2 * max(size))
    radius = min(max(0.5, stroke.radius * scale), 2.0 * max(size))
    places = np.round(points * unit).astype(np.int32)
    for place in places:
        cv2.circle(mask, place.tolist(), round(radius * unit), 255, cv2.FILLED, shift=FRACTION_BITS)
    for first, second in pairwise(points):
        along = second - first
        length = float(np.hypot(*along))
        if length > 0:
            side = np.array([-along[1], along[0]]) / length * radius
            corners = np.round(np.stack([first + side, second + side, second - side, first - side]) * unit)
            cv2.fillConvexPoly(mask, corners.astype(np.int32), 255, shift=FRACTION_BITS)
    return mask


def _simplified(contour: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.approxPolyDP(contour, TOLERANCE, True).reshape(-1, 2).astype(np.float64))


def _joined(outline: np.ndarray, holes: list[np.ndarray]) -> np.ndarray:
    """One polygon of an outline and its holes: it goes to each hole, around it and back the same way."""
    for hole in holes:
        apart = np.linalg.norm(outline[:, None] - hole[None], axis=-1)
        start, first = np.unravel_index(int(apart.argmin()), apart.shape)
        around = np.concatenate([hole[first:], hole[: first + 1]])
        outline = np.concatenate([outline[: start + 1], around, outline[start:]])
    return outline
