"""One step of the living behavior: the walk leads, the VAE varies, controls steer."""

from dataclasses import replace
from itertools import pairwise

import pytest

torch = pytest.importorskip("torch")

from alive_cli.behaviors.motion_graph.learn import LivingBehavior  # noqa: E402
from alive_cli.behaviors.motion_graph.simulate import (  # noqa: E402
    simulate_choices,
    simulate_rollouts,
    simulate_walk,
)
from alive_cli.behaviors.motion_graph.walk import MotionGraph  # noqa: E402
from tests.behaviors.motion_graph.clips import (  # noqa: E402
    QUICK,
    embeddings_of,
    graph_of,
    nodes_of,
    positions_of,
    quickly_learned,
    rollout,
    swinging,
)


@pytest.fixture(scope="module")
def learned() -> tuple[LivingBehavior, MotionGraph, dict[str, float]]:
    behavior, bank, figures = quickly_learned(swinging)
    return behavior, graph_of(bank), figures


@pytest.fixture(scope="module")
def behavior(learned: tuple[LivingBehavior, MotionGraph, dict[str, float]]) -> LivingBehavior:
    return learned[0]


@pytest.fixture(scope="module")
def graph(learned: tuple[LivingBehavior, MotionGraph, dict[str, float]]) -> MotionGraph:
    return learned[1]


def test_temperature_zero_is_exactly_still(behavior: LivingBehavior, graph: MotionGraph) -> None:
    for state in rollout(behavior, graph, 10, temperature=0, start=7):
        assert torch.equal(state.position[0], graph.positions[7])


def test_a_step_arrives_at_the_next_frame(behavior: LivingBehavior, graph: MotionGraph) -> None:
    states = rollout(behavior, graph, 5, novelty=0, start=3)
    assert nodes_of(states) == [4, 5, 6, 7, 8]
    torch.testing.assert_close(states[-1].position[0], graph.positions[8])


def test_a_quarter_of_the_speed_takes_four_times_the_frames(behavior: LivingBehavior, graph: MotionGraph) -> None:
    states = rollout(behavior, graph, 20, speed=0.25, novelty=0, start=3)
    torch.testing.assert_close(states[-1].position[0], graph.positions[8])
    middle = (graph.positions[7] + graph.positions[8]) / 2
    torch.testing.assert_close(states[-3].position[0], middle)


def test_temperature_scales_the_motion(behavior: LivingBehavior, graph: MotionGraph) -> None:
    embeddings = swinging()
    path = list(range(1, 118))

    def swing(temperature: float) -> torch.Tensor:
        states = rollout(behavior, graph, len(path), path=path, novelty=0, temperature=temperature)
        return embeddings_of(behavior, graph, states, embeddings, temperature=temperature)[20:]

    own, calm, bold = swing(1), swing(0.3), swing(2)
    assert 0.1 < float(calm.std(0).norm() / own.std(0).norm()) < 0.6
    assert float(bold.std(0).norm() / own.std(0).norm()) > 1.2


def test_a_higher_temperature_widens_the_choice(behavior: LivingBehavior, graph: MotionGraph) -> None:
    def paths(temperature: float) -> int:
        lives = [nodes_of(rollout(behavior, graph, 90, seed=seed, temperature=temperature)) for seed in range(8)]
        return len({tuple(life) for life in lives})

    assert paths(0.05) < paths(1)


def test_a_life_soon_leaves_the_order_of_the_clip(behavior: LivingBehavior, graph: MotionGraph) -> None:
    def first_jump(seed: int) -> int:
        nodes = nodes_of(rollout(behavior, graph, 240, seed=seed))
        return next((n for n, (a, b) in enumerate(pairwise(nodes)) if b != int(graph.following[a])), 240)

    assert sorted(first_jump(seed) for seed in range(10))[7] < 90


def test_it_goes_where_it_is_sent(behavior: LivingBehavior, graph: MotionGraph) -> None:
    path = [50, 51, 90, 91, 10]
    assert nodes_of(rollout(behavior, graph, 5, path=path)) == path


def test_a_jump_moves_on_smoothly_and_lands(behavior: LivingBehavior, graph: MotionGraph) -> None:
    path = list(range(1, 10)) + list(range(70, 119))
    positions = positions_of(rollout(behavior, graph, len(path), novelty=0, path=path))
    steps = (positions[1:] - positions[:-1]).norm(dim=1)
    assert steps.max() < 4 * steps.median()
    torch.testing.assert_close(positions[-1], graph.positions[118])


def test_forbidden_frames_are_avoided(behavior: LivingBehavior, graph: MotionGraph) -> None:
    weight = torch.ones(len(graph.positions))
    weight[40:] = 0
    assert max(nodes_of(rollout(behavior, graph, 400, bank_weight=weight))) < 40
    assert max(nodes_of(rollout(behavior, graph, 400))) >= 40


def test_disliked_frames_are_not_missed(behavior: LivingBehavior, graph: MotionGraph) -> None:
    """However long a frame was not visited, it gets no more of the bonus for that than its weight."""
    weight = torch.full((len(graph.positions),), 1e-20)
    weight[:60] = 1
    nodes = nodes_of(rollout(behavior, graph, 20 * len(graph.positions), bank_weight=weight))
    assert sum(node < 60 for node in nodes) > 0.95 * len(nodes)


def test_novelty_leads_away_from_the_walk_as_calibrated(
    learned: tuple[LivingBehavior, MotionGraph, dict[str, float]],
) -> None:
    behavior, graph, figures = learned
    assert figures["apart"] == pytest.approx(QUICK.apart, rel=0.15)
    positions, anchors = simulate_rollouts(behavior.step, graph, rollouts=8, frames=150, seed=5)
    apart = (positions - anchors).norm(dim=-1)[:, 40:].mean()
    assert apart == pytest.approx(QUICK.apart, rel=0.3)


def test_the_same_path_under_other_noise_is_another_rollout(behavior: LivingBehavior, graph: MotionGraph) -> None:
    path = nodes_of(rollout(behavior, graph, 150, seed=1))

    def along(seed: int, novelty: float) -> torch.Tensor:
        return positions_of(rollout(behavior, graph, 150, seed=seed, path=path, novelty=novelty))

    assert (along(2, 0.5) - along(3, 0.5)).norm(dim=1)[50:].mean() > 0.5
    torch.testing.assert_close(along(2, 0), along(3, 0))


def test_choices_alone_are_those_of_the_whole_walk(behavior: LivingBehavior, graph: MotionGraph) -> None:
    walk = behavior.step.walk
    *_, whole = simulate_walk(walk, graph, 1, 500, seed=3)
    choices = simulate_choices(walk, graph, 500, seed=3)
    assert torch.equal(whole.visited, choices.visited)
    assert torch.equal(whole.since, choices.since)


def test_frames_that_have_not_been_visited_for_long_become_more_likely(
    behavior: LivingBehavior, graph: MotionGraph
) -> None:
    young = simulate_choices(behavior.step.walk, graph, 500, seed=3)
    left = int((young.clock - young.visited[0]).argmax())
    age = torch.zeros_like(graph.age)
    age[left] = 8 * len(age)
    frames = 200

    def visits(ages: torch.Tensor) -> int:
        states = simulate_walk(behavior.step.walk, replace(graph, age=ages), 16, frames, seed=4)
        return sum(int((state.node == left).sum()) for state in states)

    assert visits(age) > visits(torch.zeros_like(age))
