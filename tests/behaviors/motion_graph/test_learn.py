"""Learning the living behavior: the same seed gives the same weights, and it stays alive."""

from collections.abc import Callable

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from alive_cli.behaviors.motion_graph import MotionGraphBehavior  # noqa: E402
from alive_cli.behaviors.motion_graph.learn import learn  # noqa: E402
from alive_cli.behaviors.motion_graph.train import MotionTraining  # noqa: E402
from alive_cli.report.liveness import ObservedPath, liveness  # noqa: E402
from tests.behaviors.motion_graph.clips import (  # noqa: E402
    QUICK,
    embeddings_of,
    graph_of,
    nodes_of,
    opening,
    quickly_learned,
    rollout,
    swinging,
    two_shots,
)


@pytest.mark.slow
def test_weights_are_the_same_for_the_same_seed() -> None:
    first, second = (learn(swinging(40), QUICK) for _ in range(2))
    for name, tensor in first[0].state_dict().items():
        assert torch.equal(tensor, second[0].state_dict()[name]), name
    for name, array in first[1].items():
        np.testing.assert_array_equal(array, second[1][name])


@pytest.mark.slow
@pytest.mark.parametrize("clip", [swinging, opening, two_shots])
def test_it_stays_alive(clip: Callable[[], torch.Tensor]) -> None:
    embeddings = clip()
    behavior, bank, _ = quickly_learned(clip)
    graph = graph_of(bank)
    states = rollout(behavior, graph, 3000, novelty=0.5)  # by default a life re-enacts more
    drawn = embeddings_of(behavior, graph, states, embeddings)
    observed = ObservedPath(embeddings.double().numpy(), bank["following"])
    figures = liveness(drawn.double().numpy(), observed, speed=1.0, fps=30, visited=np.array(nodes_of(states)))
    assert figures["verdict"] == "alive"
    assert figures["coverage"] > 0.8
    assert figures["freeze"] < 0.02  # what goes along a line stands still where it turns
    assert 0.7 < figures["energy"] < 1.3
    if clip is not opening:  # along a line every way was gone before
        assert figures["replay"] < 0.3


@pytest.mark.slow
def test_lives_begin_where_the_clip_moves_and_a_jump_is_near() -> None:
    embeddings = torch.cat([swinging(60), swinging(60)[-1:].repeat(60, 1)])  # it moves, and then it stands
    _, bank, _ = learn(embeddings, QUICK, fps=20)
    starts = bank["starts"]
    assert len(np.unique(starts)) == len(starts)
    assert starts.max() < 60
    assert (np.diff(starts) != 1).any()  # seeds that follow each other don't begin side by side


@pytest.mark.slow
def test_what_was_fitted_is_restored() -> None:
    embeddings, room = swinging(40), MotionGraphBehavior()
    fitted = room.fit(embeddings, steps=1, seed=0)
    assert all(name.startswith("behavior.") for name in fitted.weights)
    settings = {**fitted.settings, "embedding": embeddings.shape[1]}
    again = room.restore(settings, fitted.weights)
    model, _, _ = learn(embeddings, MotionTraining(steps=int(fitted.settings["behavior_steps"] or 0)))
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name]), name
    with pytest.raises((KeyError, RuntimeError)):
        room.restore(settings, {})
