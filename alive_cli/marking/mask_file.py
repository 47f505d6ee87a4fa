"""Masks for `alive fit --mask`: a picture that is white where a clip lives, as polygons."""

import threading
from pathlib import Path

import numpy as np

from alive_cli.errors import InputError
from alive_cli.marking.marks import Mark, Marks
from alive_cli.marking.painting import MOST_SIDE, polygons_of
from alive_cli.marking.watched import WatchedFile
from alive_cli.media.pictures import read_pictures, shrunk_size
from alive_cli.observation.photograph.hints import filled
from bundle_spec.atomic import replacing
from bundle_spec.container import pack_picture

BETWEEN = 0.02
"""A picture in which a larger share than this is neither black nor white is no mask, and is never replaced."""
NEARLY = 64
"""Black and white may be off by so many levels of 255, which soft edges and compression need."""


class MaskFile:
    """The mask of one clip in a file that may not exist yet."""

    def __init__(self, path: Path, size: tuple[int, int]) -> None:
        """Read nothing yet.

        Args:
            size: width and height of the clip's pictures in pixels.
        """
        self.path = path
        self._watched = WatchedFile(path)
        self._turn = threading.Lock()
        self._own = size
        self._size = shrunk_size(size, MOST_SIDE)
        self._scale = self._size[0] / size[0]

    def load(self) -> Marks:
        """Polygons around what is white; none if there is no file.

        Raises:
            InputError: it is no picture, or none in black and white.
        """
        with self._turn, self._watched.reading() as there:
            if not there:
                return Marks([], [])
            (shown,) = read_pictures([self.path], self._size)
            grey = shown.mean(-1)
            if float(((grey > NEARLY) & (grey < 255 - NEARLY)).mean()) > BETWEEN:
                raise InputError(
                    f"{self.path.name} is no picture in black and white; choose another name for the mask."
                )
            polygons = polygons_of((grey > 127).astype(np.uint8), self._scale)
            return Marks([Mark([(x, y) for x, y in each.tolist()]) for each in polygons], [])

    def save(self, marks: Marks) -> None:
        """Write a mask, white in the polygons.

        Raises:
            InputError: it would be white everywhere or nowhere, which no fit can use, or another program has changed
                the file since it was loaded.
            OSError: it can't be written.
        """
        mask = filled([polygon.array for polygon in marks.polygons], self._scale, self._size)
        if not mask.any():
            raise InputError("Nothing is painted yet; paint what lives.")
        if mask.all():
            raise InputError("Everything is painted, so a mask says nothing; erase what stands still.")
        with self._turn:
            self._watched.check()
            with replacing(self.path) as temporary:
                temporary.write_bytes(pack_picture(mask))
            self._watched.note()
