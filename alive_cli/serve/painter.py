"""Pictures on request: one at a time, at one size, and smaller ones reduced from it."""

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image

from alive_cli.errors import InputError
from alive_cli.media.alpha import DARK, over
from alive_cli.serve.living import Living, Present
from alive_cli.serve.messages import LEAST_WIDTH, PictureFormat

LONGEST = 1280
"""Pictures have at most this longest side where the user chooses none, so that drawing leaves the machine usable."""
MOST_WAITING = 16
"""So many requests may wait for a picture; more would wait for seconds."""
QUALITY = 88
"""JPEG pictures have this quality, at which its blocks are hardly visible."""
OPAQUE = "jpeg"
"""Pictures of this format can't be transparent."""
MOST_FILES = 8
"""So many files of one drawing are kept, at the widths and formats that were asked for last."""


class Painter:
    """Draws what a scene shows now. All requests for one frame share its drawing."""

    def __init__(self, living: Living, size: tuple[int, int] | None = None) -> None:
        """Draw nothing yet: the first picture takes longer.

        Args:
            size: width and height of the largest picture; by default the scene's own up to LONGEST.
        """
        self._living = living
        self.size = size or living.scene.size_up_to(LONGEST)
        self._thread = ThreadPoolExecutor(1, "painter")
        self._turn, self._waiting = asyncio.Lock(), 0
        self._drawn: tuple[Present | None, np.ndarray] = (None, np.zeros((0, 0, 3), np.uint8))
        self._files: dict[tuple[int, str], bytes] = {}

    async def picture(self, width: int | None, kind: PictureFormat) -> tuple[bytes, tuple[int, int]]:
        """The present picture as a file, with its width and height.

        Raises:
            InputError: the width is out of range, or too many others wait for pictures.
        """
        width = self.size[0] if width is None else width
        least = min(LEAST_WIDTH, self.size[0])
        if not least <= width <= self.size[0]:
            raise InputError(f"A picture can't be {width} pixels wide; choose from {least} to {self.size[0]}.")
        if self._waiting >= MOST_WAITING:
            raise InputError("Too many programs wait for pictures; try again.")
        size = width, max(1, round(self.size[1] * width / self.size[0]))
        self._waiting += 1
        try:
            async with self._turn:
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._thread, self._make, size, kind), size
        finally:
            self._waiting -= 1

    def _make(self, size: tuple[int, int], kind: PictureFormat) -> bytes:
        present = self._living.present
        if self._drawn[0] is not present:
            self._drawn, self._files = (present, self._living.scene.draw(present.frame, self.size)), {}
        file = self._files.pop((size[0], kind), None) or self._file(size, kind)
        self._files[size[0], kind] = file
        if len(self._files) > MOST_FILES:
            del self._files[next(iter(self._files))]
        return file

    def _file(self, size: tuple[int, int], kind: PictureFormat) -> bytes:
        drawn = self._drawn[1]
        picture = Image.fromarray(over(drawn, DARK) if kind == OPAQUE else drawn)
        if size != self.size:
            picture = picture.resize(size, Image.Resampling.BOX, reducing_gap=2.0)
        file = io.BytesIO()
        picture.save(file, kind, quality=QUALITY)
        return file.getvalue()
