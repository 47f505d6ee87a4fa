"""The look-up: which keyframes draw an embedding, with which motion and colour.

Observed embeddings near it, weighed by inverse distance (Shepard 1968), mix their keyframes, motions and colours. What
the pose has beyond that mixture is the shift. Halfway between two far embeddings, dozens of frames around one end can
be nearer than the first of the other, and the picture would flip from one end to the other. So a frame counts by how
much its weight stands out from those around it in time (the white top-hat of morphology, Serra 1982): each pass of the
clip near the embedding has a few frames that count, however slowly the clip moves there.
"""

import numpy as np
import torch
from torch import Tensor, nn

NEIGHBOURS = 12
"""So many observed embeddings are mixed: a few around each of the nearest passes of the clip."""
NEARBY = 3.0
"""Weights fall with the fourth power of the distance within so many median steps, so that near the bank the two nearest
frames have nearly all, and with its square beyond, so that a far transition goes over gradually."""
AROUND_IN_TIME = (1, 2)
"""A frame stands out from those within the sum of these, 3 frames: a maximum over ±1, then over ±2 of that."""
ALIKE = 1e-3
"""So much of its weight counts even for a frame that doesn't stand out: those of a still have nothing else."""
MIXED = 6
"""A picture mixes at most so many keyframes: mostly two, in a transition two or three at each end."""
CANDIDATES = 24
"""So many embeddings are compared exactly; the distances to all others are rounded."""
PREFERRED = 0.5
"""Far from the bank, weights of keyframes are raised to a power that is larger by this, because pictures of many are
double exposures. Larger values draw transitions that are more natural and go over faster."""
LEAST_CONSTANT = 0.05
"""The last element of an embedding counts as at least this much. No embedding near the bank comes close."""
FLOOR = 1e-3
"""Distances count as at least this share of the clip's median step, because 1 ÷ 0 is infinite."""
TIE = 1e-6
"""Of two keyframes of equal weight the earlier one in the row counts as heavier by this, so that all players choose
the same."""
LEAST_WEIGHT = 0.02
"""From the weights of keyframes this share of the largest is subtracted: those that hardly count cost as much time."""
MOST_ROWS = 1024
"""A look-up compares at most so many keyframes of neighbours with each other, because a stranger's settings may ask
for any number, and memory grows with its square."""
KEPT = 1 - 1e-3
"""The weight of the first one left out is subtracted by this share, so that equal frames still have weights."""


