"""Files of a limited size: the largest and best pictures that fit, found with few encodings."""

import math
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from alive_cli.errors import OutputError
from alive_cli.media.alpha import premultiplied, straight
from alive_cli.progress import Progress, silent
from alive_cli.views.file import Encoding, write_pictures
from bundle_spec.atomic import replacing

STAGE = "Fitting the size"
"""The progress bar shows this stage while a file is encoded again and again."""
LEAST_WIDTH = 32
"""Pictures are made no narrower than this to fit a size limit, because nothing would be recognisable."""
LEAST_QUALITY = 50
"""The quality is lowered no further than this to fit a size limit, because smaller pictures look better then."""
BEST_QUALITY = 95
"""The quality is raised no further than this to use a size limit, because nobody sees more."""
MOST_TRIES = 8
"""A file is encoded at most this often to fit a size limit; three or four tries are usual."""
USED = 0.88
"""A file is good enough if it uses this share of the limit, because another try would take longer than it is worth."""
AIM = 0.95
"""Each try aims at this share of the limit, because the size of a file is hard to predict."""
QUALITY_FACTOR = 1.6
"""A step of quality is assumed to change the size of a file by this factor, before the tries show by how much."""
KEPT_BYTES = 512 << 20
"""Pictures are kept for the next try up to this size, because drawing takes longer than encoding."""
LOSSLESS = ".apng"
"""Files with this suffix have no quality."""


@dataclass(frozen=True)
class Spending:
    """What the bytes of a file are spent on."""

    size: tuple[int, int]
    """Width and height of the pictures."""
    quality: int


@dataclass(frozen=True)
class Allowance:
    """How large and good the pictures of a file of limited size may be."""

    size: tuple[int, int]
    """Width and height of the pictures if the size of the file is right."""
    largest: tuple[int, int]
    """Width and height up to which they grow if the file would be too small."""
    quality: int
    best_quality: int
    """The quality up to which they become better after that."""


@dataclass(frozen=True)
class Written:
    """A file of limited size."""

    spending: Spending
    bytes: int
    grows: bool
    """Whether a larger limit would give larger or better pictures."""


class Ladder:
    """Spendings from the smallest file to the largest. A rung is about the logarithm of the size of the file."""

    def __init__(self, allowance: Allowance, *, lossless: bool = False) -> None:
        """Below the allowed size pictures lose quality first, and then size; above it they gain size first.

        Args:
            lossless: whether quality changes nothing.
        """
        size, quality = allowance.size, allowance.quality
        least = min(quality, LEAST_QUALITY)
        share = min(1.0, LEAST_WIDTH / size[0])
        smallest = max(1, round(size[0] * share)), max(1, round(size[1] * share))
        knots = [Spending(smallest, least), Spending(size, least), Spending(size, quality)]
        knots += [Spending(allowance.largest, quality), Spending(allowance.largest, allowance.best_quality)]
        if lossless:
            knots = [replace(knot, quality=quality) for knot in knots]
        self._knots = [knots[0]]
        self._rungs = [0.0]
        self.first = 0.0
        """The rung of the allowed size and quality."""
        for number, knot in enumerate(knots[1:], 1):
            before = self._knots[-1]
            grown = 2 * math.log(knot.size[0] / before.size[0])
            if knot != before:
                better = math.log(QUALITY_FACTOR) if knot.quality != before.quality else 0.0
                self._knots.append(knot)
                self._rungs.append(self._rungs[-1] + max(grown, 0.0) + better)
            if number == 2:
                self.first = self._rungs[-1]

    @property
    def last(self) -> float:
        """The highest rung; the lowest is 0."""
        return self._rungs[-1]

    def spending(self, rung: float) -> Spending:
        """What is spent on a rung, 0 … `last`."""
        quality = np.interp(rung, self._rungs, [knot.quality for knot in self._knots])
        sides = [
            np.exp(np.interp(rung, self._rungs, np.log([knot.size[axis] for knot in self._knots]))) for axis in (0, 1)
        ]
        return Spending((max(1, round(float(sides[0]))), max(1, round(float(sides[1])))), round(float(quality)))


