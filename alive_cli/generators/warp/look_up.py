"""The look-up: which keyframes draw an embedding, with which motion and colour.

The observed embeddings nearest to it, weighed by inverse distance (Shepard 1968; minus that of the first one left out,
so that nothing pops), mix their keyframes, motions and colours. What the pose has beyond that mixture is the shift.
"""

import numpy as np
import torch
from torch import Tensor, nn

NEIGHBOURS = 12
"""So many of the nearest observed embeddings are mixed: halfway between two that are far apart, some of both sides are
among them."""
POWER = 4
"""Weights fall with this power of the distance: so near the bank the two nearest have nearly all, and a transition
between far embeddings goes over from one side to the other within a few pictures."""
MIXED = 4
"""A picture mixes at most so many keyframes; a transition has two at each end."""
CANDIDATES = 16
"""So many embeddings are compared exactly; the distances to all others are rounded."""
LEAST_CONSTANT = 0.05
"""The last element of an embedding counts as at least this much. No embedding near the bank comes close."""
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
    floor: Tensor
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
        self.register_buffer("floor", torch.ones(()))
        """Distances count as at least this much, because 1 ÷ 0 is infinite."""
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
        rough = plane.square().sum(1) - 2 * here @ plane.T
        near = rough.topk(self.candidates, dim=1, largest=False).indices  # [B, C]
        distances = (plane[near] - here[:, None]).square().sum(-1).sqrt()
        distances, order = distances.topk(min(self.neighbours + 1, self.candidates), dim=1, largest=False)
        near = near.gather(1, order)[:, : self.neighbours]  # [B, m]
        inverse = (torch.maximum(distances[:, :1], self.floor) / torch.maximum(distances, self.floor)) ** POWER
        shares = inverse[:, : self.neighbours] - KEPT * inverse[:, -1:]
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
        total = total * first
        chosen = (total - self.rank).topk(min(self.mixed + 1, total.shape[1]), dim=1).indices
        best = total.gather(1, chosen)
        rest = best[:, self.mixed :] if best.shape[1] > self.mixed else torch.zeros_like(best[:, :1])
        best = (best[:, : self.mixed] - torch.maximum(rest, LEAST_WEIGHT * best[:, :1])).clamp(min=0)
        chosen = chosen[:, : self.mixed]
        mixed = best / best.sum(1, keepdim=True)
        used = motions.gather(1, chosen[..., None].expand(-1, -1, self.modes))
        colours = (shares[..., None, None] * colour[near]).sum(1)
        return places.gather(1, chosen), mixed, used, shift, colours


def _plane(embeddings: Tensor) -> Tensor:
    """Embeddings [M, D] in the plane where their last element is 1."""
    return embeddings / embeddings[:, -1:].clamp(min=LEAST_CONSTANT)
