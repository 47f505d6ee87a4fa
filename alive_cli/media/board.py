"""Pictures side by side under labels."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

GAP = 4
"""Pictures have so many pixels between them and around them."""
LABEL_SHARE = 0.09
"""A label is this share of the height of a picture high."""
LEAST_LABEL = 14
"""A label is at least so many pixels high, so that it can be read above a small picture."""
TEXT_SHARE = 0.72
"""The letters are this share of the height of their label high."""
BACK, INK = (20, 20, 22), (236, 233, 226)
"""The board has this dark ground and these light letters, so that it is never brighter than the pictures."""


class Board:
    """A grid of places of one size, each with a label above it."""

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
        """The board with pictures, uint8 [H, W, 3] each, at its first places: a new array, uint8 [H', W', 3]."""
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
