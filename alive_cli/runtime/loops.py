"""A stretch of a life that closes: its end becomes its beginning without a cut."""

from collections.abc import Iterator
from itertools import islice

import numpy as np

from alive_cli.runtime.rollout import slerp

OVERLAP = 0.25
"""Share of the loop over which the end is led into the beginning."""


def seamless_loop(embeddings: Iterator[np.ndarray], frames: int) -> np.ndarray:
    """A closed loop of exactly `frames` unit embeddings, float32 [M, D], always moving forward.

    The life is followed for a little longer than the loop, and what comes after its end is eased
    over into its beginning along the sphere. So the frame after the last is, by construction, the
    one the life really went on to.
    """
    overlap = max(1, round(frames * OVERLAP)) if frames > 1 else 0
    path = np.stack(list(islice(embeddings, frames + overlap)))
    loop = path[:frames].copy()
    for index in range(overlap):
        share = (index + 0.5) / overlap
        eased = share * share * (3 - 2 * share)
        loop[index] = slerp(path[frames + index], path[index], eased)
    return loop


def seam(loop: np.ndarray) -> float:
    """The step from the last frame to the first, over the mean of its neighbouring steps.

    1 is a loop that can't be told from going on; a loop that stands still there gives 1 too.
    """
    if len(loop) < 3:
        return 1.0
    steps = np.linalg.norm(loop - np.roll(loop, 1, axis=0), axis=1)  # steps[0] is the wrap
    around = (steps[1] + steps[-1]) / 2
    return float(steps[0] / around) if around > 1e-9 else 1.0
