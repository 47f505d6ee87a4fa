"""Pictures side by side under labels."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

GAP = 4
"""Pixels between pictures, and around them."""
LABEL_SHARE = 0.09
"""Height of a label, of the height of the pictures."""
LEAST_LABEL = 14
TEXT_SHARE = 0.72
"""Height of the letters, of that of a label."""
BACK, INK = (20, 20, 22), (236, 233, 226)


class Board:
    """A grid of places, all of one size, each with a label above it."""

    def __init__(self, columns: int, rows: int, size: tuple[int, int]) -> None:
        """Lay out places for pictures of width and height `size`."""
        self._columns, (self._width, self._height) = columns, size
        self._label = max(LEAST_LABEL, round(self._height * LABEL_SHARE))
        across, down = self._width + GAP, self._height + self._label + GAP
        self._board = Image.new("RGB", (columns * across + GAP, rows * down + GAP), BACK)
        self._font = ImageFont.load_default(self._label * TEXT_SHARE)
        self._frame: np.ndarray | None = None

    def label(self, place: int, text: str) -> None:
        """Write a label at a place, counted row by row from 0."""
        left, top = self._corner(place)
        pen = ImageDraw.Draw(self._board)
        pen.rectangle([left, top, left + self._width - 1, top + self._label - 1], BACK)
        pen.text((left + 2, top), text, INK, self._font)
        self._frame = None

    def show(self, pictures: list[np.ndarray]) -> np.ndarray:
        """The board with these pictures, uint8 [H, W, 3] each, at its first places: a new array."""
        if self._frame is None:
            self._frame = np.asarray(self._board)
        shown = self._frame.copy()
        for place, picture in enumerate(pictures):
            left, top = self._corner(place)
            shown[top + self._label : top + self._label + self._height, left : left + self._width] = picture
        return shown

    def _corner(self, place: int) -> tuple[int, int]:
        row, column = divmod(place, self._columns)
        return GAP + column * (self._width + GAP), GAP + row * (self._height + self._label + GAP)
