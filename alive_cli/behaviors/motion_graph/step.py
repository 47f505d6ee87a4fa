"""One time step of recipe `living`: the walk leads, the VAE varies it, temperature scales it, the bank pulls back.

The walk states how the observed motion goes on. Two things vary it. The VAE receives the walk's motion and draws a
variation, the difference that a disturbed latent makes; the sum of these differences decays, so that it stays small.
Temperature scales the motion about its slow mean, that of the pose more than that of the appearance. Post-curing pulls
the embedding toward the observed ones.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from alive_cli.behaviors.motion_graph.controls import MotionGraphControls
from alive_cli.behaviors.motion_graph.network import HORIZON, MotionVae
from alive_cli.behaviors.motion_graph.walk import (
    SUBSTEPS,
    MotionGraph,
    Walk,
    WalkState,
    easing,
    target_position,
    widened,
)

OFFSET_DECAY = 0.1
"""A frame takes back this share of the distance from the walk, so that a rollout never drifts away from it."""
PERSISTENCE = 0.9
"""The latent's disturbance has this correlation from frame to frame, so that it leads somewhere before it turns."""
KERNEL_WIDTH = 0.5
"""The kernel that weighs the observed frames around a position is at least so many median steps wide."""
WIDENING = 0.25
"""The kernel's squared width grows by this share of the squared distance to the nearest frame: with 1, `pull` leads to
means of the clip instead of its frames, and with 0 a far transition flips."""
SLOW_SECONDS = 2.5
"""The slow mean of the position follows it with this time constant: temperature scales gestures, not where the subject
is."""
CALMER, BOLDER = 1.5, 1.25
"""Below and above temperature 1 the motion is scaled by these powers of it, because post-curing takes back a part and
the slow mean moves as well."""
APPEARANCE_SHARE = 0.5
"""The appearance changes by this share of what temperature changes: at 0.3 a blink remains more of a blink than a turn
of the head remains a turn, but a closed eye isn't drawn with the lids of an open one."""
MORE_CURED, CURED_FROM = 0.6, 0.5
"""Post-curing takes this share of what is left, at temperatures that differ from 1 by at least so much: a calmer or a
bolder pose is often one that was observed as well."""
FORBIDDEN_DISTANCE = 1e9
"""A forbidden frame gets this squared distance, so that it has no weight."""


@dataclass
class LivingState:
    """The state of B rollouts."""

    position: Tensor
    """[B, k]."""
    velocity: Tensor
    """[B, k]: motion of the last frame, in median steps per frame at speed 1."""
    disturbance: Tensor
    """[B, Z], of unit variance."""
    slow: Tensor
    """[B, k]: the slow mean of the walk's position."""
    walk: WalkState


class LivingStep(nn.Module):
    """Moves positions; `Decoder` turns positions into embeddings."""

    strength: Tensor
    limit: Tensor
    slowness: Tensor

    def __init__(self, vae: MotionVae, fps: float = 30.0) -> None:
        """Prepare for a clip of so many frames a second."""
        super().__init__()
        self.vae = vae
        self.walk = Walk(fps)
        self.register_buffer("slowness", torch.tensor(SLOW_SECONDS * fps))  # time constant of the slow mean in frames
        self.register_buffer("strength", torch.ones(()))  # of the disturbance, at novelty 1
        self.register_buffer("limit", torch.ones(()))  # of the difference it makes in a frame

    def forward(
        self,
        state: LivingState,
        graph: MotionGraph,
        controls: MotionGraphControls,
        gumbel: Tensor,
        normal: Tensor,
    ) -> LivingState:
        """Go on by one frame at speed 1, and by less below it; `gumbel` [B, K] and `normal` [B, Z] are noise."""
        substeps = (controls.speed.clamp(0, 1) * SUBSTEPS).round().long() * (controls.temperature > 0)
        before = anchor(state.walk, target_position(state.walk, graph))
        noise = widened(gumbel, controls.temperature)
        walk = self.walk(state.walk, graph, substeps, noise, controls.bank_weight, controls.next_node)
        share = substeps / SUBSTEPS
        target = target_position(walk, graph)
        motion = target - walk.origin
        kept = torch.exp(math.log(PERSISTENCE) * share)
        disturbance = kept * state.disturbance + (1 - kept.square()).clamp(min=0).sqrt() * normal
        plan = torch.cat([motion, *_further(walk, graph, target)], -1)
        latent, _ = self.vae.encode(state.position, state.velocity, plan)
        disturbed = latent + self.strength * controls.novelty * disturbance
        difference = self.vae.decode(state.position, state.velocity, disturbed) - self.vae.decode(
            state.position, state.velocity, latent
        )
        length = difference.norm(dim=-1, keepdim=True).clamp(min=1e-6)
        difference = difference * (self.limit / length).clamp(max=1)
        apart = torch.exp(math.log(1 - OFFSET_DECAY) * share) * (state.position - before) + share * difference
        led = anchor(walk, target)
        slow = torch.exp(-share / self.slowness)
        return LivingState(
            position=led + apart,
            velocity=torch.where(substeps > 0, motion + difference, state.velocity),
            disturbance=disturbance,
            slow=led + slow * (state.slow - led),
            walk=walk,
        )


