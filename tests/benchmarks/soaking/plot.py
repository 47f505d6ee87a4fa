"""A plain chart of samples: one panel for each value, a line for each process, and marks where faults were."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from tests.benchmarks.soaking.samples import Samples

WIDTH, PANEL = 1100, 190
"""The chart is so many pixels wide, and each panel so many high."""
LEFT, RIGHT, TOP, BOTTOM = 90, 20, 34, 26
"""Margins of a panel in pixels."""
COLOURS = ("#1b6ca8", "#c2571a", "#3d8b37", "#8a3ab9", "#555555")
"""Processes have these colours in turn."""
INK, FAINT, MARK = "#222222", "#dddddd", "#b00020"
"""Colours of text, of lines of the grid, and of faults."""
LABELS = {
    "memory": "memory, MB",
    "handles": "open handles",
    "threads": "threads",
    "fps": "frames a second",
    "heap": "page heap, MB",
    "coverage": "share of observed frames that are visited",
    "distance": "drift: distance to the nearest observed frame, median steps",
    "jump": "share of steps that jump",
}
"""What the panels are called; other values have none."""


def plot(samples: Samples, path: Path, title: str) -> None:
    """Write the chart of a part of a soak."""
    names = [name for name in LABELS if any(row.get(name) is not None for row in samples.rows)]
    end = max((row["hours"] for row in samples.rows), default=1.0) or 1.0
    sheet = Image.new("RGB", (WIDTH, TOP + 20 + PANEL * max(1, len(names))), "white")
    draw = ImageDraw.Draw(sheet)
    draw.text((LEFT, 8), title, INK, _font(16))
    for number, name in enumerate(names):
        _panel(draw, TOP + 20 + PANEL * number, name, samples, end)
    sheet.save(path)


def _panel(draw: ImageDraw.ImageDraw, top: int, name: str, samples: Samples, end: float) -> None:
    lines = {
        who: [(row["hours"], float(row[name])) for row in samples.of(who) if row.get(name) is not None]
        for who in samples.everybody
    }
    values = [value for line in lines.values() for _, value in line]
    low, high = min(values), max(values)
    if low > 0 and low > 0.5 * high:
        low -= 0.1 * (high - low) + 0.02 * high
    else:
        low = min(0.0, low)
    high += 0.05 * (high - low) or 1.0
    bottom = top + PANEL - BOTTOM
    upper = top + 22

    def place(hours: float, value: float) -> tuple[float, float]:
        return LEFT + (WIDTH - LEFT - RIGHT) * hours / end, bottom - (bottom - upper) * (value - low) / (high - low)

    draw.text((LEFT, top + 2), LABELS[name], INK, _font(13))
    for step in range(5):
        value = low + (high - low) * step / 4
        y = place(0, value)[1]
        draw.line([(LEFT, y), (WIDTH - RIGHT, y)], FAINT)
        draw.text((8, y - 7), f"{value:.4g}", INK, _font(11))
        hours = end * step / 4
        text = f"{hours:.3g} h" if end > 2 else f"{60 * hours:.3g} min"
        draw.text((place(hours, low)[0] - (26 if step == 4 else 0), bottom + 4), text, INK, _font(11))
    for number, (hours, what) in enumerate(samples.marks):
        x = place(hours, low)[0]
        draw.line([(x, upper), (x, bottom)], MARK)
        draw.text((x + 2, upper + 11 * (number % 3)), what, MARK, _font(10))
    for number, (who, line) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = [place(*point) for point in line]
        if len(points) > 1:
            draw.line(points, colour, 2)
        for x, y in points if len(points) < 120 else []:
            draw.ellipse([x - 2, y - 2, x + 2, y + 2], colour)
        if who:
            draw.text((LEFT + 420 + 110 * number, top + 2), who, colour, _font(13))


def _font(size: int) -> Any:
    return ImageFont.load_default(size)


def plots(parts: Sequence[tuple[str, Samples]], folder: Path) -> list[Path]:
    """Write the charts of all parts that have samples. Returns their paths."""
    paths = []
    for title, samples in parts:
        if samples.rows:
            paths.append(folder / f"soak_{samples.part}.png")
            plot(samples, paths[-1], title)
    return paths
