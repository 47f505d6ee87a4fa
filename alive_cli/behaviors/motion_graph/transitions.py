"""The transitions from each observed frame and their costs: a sparse graph.

After Video Textures (Schödl et al. 2000): distances that preserve the dynamics (§3.1), anticipated
future cost (§3.2), and only local minima as jumps (§3.3).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from alive_cli.behaviors.motion_graph.motion_space import MotionSpace

EDGES = 16
"""Each frame has so many transitions: one to the next frame, and jumps."""
JUMP = 0.6
"""Any jump costs so many median steps in addition to its distance, so that the walk prefers observed motion."""
STUTTER, NEAR_IN_TIME = 2.0, 4
"""A jump costs so many median steps more if it lands within so many frames of the frame that would follow anyway."""
DISCOUNT = 0.99
"""A cost one jump ahead counts by this factor, as the α of Video Textures, so that sums stay finite."""
ROUNDS = 1000
"""Anticipated costs are computed in at most so many rounds; they converge earlier."""
ROWS, MOST_CELLS = 256, 1 << 21
"""So many frames are compared with all N at a time, and fewer where a table would have more cells than this: a cell
takes some 50 bytes, so that this takes about 100 MB of memory, however long the clip."""
RESOLUTION = 4096
"""Costs are whole multiples of 1/4096 of the walk's temperature, as its Gumbel noise is."""
CHOICE = 0.35
"""The walk chooses at this temperature, in units of cost."""
DEAREST = 1 << 22
"""A quantised cost is at most so large, so that sums of a few stay exact in 32-bit floats."""


@dataclass(frozen=True)
class Transitions:
    """Edges of the graph: column 0 leads to the next frame, or jumps where a cut or the end follows."""

    targets: Tensor
    """int64 [N, K]."""
    costs: Tensor
    """float64 [N, K], in median steps; 0 for the next frame."""

    @classmethod
    def of(cls, space: MotionSpace) -> "Transitions":
        """The cheapest jumps from each frame. The graph is strongly connected."""
        count = len(space.positions)
        following = space.following
        room = min(EDGES, max(2, count - 1))
        # Tables of their final size, because small results kept between large freed tables would pin those in memory.
        targets, costs = torch.empty(count, room, dtype=torch.int64), torch.empty(count, room, dtype=torch.float64)
        for rows in torch.arange(count).split(max(1, min(ROWS, MOST_CELLS // count))):
            distances = _distances(space, rows)
            low = _local_minima(distances)
            here = torch.arange(len(rows))
            after = following[rows]
            kept = after >= 0
            low[here[kept], after[kept]] = torch.inf
            low[here, rows] = torch.inf
            cheapest, chosen = low.topk(room, dim=1, largest=False)
            # The next frame takes the place of the dearest jump.
            chosen[kept] = torch.cat([after[kept, None], chosen[kept, :-1]], 1)
            cheapest[kept] = torch.cat([torch.zeros(int(kept.sum()), 1), cheapest[kept, :-1]], 1)
            targets[rows], costs[rows] = chosen, cheapest.double()
        return cls(targets, costs)._connected(space)

    def _connected(self, space: MotionSpace) -> "Transitions":
        """Add edges from the end of each stretch to its own beginning and to that of the next one."""
        targets, costs = self.targets.clone(), self.costs.clone()
        segments = space.segments
        for number, (first, end) in enumerate(segments):
            onward = segments[(number + 1) % len(segments)][0]
            for target_position, target in ((-1, first), (-2, onward)):
                if target == end or (target_position == -2 and len(segments) == 1):
                    continue
                costs[end][targets[end] == target] = torch.inf  # one edge to each frame is enough
                targets[end, target_position] = target
                costs[end, target_position] = float(_distances(space, torch.tensor([end]))[0, target])
        dead = torch.isinf(costs[:, 0])
        best = costs[dead].argmin(1, keepdim=True)
        for table in (targets, costs):
            table[dead, 0] = table[dead].gather(1, best)[:, 0]
        # Where there are fewer minima than edges, the first edge fills up, at an infinite cost.
        return Transitions(torch.where(torch.isinf(costs), targets[:, :1], targets), costs)

    def anticipated(self) -> Tensor:
        """Costs plus the discounted costs of what follows, so that dead ends are avoided: float64 [N, K]."""
        ahead = torch.zeros(len(self.costs), dtype=torch.float64)
        total = self.costs
        for _ in range(ROUNDS):
            total = self.costs + DISCOUNT * ahead[self.targets]
            best = total.amin(1)
            if torch.allclose(best, ahead, atol=1e-4, rtol=0):
                break
            ahead = best
        return total

    def quantised(self) -> Tensor:
        """Anticipated costs above the least one of each frame, in 1/4096 of CHOICE: int64 [N, K]."""
        total = self.anticipated()
        above = (total - total.amin(1, keepdim=True)) / CHOICE * RESOLUTION
        return above.clamp(max=DEAREST).round().long()


def _distances(space: MotionSpace, rows: Tensor) -> Tensor:
    """Cost of going on from `rows` at every frame, [R, N]: √(|Δx|² + |Δv|²) and what a jump costs."""
    following = space.following[rows]
    velocities = torch.where(following[:, None] >= 0, space.velocities[following], space.velocities[rows])
    states = torch.cat([space.positions, space.velocities], 1)
    distances = torch.cdist(torch.cat([space.ahead[rows], velocities], 1), states) + JUMP
    times = torch.arange(len(states))
    close = (times - following[:, None]).abs() <= NEAR_IN_TIME
    return distances + STUTTER * (close & (following[:, None] >= 0))


def _local_minima(distances: Tensor) -> Tensor:
    """Distances [R, N] where no neighbour in time is nearer; infinity elsewhere."""
    padded = torch.nn.functional.pad(distances, (1, 1), value=torch.inf)
    least = (distances <= padded[:, :-2]) & (distances < padded[:, 2:])
    return torch.where(least, distances, torch.inf)
