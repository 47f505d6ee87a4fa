"""The edges of the motion graph: everywhere can be reached, nothing is there twice, memory stays small."""

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from alive_cli.behaviors.motion_graph.motion_space import MotionSpace  # noqa: E402
from alive_cli.behaviors.motion_graph.transitions import EDGES, MOST_CELLS, Transitions  # noqa: E402
from tests.behaviors.motion_graph.clips import opening, swinging, two_shots, units  # noqa: E402


def reachable_in_one(graph: Transitions) -> torch.Tensor:
    """Which frames each frame has a real edge to: bool [N, N]."""
    edges = torch.zeros(len(graph.targets), len(graph.targets), dtype=torch.bool)
    real = torch.isfinite(graph.costs)
    edges[torch.arange(len(edges))[:, None].expand_as(real)[real], graph.targets[real]] = True
    return edges


@pytest.mark.parametrize("clip", [swinging, opening, two_shots, lambda: swinging(3), lambda: swinging(2)])
def test_everywhere_can_be_reached_from_everywhere(clip: Callable[[], torch.Tensor]) -> None:
    space = MotionSpace.of(clip())
    graph = Transitions.of(space)
    count = len(space.positions)
    assert graph.targets.shape == (count, min(EDGES, max(2, count - 1)))
    assert (graph.targets != torch.arange(count)[:, None]).all()
    reachable = torch.eye(count, dtype=torch.bool)
    for _ in range(count):
        reachable = reachable | (reachable.float() @ reachable_in_one(graph).float() > 0)
    assert reachable.all()
    follows = space.following >= 0
    assert (graph.targets[follows, 0] == space.following[follows]).all()
    assert (graph.costs[follows, 0] == 0).all()


def test_no_edge_is_there_twice() -> None:
    turns = np.stack([np.sin(np.arange(90) / 30 * 2 * np.pi), np.cos(np.arange(90) / 30 * 2 * np.pi)], -1)
    graph = Transitions.of(MotionSpace.of(units(turns)))
    for targets, costs in zip(graph.targets, graph.costs, strict=True):
        real = targets[torch.isfinite(costs)]
        assert len(real.unique()) == len(real)


def test_a_clip_that_stands_still_has_a_graph() -> None:
    graph = Transitions.of(MotionSpace.of(units(np.full((12, 4), 0.2))))
    assert torch.isfinite(graph.costs[:, 0]).all()


FRAMES = 12_000
MEMORY = """
import resource, sys
sys.path[:0] = {path!r}
import torch
from alive_cli.behaviors.motion_graph.motion_space import MotionSpace
from alive_cli.behaviors.motion_graph.transitions import Transitions
from tests.behaviors.motion_graph.clips import swinging
torch.set_num_threads(1)
Transitions.of(MotionSpace.of(swinging(300)))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
Transitions.of(MotionSpace.of(swinging({frames})))
print(1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before))
"""
"""Prints by how many bytes the peak of this process's memory grows while it finds a long clip's transitions."""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems count memory in other ways")
def test_no_table_of_a_long_clip_has_a_cell_for_each_pair_of_frames() -> None:
    code = MEMORY.format(path=sys.path, frames=FRAMES)
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    # A table for each pair would take 576 MB as 32-bit numbers. What the C library keeps of freed memory counts too.
    assert int(result.stdout) < 96 * MOST_CELLS
