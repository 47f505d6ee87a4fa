"""The living behavior: its space, its graph, its walk, its step."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from alive_cli.behaviors.motion_graph.fit import find_bridges, fit_behavior  # noqa: E402

from alive_cli.behaviors.motion_graph.bridges import MOST, SAMPLES, Bridges  # noqa: E402
from alive_cli.behaviors.motion_graph.motion_space import MotionSpace  # noqa: E402
from alive_cli.behaviors.motion_graph.simulate import Noise, decide, simulate, start, wander  # noqa: E402
from alive_cli.behaviors.motion_graph.step import LivingState  # noqa: E402
from alive_cli.behaviors.motion_graph.train import MotionTraining  # noqa: E402
from alive_cli.behaviors.motion_graph.transitions import EDGES, Transitions  # noqa: E402
from alive_cli.behaviors.motion_graph.walk import TICKS, Moments  # noqa: E402
from alive_cli.report.liveness import Observed, liveness  # noqa: E402

QUICK = MotionTraining(steps=150, lives=8, frames=80)


def units(points: np.ndarray) -> torch.Tensor:
    """Points [N, d] as unit embeddings on a moderate cone, float32 [N, d + 1]."""
    lifted = np.concatenate([points, np.ones((len(points), 1))], 1)
    return torch.from_numpy((lifted / np.linalg.norm(lifted, axis=1, keepdims=True)).astype(np.float32))


def swinging(count: int = 120, seed: int = 0) -> torch.Tensor:
    """Embeddings of something that swings in two ways at once, with a little noise."""
    time = np.arange(count)
    noise = 0.01 * np.random.default_rng(seed).standard_normal((count, 8))
    swings = [np.sin(time / 6), np.cos(time / 6), 0.5 * np.sin(time / 15), 0.3 * np.cos(time / 9)]
    noise[:, :4] += 0.4 * np.stack(swings, -1)
    return units(noise)


def opening(count: int = 100) -> torch.Tensor:
    """Embeddings of something that goes one way and never comes back."""
    noise = 0.003 * np.random.default_rng(0).standard_normal((count, 6))
    noise[:, 0] += np.linspace(-0.7, 0.7, count)
    return units(noise)


def cut_clip() -> torch.Tensor:
    """Two shots: the second far away from the first."""
    first, second = swinging(60)[:, :8], swinging(50, seed=1)[:, :8]
    points = torch.cat([first, second]).numpy()
    points = np.concatenate([points, np.zeros((110, 1))], 1)
    points[60:, -1] = 3
    return units(points)


@pytest.fixture(scope="module")
def fitted() -> tuple:
    behavior, bank, figures = fit_behavior(swinging(), QUICK)
    return behavior, moments_of(bank), figures


def moments_of(bank: dict[str, np.ndarray]) -> Moments:
    return Moments(**{name: torch.from_numpy(bank[name]) for name in Moments.__dataclass_fields__})


def test_positions_are_in_median_steps_and_keep_distances() -> None:
    bank = swinging()
    space = MotionSpace.of(bank)
    steps = (space.positions[1:] - space.positions[:-1]).norm(dim=1)
    assert steps.median() == pytest.approx(1, abs=0.02)
    apart = (bank[10] - bank[70]).norm()
    assert (space.positions[10] - space.positions[70]).norm() * space.unit == pytest.approx(float(apart), rel=0.05)
    assert space.segments == [(0, 119)]


def test_a_cut_is_no_motion() -> None:
    space = MotionSpace.of(cut_clip())
    assert space.segments == [(0, 59), (60, 109)]
    assert space.following[59] == -1
    assert space.velocities.norm(dim=1).max() < 4


def test_a_quick_motion_is_no_cut() -> None:
    bump = np.zeros((80, 3))
    bump[:, 0] = 0.01 * np.sin(np.arange(80))
    bump[40:, 1] = 1
    bump[36:44, 1] = [0.02, 0.1, 0.25, 0.45, 0.65, 0.8, 0.93, 0.98]
    assert MotionSpace.of(units(bump)).segments == [(0, 79)]


def test_a_clip_that_stands_still() -> None:
    space = MotionSpace.of(units(np.full((12, 4), 0.2)))
    assert torch.isfinite(space.positions).all()
    Transitions.of(space)


@pytest.mark.parametrize("clip", [swinging, opening, cut_clip, lambda: swinging(3), lambda: swinging(2)])
def test_everywhere_can_be_reached_from_everywhere(clip) -> None:
    space = MotionSpace.of(clip())
    graph = Transitions.of(space)
    count = len(space.positions)
    assert graph.targets.shape == (count, min(EDGES, max(2, count - 1)))
    assert (graph.targets != torch.arange(count)[:, None]).all()
    reached = torch.eye(count, dtype=torch.bool)
    for _ in range(count):
        reached = reached | (reached.float() @ reached_in_one(graph).float() > 0)
    assert reached.all()
    follows = space.following >= 0
    assert (graph.targets[follows, 0] == space.following[follows]).all()
    assert (graph.costs[follows, 0] == 0).all()


def test_no_way_is_there_twice() -> None:
    turns = np.stack([np.sin(np.arange(90) / 30 * 2 * np.pi), np.cos(np.arange(90) / 30 * 2 * np.pi)], -1)
    graph = Transitions.of(MotionSpace.of(units(turns)))
    for targets, costs in zip(graph.targets, graph.costs, strict=True):
        real = targets[torch.isfinite(costs)]
        assert len(real.unique()) == len(real)


def reached_in_one(graph: Transitions) -> torch.Tensor:
    edges = torch.zeros(len(graph.targets), len(graph.targets), dtype=torch.bool)
    real = torch.isfinite(graph.costs)
    edges[torch.arange(len(edges))[:, None].expand_as(real)[real], graph.targets[real]] = True
    return edges


def live(behavior, moments: Moments, frames: int, *, ticks: int = TICKS, novelty: float = 0.5, **options):  # type: ignore[no-untyped-def]
    """States of one life, one a frame."""
    count = len(moments.positions)
    latent = behavior.step.vae.settings.latent
    state = start(moments, torch.tensor([options.get("begin", 0)]), latent)
    noise = Noise(1, moments.targets.shape[1], latent, options.get("seed", 0))
    weight = options.get("weight", torch.ones(count))
    path = list(options.get("path", []))
    states: list[LivingState] = []
    with torch.no_grad():
        for frame in range(frames):
            gumbel, normal = noise.draw(frame)
            forced = torch.tensor([path[frame] if frame < len(path) else -1])
            arguments = (torch.tensor(ticks), torch.tensor(novelty), gumbel, normal, weight, forced)
            state = behavior.step(state, moments, *arguments)
            states.append(state)
    return states


def test_temperature_zero_is_exactly_still(fitted) -> None:
    behavior, moments, _ = fitted
    states = live(behavior, moments, 10, ticks=0, begin=7)
    for state in states:
        assert torch.equal(state.position[0], moments.positions[7])


def test_a_whole_frame_arrives_at_the_next_moment(fitted) -> None:
    behavior, moments, _ = fitted
    states = live(behavior, moments, 5, novelty=0, begin=3)
    assert [int(state.walk.node) for state in states] == [4, 5, 6, 7, 8]
    torch.testing.assert_close(states[-1].position[0], moments.positions[8])


def test_a_quarter_of_the_speed_takes_four_times_the_frames(fitted) -> None:
    behavior, moments, _ = fitted
    states = live(behavior, moments, 20, ticks=TICKS // 4, novelty=0, begin=3)
    torch.testing.assert_close(states[-1].position[0], moments.positions[8])
    middle = (moments.positions[7] + moments.positions[8]) / 2
    torch.testing.assert_close(states[-3].position[0], middle)


def test_it_goes_where_it_is_sent(fitted) -> None:
    behavior, moments, _ = fitted
    path = [50, 51, 90, 91, 10]
    states = live(behavior, moments, 5, path=path)
    assert [int(state.walk.node) for state in states] == path


def test_a_jump_moves_on_smoothly_and_lands(fitted) -> None:
    behavior, moments, _ = fitted
    path = list(range(1, 10)) + list(range(70, 119))
    positions = torch.cat([state.position for state in live(behavior, moments, len(path), novelty=0, path=path)])
    steps = (positions[1:] - positions[:-1]).norm(dim=1)
    assert steps.max() < 4 * steps.median()
    torch.testing.assert_close(positions[-1], moments.positions[118])


def test_forbidden_moments_are_avoided(fitted) -> None:
    behavior, moments, _ = fitted
    weight = torch.ones(len(moments.positions))
    weight[40:] = 0
    nodes = [int(state.walk.node) for state in live(behavior, moments, 400, weight=weight)]
    assert max(nodes) < 40


def test_novelty_leads_away_from_the_walk_as_calibrated(fitted) -> None:
    behavior, moments, figures = fitted
    assert figures["apart"] == pytest.approx(QUICK.apart, rel=0.15)
    positions, anchors = simulate(behavior.step, moments, lives=8, frames=150, seed=5, novelty=0.5)
    apart = (positions - anchors).norm(dim=-1)[:, 40:].mean()
    assert apart == pytest.approx(QUICK.apart, rel=0.3)
    positions, anchors = simulate(behavior.step, moments, lives=2, frames=50, seed=5, novelty=0.0)
    torch.testing.assert_close(positions, anchors)


def test_the_same_moments_under_other_noise_are_another_path(fitted) -> None:
    behavior, moments, _ = fitted
    path = [int(state.walk.node) for state in live(behavior, moments, 300, seed=1)]
    ways = [torch.cat([s.position for s in live(behavior, moments, 300, seed=seed, path=path)]) for seed in (2, 3)]
    assert (ways[0] - ways[1]).norm(dim=1)[50:].mean() > 0.5


def test_weights_are_the_same_for_the_same_seed() -> None:
    first, second = (fit_behavior(swinging(40), QUICK) for _ in range(2))
    for name, tensor in first[0].state_dict().items():
        assert torch.equal(tensor, second[0].state_dict()[name]), name
    for name, array in first[1].items():
        np.testing.assert_array_equal(array, second[1][name])


@pytest.mark.parametrize("clip", [swinging, opening, cut_clip])
def test_it_stays_alive(clip) -> None:
    embeddings = clip()
    behavior, bank, _ = fit_behavior(embeddings, QUICK)
    moments = moments_of(bank)
    path = torch.cat([state.position for state in live(behavior, moments, 3000)])
    with torch.no_grad():
        drawn = behavior.decoder(path, moments, embeddings, torch.tensor(0.1), torch.ones(len(embeddings)))
    observed = Observed(embeddings.double().numpy(), bank["following"])
    figures = liveness(drawn.double().numpy(), observed, temperature=1.0, fps=30)
    assert figures["verdict"] == "alive"
    assert figures["coverage"] > 0.8
    assert figures["freeze"] < 0.02  # what goes along a line stands still where it turns
    assert 0.7 < figures["energy"] < 1.3
    if clip is not opening:  # along a line there is no way that wasn't gone
        assert figures["replay"] < 0.3


def test_dissolves_cost_what_their_pictures_lose() -> None:
    bank = swinging()
    asked = []

    def quality(embeddings: torch.Tensor) -> torch.Tensor:
        asked.append(len(embeddings))
        sharp = torch.ones(2, len(embeddings))
        sharp[1, : len(embeddings) // 3] = 0.5  # halfway through jumps come first
        return sharp

    _, judged, _ = fit_behavior(bank, QUICK, quality)
    _, plain, _ = fit_behavior(bank, QUICK)
    assert asked
    assert all(count % 3 == 0 for count in asked)
    dearer = judged["jump_cost"] - plain["jump_cost"]
    assert set(np.unique(dearer.round(3))) >= {0, 10}


def test_long_clips_walk_within_memory() -> None:
    """Nothing is N×N: a clip of 6,000 moments would need 288 MB for each such table."""
    space = MotionSpace.of(swinging(6000))
    graph = Transitions.of(space)
    assert graph.targets.shape == (6000, EDGES)


def test_decisions_alone_are_those_of_the_whole_walk(fitted) -> None:
    behavior, moments, _ = fitted
    walk = behavior.step.walk
    *_, whole = wander(walk, moments, 1, 500, seed=3)
    decided = decide(walk, moments, 500, seed=3)
    assert torch.equal(whole.visited, decided.visited)
    assert torch.equal(whole.since, decided.since)


@pytest.fixture(scope="module")
def bridged() -> tuple:
    """A one-way clip whose far jumps go over a bridge that bends aside."""
    embeddings = opening()
    plan = find_bridges(embeddings, seed=0)
    before, after = embeddings[plan.pairs[..., 0]], embeddings[plan.pairs[..., 1]]
    shares = torch.from_numpy(plan.shares).float()[..., None]
    seen = (1 - shares) * before + shares * after
    seen[..., 3] += 0.5 * shares[..., 0] * (1 - shares[..., 0])
    bridges = Bridges(plan, torch.nn.functional.normalize(seen, dim=-1))
    return plan, bridges, *fit_behavior(embeddings, QUICK, bridges=bridges)


def test_bridges_are_planned_for_far_jumps(bridged) -> None:
    plan, _, _, bank, _ = bridged
    moments = moments_of(bank)
    assert 0 < len(plan.moments) <= MOST
    assert plan.pairs.shape == (len(plan.moments), SAMPLES, 2)
    assert (np.diff(plan.shares, axis=1) > 0).all()
    assert ((plan.shares > 0) & (plan.shares < 1)).all()
    assert bank["bends"].shape[:2] == (len(plan.moments) + 1, SAMPLES + 2)
    assert (bank["bends"][0] == 0).all()
    assert set(np.unique(bank["bridges"])) == set(range(len(plan.moments) + 1))
    assert (moments.bridges[moments.targets == moments.following[:, None]] == 0).all()


def test_a_bridge_is_gone_over(bridged) -> None:
    plan, _, behavior, bank, _ = bridged
    moments = moments_of(bank)
    begin, target = int(plan.moments[0]), int(plan.targets[0])
    number = int(moments.bridges[begin][moments.targets[begin] == target].max())
    straight = replace(moments, bends=torch.zeros_like(moments.bends))
    ways = [
        torch.cat([state.position for state in live(behavior, each, 60, novelty=0, begin=begin, path=[target])])
        for each in (moments, straight)
    ]
    aside = (ways[0] - ways[1]).norm(dim=1)
    highest = moments.bends[number].norm(dim=1).max()
    assert highest > 1
    assert aside.max() == pytest.approx(float(highest), rel=0.2)
    assert aside[0] < 0.2 * highest
    assert (ways[0][1:] - ways[0][:-1]).norm(dim=1).max() < 6


def test_jumps_without_a_bridge_cost_more(bridged) -> None:
    _, _, _, bank, _ = bridged
    _, plain, _ = fit_behavior(opening(), QUICK)
    jumps = (bank["jump_cost"] < 1e5) & (bank["targets"] != bank["following"][:, None])
    dissolved = jumps & (bank["bridges"] == 0)
    usual = plain["jump_cost"][(plain["jump_cost"] > 0) & (plain["jump_cost"] < 1e5)]
    assert bank["jump_cost"][dissolved].mean() > usual.mean()
