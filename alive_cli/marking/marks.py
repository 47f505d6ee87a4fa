"""Marks that a page sends: polygons and arrows in pixels of the whole picture, checked before anything uses them."""

import math
from typing import Annotated, TypeVar

import msgspec
import numpy as np
from msgspec import Meta

from alive_cli.errors import InputError

MOST_MARKS = 1000
"""A page sends at most so many polygons, and as many arrows, because nobody draws more."""
MOST_POINTS = 20_000
"""A polygon has at most so many points, more than the border of anything that people paint needs."""
MOST_STROKE = 5000
"""A stroke has at most so many points, each of which is painted."""
MOST_TOTAL = 100_000
"""All polygons together have at most so many points, so that any request is answered soon."""
MOST_BYTES = 8 << 20
"""A request has at most so many bytes, which MOST_TOTAL points never need."""
FARTHEST = 1e6
"""No point is farther from the picture than so many pixels."""

Point = tuple[float, float]
"""A point has a column and a row; the picture's upper left corner has 0, 0."""
Body = TypeVar("Body", bound=msgspec.Struct)


class Mark(msgspec.Struct, forbid_unknown_fields=True):
    """A polygon, or an arrow of two points."""

    points: Annotated[list[Point], Meta(max_length=MOST_POINTS)]
    origin: Annotated[int, Meta(ge=0)] | None = None
    """The number of the shape in its file, if it comes from one."""

    @property
    def array(self) -> np.ndarray:
        """The points, float [n, 2]."""
        return np.array(self.points, np.float64).reshape(-1, 2)


Marked = Annotated[list[Mark], Meta(max_length=MOST_MARKS)]
"""A list of marks has at most so many of them."""


class Marks(msgspec.Struct, forbid_unknown_fields=True):
    """All that a person has marked."""

    polygons: Marked
    arrows: Marked


class Saving(Marks, forbid_unknown_fields=True):
    """Marks to be saved."""

    page: int = 0
    """The number that the page received when it loaded the file; 0 for a program, which has none."""


class Stroke(msgspec.Struct, forbid_unknown_fields=True):
    """A line as wide as two radii, in pixels, with round ends."""

    points: Annotated[list[Point], Meta(min_length=1, max_length=MOST_STROKE)]
    radius: Annotated[float, Meta(gt=0, le=1e5)]
    erases: bool = False


class Painting(msgspec.Struct, forbid_unknown_fields=True):
    """Polygons, and a stroke that is to change them."""

    polygons: Marked
    stroke: Stroke


def read_body(body: bytes, kind: type[Body]) -> Body:
    """What a page sends.

    Raises:
        InputError: it isn't that, or has numbers or sizes that no drawing has.
    """
    try:
        content = msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
        raise InputError(f"The request can't be read: {error}.") from None
    if isinstance(content, Painting):
        _check_points(content.stroke.points)
    if isinstance(content, Painting | Marks):
        if sum(len(polygon.points) for polygon in content.polygons) > MOST_TOTAL:
            raise InputError(f"The polygons have more than {MOST_TOTAL} points; draw simpler ones.")
        for polygon in content.polygons:
            _check_points(polygon.points, 3)
    if isinstance(content, Marks):
        for arrow in content.arrows:
            _check_points(arrow.points, 2, 2)
    return content


def _check_points(points: list[Point], least: int = 1, most: int = MOST_POINTS) -> None:
    if not least <= len(points) <= most:
        raise InputError("A polygon has three points or more, and an arrow has two.")
    if not all(math.isfinite(number) and abs(number) <= FARTHEST for point in points for number in point):
        raise InputError("A point lies too far from the picture.")
