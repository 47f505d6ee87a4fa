"""Paths to goals."""

import heapq
import itertools
import math
import time

import numpy as np
import pytest

from alive_cli.runtime.goal_paths import (
    BETWEEN_JUMPS,
    EASING_PACE,
    FRAME_PRICE,
    LONGEST_EASING,
    OFFSET_PRICE,
    USUAL_JUMP,
    GoalPaths,
)
from alive_cli.runtime.motion_graph import MotionGraph


def graph_of(count: int, jumps: dict[tuple[int, int], float], cuts: tuple[int, ...] = ()) -> MotionGraph:
    """A clip with these jumps and their costs; each frame has two edges, those that aren't there with the cost 10⁶."""
    following = np.append(np.arange(1, count), -1)
    following[list(cuts)] = -1
    targets = np.stack([np.maximum(following, 0)] * 2, 1)
    costs = np.full((count, 2), 1e6, np.float32)
    costs[following >= 0, 0] = 0
    for (source, target), cost in jumps.items():
        targets[source, 1], costs[source, 1] = target, cost
    return MotionGraph(targets, costs, following)


def path(graph: MotionGraph, start: int, first: int, last: int | None = None) -> list[int] | None:
    return graph.goal_paths.path(start, range(first, (first if last is None else last) + 1))


def test_observed_motion_leads_to_a_near_goal() -> None:
    graph = graph_of(60, {(5, 30): 1.0, (50, 0): 1.0})
    assert path(graph, 2, 6) == [3, 4, 5, 6]
    assert path(graph, 7, 7) == []
    assert path(graph, 2, 40) == [3, 4, 5, *range(30, 41)]
    assert path(graph, 55, 3) is None


def test_a_jump_is_eased_away_before_the_goal() -> None:
    graph = graph_of(150, {(5, 120): 4.0, (6, 128): 4.0})
    assert path(graph, 4, 129) == [5, *range(120, 130)]  # six frames of easing, where the later jump would leave one
    early = graph_of(60, {(40, 1): 4.0})
    assert path(early, 39, 3) == [40, 1, 2, 3]  # there is no more motion before the goal


def test_near_jumps_are_preferred_to_a_far_one() -> None:
    jumps = {(3, 300): 12.0, (4, 150): 6.0, (160, 290): 6.0}
    assert path(graph_of(400, jumps), 2, 315) == [3, 4, *range(150, 161), *range(290, 316)]
    assert path(graph_of(400, {(3, 300): 12.0}), 2, 330) == [3, *range(300, 331)]


def test_a_range_has_a_cheapest_frame() -> None:
    graph = graph_of(80, {(5, 40): 1.0, (6, 70): 9.0})
    assert path(graph, 3, 30, 60) == [4, 5, 40, 41, 42]  # eased within the range
    assert path(graph, 35, 30, 60) == []


def test_a_cut_is_no_observed_motion() -> None:
    graph = graph_of(40, {(3, 25): 2.0}, cuts=(19,))
    assert path(graph, 10, 30) is None
    assert path(graph, 1, 30) == [2, 3, *range(25, 31)]


def easing(cost: float) -> int:
    return min(max(math.ceil(EASING_PACE * cost), 1), LONGEST_EASING)


def jump_price(cost: float) -> float:
    return cost**2 / USUAL_JUMP


def left_price(cost: float, since: int) -> float:
    """The price of what is left of a jump so many frames after it."""
    share = 0.5 + 0.5 * math.cos(math.pi * min(since / easing(cost), 1))
    return OFFSET_PRICE * share * jump_price(cost)


def least_price(costs: np.ndarray, following: np.ndarray, start: int, goal: int) -> float:
    """Dijkstra's search over frames, each with the last jump's cost and the frames since then."""
    heap: list[tuple[float, int, float, int, bool]] = [(0.0, start, 0.0, 99, False)]
    seen = set()
    while heap:
        price, frame, last, since, is_end = heapq.heappop(heap)
        if is_end:
            return price
        if (frame, last, since) in seen:
            continue
        seen.add((frame, last, since))
        if frame == goal:
            heapq.heappush(heap, (price + (left_price(last, since) if last else 0), frame, last, since, True))
        if following[frame] >= 0:
            heapq.heappush(heap, (price + FRAME_PRICE, int(following[frame]), last, min(since + 1, 99), False))
        if since >= max(easing(last), BETWEEN_JUMPS) or following[frame] < 0:
            for target in np.flatnonzero(np.isfinite(costs[frame])):
                cost = float(costs[frame, target])
                heapq.heappush(heap, (price + FRAME_PRICE + jump_price(cost), int(target), cost, 0, False))
    return math.inf


@pytest.mark.parametrize("seed", range(8))
def test_no_path_is_cheaper(seed: int) -> None:
    random = np.random.default_rng(seed)
    count, edges = 40, 3
    following = np.where(random.random(count) < 0.1, -1, np.append(np.arange(1, count), -1))
    targets = random.integers(0, count, (count, edges))
    costs = random.integers(1, 7, (count, edges)).astype(np.float32)
    costs[random.random(costs.shape) < 0.3] = 1e6
    jumps = np.full((count, count), np.inf)
    for frame, edge in itertools.product(range(count), range(edges)):
        if targets[frame, edge] not in (frame, following[frame]) and costs[frame, edge] < 1e6:
            jumps[frame, targets[frame, edge]] = min(jumps[frame, targets[frame, edge]], costs[frame, edge])
    paths = GoalPaths(targets, costs, following)
    for start, goal in random.integers(0, count, (15, 2)):
        way = paths.path(int(start), [int(goal)])
        least = least_price(jumps, following, int(start), int(goal))
        if way is None:
            assert math.isinf(least)
            continue
        price, last, since = 0.0, 0.0, 99
        for here, there in itertools.pairwise([int(start), *way]):
            since += 1
            price += FRAME_PRICE
            if following[here] != there:
                last, since = float(jumps[here, there]), 0
                price += jump_price(last)
        assert price + (left_price(last, since) if last else 0) == pytest.approx(least)


def test_a_strangers_graph() -> None:
    """Loops of observed motion, edges to the frame itself and frames that several others lead to end the search."""
    following = np.array([0, 2, 1, 1, -1])
    targets = np.array([[0, 0], [1, 1], [2, 4], [3, 3], [4, 4]])
    paths = GoalPaths(targets, np.full((5, 2), 2, np.float32), following)
    assert paths.path(0, [4]) is None
    assert paths.path(3, [4]) == [1, 2, 4]
    assert paths.path(1, [2]) == [2]


def test_a_long_clip_is_planned_in_little_time() -> None:
    count, edges = 20_000, 16
    random = np.random.default_rng(0)
    costs = random.uniform(1, 20, (count, edges)).astype(np.float32)
    paths = GoalPaths(random.integers(0, count, (count, edges)), costs, np.append(np.arange(1, count), -1))
    began = time.process_time()
    assert paths.path(19_000, [100])
    assert time.process_time() - began < 2.0
