"""The space in which a scene moves: the bank's principal components, with a median step of the video as its unit."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

MOST_COMPONENTS = 64
"""The motion space has at most so many dimensions, because each one makes a step slower."""
EXPLAINED_VARIANCE = 0.99
"""The dimensions hold this share of the embeddings' variance; the decoder takes the rest from the observed frames."""
CUT_STEP = 4.0
"""A cut is a step more than so many times as long as the steps around it; it must exceed CUT_DISTANCE as well."""
CUT_DISTANCE = 0.5
"""A cut is a step longer than so many median distances between any two frames."""
AROUND, RANK = 4, 3
"""A step is compared with so many steps before and after it, and with the third longest of these nine. A quick motion
speeds up and slows down, while a cut stands alone, even if it is spread over two frames."""
SAMPLED_PAIRS = 4096
"""The median distance is taken over so many random pairs of frames."""


@dataclass(frozen=True)
class MotionSpace:
    """N observed frames as positions of k dimensions, all float32 on the CPU."""

    basis: Tensor
    """[k, D]: a position times this and times `unit` is an offset in the embedding space."""
    unit: float
    """Length of the video's median step in the embedding space."""
    positions: Tensor
    """[N, k], in median steps."""
    velocities: Tensor
    """[N, k], in median steps per frame; one-sided beside cuts and ends."""
    last: Tensor
    """int64 [N]: the last frame before the next cut or the end."""

    @classmethod
    def of(cls, embeddings: Tensor) -> "MotionSpace":
        """The space of observed embeddings, float32 [N, D], in the order of the clip, N ≥ 2."""
        bank = embeddings.double().cpu()
        centred = bank - bank.mean(0)
        _, spreads, directions = torch.linalg.svd(centred, full_matrices=False)
        explained = spreads.square().cumsum(0) / spreads.square().sum().clamp(min=1e-12)
        count = min(int((explained < EXPLAINED_VARIANCE).sum()) + 1, MOST_COMPONENTS)
        basis = directions[:count]
        points = centred @ basis.T
        steps = (points[1:] - points[:-1]).norm(dim=1)
        last = _ends(steps, _median_distance(points))
        motion = steps[last[:-1] > torch.arange(len(steps))]
        if not len(motion):
            motion = steps
        # In a clip that repeats its frames, most steps are zero.
        unit = max(float(motion.median()), 0.1 * float(motion.mean()), 1e-6)
        positions = points / unit
        return cls(basis.float(), unit, positions.float(), _velocities(positions, last).float(), last)

    @cached_property
    def following(self) -> Tensor:
        """int64 [N]: the next frame, or −1 where a cut or the end follows."""
        here = torch.arange(len(self.last))
        return torch.where(self.last > here, here + 1, -1)

    @cached_property
    def ahead(self) -> Tensor:
        """Where the motion leads from each frame, [N, k]: the next one, or half a step on before a cut or the end."""
        onward = self.positions + 0.5 * self.velocities
        return torch.where(self.following[:, None] >= 0, self.positions[self.following], onward)

    @property
    def segments(self) -> list[tuple[int, int]]:
        """First and last frame of each stretch without a cut."""
        ends = torch.unique(self.last).tolist()
        return [(first, end) for first, end in zip([0, *(end + 1 for end in ends[:-1])], ends, strict=True)]


def _ends(steps: Tensor, distance: float) -> Tensor:
    """The last frame of each frame's segment, [N], from the lengths of the N−1 steps."""
    if len(steps) <= AROUND:
        return torch.full((len(steps) + 1,), len(steps))
    padded = torch.nn.functional.pad(steps, (AROUND, AROUND))
    usual = padded.unfold(0, 2 * AROUND + 1, 1).topk(RANK).values[:, -1]  # [N−1]
    cuts = (steps > CUT_STEP * usual) & (steps > CUT_DISTANCE * distance)
    ends = torch.cat([cuts, torch.ones(1, dtype=torch.bool)]).nonzero()[:, 0]
    return ends[torch.searchsorted(ends, torch.arange(len(steps) + 1))]


def _median_distance(points: Tensor) -> float:
    random = torch.Generator().manual_seed(0)
    first, second = torch.randint(len(points), (2, SAMPLED_PAIRS), generator=random)
    return float((points[first] - points[second]).norm(dim=1).median())


def _velocities(positions: Tensor, last: Tensor) -> Tensor:
    here = torch.arange(len(positions))
    after = torch.minimum(here + 1, last)
    starts = torch.cat([torch.zeros(1, dtype=torch.int64), (last[:-1] + 1)])
    before = torch.where((here > 0) & (starts != here), here - 1, here)
    frames = (after - before).clamp(min=1)
    return (positions[after] - positions[before]) / frames[:, None]
