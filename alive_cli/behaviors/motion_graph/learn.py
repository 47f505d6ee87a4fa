"""Learn the behavior: from the observed embeddings to a step of time that can be exported."""

from dataclasses import replace
from itertools import product

import numpy as np
import torch
from torch import Tensor, nn

from alive_cli.behaviors.motion_graph.drawability import ghost_costs, spread
from alive_cli.behaviors.motion_graph.motion_space import MotionSpace
from alive_cli.behaviors.motion_graph.network import MotionVae, MotionVaeSettings
from alive_cli.behaviors.motion_graph.simulate import simulate_choices
from alive_cli.behaviors.motion_graph.step import Decoder, LivingStep
from alive_cli.behaviors.motion_graph.train import MotionTraining, calibrate, train_motion, walks
from alive_cli.behaviors.motion_graph.transitions import Transitions
from alive_cli.behaviors.motion_graph.walk import (
    LONGEST_AGE,
    RESTLESSNESS,
    REVISIT_BONUSES,
    MotionGraph,
    Walk,
    quantised,
)
from alive_cli.behaviors.protocol import Bank, Ghosting, Slices
from alive_cli.progress import Progress, silent
from alive_cli.training.device import one_thread
from bundle_spec.manifest import POSE

GRAPH_STAGE = "Finding ways on"
"""The progress bar shows this text while the motion graph is built."""
JUDGEMENTS = 2
"""The jumps that walks take are drawn and judged so often, because with new costs the walks take others."""
WARM_UP, MOST_WARM_UP = 9, 100_000
"""After so many lengths of the clip, but at most so many frames, the ages of a walk are those of a long rollout."""
COVERED, WITHIN = 0.97, 3.3
"""A walk covers the clip when it visits this share of the frames within so many lengths of the clip."""
DEAREST = 1e6
"""This cost stands for an edge that isn't there (SPEC.md, Transitions)."""
FRAME, STARTS, REACH = "frame", "starts", "reach"
"""Tensors of the bank have these names: the frames' own numbers, because a rollout begins with one as its state; the
frames at which rollouts may begin; and how far temperature may move an embedding, in median steps, float32 [1]."""
UNBOUNDED = 1e6
"""A reach of so many median steps bounds nothing."""
MOST_STARTS = 64
"""A bank names at most so many frames to begin at."""
START_SECONDS, LIVELY, NEAR_JUMP = 1.5, 0.8, 0.5
"""A rollout begins where, within so many seconds, the clip moves at least at this share of its mean speed, and where a
jump costs no more than in this share of such places: so it begins with motion, and leaves the clip's order soon."""


class LivingBehavior(nn.Module):
    """All learned and measured parts of the living behavior except the bank."""

    def __init__(self, settings: MotionVaeSettings, dimension: int, fps: float = 30.0) -> None:
        super().__init__()
        self.step = LivingStep(MotionVae(settings), fps)
        self.decoder = Decoder(settings.components, dimension)


