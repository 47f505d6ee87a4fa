"""How strongly a picture is a double exposure: where the keyframes that are mixed disagree after they were moved."""

from collections.abc import Callable

import cv2
import numpy as np
from torch import Tensor

from alive_cli.media.warping import cell_sizes, grid_positions, reduce, resize, sample
from alive_cli.observation.parallel import in_threads
from alive_cli.observation.reduced import within

SIDE = 128
"""Pictures are judged at so many pixels on the longest side, at which naturalness is judged as well."""
PATCH = 13
"""Disagreement counts over patches of so many pixels a side: a shifted edge is none, a second chin is."""
WORST = 0.98
"""The figure is this quantile over all patches, because a double exposure is mostly small."""


class Ghosting:
    """Judges embeddings by what a generator would mix."""

    def __init__(
        self, keyframes: np.ndarray, frame_size: tuple[int, int], modes: np.ndarray, look_up: Callable[..., tuple]
    ) -> None:
        """Reduce keyframes, uint8 [K, h, w, 3].

        Args:
            modes: float32 [S, gh, gw, 2].
            look_up: embeddings [M, D] to keyframe, weight, motion and shift, as `LookUp` gives them.
        """
        self._size = within(*frame_size, SIDE)
        self._pictures = [reduce(picture, self._size) for picture in keyframes]
        self._cells = cell_sizes(*self._size, frame_size)
        self._modes, self._look_up = modes, look_up

    def __call__(self, embeddings: Tensor) -> Tensor:
        """Embeddings [M, D] to [M], 0…1: the root mean square disagreement in the worst patches."""
        import torch

        places, weights, motions, shifts = (each.numpy() for each in self._look_up(embeddings))
        displacements = motions + shifts[:, None]  # the two follow each other; for judging, their sum is near enough
        positions = grid_positions(*self._size)
        flat = self._modes.reshape(len(self._modes), -1)

        def judge(number: int) -> float:
            moved = []
            for place, own in zip(places[number], displacements[number], strict=True):
                displacement = resize((own @ flat).reshape(self._modes.shape[1:]), self._size)
                moved.append(sample(self._pictures[place], positions + displacement * self._cells).astype(np.float32))
            share = weights[number][:, None, None, None]
            mean = (share * moved).sum(0)
            apart = (share * np.square(moved - mean)).sum(0).mean(-1)
            return float(np.sqrt(np.quantile(cv2.blur(apart, (PATCH, PATCH)), WORST))) / 255

        return torch.tensor(list(in_threads(judge, range(len(embeddings)))))
