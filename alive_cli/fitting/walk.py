"""The walk over what was observed, one step of time: which moment is approached, and where that is.

All that decides is whole numbers: ticks, moments, quantised costs and noise. So every runtime walks
the same way for ever, while positions differ in the last digits.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from alive_cli.fitting.transitions import CHOICE, RESOLUTION

TICKS = 4096
"""Ticks from one observed moment to the next."""
BETWEEN_JUMPS = 6
"""Moments between two jumps, at least."""
LONGINGS = (1.0, 2.0, 4.0, 8.0, 16.0)
"""What a moment may gain, in median steps, when it wasn't visited for one length of the clip; it grows with the
square, so that a walk takes the usual ways and yet comes everywhere. A clip gets the least that suffices."""
LONGEST_ABSENCE = 8
"""Lengths of the clip after which longing grows no more."""
BRIDGE_PACE, SHORTEST, LONGEST = 1.8, 4.0, 60.0
"""Frames over which a jump is eased: so many for a median step of its offset, within limits."""
UNDER_WAY = 12
"""The last frames of a bridge go with the motion that it leads to; before them, a longer one waits for its end there:
else what the walk came for would be over when it arrives."""
FORBIDDEN = float(1 << 24)


@dataclass
class WalkState:
    """B walks."""

    node: Tensor
    """int64 [B]: the observed moment that is approached."""
    left: Tensor
    """int64 [B]: ticks until it is reached."""
    origin: Tensor
    """[B, k]: where the present stretch began."""
    offset: Tensor
    """[B, k]: how far the last jump landed from where the motion was."""
    bridge: Tensor
    """[B]: frames over which that offset is still to be eased away …"""
    span: Tensor
    """[B]: … of so many."""
    detour: Tensor
    """int64 [B]: number of the bridge whose bent way it takes, or 0."""
    hold: Tensor
    """int64 [B]: moments to wait where it landed."""
    since: Tensor
    """int64 [B]: moments since the last jump."""
    clock: Tensor
    """int64 [B]: moments walked."""
    visited: Tensor
    """int64 [B, N]: the clock when each moment was last approached."""


@dataclass
class Moments:
    """What was observed, and the graph over it."""

    positions: Tensor
    """[N, k]."""
    velocities: Tensor
    """[N, k]."""
    ahead: Tensor
    """[N, k]: where the motion leads from each moment."""
    following: Tensor
    """int64 [N]: the next moment, or −1 where a cut or the end follows."""
    last: Tensor
    """int64 [N]: the last moment before the next cut or the end."""
    targets: Tensor
    """int64 [N, K]."""
    costs: Tensor
    """int64 [N, K], quantised."""
    holds: Tensor
    """int64 [N, K]: moments to wait after taking an edge."""
    bridges: Tensor
    """int64 [N, K]: number of the bent way that an edge takes, or 0 for a straight one."""
    bends: Tensor
    """[J + 1, S + 2, k]: how far each bent way is from the straight one, at even shares of it; 0 at its ends."""
    absence: Tensor
    """int64 [N]: how long each moment wasn't visited when a life begins; without it all would be new at once."""


