"""One time step of the walk over the motion graph: the frame that it approaches, and the position of that frame.

All decisions depend on whole numbers: substeps, frames, quantised costs and noise. So every runtime makes the same
choices for ever, even if positions differ in the last digits.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from alive_cli.behaviors.motion_graph.transitions import CHOICE, RESOLUTION

SUBSTEPS = 4096
"""A walk takes so many substeps from one frame to the next, so that its clock is a whole number at any temperature."""
BETWEEN_JUMPS = 6
"""Two jumps have at least so many frames between them: a scene that jumps all the time shows no motion."""
REVISIT_BONUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
"""A frame that was not visited for one length of the clip may cost so many median steps less. The bonus grows with
the square of the time, so that a walk prefers good transitions and still visits every frame. A clip gets the smallest
bonus that suffices."""
LONGEST_AGE = 8
"""The revisit bonus grows no more after so many lengths of the clip, so that sums of costs stay exact."""
EASING_PACE, SHORTEST, LONGEST = 1.5, 4.0, 40.0
"""A jump is eased over so many frames for each median step of its offset, within these limits."""
RESTLESSNESS = (2.5, 1.0, 0.0)
"""After RESTLESS_SECONDS without a jump, jumps may cost so many median steps more than the observed motion: a scene
that plays the clip in its order for long is a video. A clip gets the largest with which the walk visits all of it."""
RESTLESS_SECONDS = 2.0
"""Restlessness grows for so many seconds after a jump."""
WIDEST = 3.0
"""A temperature above this no longer widens the choice, because how a transition looks would hardly count any more."""
LEAST_WEIGHT = 1e-36
"""A smaller weight of a frame counts as this, which single precision still holds with all digits."""
FORBIDDEN = float(1 << 24)
"""A forbidden choice loses this score, which is more than any score; whole numbers up to it are exact in floats."""


@dataclass
class WalkState:
    """B walks."""

    node: Tensor
    """int64 [B]: the observed frame that is approached."""
    left: Tensor
    """int64 [B]: substeps until it is reached."""
    origin: Tensor
    """[B, k]: where the present stretch began."""
    offset: Tensor
    """[B, k]: how far the last jump landed from where the motion was."""
    easing_left: Tensor
    """[B]: frames over which that offset is still to be eased away …"""
    span: Tensor
    """[B]: … of so many."""
    since: Tensor
    """int64 [B]: frames since the last jump."""
    clock: Tensor
    """int64 [B]: number of frames so far."""
    visited: Tensor
    """int64 [B, N]: the clock when each frame was last approached."""


@dataclass
class MotionGraph:
    """The observed frames and the graph over them (Video Textures; Motion Graphs, Kovar et al. 2002)."""

    positions: Tensor
    """[N, k]."""
    velocities: Tensor
    """[N, k]."""
    ahead: Tensor
    """[N, k]: where the motion leads from each frame."""
    following: Tensor
    """int64 [N]: the next frame, or −1 where a cut or the end follows."""
    last: Tensor
    """int64 [N]: the last frame before the next cut or the end."""
    targets: Tensor
    """int64 [N, K]."""
    costs: Tensor
    """int64 [N, K], quantised."""
    age: Tensor
    """int64 [N]: frames since each frame was visited, when a rollout begins; without it all would be new at once."""


class Walk(nn.Module):
    """One step of the walk."""

    revisit_bonus: Tensor
    restlessness: Tensor
    patience: Tensor

    def __init__(self, fps: float = 30.0) -> None:
        """Prepare for a clip of so many frames a second."""
        super().__init__()
        self.register_buffer("revisit_bonus", torch.tensor(quantised(REVISIT_BONUSES[0])))
        self.register_buffer("restlessness", torch.tensor(quantised(RESTLESSNESS[0])))
        self.register_buffer("patience", torch.tensor(max(1, round(RESTLESS_SECONDS * fps))))  # frames

    def forward(
        self, state: WalkState, graph: MotionGraph, substeps: Tensor, gumbel: Tensor, weight: Tensor, forced: Tensor
    ) -> WalkState:
        """Go on by `substeps`, int64 [], 0…4096.

        Args:
            gumbel: noise [B, K], as `widened`.
            weight: [N], above 1 favours a frame, 0 forbids it. A frame below 1 gets that share of its revisit bonus,
                because a bonus that grows with time would overcome any weight.
            forced: int64 [B], the frame to go on to where a choice is due, or −1.
        """
        arrived = substeps > state.left  # [B]
        chosen = self.choose(state, graph, gumbel, weight)
        chosen = torch.where(forced >= 0, forced, chosen)
        jumps = chosen != graph.following.index_select(0, state.node)

        eased = (state.easing_left - 1).clamp(min=0)
        onward = graph.ahead.index_select(0, state.node) + remaining_offset(state, eased)
        leap = onward - graph.positions.index_select(0, chosen)
        span = easing_frames(leap)
        one = torch.ones_like(state.since)
        clock = state.clock + one

        def when(change: Tensor, otherwise: Tensor) -> Tensor:
            return torch.where(arrived if change.dim() == 1 else arrived[:, None], change, otherwise)

        visited = state.visited.scatter(1, chosen[:, None], clock[:, None])
        return WalkState(
            node=when(chosen, state.node),
            left=torch.where(arrived, state.left + SUBSTEPS - substeps, state.left - substeps),
            origin=when(target_position(state, graph), state.origin),
            offset=when(torch.where(jumps[:, None], leap, state.offset), state.offset),
            easing_left=when(torch.where(jumps, span, eased), state.easing_left),
            span=when(torch.where(jumps, span, state.span), state.span),
            since=when(torch.where(jumps, 0 * one, state.since + one), state.since),
            clock=when(clock, state.clock),
            visited=when(visited, state.visited),
        )

    def choose(self, state: WalkState, graph: MotionGraph, gumbel: Tensor, weight: Tensor) -> Tensor:
        """The way on, int64 [B]: Gumbel-max (Gumbel 1954) over the frame's edges."""
        targets = graph.targets.index_select(0, state.node)  # [B, K]
        costs = graph.costs.index_select(0, state.node)
        length = graph.positions.shape[0]
        visited = state.visited.gather(1, targets)
        age = state.clock[:, None] - visited + torch.where(visited == 0, graph.age[targets], 0)
        age = torch.div(age.clamp(max=LONGEST_AGE * length) * 64, length, rounding_mode="trunc")
        revisit_bonus = torch.div(age * age * self.revisit_bonus, 64**2, rounding_mode="trunc")
        jumps = targets != graph.following[state.node][:, None]
        restless = torch.minimum(state.since, self.patience) * self.restlessness
        restless = torch.div(restless, self.patience, rounding_mode="trunc")[:, None] * jumps
        hasty = (
            jumps & (state.since < BETWEEN_JUMPS)[:, None] & (graph.following.index_select(0, state.node) >= 0)[:, None]
        )
        liking = weight[targets]
        favour = (liking.clamp(min=LEAST_WEIGHT).log() * RESOLUTION).round().clamp(min=-FORBIDDEN / 4)
        missed = (revisit_bonus.float() * liking.clamp(max=1)).round()
        # Whole numbers below 2²⁴: exact in 32-bit floats.
        score = gumbel - costs.float() + (missed + restless.float()) + favour
        score = torch.where(hasty, score - FORBIDDEN, score)
        score = torch.where(liking > 0, score, score - 2 * FORBIDDEN)
        return targets.gather(1, score.argmax(1, keepdim=True))[:, 0]