def write_within(
    path: Path,
    max_bytes: int,
    allowance: Allowance,
    encoding: Encoding,
    draw: Callable[[tuple[int, int]], Iterable[np.ndarray]],
    progress: Progress = silent,
) -> Written:
    """Write pictures into a file of at most `max_bytes` bytes, and use most of them if it can.

    Args:
        encoding: its quality is not used.
        draw: it returns the pictures, about as large as a width and height.
        progress: it receives the number of tries, and the size of the last one.

    Returns:
        What is in the file. It uses most of the limit, or it doesn't grow.

    Raises:
        OutputError: not even the smallest pictures fit.
    """
    ladder = Ladder(allowance, lossless=path.suffix.lower() == LOSSLESS)
    drawn = _Drawn(draw, allowance)
    limit = math.log(max_bytes)
    tries: dict[float, float] = {}
    best: tuple[float, bytes] | None = None
    rung: float | None = ladder.first
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / f"trial{path.suffix}"
        while rung is not None:
            spending = ladder.spending(rung)
            write_pictures(trial, drawn.pictures(spending.size), replace(encoding, quality=spending.quality))
            content = trial.read_bytes()
            tries[rung] = math.log(max(1, len(content)))
            if len(content) <= max_bytes and (best is None or rung > best[0]):
                best = rung, content
            figure = f"{len(content) / 1e6:.2f} MB, {spending.size[0]} pixels wide"
            progress(STAGE, len(tries), MOST_TRIES, figure)
            rung = next_rung(tries, limit, ladder)
    if best is None:
        raise OutputError(
            f"{path.name} doesn't fit into {max_bytes:,} bytes; allow more, or reduce --seconds or --fps."
        )
    progress(STAGE, MOST_TRIES, MOST_TRIES, f"{len(best[1]) / 1e6:.2f} MB")
    with replacing(path) as temporary:
        temporary.write_bytes(best[1])
    return Written(ladder.spending(best[0]), len(best[1]), best[0] < ladder.last)


def next_rung(tries: Mapping[float, float], limit: float, ladder: Ladder) -> float | None:
    """The rung to try next, or None if the search is over.

    Args:
        tries: the logarithm of the size of the file for each rung that was tried, at least one.
        limit: the logarithm of the size that is allowed.
    """
    fitting = [rung for rung, size in tries.items() if size <= limit]
    low = max(fitting, default=None)
    high = min((rung for rung, size in tries.items() if size > limit and (low is None or rung > low)), default=None)
    if len(tries) >= MOST_TRIES or (low is not None and tries[low] >= limit + math.log(USED)):
        return None
    aim = limit + math.log(AIM)
    if low is None:
        assert high is not None
        if len(tries) == MOST_TRIES - 1:
            return 0.0
        # A file shrinks less than its pictures, the more so the more tries were too large.
        rung = max(0.0, high - (tries[high] - aim) * (1 + 0.25 * (len(tries) - 1)))
    elif high is None:
        rung = min(ladder.last, low + (aim - tries[low]))
    else:
        share = (aim - tries[low]) / (tries[high] - tries[low])
        rung = low + (high - low) * min(max(share, 0.1), 0.9)
    same = ladder.spending(rung) in [ladder.spending(other) for other in (low, high) if other is not None]
    return None if same else rung


class _Drawn:
    """Draws pictures, keeps them, and reduces them to smaller sizes."""

    def __init__(self, draw: Callable[[tuple[int, int]], Iterable[np.ndarray]], allowance: Allowance) -> None:
        self._draw, self._allowance = draw, allowance
        self._kept: list[np.ndarray] = []
        self._size = (0, 0)
        """Width and height for which the kept pictures were drawn."""
        self._too_many = False

    def pictures(self, size: tuple[int, int]) -> Iterator[np.ndarray]:
        """The pictures for a width and height, uint8 [H, W, 3] each."""
        if self._too_many:
            yield from self._draw(size)
        elif self._kept and size[0] <= self._size[0]:
            yield from (self._reduced(picture, size) for picture in self._kept)
        else:
            small = size[0] <= self._allowance.size[0]
            self._size = self._allowance.size if small else self._allowance.largest
            self._kept = []
            for picture in self._draw(self._size):
                self._kept.append(picture)
                if len(self._kept) * picture.nbytes > KEPT_BYTES:
                    self._too_many = True
                    self._kept = []
                yield self._reduced(picture, size)

    def _reduced(self, picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        if size == self._size:
            return picture
        # A grid has margins, so its pictures are not exactly as large as they should be.
        width, height = (max(1, round(side * size[0] / self._size[0])) for side in picture.shape[1::-1])
        if picture.shape[2] == 4:
            return straight(cv2.resize(premultiplied(picture), (width, height), interpolation=cv2.INTER_AREA))
        return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA))
