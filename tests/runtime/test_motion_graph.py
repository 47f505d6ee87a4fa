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


def test_the_cheapest_way(graph: MotionGraph) -> None:
    assert graph.path(3, 9) == [4, 8, 9]  # the jump costs less than the frames it saves
    assert graph.path(5, 3) == [6, 2, 3]
    assert graph.path(8, 2) == [9, 0, 1, 2]
    assert graph.path(4, 4) == []


def test_a_goal_is_arrived_at_by_observed_motion(graph: MotionGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alive_cli.runtime.motion_graph.RUN_UP", 2)
    assert graph.arriving_path(4, 9) == [5, 6, 7, 8, 9]  # a jump to 8 would be shorter, and still be eased at 9
    assert graph.arriving_path(7, 9) == [8, 9]
    assert graph.arriving_path(6, 1) == [7, 8, 9, 0, 1]
    assert graph.arriving_path(3, 3) == []


@pytest.mark.parametrize(("length", "cost"), [(5, 1.0), (10, 2.0), (15, 3.0), (7, 3.2)])
def test_closed_ways_are_exact_and_cheap(graph: MotionGraph, length: int, cost: float) -> None:
    way = graph.closed_path(length, np.arange(10), np.ones(10))
    assert way is not None
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
    way = graph.closed_path(10, np.arange(10), motion)
    assert way is not None
    assert set(way) == set(range(10))


def test_no_closed_way(graph: MotionGraph) -> None:
    assert (
        graph.closed_path(5, np.array([9]), np.ones(10)) is None
        or len(graph.closed_path(5, np.array([9]), np.ones(10))) == 5
    )
