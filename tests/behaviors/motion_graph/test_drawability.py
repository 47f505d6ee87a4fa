"""Jumps are judged where a walk really goes, and double exposures cost."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from alive_cli.behaviors.motion_graph.drawability import (  # noqa: E402
    GHOST_COST,
    JUDGED_SHARES,
    MOST_DRAWN,
    frequent_jumps,
    ghost_costs,
    jump_positions,
)
from alive_cli.behaviors.motion_graph.learn import JUDGEMENTS, LivingBehavior, learn  # noqa: E402
from alive_cli.behaviors.motion_graph.walk import MotionGraph, easing_frames  # noqa: E402
from alive_cli.behaviors.protocol import Bank, Ghosting  # noqa: E402
from tests.behaviors.motion_graph.clips import (  # noqa: E402
    QUICK,
    graph_of,
    opening,
    positions_of,
    quickly_learned,
    rollout,
    swinging,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def learned() -> tuple[LivingBehavior, Bank]:
    """A one-way clip, whose walk must jump far."""
    behavior, bank, _ = quickly_learned(opening)
    return behavior, bank


@pytest.fixture(scope="module")
def graph(learned: tuple[LivingBehavior, Bank]) -> MotionGraph:
    return graph_of(learned[1])


def test_jumps_are_judged_where_a_walk_goes(learned: tuple[LivingBehavior, Bank], graph: MotionGraph) -> None:
    behavior, _ = learned
    sources, places = (each[:8] for each in frequent_jumps(behavior.step.walk, graph, seed=0))
    targets = graph.targets[sources, places]
    spans = easing_frames(graph.ahead[sources] - graph.positions[targets])
    assert spans.max() > 20
    for number, (source, target, span) in enumerate(zip(sources.tolist(), targets.tolist(), spans, strict=True)):
        path = list(range(target, int(graph.last[target]) + 1))[: int(span) + 1]
        walked = positions_of(rollout(behavior, graph, len(path), novelty=0, start=source, path=path))
        frames = torch.arange(len(path))
        shares = (frames / span + 1e-5).clamp(max=1)
        judged = jump_positions(graph, sources[number : number + 1], places[number : number + 1], shares)[0]
        torch.testing.assert_close(judged, walked, atol=0.02, rtol=0)


def test_the_jumps_of_walks_are_real_and_come_most_frequent_first(
    learned: tuple[LivingBehavior, Bank], graph: MotionGraph
) -> None:
    sources, places = frequent_jumps(learned[0].step.walk, graph, seed=0)
    assert len(sources)
    assert len(torch.stack([sources, places]).unique(dim=1)[0]) == len(sources)
    assert (graph.targets[sources, places] != graph.following[sources]).all()
    other, _ = frequent_jumps(learned[0].step.walk, graph, seed=1)
    assert len(set(sources[:5].tolist()) & set(other[:10].tolist())) >= 2


def test_ghosts_cost_what_the_worst_picture_of_the_way_shows() -> None:
    embeddings = swinging()
    counts: list[int] = []

    def ghosting(drawn: torch.Tensor) -> torch.Tensor:
        torch.testing.assert_close(drawn.norm(dim=1), torch.ones(len(drawn)))
        counts.append(len(drawn))
        ghosts = torch.full((len(drawn),), 0.01)
        ghosts[len(JUDGED_SHARES) - 1] = 0.5  # at the last share of the most frequent jump
        return ghosts

    _, judged, _ = learn(embeddings, QUICK, ghosting)
    _, plain, _ = quickly_learned(swinging)
    assert len(counts) == JUDGEMENTS
    assert all(0 < count <= MOST_DRAWN * len(JUDGED_SHARES) and count % len(JUDGED_SHARES) == 0 for count in counts)
    # A jump that is judged again doesn't cost twice as much.
    dearer = np.unique((judged["jump_cost"] - plain["jump_cost"]).round(3))
    np.testing.assert_allclose(dearer, [0, 0.01 * GHOST_COST, 0.5 * GHOST_COST], atol=1e-3)
    follows = judged["following"] >= 0
    assert (judged["jump_cost"][follows, 0] == 0).all()


def test_walks_avoid_jumps_that_ghost() -> None:
    embeddings = swinging()

    def ghosting(drawn: torch.Tensor) -> torch.Tensor:
        return 0.3 * (drawn[:, 0] < 0).float()

    def ghosts(judge: Ghosting | None) -> float:
        """Share of the jumps of other walks that ghost."""
        behavior, bank, _ = learn(embeddings, QUICK, judge) if judge else quickly_learned(swinging)
        walk, graph = behavior.step.walk, graph_of(bank)
        _, _, costs = ghost_costs(graph, walk, behavior.decoder, embeddings, ghosting, seed=7)
        return float((costs > 0).float().mean())

    judged, plain = ghosts(ghosting), ghosts(None)
    assert plain > 0.3
    assert judged < 0.5 * plain
