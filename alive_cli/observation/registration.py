"""Registration of frames in the space of motion modes: the coefficients that explain a frame best by another one.

Gauss-Newton steps on the brightness of points (Lucas & Kanade 1981; Baker & Matthews 2004, "Lucas-Kanade 20 years on"),
with the modes as the only ways to move and large differences weighing less.
"""

import numpy as np
import torch
from torch import Tensor

from alive_cli.media.warping import sample
from alive_cli.observation.flow import FlowField

POINTS = 8000
"""Brightness is compared at so many points, which is many times the number of coefficients."""
ROUNDS = 2
"""A registration takes at most so many steps, because a third one gains less than 0.02 dB; it stops before when a step
doesn't help."""
HELPS = 0.995
"""A step is the last one if it leaves more than this share of the error."""
CHUNK = 2000
"""So many points enter the normal equations at a time, because their slopes then stay in a core's cache."""
DAMPING = 1e-3
"""The normal equations are damped by this share of their mean diagonal, so that modes without texture stay put."""
ROBUST = 12.0
"""A difference of so many levels weighs half as much as a small one, because it is rather something that appeared."""
LARGEST = 30.0
"""Differences count up to so many levels where two results are compared."""
STILL = 8
"""A pixel that varies by at most so many levels over the clip is no point to compare, unless all are like that."""
NOISE = 2.0
"""The squared difference, in levels, at which the share of two keyframes depends on time as much as on brightness."""


class Registration:
    """Registers frames of a clip by motion modes."""

    def __init__(
        self, flow: FlowField, modes: np.ndarray, spread: np.ndarray, seed: int = 0, points: int = POINTS
    ) -> None:
        """Choose the points.

        Args:
            flow: grey pictures to compare.
            modes: float32 [S, gh, gw, 2], in longest sides.
            spread: float32 [S]: root mean square of each coefficient, which scales its damping.
            points: number of points, fewer where fewer pixels move.
        """
        width, height = flow.size
        greys = flow.greys
        lowest, highest = greys[0].copy(), greys[0].copy()
        for picture in greys:
            np.minimum(lowest, picture, out=lowest)
            np.maximum(highest, picture, out=highest)
        rows, columns = np.nonzero(highest - lowest > min(STILL, int((highest - lowest).max()) // 2))
        if not len(rows):
            rows, columns = np.nonzero(np.ones_like(lowest))
        chosen = np.random.default_rng(seed).permutation(len(rows))[:points]
        self._places = rows[chosen], columns[chosen]
        self._points = np.stack([columns[chosen], rows[chosen]], -1).astype(np.float32)
        grid = np.array(modes.shape[2:0:-1], np.float32)
        positions = (self._points + 0.5) / np.array([width, height], np.float32) * grid - 0.5
        at_points = np.stack([sample(mode, positions[:, None].astype(np.float32))[:, 0] for mode in modes])
        self._spread = torch.from_numpy(np.maximum(spread, 1e-6 * max(float(spread.max(initial=0)), 1e-12)))
        pixels = torch.from_numpy(at_points * flow.cells).permute(2, 1, 0) * self._spread  # [2, P, S]
        # A coefficient as large as its spread counts as 1, so that all are damped alike.
        self._across, self._down = pixels.contiguous()
        self._greys = greys

    def register(self, here: int, there: int, initial: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Improve coefficients [S] of the motion from frame `here` to frame `there`.

        Returns:
            The coefficients, float32 [S], and the brightness that they find at the points, float32 [P].
        """
        picture = self._greys[there].astype(np.float32)
        target = self.brightness(here)
        best = coefficients = torch.from_numpy(initial.astype(np.float32))
        shown, least = target, float("inf")
        for number in range(ROUNDS + 1):
            places = self._moved(coefficients)
            seen = _at(picture, places)
            rest = target - seen
            error = float(np.square(np.minimum(np.abs(rest), LARGEST)).mean())
            if not error < least:
                break
            last = number == ROUNDS or error > HELPS * least
            best, shown, least = coefficients, seen, error
            if last:
                break
            coefficients = coefficients + self._step(picture, places, torch.from_numpy(rest))
        return best.numpy(), shown

    def brightness(self, frame: int) -> np.ndarray:
        """Brightness of a frame at the points, float32 [P]."""
        return np.asarray(self._greys[frame][self._places], np.float32)

    def _moved(self, coefficients: Tensor) -> np.ndarray:
        scaled = coefficients / self._spread
        motion = torch.stack([self._across @ scaled, self._down @ scaled], -1)
        places: np.ndarray = self._points + motion.numpy()
        return places

    def _step(self, picture: np.ndarray, places: np.ndarray, rest: Tensor) -> Tensor:
        half = np.float32(0.5)
        across, down = np.array([half, 0], np.float32), np.array([0, half], np.float32)
        # A large difference weighs less: its row of the equations is scaled by the root of the weight.
        weight = 1 / (1 + (rest / ROBUST).square()).sqrt()
        slope_x = torch.from_numpy(_at(picture, places + across) - _at(picture, places - across)) * weight
        slope_y = torch.from_numpy(_at(picture, places + down) - _at(picture, places - down)) * weight
        rest = rest * weight
        count = len(self._spread)
        normal, side = torch.zeros(count, count), torch.zeros(count)
        for first in range(0, len(rest), CHUNK):
            some = slice(first, first + CHUNK)
            slopes = self._across[some] * slope_x[some, None]
            slopes.addcmul_(self._down[some], slope_y[some, None])  # [≤ CHUNK, S]
            normal.addmm_(slopes.T, slopes)
            side.addmv_(slopes.T, rest[some])
        normal += (DAMPING * normal.diagonal().mean() + 1e-9) * torch.eye(count)
        step: Tensor = self._spread * torch.linalg.solve(normal, side)
        return step


def _at(picture: np.ndarray, places: np.ndarray) -> np.ndarray:
    return sample(picture, places[:, None])[:, 0]


def mixture(target: np.ndarray, before: np.ndarray, after: np.ndarray, share: float) -> float:
    """Weight, 0…1, of the first of two aligned keyframes that explains a frame best by least squares.

    Args:
        target, before, after: brightness at the points, [P] each.
        share: the weight by time alone, which counts where the two hardly differ.
    """
    apart = before - after
    product = float(((target - after) * apart).mean()) + NOISE * share
    return min(1.0, max(0.0, product / (float(np.square(apart).mean()) + NOISE)))
