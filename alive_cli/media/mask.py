"""Which part of a clip lives: outside, all of its frames show one still picture."""

import base64
import binascii
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.pictures import common_size, read_pictures
from alive_cli.media.region import Region

MOST_CELLS = 256
"""A mask is kept with at most so many cells on its longest side, which is finer than its feathered edge."""
FEWEST_CELLS = 32
"""A mask that is too intricate for its room is made coarser, down to so many cells."""
MOST_TEXT = 4000
"""A mask is kept as a text of at most so many characters, which the manifest has room for."""
FEATHER = 0.02
"""Inside its edge, what lives fades into the still picture over this share of the longest side."""
STILL_FRAMES = 49
"""The still picture is the median of at most so many frames, evenly spread."""
REGION = "region"
"""A recipe keeps under this name, among its settings, which part of its clip lives."""
STILL = "still"
"""And under this one, which second of the clip the still picture shows; none for the median."""
MOVES = 40
"""Where the frames differ by more than so many levels at the edge, something moves across it."""
SEAM = 0.2
"""From this share of the edge on, people should know that a seam will show."""
CHUNK = 16
"""So many frames are held still at a time."""

_CELLS = re.compile(r"mask (\d{1,3})x(\d{1,3}) ([A-Za-z0-9+/=]+)")


def read_region(text: str) -> str:
    """A region `x,y,width,height`, in shares of the picture, as a recipe keeps it.

    Raises:
        InputError: these are no four numbers, or the region is empty, everything, or not within the picture.
    """
    region = Region.read(text)
    if region.is_whole:
        raise InputError("The region is the whole picture; leave out --region.")
    return str(region)


def read_mask(path: Path) -> str:
    """A mask, a picture that is bright where the clip lives, as a recipe keeps it: coarsely.

    Raises:
        InputError: the picture can't be read, or masks nothing or everything.
    """
    if not path.is_file():
        raise InputError(f"There is no file {path}; check the path.")
    width, height = common_size([path])
    side = MOST_CELLS
    while True:
        columns, rows = (max(1, round(side * each / max(width, height))) for each in (width, height))
        (shown,) = read_pictures([path], (columns, rows))
        cells = shown.mean(-1) > 127
        if not cells.any():
            raise InputError(f"{path.name} is dark everywhere, so nothing would live; make what lives white.")
        if cells.all():
            raise InputError(f"{path.name} is bright everywhere, so all would live; leave out --mask.")
        packed = base64.b64encode(zlib.compress(np.packbits(cells).tobytes(), 9)).decode()
        if len(packed) <= MOST_TEXT or side <= FEWEST_CELLS:
            return f"mask {columns}x{rows} {packed}"
        side = side * 3 // 4


def share_of(kept: str, width: int, height: int) -> np.ndarray:
    """How much of each pixel lives, float32 [height, width]: 0 outside, 1 well inside.

    Args:
        kept: as `read_region` or `read_mask` returns it. It may come from a stranger's bundle.

    Raises:
        InputError: it is neither.
    """
    inside = lives(kept, width, height)
    if not inside.any():
        raise InputError("The part that lives has no pixel at this size; make it larger.")
    depth = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    fade = np.clip(depth / max(1.0, FEATHER * max(width, height)), 0, 1)
    return np.asarray(fade * fade * (3 - 2 * fade), np.float32)


@dataclass(frozen=True)
class Held:
    """What came of holding frames still."""

    living: np.ndarray
    """Which pixels may differ between frames, bool [H, W]."""
    crossed: float
    """The share of the edge, 0…1, that something moves across: there a seam shows."""


def hold_still(frames: np.ndarray, kept: str, still: int | None = None, *, soft: bool = True) -> Held:
    """Make all frames, uint8 [N, H, W, C], show one still picture outside the part that lives.

    Args:
        kept: as for `share_of`.
        still: the frame that the still picture shows; the median of all by default.
        soft: whether what lives fades into it; otherwise all that lives is as it was.

    Raises:
        InputError: as `share_of`.
    """
    _, height, width, _ = frames.shape
    share = share_of(kept, width, height)
    living = share > 0
    edge = living & (share < 1)
    rows, columns = np.flatnonzero(living.any(1)), np.flatnonzero(living.any(0))
    chosen = np.linspace(0, len(frames) - 1, min(len(frames), STILL_FRAMES)).round().astype(int)
    crossed = float((np.ptp(frames[chosen][:, edge], axis=0).max(-1) > MOVES).mean()) if edge.any() else 0.0
    if still is None:
        picture = np.median(frames[chosen], axis=0).round().astype(np.uint8)
    else:
        picture = frames[min(still, len(frames) - 1)].copy()
    part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    inside, under = (share if soft else living)[part][..., None], picture[part].astype(np.float32)
    for first in range(0, len(frames), CHUNK):
        some = frames[first : first + CHUNK]
        moving = some[:, part[0], part[1]].astype(np.float32)
        moving = np.round(under + inside * (moving - under)).astype(np.uint8)
        some[:] = picture
        some[:, part[0], part[1]] = moving
    return Held(living, crossed)


def lives(kept: str, width: int, height: int) -> np.ndarray:
    """Which pixels live, bool [height, width].

    Args:
        kept: as for `share_of`.

    Raises:
        InputError: as `share_of`.
    """
    match = _CELLS.fullmatch(kept)
    if match is None:
        region = Region.read(read_region(kept))
        inside = np.zeros((height, width), bool)
        left, top = round(region.x * width), round(region.y * height)
        inside[top : round((region.y + region.height) * height), left : round((region.x + region.width) * width)] = True
        return inside
    columns, rows = int(match[1]), int(match[2])
    room = (columns * rows + 7) // 8
    try:
        bits = zlib.decompressobj().decompress(base64.b64decode(match[3], validate=True), room + 1)
    except (binascii.Error, zlib.error):
        bits = b""
    if not (0 < columns <= MOST_CELLS and 0 < rows <= MOST_CELLS) or len(bits) != room:
        raise InputError("The bundle's mask is damaged; fit the clip anew.")
    cells = np.unpackbits(np.frombuffer(bits, np.uint8), count=columns * rows).reshape(rows, columns)
    enlarged = cv2.resize(cells.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(enlarged > 0.5)