def learn(
    embeddings: Tensor,
    config: MotionTraining,
    ghosting: Ghosting | None = None,
    progress: Progress = silent,
    *,
    slices: Slices | None = None,
    fps: float = 30.0,
) -> tuple[LivingBehavior, Bank, dict[str, float]]:
    """Fit to observed embeddings, float32 [N, D], N ≥ 2, in the order of the clip.

    Args:
        ghosting: measures how the generator draws embeddings; without it every jump counts as drawn well.
        slices: the parts of an embedding by name. Without a pose, what moves the pose moves the whole embedding.
        fps: frames of the clip a second.

    Returns:
        The trained module; the bank's tensors; figures.
    """
    torch.manual_seed(config.seed)
    progress(GRAPH_STAGE, 0, JUDGEMENTS + 1)
    embeddings = embeddings.cpu()
    space = MotionSpace.of(embeddings)
    plain = transitions = Transitions.of(space)
    with one_thread():  # all of it is many small operations
        settings = MotionVaeSettings(space.positions.shape[1])
        behavior = LivingBehavior(settings, embeddings.shape[1], fps)
        behavior.decoder.basis.copy_(space.basis * space.unit)
        behavior.decoder.posed.copy_(_posed(space.basis, slices or {}))
        ghosts = torch.zeros_like(plain.costs)
        for number in range(JUDGEMENTS):
            if ghosting is None:
                break
            progress(GRAPH_STAGE, number + 1, JUDGEMENTS + 1)
            graph = _motion_graph(space, transitions)
            walk, seed = behavior.step.walk, config.seed + number
            sources, places, costs = ghost_costs(graph, walk, behavior.decoder, embeddings, ghosting, seed)
            ghosts = spread(ghosts, graph, sources, places, costs)
            transitions = replace(plain, costs=plain.costs + ghosts)
        graph = _with_revisits(behavior.step.walk, _motion_graph(space, transitions), config.seed)
        shots = len(space.segments)
        progress(GRAPH_STAGE, JUDGEMENTS + 1, JUDGEMENTS + 1, f"{shots} shot{'' if shots == 1 else 's'}")
        figures = train_motion(behavior.step.vae, walks(behavior.step.walk, graph, config), config, progress)
        figures["apart"] = round(calibrate(behavior.step, graph, config), 3)
    bank = {name: tensor.numpy() for name, tensor in vars(graph).items()}
    bank |= {"embedding": embeddings.numpy(), FRAME: np.arange(len(embeddings))}
    bank[REACH] = np.array([UNBOUNDED], np.float32)
    bank[STARTS] = _starts(space, transitions, round(START_SECONDS * fps), config.seed).numpy()
    bank["jump_cost"] = transitions.costs.clamp(max=DEAREST).float().numpy()
    return behavior.eval(), bank, figures


def _posed(basis: Tensor, slices: Slices) -> Tensor:
    """What offsets of the position are without their appearance: [k, k], from the orthonormal basis [k, D]."""
    if POSE not in slices:
        return torch.eye(len(basis))
    pose = basis[:, slice(*slices[POSE])]
    return pose @ pose.T


def _starts(space: MotionSpace, transitions: Transitions, frames: int, seed: int) -> Tensor:
    """The frames, int64 [M], from which the clip moves and a jump is near within so many frames, in random order."""
    count = len(space.positions)
    motion = (space.ahead - space.positions).norm(dim=1)
    following = transitions.targets == space.following[:, None]
    cheapest = transitions.costs.masked_fill(following, torch.inf).amin(1)
    window = min(frames, count)
    soon = torch.minimum(torch.arange(count)[:, None] + torch.arange(window), space.last[:, None])  # [N, W]
    lively, near = motion[soon].mean(1), cheapest[soon].amin(1)
    moving = lively >= LIVELY * motion.mean()
    good = (moving & (near <= near[moving].quantile(NEAR_JUMP))).nonzero()[:, 0]
    order = torch.randperm(len(good), generator=torch.Generator().manual_seed(seed))
    starts: Tensor = good[order[:MOST_STARTS]]
    return starts


def _motion_graph(space: MotionSpace, transitions: Transitions) -> MotionGraph:
    return MotionGraph(
        positions=space.positions,
        velocities=space.velocities,
        ahead=space.ahead,
        following=space.following,
        last=space.last,
        targets=transitions.targets,
        costs=transitions.quantised(),
        age=torch.zeros(len(space.positions), dtype=torch.int64),
    )


def _with_revisits(walk: Walk, graph: MotionGraph, seed: int) -> MotionGraph:
    """Give the walk the smallest revisit bonus with which it visits the whole clip, and as much restlessness as it can.

    Returns:
        The graph with the ages of a long rollout.
    """
    count = len(graph.positions)
    for restlessness, revisit_bonus in product(RESTLESSNESS, REVISIT_BONUSES):
        walk.restlessness.fill_(quantised(restlessness))
        walk.revisit_bonus.fill_(quantised(revisit_bonus))
        state = simulate_choices(walk, graph, min(round(WARM_UP * count), MOST_WARM_UP), seed)
        ages = state.clock - state.visited[0]
        recent = (ages <= WITHIN * count) & (state.visited[0] > 0)
        if float(recent.float().mean()) >= COVERED:
            break
    return replace(graph, age=ages.clamp(max=LONGEST_AGE * count))
