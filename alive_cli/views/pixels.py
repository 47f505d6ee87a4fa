"""Pictures as pixels, in terminals that support the kitty graphics protocol or sixel."""

import base64
import os
import zlib

import numpy as np

from alive_cli.runtime.live_renderer import enlarge
from alive_cli.views.blocks import CLEAR

CELL = (8, 16)
"""A character cell is assumed to have this width and height in pixels if the terminal doesn't report them."""
LONGEST_KITTY = 512
"""The longest side of a kitty picture has at most this many pixels, because the terminal enlarges it itself."""
LONGEST_SIXEL = 360
"""The longest side of a sixel picture has at most this many pixels, because each pixel takes time."""
CHUNK = 4096
"""The kitty protocol allows at most this many characters in one escape sequence."""
DITHER = (np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) - 7.5) / 16
"""Bayer's matrix of order 4, scaled to −½…½, decides between neighbouring colours of the palette."""
ROW_END = 64
"""This number marks the end of a row, because sixels are numbers from 0 to 63."""
LEVELS = 6
"""The palette of sixels has this many levels of red, green and blue, because terminals support only 256 colours."""


def largest_size(cells: os.terminal_size, cell: tuple[int, int], aspect: float, longest: int) -> tuple[int, int]:
    """Width and height in pixels of the largest picture that leaves one line of these cells for the status."""
    across, down = cells.columns * cell[0], max(1, cells.lines - 1) * cell[1]
    width = min(across, down * aspect)
    width = max(1.0, min(width, longest, longest * aspect))
    return max(1, int(width)), max(1, int(width / aspect))


class Kitty:
    """The kitty graphics protocol: https://sw.kovidgoyal.net/kitty/graphics-protocol/."""

    name = "kitty"
    clear = CLEAR + "\x1b_Ga=d,q=2\x1b\\"

    def __init__(self, cell: tuple[int, int] | None = None) -> None:
        """`cell` is the size of a character cell in pixels."""
        self.cell = cell or CELL

    def size(self, cells: os.terminal_size, aspect: float) -> tuple[int, int]:
        """Width and height in pixels of the picture to draw for these cells."""
        return largest_size(cells, self.cell, aspect, LONGEST_KITTY)

    def place(self, size: tuple[int, int], cells: os.terminal_size) -> tuple[float, float, float, float]:
        """Where a picture of `size` is shown, in cells: left, top, width and height."""
        across, down = cells.columns * self.cell[0], max(1, cells.lines - 1) * self.cell[1]
        scale = min(across / size[0], down / size[1])
        columns = max(1, round(size[0] * scale / self.cell[0]))
        rows = max(1, round(size[1] * scale / self.cell[1]))
        return max(0, (cells.columns - columns) // 2), 0, columns, rows

    def encode(self, picture: np.ndarray, size: tuple[int, int], cells: os.terminal_size) -> str:
        """A picture, uint8 [H, W, 3] of `size` or smaller, as text. It replaces the picture before, below the text."""
        height, width = picture.shape[:2]
        left, _, columns, rows = map(int, self.place(size, cells))
        packed = base64.b64encode(zlib.compress(np.ascontiguousarray(picture).data, 1)).decode()
        pieces = [packed[place : place + CHUNK] for place in range(0, len(packed), CHUNK)]
        keys = f"a=T,q=2,i=1,p=1,C=1,z=-1,f=24,o=z,s={width},v={height},c={columns},r={rows},"
        text = f"\x1b[1;{left + 1}H"
        for number, piece in enumerate(pieces):
            more = int(number < len(pieces) - 1)
            text += f"\x1b_G{keys if number == 0 else ''}m={more};{piece}\x1b\\"
        return f"{text}\x1b[{max(1, cells.lines - 1)};1H"


class Sixel:
    """Sixel graphics (DEC STD 070): a fixed palette of 216 colours and ordered dithering, which don't flicker."""

    name = "sixel"
    clear = CLEAR

    def __init__(self, cell: tuple[int, int] | None = None) -> None:
        """`cell` is the size of a character cell in pixels."""
        self.cell = cell or CELL

    def size(self, cells: os.terminal_size, aspect: float) -> tuple[int, int]:
        """Width and height in pixels of the picture to draw for these cells."""
        return largest_size(cells, self.cell, aspect, LONGEST_SIXEL)

    def place(self, size: tuple[int, int], cells: os.terminal_size) -> tuple[float, float, float, float]:
        """Where a picture of `size` is shown, in cells: left, top, width and height."""
        left = max(0, (cells.columns * self.cell[0] - size[0]) // 2 // self.cell[0])
        return left, 0, size[0] / self.cell[0], size[1] / self.cell[1]

    def encode(self, picture: np.ndarray, size: tuple[int, int], cells: os.terminal_size) -> str:
        """A picture, uint8 [H, W, 3] of `size` or smaller, as sixels."""
        left = int(self.place(size, cells)[0])
        return f"\x1b[1;{left + 1}H{to_sixel(enlarge(picture, size))}\x1b[{max(1, cells.lines - 1)};1H"


def to_sixel(picture: np.ndarray) -> str:
    """A picture, uint8 [H, W, 3], as a sixel string."""
    height, width = picture.shape[:2]
    pattern = np.tile(DITHER, (-(-height // 4), -(-width // 4)))[:height, :width, None]
    steps = np.clip((picture / 255 * (LEVELS - 1) + pattern + 0.5).astype(int), 0, LEVELS - 1)
    colours = steps @ np.array([LEVELS * LEVELS, LEVELS, 1])
    padded = np.full((-(-height // 6) * 6, width), -1)
    padded[:height] = colours
    return f'\x1bP0;1q"1;1;{width};{height}{_PALETTE}{"-".join(map(_band, padded.reshape(-1, 6, width)))}\x1b\\'


def _band(band: np.ndarray) -> str:
    """Six rows, colour by colour: each colour in the rows draws its pixels, and then returns to the beginning.

    Runs of more than three are counted: `!12~` means twelve equal characters.
    """
    present = np.unique(band)
    present = present[present >= 0]
    bits = ((band[None] == present[:, None, None]) << np.arange(6)[:, None]).sum(1)  # [colours, W]
    # A last column of ROW_END ends the runs of each row, so that numpy finds the runs of all rows at once.
    ended = np.concatenate([bits, np.full((len(bits), 1), ROW_END)], 1).ravel()
    starts = np.concatenate([[0], np.flatnonzero(np.diff(ended)) + 1])
    lengths = np.diff(np.append(starts, len(ended))).tolist()
    pieces = [f"#{present[0]}"]
    row = 0
    for value, length in zip(ended[starts].tolist(), lengths, strict=True):
        if value == ROW_END:
            row += 1
            if row < len(present):
                pieces.append(f"$#{present[row]}")
        else:
            pieces.append(f"!{length}{chr(63 + value)}" if length > 3 else chr(63 + value) * length)
    return "".join(pieces)


def _palette() -> str:
    percent = [round(100 * level / (LEVELS - 1)) for level in range(LEVELS)]
    triples = [(red, green, blue) for red in percent for green in percent for blue in percent]
    return "".join(f"#{number};2;{red};{green};{blue}" for number, (red, green, blue) in enumerate(triples))


_PALETTE = _palette()