class Walk(nn.Module):
    """One step of the walk."""

    longing: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("longing", torch.tensor(quantised_longing(LONGINGS[0])))

    def forward(
        self, state: WalkState, observed: Moments, ticks: Tensor, gumbel: Tensor, weight: Tensor, forced: Tensor
    ) -> WalkState:
        """Go on by `ticks`, int64 [], 0…4096.

        Args:
            gumbel: noise [B, K] in multiples of 1/4096.
            weight: [N], above 1 favours a moment, 0 forbids it.
            forced: int64 [B], the moment to go on to where a choice is due, without waiting, or −1.
        """
        arrived = ticks > state.left  # [B]
        waits = (state.hold > 0) & (forced < 0)
        chosen = self.choose(state, observed, gumbel, weight)
        chosen = torch.where(forced >= 0, forced, chosen)
        chosen = torch.where(waits, state.node, chosen)
        follows = observed.following.index_select(0, state.node)
        jumps = (chosen != follows) & ~waits
        hold = torch.where(waits, state.hold - 1, along(observed.holds, state, observed, chosen))
        detour = torch.where(jumps, along(observed.bridges, state, observed, chosen), state.detour)

        eased = (state.bridge - 1).clamp(min=0)
        onward = observed.ahead.index_select(0, state.node) + bridged(state, observed, eased)
        leap = onward - observed.positions.index_select(0, chosen)
        span = bridge_frames(leap)
        one = torch.ones_like(state.since)
        clock = state.clock + one

        def when(change: Tensor, otherwise: Tensor) -> Tensor:
            return torch.where(arrived if change.dim() == 1 else arrived[:, None], change, otherwise)

        visited = state.visited.scatter(1, chosen[:, None], clock[:, None])
        return WalkState(
            node=when(chosen, state.node),
            left=torch.where(arrived, state.left + TICKS - ticks, state.left - ticks),
            origin=when(place(state, observed), state.origin),
            offset=when(torch.where(jumps[:, None], leap, state.offset), state.offset),
            bridge=when(torch.where(jumps, span, eased), state.bridge),
            span=when(torch.where(jumps, span, state.span), state.span),
            detour=when(detour, state.detour),
            hold=when(hold, state.hold),
            since=when(torch.where(jumps, 0 * one, state.since + one), state.since),
            clock=when(clock, state.clock),
            visited=when(visited, state.visited),
        )

    def choose(self, state: WalkState, observed: Moments, gumbel: Tensor, weight: Tensor) -> Tensor:
        """The way on, int64 [B]: Gumbel-max (Gumbel 1954) over the moment's edges."""
        targets = observed.targets.index_select(0, state.node)  # [B, K]
        costs = observed.costs.index_select(0, state.node)
        length = observed.positions.shape[0]
        visited = state.visited.gather(1, targets)
        absence = state.clock[:, None] - visited + torch.where(visited == 0, observed.absence[targets], 0)
        absence = torch.div(absence.clamp(max=LONGEST_ABSENCE * length) * 64, length, rounding_mode="trunc")
        longing = torch.div(absence * absence * self.longing, 64**2, rounding_mode="trunc")
        jumps = targets != observed.following[state.node][:, None]
        hasty = (
            jumps
            & (state.since < BETWEEN_JUMPS)[:, None]
            & (observed.following.index_select(0, state.node) >= 0)[:, None]
        )
        liking = weight[targets]
        favour = (liking.clamp(min=1e-6).log() * RESOLUTION).round().clamp(min=-FORBIDDEN / 4)
        # Whole numbers below 2²⁴: exact in 32-bit floats.
        score = (gumbel * RESOLUTION).round() - costs.float() + longing.float() + favour
        score = torch.where(hasty, score - FORBIDDEN, score)
        score = torch.where(liking > 0, score, score - 2 * FORBIDDEN)
        return targets.gather(1, score.argmax(1, keepdim=True))[:, 0]


def quantised_longing(longing: float) -> int:
    """In the units of the quantised costs."""
    return round(longing / CHOICE * RESOLUTION)


def along(table: Tensor, state: WalkState, observed: Moments, chosen: Tensor) -> Tensor:
    """What a table [N, K] of the edges says of the one to the chosen moment, or 0: int64 [B]."""
    taken = observed.targets.index_select(0, state.node) == chosen[:, None]
    return (table.index_select(0, state.node) * taken).amax(1)


def place(state: WalkState, observed: Moments) -> Tensor:
    """Where the approached moment is, bridge included: [B, k]."""
    return observed.positions.index_select(0, state.node) + bridged(state, observed, state.bridge)


def bridged(state: WalkState, observed: Moments, remaining: Tensor) -> Tensor:
    """What a bridge adds with so many frames to go, [B, k]: the rest of the offset, and the bend of the way."""
    rest = state.offset * easing(remaining, state.span)[:, None]
    return rest + bend(observed, state.detour, 1 - remaining / state.span.clamp(min=1))


def bend(observed: Moments, detour: Tensor, gone: Tensor) -> Tensor:
    """How far ways [B] are from straight where a share of them is gone, 0…1 [B]: [B, k], interpolated linearly."""
    count, components = observed.bends.shape[1:]
    spot = gone * (count - 1)
    low = spot.floor().clamp(0, count - 2)
    rows = observed.bends.reshape(-1, components)
    first = detour * count + low.long()
    before, after = rows.index_select(0, first), rows.index_select(0, first + 1)
    return before + (spot - low)[:, None] * (after - before)


def bridge_frames(leap: Tensor) -> Tensor:
    """Frames over which an offset [B, k] is eased away, [B]."""
    frames: Tensor = (BRIDGE_PACE * leap.norm(dim=-1)).clamp(SHORTEST, LONGEST)
    return frames


def easing(remaining: Tensor, span: Tensor) -> Tensor:
    """Share of an offset that is left with so many of `span` frames to go: a cosine from 1 to 0.

    A long bridge sets off at half its speed: the walk waits meanwhile, and nothing else would move.
    """
    gone = remaining / span.clamp(min=1)
    smooth = 0.5 - 0.5 * torch.cos(math.pi * gone)
    brisk = 1 - torch.cos(math.pi / 2 * gone)
    share: Tensor = smooth + 0.5 * (span / UNDER_WAY - 1).clamp(0, 1) * (brisk - smooth)
    return share
