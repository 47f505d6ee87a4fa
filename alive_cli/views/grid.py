"""A grid of rollouts from the same start, which shows what seeds and controls change."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.board import GAP, Board
from alive_cli.runtime.controls import Controls
from alive_cli.runtime.frame import Drawn
from alive_cli.runtime.rollout import Rollout
from alive_cli.runtime.scene import Scene

MOST_PANELS = 16
"""A grid has at most this many panels, because more would be too small to see."""
MOST_COLUMNS = 4
"""A grid has at most this many columns, because more make a grid too wide to share."""
DEFAULT_PANEL_WIDTH = 256
"""A panel is at most this many pixels across unless a width is chosen, because more are hard to share."""
LEAST_PANEL_WIDTH = 8
"""A panel has at least this many pixels across, even if the grid becomes wider than its limit then."""
SEEDS = "seeds"
"""A grid of this name varies the seed instead of a control."""


@dataclass(frozen=True)
class Panel:
    """One rollout of a grid."""

    label: str
    """The text above its picture."""
    controls: Controls
    seed: int


def read_grid(text: str, controls: Controls, seed: int) -> list[Panel]:
    """Read `seeds:4`, or values of a declared control such as `temperature:0.1,0.3,1,2`.

    Args:
        controls, seed: the values of everything that the grid doesn't vary.

    Raises:
        InputError: the text is neither, there are too many panels, or a value is out of range.
    """
    name, _, values = text.partition(":")
    try:
        if name == SEEDS:
            count = int(values)
            numbers = [float(number) for number in range(min(count, MOST_PANELS + 1))]
        elif name in controls:
            numbers = [float(value) for value in values.split(",")]
        else:
            raise ValueError(text)
    except ValueError:
        example = "seeds:4"
        if names := list(controls):
            example += f", or a control ({', '.join(names)}) with values as in {names[0]}:0.1,0.3"
        raise InputError(f"{text!r} is no grid; give {example}.") from None
    if not 1 <= len(numbers) <= MOST_PANELS:
        raise InputError(f"The grid {text!r} is too large or empty; a grid has 1 to {MOST_PANELS} panels.")
    panels = []
    for number in numbers:
        if name == SEEDS:
            panels.append(Panel(f"seed {seed + int(number)}", controls.copy(), seed + int(number)))
        else:
            panels.append(Panel(f"{name} {number:g}", controls.copy({name: number}), seed))
    return panels


def begin_rollouts(
    scene: Scene, panels: list[Panel], start_at: float | None, moods: Mapping[str, float] | None = None
) -> list[Rollout]:
    """Begin the rollouts of the panels, all at the same frame and in the same moods."""
    return [scene.life(panel.controls, seed=panel.seed, start_at=start_at, moods=moods) for panel in panels]


def default_width(scene: Scene, panels: int) -> int:
    """Width in pixels of a grid whose panels have the scene's own width, at most DEFAULT_PANEL_WIDTH."""
    return _width(min(scene.size[0], DEFAULT_PANEL_WIDTH), panels)


def largest_width(scene: Scene, panels: int) -> int:
    """Width in pixels of a grid whose panels have the scene's own width."""
    return _width(scene.size[0], panels)


def _width(panel: int, panels: int) -> int:
    columns = _columns(panels)
    return columns * panel + GAP * (columns + 1)


def _columns(panels: int) -> int:
    rows = -(-panels // MOST_COLUMNS)
    return -(-panels // rows)


def _panel_size(scene: Scene, columns: int, width: int) -> tuple[int, int]:
    """Width and height of a panel of a grid that is at most `width` pixels wide."""
    return scene.size_across(max(LEAST_PANEL_WIDTH, (width - GAP * (columns + 1)) // columns))


def draw_grid(
    scene: Scene,
    panels: list[Panel],
    sources: list[Iterator[Drawn]],
    width: int,
) -> Iterator[np.ndarray]:
    """Yield pictures, uint8 [H, W, 3], of all rollouts side by side under their labels, until one of them ends.

    Args:
        sources: the frames, or embeddings, of each panel's rollout.
        width: the largest width of a picture in pixels.
    """
    columns = _columns(len(panels))
    size = _panel_size(scene, columns, width)
    board = Board(columns, -(-len(panels) // columns), size)
    for place, panel in enumerate(panels):
        board.label(place, panel.label)
    for drawn in zip(*sources, strict=False):
        yield board.show([scene.draw(each, size) for each in drawn])
