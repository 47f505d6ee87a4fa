"""Files of points for `alive transfer`, edited: what this program doesn't know in them survives."""

import threading
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from alive_cli.errors import InputError
from alive_cli.marking.marks import Point
from alive_cli.marking.watched import WatchedFile
from alive_cli.observation.painting.points import (
    MAX_CORNERS,
    MAX_NAME,
    MAX_PAIRS,
    MAX_POLYGONS,
    VERSION,
    Pairs,
    pairs_of,
    read_content,
)
from alive_cli.observation.painting.template import points_text
from alive_cli.observation.photograph.hints import MAX_BYTES as MAX_LABELME_BYTES
from bundle_spec.atomic import replacing

FIELDS = ("version", "scene", "painting", "pairs", "moves")
"""A file of points has these fields; all others are kept as they are."""


class Pair(msgspec.Struct, forbid_unknown_fields=True):
    """What of the frame is what of the painting; a point that isn't set yet is None."""

    name: Annotated[str, Meta(max_length=MAX_NAME)]
    scene: Point | None = None
    painting: Point | None = None


class Points(msgspec.Struct, forbid_unknown_fields=True):
    """All that a page holds, in pixels of the frame and of the painting."""

    pairs: Annotated[list[Pair], Meta(max_length=MAX_PAIRS)]
    moves: Annotated[
        list[Annotated[list[Point], Meta(min_length=3, max_length=MAX_CORNERS)]], Meta(max_length=MAX_POLYGONS)
    ]


class SavedPoints(Points, forbid_unknown_fields=True):
    """Points to be saved."""

    page: int = 0
    """As `Saving.page`."""


class PointsFile:
    """The points of one scene's frame and one painting in a file that may not exist yet."""

    def __init__(self, path: Path, scene_size: tuple[int, int], painting_size: tuple[int, int]) -> None:
        """Read nothing yet.

        Args:
            scene_size: width and height of the frame in pixels.
            painting_size: width and height of the painting in pixels.
        """
        self.path, self._scene_size, self._painting_size = path, scene_size, painting_size
        self._content: dict[str, Any] = {}
        self._watched = WatchedFile(path)
        self._turn = threading.Lock()
        self.second: float | None = None
        """The second of the frame on which points are set."""

    def stated_second(self) -> float | None:
        """The second that the file states; None if it states none, or doesn't exist.

        Raises:
            InputError: as `load`.
        """
        return self._read()[1].second if self.path.exists() else None

    def load(self) -> Points:
        """The points of the file, inside their pictures; none if there is no file.

        Raises:
            InputError: it is no file of points, or one of other pictures or of another frame.
        """
        with self._turn, self._watched.reading() as there:
            if not there:
                self._content = {}
                return Points([], [])
            content, pairs = self._read()
            if None not in (pairs.second, self.second) and pairs.second != self.second:
                raise InputError(f"The points of {self.path.name} were set on another frame since; start anew.")
            self._content = content
            inside = [
                points.clip(0, size).tolist()
                for points, size in (
                    (pairs.scene, self._scene_size),
                    (pairs.painting, self._painting_size),
                    *((polygon, self._painting_size) for polygon in pairs.moves),
                )
            ]
            return msgspec.convert(
                {
                    "pairs": [
                        {"name": name, "scene": scene, "painting": painting}
                        for name, scene, painting in zip(pairs.names, *inside[:2], strict=True)
                    ],
                    "moves": inside[2:],
                },
                Points,
            )

    def pairs(self, points: Points) -> Pairs:
        """Pairs that a painting can move by.

        Raises:
            InputError: they are too few, half set, or crossed, as `alive transfer` would say.
        """
        return pairs_of(self._fields(points), self.path.name, self._scene_size, self._painting_size)

    def save(self, points: Points) -> None:
        """Write points by which a painting can move.

        Raises:
            InputError: it can't move by them, or another program has changed the file since it was loaded.
            OSError: it can't be written.
        """
        fields = self._fields(points)
        pairs_of(fields, self.path.name, self._scene_size, self._painting_size)
        with self._turn:
            self._watched.check()
            others = {key: value for key, value in self._content.items() if key not in FIELDS}
            text = points_text(fields["scene"], fields["painting"], fields["pairs"], fields["moves"], others)
            with replacing(self.path) as temporary:
                temporary.write_text(text, "utf-8")
            self._watched.note()

    def _read(self) -> tuple[dict[str, Any], Pairs]:
        """What the file holds, and its pairs as they are, perhaps crossed."""
        try:
            content = read_content(self.path)
        except InputError:
            if self._is_labelme():
                raise InputError(
                    f"{self.path.name} holds hints of LabelMe, which points would replace; name another file with -o "
                    "points.json."
                ) from None
            raise
        return content, pairs_of(content, self.path.name, self._scene_size, self._painting_size, unfinished=True)

    def _is_labelme(self) -> bool:
        try:
            if self.path.stat().st_size > MAX_LABELME_BYTES:
                return False
            content = msgspec.json.decode(self.path.read_bytes())
        except (OSError, msgspec.DecodeError, RecursionError):
            return False
        return isinstance(content, dict) and "shapes" in content

    def _fields(self, points: Points) -> dict[str, Any]:
        (width, height), (across, down) = self._scene_size, self._painting_size
        second = {} if self.second is None else {"second": self.second}
        pairs = [
            {"name": pair.name, "scene": _rounded(pair.scene), "painting": _rounded(pair.painting)}
            for pair in points.pairs
        ]
        return {
            "version": VERSION,
            "scene": {**second, "width": width, "height": height},
            "painting": {"width": across, "height": down},
            "pairs": pairs,
            "moves": [[_rounded(corner) for corner in polygon] for polygon in points.moves],
        }


def _rounded(point: Point | None) -> list[float] | None:
    """A point to a tenth of a pixel, finer than anybody sets one."""
    return None if point is None else [round(number, 1) for number in point]
