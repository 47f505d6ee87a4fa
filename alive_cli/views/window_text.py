"""Text on the picture of a full screen, which has no title to show it in."""

import re
from collections.abc import Sequence
from typing import Any

from alive_cli.texts import printable

HEIGHT_SHARE = 1 / 36
"""A line has this share of the screen's height."""
LEAST_HEIGHT = 14
"""A line has at least so many pixels, so that people can read it."""
WORDS = str.maketrans({"↓": "down", "↑": "up", "←": "left", "→": "right"})
"""The font of SDL has no arrows, so that words stand for them."""
LIGHT, DARK = (255, 255, 255), (0, 0, 0, 150)
"""Text is light on a dark ground, through which the picture shows: red, green, blue, and how opaque it is."""


class WindowText:
    """Draws lines of text, and remembers the last ones."""

    def __init__(self, pygame: Any) -> None:
        """Draw nothing yet."""
        self._pygame = pygame
        self._lines: list[str] = []
        self._font: Any = None
        self._height = 0
        self._drawn: Any = None

    def changes(self, lines: Sequence[str]) -> bool:
        """Whether these lines are others than the last ones."""
        return list(lines) != self._lines

    def draw(self, window: Any, lines: Sequence[str]) -> None:
        """Draw lines at the bottom left of a window. Two spaces or more divide a line into two columns."""
        height = max(LEAST_HEIGHT, round(window.get_height() * HEIGHT_SHARE))
        if self.changes(lines) or height != self._height:
            self._lines, self._drawn = list(lines), self._painted(lines, height) if lines else None
        if self._drawn is not None:
            window.blit(self._drawn, (height, window.get_height() - self._drawn.get_height() - height))

    def _painted(self, lines: Sequence[str], height: int) -> Any:
        if self._font is None or height != self._height:
            self._pygame.font.init()
            self._font, self._height = self._pygame.font.Font(None, height), height
        columns = [re.split(r"\s{2,}", printable(line).strip().translate(WORDS), maxsplit=1) for line in lines]
        pictures = [[self._font.render(text, True, LIGHT) for text in each] for each in columns]
        second = max((each[0].get_width() for each in pictures if len(each) > 1), default=0) + height // 2
        width = max(second * (len(each) - 1) + each[-1].get_width() for each in pictures) + height
        painted = self._pygame.Surface((width, height * (len(lines) + 1)), self._pygame.SRCALPHA)
        painted.fill(DARK)
        for number, each in enumerate(pictures):
            for column, picture in enumerate(each):
                painted.blit(picture, (height // 2 + second * column, height * number + height // 2))
        return painted