class LookUp(nn.Module):
    """Embeddings to what the last step of drawing needs (SPEC.md, Drawing)."""

    centre: Tensor
    scale: Tensor
    gain: Tensor
    step: Tensor
    own_row: Tensor
    earlier: Tensor
    rank: Tensor

    def __init__(self, first: int, modes: int, entries: int, neighbours: int, candidates: int) -> None:
        """Prepare for embeddings whose pose begins at dimension `first` and has `modes` dimensions.

        Args:
            entries: M, keyframes of each frame.
            neighbours: how many observed embeddings are mixed, fewer than there are.
            candidates: how many are compared exactly, at most as many as there are.

        Raises:
            ValueError: the keyframes of all neighbours are more than MOST_ROWS.
        """
        if neighbours * entries > MOST_ROWS:
            raise ValueError("too many keyframes to compare")
        super().__init__()
        self.first, self.modes = first, modes
        self.neighbours, self.candidates = neighbours, candidates
        self.mixed = min(MIXED, neighbours * entries)
        self.register_buffer("centre", torch.zeros(modes))
        """The pose's mean, which the embedding leaves out."""
        self.register_buffer("scale", torch.ones(()))
        """s: a pose times this is a part of an embedding."""
        self.register_buffer("gain", torch.ones(modes))
        """0…1: how much of each mode's shift counts. What the clip hardly ever does alone would tear the picture."""
        self.register_buffer("step", torch.ones(()))
        """The clip's median step, in the plane."""
        rows = np.arange(self.neighbours).repeat(entries)
        ranks = np.arange(len(rows))
        tables = {"own_row": rows[:, None] == rows, "earlier": ranks[:, None] > ranks}
        for name, table in tables.items():
            self.register_buffer(name, torch.from_numpy(table.astype(np.float32)), persistent=False)
        self.register_buffer("rank", TIE * torch.from_numpy(ranks.astype(np.float32)), persistent=False)

    def forward(
        self,
        embedding: Tensor,
        offset: Tensor,
        known: Tensor,
        keyframe: Tensor,
        weight: Tensor,
        motion: Tensor,
        colour: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Embeddings [B, D], offsets of the pose [B, S], and the bank's embeddings [N, D] and tables.

        Returns:
            keyframe int64 [B, L], weight [B, L], motion [B, L, S], shift [B, S], colour [B, R, 3].
        """
        here = _plane(embedding)  # [B, D]
        plane = _plane(known)  # [N, D]
        floor = FLOOR * self.step
        squares = plane.square().sum(1) - 2 * here @ plane.T + here.square().sum(1, keepdim=True)
        rough = torch.maximum(squares.clamp(min=0).sqrt(), floor)  # [B, N]
        least = rough.amin(1, keepdim=True)

        def inverse(distances: Tensor) -> Tensor:
            weights: Tensor = (least / distances).square() * (1 + (NEARBY * self.step / distances).square())
            return weights / (1 + (NEARBY * self.step / least).square())

        nearness = inverse(rough)
        standing_out = nearness - (1 - ALIKE) * _opening(nearness)
        near = standing_out.topk(self.candidates, dim=1).indices  # [B, C]
        exact = inverse(torch.maximum((plane[near] - here[:, None]).square().sum(-1).sqrt(), floor))
        standing_out = standing_out.gather(1, near) * exact / nearness.gather(1, near)
        best, order = standing_out.topk(min(self.neighbours + 1, self.candidates), dim=1)
        near = near.gather(1, order)[:, : self.neighbours]  # [B, m]
        shares = best[:, : self.neighbours] - KEPT * best[:, -1:]
        shares = shares / shares.sum(1, keepdim=True)  # [B, m]

        poses = plane[near][..., self.first : self.first + self.modes] / self.scale + self.centre  # [B, m, S]
        pose = (shares[..., None] * poses).sum(1)
        own = here[:, self.first : self.first + self.modes] / self.scale + self.centre
        shift = self.gain * (own - pose) + offset

        places = keyframe[near].flatten(1)  # [B, m·M]
        weights = (shares[..., None] * weight[near]).flatten(1)
        same = (places[:, :, None] == places[:, None]).float()  # [B, m·M, m·M]
        entries = keyframe.shape[1]
        ends = shares[..., None].expand(-1, -1, entries).flatten(1) / (same * self.own_row).sum(-1)
        # A keyframe that one end doesn't know is moved by what the other end knows and the difference of their poses.
        beyond = (motion[near] - poses[:, :, None]).flatten(1, 2)  # [B, m·M, S]
        motions = same @ (ends[..., None] * beyond) / (same @ ends[..., None]) + pose[:, None]
        total = (same @ weights[..., None])[..., 0]
        first = 1 - (same * self.earlier).sum(-1).clamp(max=1)  # a keyframe counts where it appears first
        far = 1 / (1 + (self.step / least) ** 4)  # 0 on the bank, a half at a median step, 1 far away
        total = (total * first).clamp(min=0) ** (1 + PREFERRED * far)
        chosen = (total - self.rank).topk(min(self.mixed + 1, total.shape[1]), dim=1).indices
        best = total.gather(1, chosen)
        rest = best[:, self.mixed :] if best.shape[1] > self.mixed else torch.zeros_like(best[:, :1])
        best = (best[:, : self.mixed] - torch.maximum(rest, LEAST_WEIGHT * best[:, :1])).clamp(min=0)
        # A keyframe without weight is replaced by the first one, so that all players name the same keyframes.
        chosen = torch.where(best > 0, chosen[:, : self.mixed], chosen[:, :1])
        mixed = best / best.sum(1, keepdim=True)
        used = motions.gather(1, chosen[..., None].expand(-1, -1, self.modes))
        colours = (shares[..., None, None] * colour[near]).sum(1)
        return places.gather(1, chosen), mixed, used, shift, colours


def _opening(values: Tensor) -> Tensor:
    """Values [B, N] without peaks narrower than the time around a frame: morphology's opening, never above them."""
    return _largest(-_largest(-values))


def _largest(values: Tensor) -> Tensor:
    """The largest of the values [B, N] around each in time."""
    for apart in AROUND_IN_TIME:
        before = torch.cat([values[:, :apart], values[:, :-apart]], 1)
        after = torch.cat([values[:, apart:], values[:, -apart:]], 1)
        values = torch.maximum(values, torch.maximum(before, after))
    return values


def _plane(embeddings: Tensor) -> Tensor:
    """Embeddings [M, D] in the plane where their last element is 1."""
    return embeddings / embeddings[:, -1:].clamp(min=LEAST_CONSTANT)
