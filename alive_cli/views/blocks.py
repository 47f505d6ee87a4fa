"""Pictures as half blocks in true colour: two pixels a character cell, in any modern terminal."""

import numpy as np

RESET = "\x1b[0m"
HOME = "\x1b[H"
CLEAR = "\x1b[2J"
CLEAR_LINE = "\x1b[K"
ENTER = "\x1b[?1049h\x1b[?25l" + CLEAR
"""Alternate screen, no cursor: what was on the screen before comes back on LEAVE."""
LEAVE = RESET + "\x1b[?25h\x1b[?1049l"
BEGIN_UPDATE = "\x1b[?2026h"
END_UPDATE = "\x1b[?2026l"


def block_size(columns: int, rows: int, aspect: float) -> tuple[int, int]:
    """Largest picture (width, height), height even, of `aspect` (width ÷ height) for so many cells."""
    width = max(1, min(columns, round(rows * 2 * aspect)))
    height = max(2, min(rows * 2, round(width / aspect)) // 2 * 2)
    return width, height


def to_blocks(picture: np.ndarray, indent: int = 0) -> str:
    """A picture, uint8 [H, W, 3] with H even, as text of H/2 lines; colours are only named when they change."""
    lines = []
    margin = " " * indent
    for top, bottom in zip(picture[0::2].tolist(), picture[1::2].tolist(), strict=True):
        cells = [margin]
        last_top = last_bottom = None
        for upper, lower in zip(top, bottom, strict=True):
            if upper != last_top:
                cells.append("\x1b[38;2;{};{};{}m".format(*upper))
                last_top = upper
            if lower != last_bottom:
                cells.append("\x1b[48;2;{};{};{}m".format(*lower))
                last_bottom = lower
            cells.append("▀")
        lines.append("".join(cells) + RESET + CLEAR_LINE)
    return "\r\n".join(lines)
