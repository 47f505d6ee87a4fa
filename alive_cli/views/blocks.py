"""Pictures as half blocks: two pixels a character cell, in any modern terminal."""

import os

import numpy as np

from alive_cli.runtime.live_renderer import enlarged

RESET = "\x1b[0m"
HOME = "\x1b[H"
CLEAR = "\x1b[2J"
CLEAR_LINE = "\x1b[K"
ENTER = "\x1b[?1049h\x1b[?25l" + CLEAR
"""Alternate screen, no cursor: what was on the screen before comes back on LEAVE."""
LEAVE = RESET + "\x1b[?25h\x1b[?1049l"
BEGIN_UPDATE = "\x1b[?2026h"
END_UPDATE = "\x1b[?2026l"

_CUBE = np.array([0, 95, 135, 175, 215, 255])
_GREYS = 8 + 10 * np.arange(24)


class Blocks:
    """Half blocks, in true colour or in the 256 colours of older terminals."""

    name = "blocks"
    clear = CLEAR

    def __init__(self, *, true_colour: bool = True) -> None:
        self.true_colour = true_colour

    def size(self, cells: os.terminal_size, aspect: float) -> tuple[int, int]:
        """Width and height in pixels of the largest picture for these cells, less a line for the status."""
        return block_size(cells.columns, max(1, cells.lines - 1), aspect)

    def encode(self, picture: np.ndarray, size: tuple[int, int], cells: os.terminal_size) -> str:
        """A picture, uint8 [H, W, 3] of `size` or smaller, as text that is written from the top left."""
        indent = (cells.columns - size[0]) // 2
        return to_blocks(enlarged(picture, size), indent, true_colour=self.true_colour)


def block_size(columns: int, rows: int, aspect: float) -> tuple[int, int]:
    """Largest picture (width, height), height even, of `aspect` (width ÷ height) for so many cells."""
    width = max(1, min(columns, round(rows * 2 * aspect)))
    height = max(2, min(rows * 2, round(width / aspect)) // 2 * 2)
    return width, height


def to_blocks(picture: np.ndarray, indent: int = 0, *, true_colour: bool = True) -> str:
    """A picture, uint8 [H, W, 3] with H even, as text of H/2 lines; colours are only named when they change."""
    colours = picture.tolist() if true_colour else nearest_of_256(picture)[..., None].tolist()
    fore, back = ("\x1b[38;2;{};{};{}m", "\x1b[48;2;{};{};{}m") if true_colour else ("\x1b[38;5;{}m", "\x1b[48;5;{}m")
    lines = []
    margin = " " * indent
    for top, bottom in zip(colours[0::2], colours[1::2], strict=True):
        cells = [margin]
        last_top = last_bottom = None
        for upper, lower in zip(top, bottom, strict=True):
            if upper != last_top:
                cells.append(fore.format(*upper))
                last_top = upper
            if lower != last_bottom:
                cells.append(back.format(*lower))
                last_bottom = lower
            cells.append("▀")
        lines.append("".join(cells) + RESET + CLEAR_LINE)
    return "\r\n".join(lines)


def nearest_of_256(picture: np.ndarray) -> np.ndarray:
    """The colours of the 256-colour palette that are nearest to a picture's, uint8 [H, W, 3] → int [H, W]."""
    pixels = picture.astype(int)
    steps = np.clip((pixels - 35) // 40, 0, 5)
    steps[pixels < 48] = 0
    cube = _CUBE[steps]
    grey = np.clip((pixels.mean(-1).round().astype(int) - 3) // 10, 0, 23)
    cube_error = np.square(cube - pixels).sum(-1)
    grey_error = np.square(_GREYS[grey][..., None] - pixels).sum(-1)
    nearest: np.ndarray = np.where(grey_error < cube_error, 232 + grey, 16 + steps @ np.array([36, 6, 1]))
    return nearest