def quantised(steps: float) -> int:
    """A number of median steps in the units of the quantised costs."""
    return round(steps / CHOICE * RESOLUTION)


def widened(gumbel: Tensor, temperature: Tensor) -> Tensor:
    """Gumbel noise [B, K], in multiples of 1/4096, for a choice at a temperature, []: whole numbers in units of costs.

    A higher temperature widens the choice, as in a softmax.
    """
    return (gumbel * temperature.clamp(max=WIDEST) * RESOLUTION).round()


def target_position(state: WalkState, graph: MotionGraph) -> Tensor:
    """Where the approached frame is, with what is left of the offset: [B, k]."""
    return graph.positions.index_select(0, state.node) + remaining_offset(state, state.easing_left)


def remaining_offset(state: WalkState, frames: Tensor) -> Tensor:
    """What is left of the offset with so many frames [B] to go: [B, k]."""
    return state.offset * easing(frames, state.span)[:, None]


def easing_frames(leap: Tensor) -> Tensor:
    """Frames over which an offset [B, k] is eased away, [B]."""
    frames: Tensor = (EASING_PACE * leap.norm(dim=-1)).clamp(SHORTEST, LONGEST)
    return frames


def easing(remaining: Tensor, span: Tensor) -> Tensor:
    """Share of an offset that is left with so many of `span` frames to go: a cosine from 1 to 0."""
    gone = remaining / span.clamp(min=1)
    return 0.5 - 0.5 * torch.cos(math.pi * gone)
