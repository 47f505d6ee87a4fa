"""A film of the training: the same few frames, drawn again and again while the generator learns."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor, nn

from alive_cli.training.checkpoint import Checkpoint

FILM = "film"
"""A checkpoint keeps the film under this name."""
SHOTS = 48
"""A film has at most so many shots."""
MOST_SIDE = 480
"""The pictures of a shot have at most so many pixels on their longest side, so that four of them fit on a screen."""
FRAMES_SHOWN = 4
"""A shot shows so many frames, spread over the clip."""


@dataclass
class Film:
    """The shots of a training, each with the number of its step."""

    steps: list[int] = field(default_factory=list)
    shots: list[np.ndarray] = field(default_factory=list)
    """uint8 [K, H, W, 3] each, at most MOST_SIDE pixels a side."""

    def arrays(self) -> dict[str, np.ndarray]:
        """The steps and shots so far, for a checkpoint."""
        return {"steps": np.array(self.steps, np.int64), "shots": np.stack(self.shots)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Go on from the arrays of `arrays`."""
        self.steps, self.shots = arrays["steps"].tolist(), list(arrays["shots"])

    @staticmethod
    def chosen(count: int) -> np.ndarray:
        """Numbers of the frames, of `count`, that a shot shows: [K]."""
        return np.unique(np.linspace(0, count - 1, FRAMES_SHOWN + 2).round().astype(int)[1:-1])

    @staticmethod
    def due(step: int, steps: int) -> bool:
        """Whether to shoot after a step of `steps`. Most shots come early, where most changes."""
        shots = {round(steps ** (number / (SHOTS - 1))) for number in range(SHOTS)}
        return step in shots

    def shoot(self, step: int, pictures: Iterable[Tensor], size: tuple[int, int]) -> None:
        """Add a shot of pictures, [H·W, 3], 0…1 each, of width and height `size`; large ones are shrunk.

        Shots of this step and later ones are removed, because they come from before an interruption.
        """
        before = sum(earlier < step for earlier in self.steps)
        del self.steps[before:], self.shots[before:]
        self.steps.append(step)
        self.shots.append(np.stack([_shrunk(picture, size) for picture in pictures]))


def _shrunk(picture: Tensor, size: tuple[int, int]) -> np.ndarray:
    """A picture, [H·W, 3], of width and height `size`, with at most MOST_SIDE pixels a side: uint8 [H', W', 3]."""
    width, height = size
    scale = min(1.0, MOST_SIDE / max(size))
    shown = max(1, round(height * scale)), max(1, round(width * scale))
    planes = picture.clamp(0, 1).T.reshape(1, 3, height, width)
    if shown != (height, width):
        planes = nn.functional.interpolate(planes, shown, mode="area")
    return planes[0].mul(255).round().byte().permute(1, 2, 0).cpu().numpy()


def film_watcher(
    film: Film | None,
    steps: int,
    draw: Callable[[], Iterable[Tensor]],
    size: tuple[int, int],
    checkpoint: Checkpoint | None = None,
) -> Callable[[int], None]:
    """A function that a training calls with the number of each step, and that shoots the film; without one, it does
    nothing.

    Args:
        steps: number of steps of the training.
        draw: the pictures of a shot as the generator draws them now, in the form that `Film.shoot` takes.
        size: width and height of the pictures.
        checkpoint: keeps the film, and may hold the shots of an interrupted run.
    """
    stored = checkpoint.load(FILM) if film is not None and checkpoint else None
    if film is not None and stored:
        film.restore(stored)

    def watch(step: int) -> None:
        if film is not None and film.due(step, steps):
            film.shoot(step, draw(), size)
            if checkpoint:
                checkpoint.keep(FILM, film.arrays())

    return watch
