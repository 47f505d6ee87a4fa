"""Pictures of streams whose flow is known at every pixel and at every time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from alive_cli.media.warping import grid_positions, sample
from alive_cli.observation.photograph.flow_field import ARROW_SECONDS
from tests.textures import texture


@dataclass(frozen=True)
class Stream:
    """A texture that a steady flow moves inside a polygon, before a still one."""

    size: tuple[int, int]
    """Width and height in pixels."""
    polygon: np.ndarray
    """[n, 2], in pixels."""
    begins: np.ndarray
    """[A, 2], in pixels: where the hints begin."""
    moved: Callable[[np.ndarray, float], np.ndarray]
    """Where the flow takes points [..., 2], in pixels, in so many seconds."""
    seed: int = 0

    @property
    def inside(self) -> np.ndarray:
        """What flows, bool [H, W]."""
        import cv2

        mask = np.zeros((self.size[1], self.size[0]), np.uint8)
        cv2.fillPoly(mask, [np.round((self.polygon - 0.5) * 16).astype(np.int32)], 1, shift=4)
        return mask > 0

    @property
    def flow(self) -> np.ndarray:
        """The flow in pixels a second, float64 [H, W, 2]."""
        places = grid_positions(*self.size).astype(np.float64) + 0.5
        return (self.moved(places, 1e-3) - self.moved(places, -1e-3)) / 2e-3

    def picture(self, seconds: float) -> np.ndarray:
        """What a camera would see at a time: uint8 [H, W, 3]."""
        width, height = self.size
        water = texture(3 * width, 3 * height, seed=self.seed + 1, softness=2.5)
        still = texture(width, height, seed=self.seed + 2, softness=1.5)
        sources = self.moved(grid_positions(width, height) + 0.5, -seconds) - 0.5 + np.array([width, height])
        return np.where(self.inside[..., None], sample(water, sources.astype(np.float32)), still // 2)

    def labelme(self) -> dict[str, Any]:
        """The hints as LabelMe writes them."""
        ends = self.begins + ARROW_SECONDS * self.flow[tuple(self.begins.T[::-1].astype(int))]
        lines = [
            {"label": f"hint{number}", "shape_type": "line", "points": [begin.tolist(), end.tolist()]}
            for number, (begin, end) in enumerate(zip(self.begins, ends, strict=True))
        ]
        area = {"label": "motion", "shape_type": "polygon", "points": self.polygon.tolist()}
        return {"shapes": [area, *lines], "imageWidth": self.size[0], "imageHeight": self.size[1]}


def pool(width: int = 320, height: int = 240, turn: float = 0.3) -> Stream:
    """A round pool that turns by so many radians a second."""
    middle, radius = np.array([width, height]) / 2, 0.4 * height
    around = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    rings = [(0.75, 6), (0.4, 4)]
    angles = [(share * radius, angle) for share, count in rings for angle in 2 * np.pi * np.arange(count) / count]
    begins = np.array([middle + r * np.array([np.cos(a), np.sin(a)]) for r, a in angles]).round()

    def moved(points: np.ndarray, seconds: float) -> np.ndarray:
        cosine, sine = np.cos(turn * seconds), np.sin(turn * seconds)
        x, y = np.moveaxis(points - middle, -1, 0)
        return np.stack([cosine * x - sine * y, sine * x + cosine * y], -1) + middle

    return Stream((width, height), middle + radius * np.stack([np.cos(around), np.sin(around)], 1), begins, moved)


def river(width: int = 320, height: int = 240, speed: float = 24.0) -> Stream:
    """A river from the left to the right border, fastest in its middle, at so many pixels a second."""
    top, bottom = 0.3 * height, 0.8 * height
    polygon = np.array([[0, top], [width, top], [width, bottom], [0, bottom]])
    begins = np.array([[x * width, top + y * (bottom - top)] for x in (0.2, 0.6) for y in (0.1, 0.5, 0.9)]).round()

    def moved(points: np.ndarray, seconds: float) -> np.ndarray:
        place = (2 * points[..., 1] - top - bottom) / (bottom - top)
        pace = speed * (1 - 0.6 * place**2)
        return points + np.stack([pace * seconds, 0 * pace], -1)

    return Stream((width, height), polygon, begins, moved, seed=10)


STREAMS = {"pool": pool, "river": river}
"""The streams that tests and benchmarks draw, by their names."""
