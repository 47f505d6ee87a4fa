"""Several lives side by side, all from the same start: what seeds and controls change."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.board import GAP, Board
from alive_cli.runtime.controls import Controls
from alive_cli.runtime.rollout import Rollout
from alive_cli.runtime.scene import Scene

MOST_PANELS = 16
"""A grid has at most so many panels; more would be too small to see."""
SEEDS = "seeds"
"""A grid of this name varies the seed instead of a control."""


@dataclass(frozen=True)
class Panel:
    """One of the lives."""

    label: str
    controls: Controls
    seed: int


def read_grid(text: str, controls: Controls, seed: int) -> list[Panel]:
    """Read `seeds:4`, or values of a declared control such as `temperature:0.1,0.3,1,2`.

    Args:
        controls, seed: those of whatever the grid doesn't vary.

    Raises:
        InputError: it is none of these, there are too many, or a value is out of range.
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
        names = ", ".join(controls)
        raise InputError(
            f"{text!r} is no grid; give seeds:4, or values of {names}, as in temperature:0.1,0.3,1,2."
        ) from None
    if not 1 <= len(numbers) <= MOST_PANELS:
        raise InputError(f"A grid has 1 to {MOST_PANELS} panels; {text!r} asks for others.")
    panels = []
    for number in numbers:
        if name == SEEDS:
            panels.append(Panel(f"seed {seed + int(number)}", controls.copy(), seed + int(number)))
        else:
            panels.append(Panel(f"{name} {number:g}", controls.copy(**{name: number}), seed))
    return panels


def lives(scene: Scene, panels: list[Panel], start_at: float | None) -> list[Rollout]:
    """The lives of the panels, all begun at the same frame."""
    return [scene.life(panel.controls, seed=panel.seed, start_at=start_at) for panel in panels]


def grid_size(scene: Scene, panels: int, width: int | None) -> tuple[int, int, int]:
    """Columns, and width and height of a panel, of a grid that is `width` pixels wide at most."""
    columns = min(panels, 4) if panels <= 4 else -(-panels // (-(-panels // 4)))
    each = scene.size[0] if width is None else max(8, (width - GAP * (columns + 1)) // columns)
    return columns, *scene.size_across(each)


def draw_grid(
    scene: Scene,
    panels: list[Panel],
    sources: list[Iterator[np.ndarray]],
    width: int | None = None,
) -> Iterator[np.ndarray]:
    """Pictures, uint8 [H, W, 3], of all lives side by side under their labels, for as long as all of them last."""
    columns, across, down = grid_size(scene, len(panels), width)
    board = Board(columns, -(-len(panels) // columns), (across, down))
    for place, panel in enumerate(panels):
        board.label(place, panel.label)
    for embeddings in zip(*sources, strict=False):
        yield board.show([scene.draw(embedding, (across, down)) for embedding in embeddings])
