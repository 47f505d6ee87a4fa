"""Jumps that go over pictures of their own: which ones, and the way that they bend."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from alive_cli.behaviors.motion_graph.bridges import MOST, SAMPLES  # noqa: E402
from alive_cli.behaviors.motion_graph.learn import LivingBehavior, find_pictures, learn  # noqa: E402
from alive_cli.behaviors.protocol import Bank, PicturePlan, PlannedPictures  # noqa: E402
from tests.behaviors.motion_graph.clips import QUICK, graph_of, opening, positions_of, rollout  # noqa: E402

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bridged() -> tuple[PicturePlan, LivingBehavior, Bank]:
    """A one-way clip whose far jumps go over a bridge that bends aside."""
    embeddings = opening()
    plan = find_pictures(embeddings, seed=0)
    before, after = embeddings[plan.pairs[..., 0]], embeddings[plan.pairs[..., 1]]
    shares = torch.from_numpy(plan.shares).float()[..., None]
    aside = (1 - shares) * before + shares * after
    aside[..., 3] += 0.5 * shares[..., 0] * (1 - shares[..., 0])
    pictures = PlannedPictures(plan, torch.nn.functional.normalize(aside, dim=-1))
    behavior, bank, _ = learn(embeddings, QUICK, bridges=pictures)
    return plan, behavior, bank


def test_bridges_are_planned_for_far_jumps(bridged: tuple[PicturePlan, LivingBehavior, Bank]) -> None:
    plan, _, bank = bridged
    graph = graph_of(bank)
    assert 0 < len(plan.sources) <= MOST
    assert plan.pairs.shape == (len(plan.sources), SAMPLES, 2)
    assert (np.diff(plan.shares, axis=1) > 0).all()
    assert ((plan.shares > 0) & (plan.shares < 1)).all()
    assert bank["bends"].shape[:2] == (len(plan.sources) + 1, SAMPLES + 2)
    assert (bank["bends"][0] == 0).all()
    assert set(np.unique(bank["bridges"])) == set(range(len(plan.sources) + 1))
    assert (graph.bridges[graph.targets == graph.following[:, None]] == 0).all()


def test_a_bridge_is_gone_over(bridged: tuple[PicturePlan, LivingBehavior, Bank]) -> None:
    plan, behavior, bank = bridged
    graph = graph_of(bank)
    start, target = int(plan.sources[0]), int(plan.targets[0])
    number = int(graph.bridges[start][graph.targets[start] == target].max())
    straight = replace(graph, bends=torch.zeros_like(graph.bends))
    ways = [
        positions_of(rollout(behavior, each, 60, novelty=0, start=start, path=[target])) for each in (graph, straight)
    ]
    aside = (ways[0] - ways[1]).norm(dim=1)
    highest = graph.bends[number].norm(dim=1).max()
    assert highest > 1
    assert aside.max() == pytest.approx(float(highest), rel=0.2)
    assert aside[0] < 0.2 * highest
    assert (ways[0][1:] - ways[0][:-1]).norm(dim=1).max() < 6


def test_jumps_without_a_bridge_cost_more(bridged: tuple[PicturePlan, LivingBehavior, Bank]) -> None:
    _, _, bank = bridged
    _, plain, _ = learn(opening(), QUICK)
    jumps = (bank["jump_cost"] < 1e5) & (bank["targets"] != bank["following"][:, None])
    dissolved = jumps & (bank["bridges"] == 0)
    usual = plain["jump_cost"][(plain["jump_cost"] > 0) & (plain["jump_cost"] < 1e5)]
    assert bank["jump_cost"][dissolved].mean() > usual.mean()
