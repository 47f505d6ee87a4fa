"""A painting and a stand-in for a scene whose motion it shows: two small pictures, without a fit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from alive_cli.marking.pairs_page import PairsTask, pairs_of_painting
from alive_cli.observation.painting.points import Pairs
from bundle_spec.container import pack_picture

SCENE, PAINTING = (160, 120), (120, 150)
"""Sizes of the frame and of the painting."""
CORNERS = ((0.2, 0.2), (0.8, 0.2), (0.2, 0.8), (0.8, 0.8))
"""Four places of either picture, in shares of it."""


def plain(size: tuple[int, int], shade: int) -> np.ndarray:
    """A picture in which each place looks different, uint8 [H, W, 3]."""
    rows, columns = np.mgrid[: size[1], : size[0]]
    return np.stack([255 * columns // size[0], 255 * rows // size[1], np.full_like(rows, shade)], -1).astype(np.uint8)


class Swaying:
    """Has a frame at each second up to 10, the calm one at 2.5, and shifts paintings to and fro."""

    def __init__(self, path: Path) -> None:
        self.path, self.size = path, SCENE
        self.seen: list[Pairs] = []

    def choose(self, second: float | None) -> float:
        return 2.5 if second is None else second

    def picture(self) -> np.ndarray:
        return plain(self.size, 90)

    def moving(self, painting: np.ndarray, pairs: Pairs, go_on: Callable[[], None]) -> tuple[list[np.ndarray], float]:
        go_on()
        self.seen.append(pairs)
        return [np.roll(painting, shift, 1) for shift in (0, 8, 16, 8)], 0.8


def task_in(folder: Path, name: str = "lady.png", output: Path | None = None, second: float | None = None) -> PairsTask:
    """The task to set points, with a painting in a folder."""
    painting = folder / name
    painting.write_bytes(pack_picture(plain(PAINTING, 200)))
    return pairs_of_painting(Swaying(folder / "swaying.alive"), painting, output, second)


def four_pairs() -> dict[str, Any]:
    """What a page sends: a pair in each corner, and an outline."""
    return {
        "pairs": [
            {"name": f"pair {number}", "scene": _place(share, SCENE), "painting": _place(share, PAINTING)}
            for number, share in enumerate(CORNERS, 1)
        ],
        "moves": [[[10, 10], [110, 10], [60, 140]]],
    }


def _place(share: tuple[float, float], size: tuple[int, int]) -> list[float]:
    return [share[0] * size[0], share[1] * size[1]]