def anchor(walk: WalkState, target: Tensor) -> Tensor:
    """The position of the walk on its way to the `target` [B, k] that it approaches: [B, k]."""
    gone = 1 - walk.left[:, None] / SUBSTEPS
    return walk.origin + gone * (target - walk.origin)


def _further(walk: WalkState, graph: MotionGraph, target: Tensor) -> list[Tensor]:
    """Offsets, [B, k] each, to where the walk leads if it doesn't jump again."""
    offsets = []
    for frames in HORIZON:
        node = torch.minimum(walk.node + frames, graph.last.index_select(0, walk.node))
        eased = easing((walk.easing_left - frames).clamp(min=0), walk.span)[:, None]
        offsets.append(graph.positions.index_select(0, node) + walk.offset * eased - target)
    return offsets


class Decoder(nn.Module):
    """Positions to unit embeddings, with post-curing toward the nearest observed ones."""

    basis: Tensor
    posed: Tensor

    def __init__(self, components: int, dimension: int) -> None:
        super().__init__()
        self.register_buffer("basis", torch.zeros(components, dimension))  # of the motion space, times its unit
        # What an offset of the position is without its appearance: [k, k].
        self.register_buffer("posed", torch.eye(components))

    def forward(
        self,
        state: LivingState,
        graph: MotionGraph,
        embeddings: Tensor,
        controls: MotionGraphControls,
        reach: Tensor,
    ) -> Tensor:
        """States to embeddings [B, D]; temperature moves them by less than `reach` median steps, [1]."""
        led = anchor(state.walk, target_position(state.walk, graph))
        temperature = controls.temperature
        scale = torch.where(temperature < 1, temperature**CALMER, temperature**BOLDER)
        amplitude = (scale - 1) * (led - state.slow)
        amplitude = amplitude / (1 + amplitude.norm(dim=-1, keepdim=True) / reach)
        amplitude = APPEARANCE_SHARE * amplitude + (1 - APPEARANCE_SHARE) * (amplitude @ self.posed)
        novelty = (1 - controls.pull) * (state.position - led) @ self.posed
        cured = MORE_CURED * ((temperature - 1).abs() / CURED_FROM).clamp(max=1)
        trusted = (1 - controls.pull) * (1 - cured)
        return self.embed(led + amplitude + novelty, graph, embeddings, controls.bank_weight, trusted)

    def embed(
        self, position: Tensor, graph: MotionGraph, embeddings: Tensor, weight: Tensor, trusted: Tensor
    ) -> Tensor:
        """Positions [B, k] to embeddings [B, D].

        An embedding is the interpolated one of the observed frames nearby, plus a share of the offset of the position
        from theirs. With the share `trusted`, 0…1, of 0 it is the interpolated one; those frames provide what the
        motion space leaves out. The farther the nearest one, the wider the neighbourhood, so that halfway between two
        far frames nothing flips.
        """
        known = graph.positions
        distances = known.square().sum(1) - 2 * position @ known.T + position.square().sum(1, keepdim=True)
        distances = distances.clamp(min=0)
        distances = torch.where(weight > 0, distances, FORBIDDEN_DISTANCE)
        nearest = distances.amin(1, keepdim=True)
        kernel = torch.exp((nearest - distances) / (2 * (KERNEL_WIDTH**2 + WIDENING * nearest)))
        kernel = kernel / kernel.sum(1, keepdim=True)
        apart = position - kernel @ known
        return functional.normalize(kernel @ embeddings + trusted * (apart @ self.basis), dim=-1)
