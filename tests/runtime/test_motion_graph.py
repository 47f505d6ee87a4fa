"""Plans on the transition graph."""

import numpy as np
import pytest

from alive_cli.runtime.motion_graph import MotionGraph


@pytest.fixture
def graph() -> MotionGraph:
    """Ten moments in a row, with dear jumps: from 4 to 8, from 9 to 0, and from 6 to 2."""
    targets = np.stack([np.append(np.arange(1, 10), 0), np.append(np.arange(1, 10), 0)], 1)
    costs = np.zeros((10, 2), np.float32)
    costs[:, 1] = 1e6
    costs[9] = 3.0
    for frame, target, cost in ((4, 8, 0.2), (6, 2, 1.0)):
        targets[frame, 1], costs[frame, 1] = target, cost
    return MotionGraph(targets, costs, np.append(np.arange(1, 10), -1))


@pytest.mark.parametrize(("length", "cost"), [(5, 1.0), (10, 2.0), (15, 3.0), (7, 3.2)])
def test_closed_ways_are_exact_and_cheap(graph: MotionGraph, length: int, cost: float) -> None:
    (way,) = graph.closed_paths(length, np.arange(10), np.ones(10))
    assert len(way) == length
    paid = 0.0
    for here, there in zip([way[-1], *way[:-1]], way, strict=True):
        edges = np.flatnonzero(graph.targets[here] == there)
        assert len(edges)
        paid += graph.costs[here, edges].min()
    assert paid == pytest.approx(cost)


def test_a_lively_closed_way_is_preferred(graph: MotionGraph) -> None:
    motion = np.ones(10)
    motion[2:7] = 0.1  # the cheap cycle of five is dull
    (way,) = graph.closed_paths(10, np.arange(10), motion)
    assert set(way) == set(range(10))


def test_closed_ways_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ring of forty frames with two far shortcuts of one length, and a twin beside the cheaper one."""
    following = np.append(np.arange(1, 40), 0)
    targets, costs = np.stack([following, following], 1), np.zeros((40, 2), np.float32)
    costs[:, 1] = 1e6
    for frame, target, cost in ((10, 21, 1.0), (11, 22, 1.1), (25, 36, 2.0)):
        targets[frame, 1], costs[frame, 1] = target, cost
    graph = MotionGraph(targets, costs, following)
    ways = graph.closed_paths(30, np.arange(40), np.ones(40), most=3)
    jumps = [[(way[place - 1], way[place]) for place in graph.jumps(way)] for way in ways]
    assert jumps == [[(10, 21)], [(25, 36)]]
    monkeypatch.setattr("alive_cli.runtime.motion_graph.SAME_JUMP", 0)
    assert len(graph.closed_paths(30, np.arange(40), np.ones(40), most=3)) == 3


def test_no_closed_way(graph: MotionGraph) -> None:
    lonely = MotionGraph(np.full((3, 1), 1), np.zeros((3, 1), np.float32), np.array([1, -1, -1]))
    assert lonely.closed_paths(5, np.array([0]), np.ones(3)) == []
    assert len(graph.closed_paths(5, np.array([9]), np.ones(10), most=4)) <= 1
