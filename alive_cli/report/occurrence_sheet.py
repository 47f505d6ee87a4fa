"""Several occurrences of each motif, or of each action, beside each other, as a small looping animation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from alive_cli.media.board import BACK, GAP, Board
from alive_cli.report.motifs import Motifs
from alive_cli.runtime.scene import Scene

COLUMNS = 4
"""The sheet shows at most so many occurrences in a row."""
LONGEST_SECONDS = 2.0
"""A loop of the sheet lasts at most so long; of a longer occurrence it shows the beginning."""
LEAST_WIDTH = 24
"""A picture of the sheet is at least so many pixels wide, even if the sheet becomes wider than its limit then."""
AFTER = 0.35
"""After the end of an occurrence, its last picture stays, with this share of its brightness, until the loop ends."""


@dataclass(frozen=True)
class Shown:
    """An occurrence that the sheet shows."""

    name: str
    first: int
    end: int
    """One after the last frame."""


Rows = list[list[Shown]]
"""The occurrences by rows."""


def motif_rows(motifs: Motifs) -> Rows:
    """A row for each motif, with the occurrences that are nearest to its mean."""
    return [
        [Shown(str(each.motif), each.first, each.end) for each in motifs.of(motif)[:COLUMNS]]
        for motif in range(1, motifs.count + 1)
    ]


def action_rows(actions: Mapping[str, Sequence[Sequence[int]]]) -> Rows:
    """A row for each action, with occurrences that are evenly spread."""
    rows = []
    for name, ranges in actions.items():
        places = np.linspace(0, len(ranges) - 1, min(COLUMNS, len(ranges))).round().astype(int)
        rows.append([Shown(name, ranges[place][0], ranges[place][1] + 1) for place in places])
    return rows


def sheet_frames(scene: Scene, rows: Rows) -> int:
    """Pictures of one loop of the sheet: the longest occurrence on it, at most LONGEST_SECONDS."""
    longest = max(each.end - each.first for row in rows for each in row)
    return max(1, min(longest, round(LONGEST_SECONDS * scene.fps)))


def draw_sheet(scene: Scene, rows: Rows, width: int, columns: int = COLUMNS) -> Iterator[np.ndarray]:
    """Yield one loop of the sheet, uint8 [H, W, 3], as the scene draws its observed frames.

    Args:
        rows: at least one.
        width: the largest width of the sheet in pixels.
        columns: places in a row, at least the length of the longest one.
    """
    size = scene.size_across(max(LEAST_WIDTH, (width - GAP * (columns + 1)) // columns))
    board = Board(columns, len(rows), size)
    places = [(number * columns + place, shown) for number, row in enumerate(rows) for place, shown in enumerate(row)]
    for place, shown in places:
        second = scene.manifest.source.start + shown.first / scene.fps
        board.label(place, f"{shown.name} at {second:.1f} s")
    blank = np.full((size[1], size[0], 3), BACK, np.uint8)
    for number in range(sheet_frames(scene, rows)):
        pictures = [blank] * (columns * len(rows))
        for place, shown in places:
            picture = scene.draw(scene.embeddings[min(shown.first + number, shown.end - 1)], size)
            pictures[place] = (picture * AFTER).astype(np.uint8) if shown.first + number >= shown.end else picture
        yield board.show(pictures)
