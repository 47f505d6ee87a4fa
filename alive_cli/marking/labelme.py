"""LabelMe files, edited: what this program doesn't know in them survives."""

import json
import threading
from pathlib import Path
from typing import Any

from alive_cli.errors import InputError
from alive_cli.marking.marks import MOST_MARKS, MOST_POINTS, MOST_TOTAL, Mark, Marks
from alive_cli.marking.watched import WatchedFile
from alive_cli.observation.photograph.hints import HINT, MOTION, is_hint, is_motion, points_of, read_labelme
from bundle_spec.atomic import replacing

VERSION = "5.0.2"
"""A new file says that LabelMe of this version wrote it, whose format it has."""


class LabelMeFile:
    """The hints of one photograph in a file that may not exist yet."""

    def __init__(self, path: Path, size: tuple[int, int], photograph: str) -> None:
        """Read nothing yet.

        Args:
            size: width and height of the photograph in pixels.
            photograph: the name of its file.
        """
        self.path, self._size, self._photograph = path, size, photograph
        self._content: dict[str, Any] = {}
        self._watched = WatchedFile(path)
        self._turn = threading.Lock()

    def load(self) -> Marks:
        """The polygons and arrows of the file; none if there is no file.

        Raises:
            InputError: it is no LabelMe file of this photograph, or holds more than a page can show.
        """
        with self._turn, self._watched.reading() as there:
            content = read_labelme(self.path, self._size) if there else self._empty()
            marks = Marks([], [])
            for number, shape in enumerate(content["shapes"]):
                for is_one, marked, least in ((is_motion, marks.polygons, 3), (is_hint, marks.arrows, 2)):
                    if is_one(shape):
                        points = points_of(shape, self.path, least)
                        if is_hint(shape):
                            points = points.clip(0, self._size)
                        marked.append(Mark([(x, y) for x, y in points.tolist()], number))
            lengths = [len(polygon.points) for polygon in marks.polygons]
            most_marks = max(len(marks.polygons), len(marks.arrows))
            if most_marks > MOST_MARKS or max(lengths, default=0) > MOST_POINTS or sum(lengths) > MOST_TOTAL:
                raise InputError(f"{self.path.name} holds more than can be edited here; edit it with LabelMe.")
            self._content = content
            return marks

    def save(self, marks: Marks) -> None:
        """Write polygons and arrows, with all else that the file held when it was loaded.

        Raises:
            InputError: another program has changed the file since.
            OSError: it can't be written.
        """
        with self._turn:
            self._watched.check()
            before = self._content["shapes"]
            kept = [shape for shape in before if not is_motion(shape) and not is_hint(shape)]
            used: set[int] = set()
            polygons = [self._shape(mark, is_motion, MOTION, "polygon", used) for mark in marks.polygons]
            arrows = [self._shape(mark, is_hint, HINT, "line", used) for mark in marks.arrows]
            content = self._content | {"shapes": [*polygons, *arrows, *kept]}
            text = json.dumps(content, ensure_ascii=False, indent=2)
            with replacing(self.path) as temporary:
                temporary.write_text(text + "\n", "utf-8")
            self._watched.note()

    def _shape(self, mark: Mark, is_one: Any, label: str, kind: str, used: set[int]) -> dict[str, Any]:
        """A shape for the file: the old one with new points, where the mark comes from one."""
        before = self._content["shapes"]
        points = [[round(x, 2), round(y, 2)] for x, y in mark.points]
        origin = mark.origin
        if origin is not None and origin < len(before) and origin not in used and is_one(before[origin]):
            used.add(origin)
            same = [tuple(point) for point in before[origin]["points"]] == mark.points
            return before[origin] if same else {**before[origin], "points": points}
        return {"label": label, "points": points, "group_id": None, "shape_type": kind, "flags": {}}

    def _empty(self) -> dict[str, Any]:
        width, height = self._size
        return {
            "version": VERSION,
            "flags": {},
            "shapes": [],
            "imagePath": self._photograph,
            "imageData": None,
            "imageHeight": height,
            "imageWidth": width,
        }
