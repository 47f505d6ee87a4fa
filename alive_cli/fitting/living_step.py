"""One time step of recipe `living`: the walk leads, the VAE varies, the bank holds.

The walk says how the observed motion goes on. The VAE, told of it, draws how it might go otherwise: the
scene moves by the walk's motion plus the difference that a disturbed latent makes. A leash keeps
what has gathered of those differences small; post-curing pulls the embedding toward the observed.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from alive_cli.fitting.motion_vae import HORIZON, MotionVae
from alive_cli.fitting.walk import TICKS, Moments, Walk, WalkState, easing, place

LEASH = 0.1
"""Share of the distance from the walk that is taken back in a frame."""
PERSISTENCE = 0.9
"""Correlation of the latent's disturbance from frame to frame."""
NEIGHBOURS = 9
REACH = 0.5
"""Width, in median steps, of the kernel that weighs the observed moments around a position."""
ABSENT = 1e9


@dataclass
class LivingState:
    """B lives."""

    position: Tensor
    """[B, k]."""
    velocity: Tensor
    """[B, k]: motion of the last frame, in median steps per frame at temperature 1."""
    disturbance: Tensor
    """[B, Z], of unit variance."""
    walk: WalkState


class LivingStep(nn.Module):
    """Moves positions; `Decoder` turns them into embeddings."""

    strength: Tensor
    limit: Tensor

    def __init__(self, vae: MotionVae) -> None:
        super().__init__()
        self.vae = vae
        self.walk = Walk()
        self.register_buffer("strength", torch.ones(()))  # of the disturbance, at novelty 1
        self.register_buffer("limit", torch.ones(()))  # of the difference it makes in a frame

    def forward(
        self,
        state: LivingState,
        observed: Moments,
        ticks: Tensor,
        novelty: Tensor,
        gumbel: Tensor,
        normal: Tensor,
        weight: Tensor,
        forced: Tensor,
    ) -> LivingState:
        """Live on by `ticks` (see `Walk`); `normal` [B, Z] is noise."""
        before = anchor(state.walk, place(state.walk, observed))
        walk = self.walk(state.walk, observed, ticks, gumbel, weight, forced)
        share = ticks / TICKS
        target = place(walk, observed)
        motion = target - walk.origin
        kept = torch.exp(math.log(PERSISTENCE) * share)
        disturbance = kept * state.disturbance + (1 - kept.square()).clamp(min=0).sqrt() * normal
        plan = torch.cat([motion, *_further(walk, observed, target)], -1)
        latent, _ = self.vae.encode(state.position, state.velocity, plan)
        disturbed = latent + self.strength * novelty * disturbance
        difference = self.vae.decode(state.position, state.velocity, disturbed) - self.vae.decode(
            state.position, state.velocity, latent
        )
        length = difference.norm(dim=-1, keepdim=True).clamp(min=1e-6)
        difference = difference * (self.limit / length).clamp(max=1)
        apart = torch.exp(math.log(1 - LEASH) * share) * (state.position - before) + share * difference
        return LivingState(
            position=anchor(walk, target) + apart,
            velocity=torch.where(ticks > 0, motion + difference, state.velocity),
            disturbance=disturbance,
            walk=walk,
        )


def anchor(walk: WalkState, target: Tensor) -> Tensor:
    """Where the walk is on its way to the `place` [B, k] that it approaches: [B, k]."""
    gone = 1 - walk.left[:, None] / TICKS
    return walk.origin + gone * (target - walk.origin)


def _further(walk: WalkState, observed: Moments, target: Tensor) -> list[Tensor]:
    """Offsets to where the walk leads, if it doesn't jump again."""
    offsets = []
    for frames in HORIZON:
        node = torch.minimum(walk.node + frames, observed.last.index_select(0, walk.node))
        eased = easing((walk.bridge - frames).clamp(min=0), walk.span)[:, None]
        offsets.append(observed.positions.index_select(0, node) + walk.offset * eased - target)
    return offsets


class Decoder(nn.Module):
    """Positions to unit embeddings, with post-curing toward the observed ones around."""

    basis: Tensor

    def __init__(self, components: int, dimension: int, neighbours: int) -> None:
        super().__init__()
        self.neighbours = neighbours
        self.register_buffer("basis", torch.zeros(components, dimension))  # of the motion space, times its unit

    def forward(self, position: Tensor, observed: Moments, embeddings: Tensor, pull: Tensor, weight: Tensor) -> Tensor:
        """Positions [B, k] to embeddings [B, D].

        An embedding is that of the observed moments around, interpolated, plus how far the position is
        from theirs. So `pull` = 1 leaves the interpolated one, and what the motion space leaves out is
        taken from the neighbours. Weights vanish at the edge of the neighbourhood: nothing jumps.
        """
        known = observed.positions
        distances = known.square().sum(1) - 2 * position @ known.T  # beside |position|², which shifts all alike
        distances = torch.where(weight > 0, distances, ABSENT)
        nearest, chosen = distances.topk(self.neighbours, dim=1, largest=False)
        kernel = torch.exp((nearest[:, :1] - nearest) / (2 * REACH**2))
        kernel = kernel - kernel[:, -1:] * (1 - 1e-6)
        kernel = (kernel / kernel.sum(1, keepdim=True))[..., None]
        around = (kernel * embeddings[chosen]).sum(1)
        apart = position - (kernel * known[chosen]).sum(1)
        return functional.normalize(around + (1 - pull) * (apart @ self.basis), dim=-1)
