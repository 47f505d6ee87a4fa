"""A steady flow inside a mask, from a few arrows: the smoothest one that agrees with them.

Its two components are harmonic: each minimises ∫ c·|∇v|² + Σ (v − arrow)² along the arrows. The conductivity c is 1
where it flows and tiny elsewhere, so that a rock between two streams separates them; and a harmonic function never
exceeds its data, so no place flows faster than an arrow says. Outside the mask the flow goes on smoothly.
"""

import cv2
import numpy as np

from alive_cli.observation.photograph.hints import Hints

ARROW_SECONDS = 2.0
"""What is at the beginning of an arrow comes to its end in so many seconds: 50 frames at 25 a second, as 3D
Cinemagraphy reads arrows."""
SIDE = 256
"""The flow is solved on a grid of so many cells along the longest side; it is smooth, and solving takes about a
second."""
OUTSIDE = 1e-3
"""Conductivity where nothing flows: parts without an arrow get their flow through it, and streams hardly mix."""
ALONG = 3
"""An arrow counts on a line that is so many cells wide, because a single point would leave a peak."""
EXACT, MOST_ROUNDS = 1e-5, 4000
"""Solving ends when the error has shrunk to this share, or after so many rounds; a photograph takes 500."""


def flow_field(hints: Hints) -> np.ndarray:
    """The flow, float32 [h, w, 2], in longest sides of the picture a second, on a grid over the whole picture."""
    scale = SIDE / max(hints.size)
    width, height = (max(2, round(side * scale)) for side in hints.size)
    cells = np.array([width / hints.size[0], height / hints.size[1]])
    inside = cv2.resize(hints.mask(hints.size), (width, height), interpolation=cv2.INTER_AREA) > 0
    weight = np.zeros((height, width))
    target = np.zeros((2, height, width))
    for start, end in hints.arrows:
        line = np.zeros((height, width), np.uint8)
        begin, finish = (np.round((point * cells - 0.5) * 16).astype(int) for point in (start, end))
        cv2.line(line, tuple(begin), tuple(finish), 255, ALONG, cv2.LINE_AA, 4)
        velocity = (end - start) / (ARROW_SECONDS * max(hints.size))
        weight += line / 255
        target += line / 255 * velocity[:, None, None]
    conductivity = np.where(inside, 1.0, OUTSIDE)
    components = [_harmonic(conductivity, weight, each) for each in target]
    return np.stack(components, -1).astype(np.float32)


def _harmonic(conductivity: np.ndarray, weight: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The v [h, w] with weight · v − ∇·(c ∇v) = target, by conjugate gradients with a diagonal preconditioner."""
    across = np.minimum(conductivity[:, 1:], conductivity[:, :-1])
    down = np.minimum(conductivity[1:], conductivity[:-1])
    diagonal = weight.copy()
    diagonal[:, :-1] += across
    diagonal[:, 1:] += across
    diagonal[:-1] += down
    diagonal[1:] += down

    def apply(values: np.ndarray) -> np.ndarray:
        result: np.ndarray = weight * values
        right, below = across * np.diff(values, axis=1), down * np.diff(values, axis=0)
        result[:, :-1] -= right
        result[:, 1:] += right
        result[:-1] -= below
        result[1:] += below
        return result

    values = np.zeros_like(target)
    rest = target.copy()
    enough = EXACT**2 * float((rest * rest).sum())
    direction = rest / diagonal
    product = float((rest * direction).sum())
    for _ in range(MOST_ROUNDS):
        if float((rest * rest).sum()) <= enough:
            break
        applied = apply(direction)
        step = product / float((direction * applied).sum())
        values += step * direction
        rest -= step * applied
        conditioned = rest / diagonal
        before, product = product, float((rest * conditioned).sum())
        direction = conditioned + product / before * direction
    return values
