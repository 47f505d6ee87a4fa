"""Pictures as half blocks: two pixels per character cell, in any modern terminal."""

import os

import numpy as np

from alive_cli.runtime.live_renderer import enlarge

RESET = "\x1b[0m"
"""This sequence restores the terminal's own colours."""
HOME = "\x1b[H"
"""This sequence moves the cursor to the top left corner."""
CLEAR = "\x1b[2J"
"""This sequence erases the whole screen."""
CLEAR_LINE = "\x1b[K"
"""This sequence erases the line from the cursor to its end."""
ENTER = "\x1b[?1049h\x1b[?25l" + CLEAR
"""This sequence opens the alternate screen without a cursor, so that LEAVE can restore the former screen."""
LEAVE = RESET + "\x1b[?25h\x1b[?1049l"
"""This sequence shows the cursor again and restores the former screen."""
BEGIN_UPDATE = "\x1b[?2026h"
"""After this sequence the terminal waits for END_UPDATE, so that no half-drawn picture is visible."""
END_UPDATE = "\x1b[?2026l"
"""This sequence makes the terminal show everything since BEGIN_UPDATE at once."""

_CUBE = np.array([0, 95, 135, 175, 215, 255])
_GREYS = 8 + 10 * np.arange(24)


class Blocks:
    """Half blocks, in true colour or in the 256 colours of older terminals."""

    name = "blocks"
    clear = CLEAR

    def __init__(self, *, true_colour: bool = True) -> None:
        self.true_colour = true_colour

    def size(self, cells: os.terminal_size, aspect: float) -> tuple[int, int]:
        """Width and height in pixels of the largest picture that leaves one line of these cells for the status."""
        return block_size(cells.columns, max(1, cells.lines - 1), aspect)

    def place(self, size: tuple[int, int], cells: os.terminal_size) -> tuple[float, float, float, float]:
        """Where a picture of `size` is shown, in cells: left, top, width and height."""
        return (cells.columns - size[0]) // 2, 0, size[0], size[1] / 2

    def encode(self, picture: np.ndarray, size: tuple[int, int], cells: os.terminal_size) -> str:
        """A picture, uint8 [H, W, 3] of `size` or smaller, as text that begins in the top left corner."""
        indent = int(self.place(size, cells)[0])
        return to_blocks(enlarge(picture, size), indent, true_colour=self.true_colour)


def block_size(columns: int, rows: int, aspect: float) -> tuple[int, int]:
    """Width and height, which is even, of the largest picture of `aspect` (width ÷ height) that fits the cells."""
    width = max(1, min(columns, round(rows * 2 * aspect)))
    height = max(2, min(rows * 2, round(width / aspect)) // 2 * 2)
    return width, height


def to_blocks(picture: np.ndarray, indent: int = 0, *, true_colour: bool = True) -> str:
    """A picture, uint8 [H, W, 3] with H even, as H/2 lines of text. It names colours only where they change."""
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
