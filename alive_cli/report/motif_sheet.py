"""Several occurrences of each motif beside each other, as a small looping animation."""

from collections.abc import Iterator

import numpy as np

from alive_cli.media.board import BACK, GAP, Board
from alive_cli.report.motifs import Motifs, Occurrence
from alive_cli.runtime.scene import Scene

COLUMNS = 4
"""The sheet shows at most so many occurrences of a motif, those nearest to its mean."""
LONGEST_SECONDS = 2.0
"""A loop of the sheet lasts at most so long; of a longer occurrence it shows the beginning."""
LEAST_WIDTH = 24
"""A picture of the sheet is at least so many pixels wide, even if the sheet becomes wider than its limit then."""
AFTER = 0.35
"""After the end of an occurrence, its last picture stays, with this share of its brightness, until the loop ends."""


def sheet_frames(scene: Scene, motifs: Motifs) -> int:
    """Pictures of one loop of the sheet: the longest occurrence on it, at most LONGEST_SECONDS."""
    longest = max(each.end - each.first for row in _rows(motifs) for each in row)
    return max(1, min(longest, round(LONGEST_SECONDS * scene.fps)))


def draw_sheet(scene: Scene, motifs: Motifs, width: int) -> Iterator[np.ndarray]:
    """Yield one loop of the sheet, uint8 [H, W, 3]: a row for each motif, as the scene draws its observed frames.

    Args:
        motifs: at least one.
        width: the largest width of a picture in pixels.
    """
    size = scene.size_across(max(LEAST_WIDTH, (width - GAP * (COLUMNS + 1)) // COLUMNS))
    rows = _rows(motifs)
    board = Board(COLUMNS, len(rows), size)
    for place, occurrence in _places(rows):
        second = scene.manifest.source.start + occurrence.first / scene.fps
        board.label(place, f"{occurrence.motif} at {second:.1f} s")
    blank = np.full((size[1], size[0], 3), BACK, np.uint8)
    for number in range(sheet_frames(scene, motifs)):
        pictures = [blank] * (COLUMNS * len(rows))
        for place, occurrence in _places(rows):
            frame = min(occurrence.first + number, occurrence.end - 1)
            picture = scene.draw(scene.embeddings[frame], size)
            over = occurrence.first + number >= occurrence.end
            pictures[place] = (picture * AFTER).astype(np.uint8) if over else picture
        yield board.show(pictures)


def _rows(motifs: Motifs) -> list[list[Occurrence]]:
    return [motifs.of(motif)[:COLUMNS] for motif in range(1, motifs.count + 1)]


def _places(rows: list[list[Occurrence]]) -> Iterator[tuple[int, Occurrence]]:
    for number, row in enumerate(rows):
        for column, occurrence in enumerate(row):
            yield number * COLUMNS + column, occurrence
