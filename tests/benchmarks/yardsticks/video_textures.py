"""Video Textures (Schödl, Szeliski, Salesin and Essa, SIGGRAPH 2000): a clip's own frames in an endless new order."""

import math

import numpy as np

DYNAMICS = np.array([1, 3, 3, 1]) / 8
"""Distances are averaged over so many pairs of frames around a transition, with binomial weights, so that motion goes
on the same way (§3.1)."""
FUTURE = 0.995
"""A transition costs this share of what follows it, so that no play ends in a dead end (§3.2)."""
SWEEPS = 500
"""The anticipated costs are swept so often, until they hardly change."""
PEAK = 2
"""A transition must be the cheapest within so many frames around its beginning and its end (§3.3)."""
JUMP_SECONDS = 2.0
"""On average so many seconds pass between two jumps; the paper leaves the randomness σ to the user."""


class Texture:
    """Chances of each transition.

    Args:
        frames: uint8 [N, h, w, 3].
        following: int [N], the frame after each, −1 before a cut or the end.
        fps: frames a second.

    Raises:
        ValueError: there are fewer than 8 frames.
    """

    def __init__(self, frames: np.ndarray, following: np.ndarray, fps: float) -> None:
        if len(frames) < 8:
            raise ValueError("A video texture needs 8 frames or more.")
        self._following = following
        self._costs = transition_costs(frames, following)
        self._future = anticipated(self._costs)
        low, high = -8.0, 2.0
        for _ in range(30):
            middle = (low + high) / 2
            if self._jumps(10**middle) * fps * JUMP_SECONDS > 1:
                high = middle
            else:
                low = middle
        self.chances = self._chances(10**low)
        """float [N, N]: the chance that frame j comes after i; 0 for j = i."""

    def play(self, count: int, seed: int) -> np.ndarray:
        """A random play of so many frames: int [count]."""
        random = np.random.default_rng(seed)
        cumulative = np.cumsum(self.chances, 1)
        path = [0]
        for draw in random.random(count - 1):
            path.append(min(int(np.searchsorted(cumulative[path[-1]], draw, "right")), len(cumulative) - 1))
        return np.array(path)

    def _chances(self, randomness: float) -> np.ndarray:
        scale = randomness * self._future[np.isfinite(self._future)].mean()
        chances = np.exp(-(self._future - self._future.min(1, keepdims=True)) / scale)
        chances[~np.isfinite(self._future)] = 0
        return chances / chances.sum(1, keepdims=True)

    def _jumps(self, randomness: float) -> float:
        """Share of the transitions that are jumps, in the long run."""
        chances = self._chances(randomness)
        share = np.full(len(chances), 1 / len(chances))
        for _ in range(200):
            share = 0.5 * share + 0.5 * share @ chances
        here = np.flatnonzero(self._following >= 0)
        return 1 - float((share[here] * chances[here, self._following[here]]).sum())


def transition_costs(frames: np.ndarray, following: np.ndarray) -> np.ndarray:
    """The cost of showing frame j after i: how unlike the frame after i it is, with dynamics: [N, N].

    It is infinite where i and j are the same, where j is beside the frame that follows, and where another transition
    around it is cheaper. The cost of the frame that follows is 0. A last frame is compared itself.
    """
    count = len(frames)
    flat = frames.reshape(count, -1).astype(np.float32)
    squares = np.square(flat).sum(1)
    distances = np.sqrt(np.maximum(squares[:, None] + squares - 2 * flat @ flat.T, 0)).astype(np.float64)
    filtered = np.zeros_like(distances)
    for offset, weight in zip(range(-2, 2), DYNAMICS, strict=True):
        moved = np.clip(np.arange(count) + offset, 0, count - 1)
        filtered += weight * distances[np.ix_(moved, moved)]
    after = np.where(following >= 0, following, np.arange(count))
    costs = filtered[after]
    padded = np.pad(costs, PEAK, constant_values=np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * PEAK + 1, 2 * PEAK + 1))
    pruned = np.where(costs <= windows.min((2, 3)), costs, np.inf)
    numbers = np.arange(count)
    pruned[np.abs(numbers[None] - after[:, None]) <= PEAK] = np.inf
    here = np.flatnonzero(following >= 0)
    pruned[here, following[here]] = 0
    # The end needs a way on, and so does a frame whose transitions were all dearer than those around it.
    for i in np.flatnonzero(~np.isfinite(pruned).any(1)):
        elsewhere = np.abs(numbers - i) > PEAK
        j = numbers[elsewhere][costs[i, elsewhere].argmin()]
        pruned[i, j] = costs[i, j]
    np.fill_diagonal(pruned, np.inf)
    return pruned


def anticipated(costs: np.ndarray) -> np.ndarray:
    """Costs of transitions with those of what follows (Q-learning, §3.2): [N, N]."""
    future = costs
    for _ in range(SWEEPS):
        future = costs + FUTURE * future.min(1)[None]
    return future


def cross_faded(frames: np.ndarray, path: np.ndarray, fade: int) -> np.ndarray:
    """The frames of a path, each jump faded over 2 · `fade` + 1 pictures, several at once where they are close (§4.1).

    Each picture is the mean of what the plays around it would show at its time, so a play without jumps is unchanged.
    """
    pictures = []
    weights = np.full(2 * fade + 1, 1 / (2 * fade + 1))
    for time in range(len(path)):
        times = np.clip(time + np.arange(-fade, fade + 1), 0, len(path) - 1)
        shown = np.clip(path[times] - (times - time), 0, len(frames) - 1)
        if (shown == shown[0]).all():
            pictures.append(frames[shown[0]])
        else:
            mixed = np.tensordot(weights, frames[shown].astype(np.float32), 1)
            pictures.append(np.round(mixed).astype(np.uint8))
    return np.stack(pictures)


def fade_frames(fps: float) -> int:
    """Half the pictures of a fade, which lasts about a third of a second."""
    return max(1, math.floor(fps / 6))
