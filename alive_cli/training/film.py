"""Chosen frames, drawn again and again while the generator learns them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from alive_cli.training.checkpoint import Checkpoint

FILM = "film"
"""Under which name a checkpoint keeps it."""
SHOTS = 48
CHOSEN = 4
"""Frames that are drawn, spread over the clip."""


@dataclass
class Film:
    """What a fit shows of its progress."""

    steps: list[int] = field(default_factory=list)
    shots: list[np.ndarray] = field(default_factory=list)
    """uint8 [K, H, W, 3] each."""

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything shot so far, for a checkpoint."""
        return {"steps": np.array(self.steps, np.int64), "shots": np.stack(self.shots)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Go on from what `arrays` gave."""
        self.steps, self.shots = arrays["steps"].tolist(), list(arrays["shots"])

    @staticmethod
    def chosen(count: int) -> np.ndarray:
        """Which of so many frames are drawn, [K]."""
        return np.unique(np.linspace(0, count - 1, CHOSEN + 2).round().astype(int)[1:-1])

    @staticmethod
    def due(step: int, steps: int) -> bool:
        """Whether to shoot after a step of so many: most shots come early, where most happens."""
        shots = {round(steps ** (number / (SHOTS - 1))) for number in range(SHOTS)}
        return step in shots

    def shoot(self, step: int, pictures: Iterable[Tensor], size: tuple[int, int]) -> None:
        """Keep pictures, [H·W, 3], 0…1 each, of width and height `size`.

        Shots of this step and later ones are forgotten: they were taken before a fit was interrupted.
        """
        before = sum(earlier < step for earlier in self.steps)
        del self.steps[before:], self.shots[before:]
        drawn = torch.stack(list(pictures)).clamp(0, 1).mul(255).round().byte().cpu().numpy()
        self.steps.append(step)
        self.shots.append(drawn.reshape(-1, size[1], size[0], 3))


def filming(
    film: Film | None,
    steps: int,
    draw: Callable[[], Iterable[Tensor]],
    size: tuple[int, int],
    checkpoint: Checkpoint | None = None,
) -> Callable[[int], None]:
    """What a training calls after each of its steps to shoot a film, or nothing.

    Args:
        draw: the chosen frames as the generator draws them now, as `Film.shoot` takes them.
        size: their width and height.
        checkpoint: keeps the film, and may hold what an interrupted run has shot.
    """
    shot = checkpoint.load(FILM) if film is not None and checkpoint else None
    if film is not None and shot:
        film.restore(shot)

    def watch(step: int) -> None:
        if film is not None and film.due(step, steps):
            film.shoot(step, draw(), size)
            if checkpoint:
                checkpoint.keep(FILM, film.arrays())

    return watch
