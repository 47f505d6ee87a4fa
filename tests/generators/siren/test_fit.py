"""The generator of recipe `original`: determinism, that it learns, and that it is restored."""

import copy
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from alive_cli.generators.siren import SirenGenerator  # noqa: E402
from alive_cli.generators.siren.fit import TRAINING  # noqa: E402
from alive_cli.generators.siren.network import Siren, SirenSettings  # noqa: E402
from alive_cli.generators.siren.train import SirenDrawer, SirenTrainer, fidelity  # noqa: E402
from alive_cli.observation.observation import Observation  # noqa: E402
from alive_cli.training.length import FitLength  # noqa: E402
from alive_cli.training.trainer import steps_within, train  # noqa: E402
from alive_cli.training.weights import weight_arrays  # noqa: E402


def trained(data: Observation, steps: int, seed: int = 0) -> SirenDrawer:
    torch.manual_seed(seed)
    drawer = SirenDrawer(Siren(SirenSettings()))
    train(SirenTrainer(drawer, data, replace(TRAINING, steps=steps, seed=seed)))
    return drawer


@pytest.mark.slow
def test_learns_to_draw(data: Observation) -> None:
    untrained = fidelity(trained(data, 1), data)
    after = fidelity(trained(data, 120), data)
    assert after > untrained + 8


def test_same_seed_same_weights(data: Observation) -> None:
    first, second, other = trained(data, 5), trained(data, 5), trained(data, 5, seed=1)
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)
    assert not torch.equal(first.siren.last.weight, other.siren.last.weight)


@pytest.mark.slow
def test_measuring_how_many_steps_fit_trains_nothing(data: Observation) -> None:
    torch.manual_seed(0)
    drawer = SirenDrawer(Siren(SirenSettings()))
    before = drawer.siren.last.weight.clone()
    assert steps_within(lambda: SirenTrainer(copy.deepcopy(drawer), data, TRAINING), 60) > 1
    assert torch.equal(before, drawer.siren.last.weight)


def test_what_was_fitted_is_restored_and_drawn_alike(data: Observation) -> None:
    room, bank = SirenGenerator(), {"embedding": data.embeddings.numpy()}
    torch.manual_seed(0)
    siren = Siren(SirenSettings())
    weights, settings = weight_arrays({"generator": siren}), dict(siren.settings.__dict__)
    again = room.restore(settings, weights)
    trunk, generator = (graph.module for graph in room.graphs(settings, weights, bank).graphs)
    features = trunk(torch.rand(9, 2))
    assert torch.equal(siren(data.embeddings[:2], features), again(data.embeddings[:2], features))
    picture = generator(data.embeddings[:2], features, torch.zeros(9, 3))
    assert torch.equal(picture, siren(data.embeddings[:2], features).clamp(0, 1))
    with pytest.raises((KeyError, RuntimeError)):
        room.restore(settings, {})
    with pytest.raises(RuntimeError):
        room.restore(settings | {"width": 128}, weights)


def test_a_fit_gives_what_can_be_restored(data: Observation) -> None:
    room = SirenGenerator()
    fitted = room.fit(data, FitLength(steps=2), seed=1)
    assert (fitted.steps, fitted.bank, fitted.parts) == (2, {}, {})
    restored = room.restore(fitted.settings, fitted.weights)
    assert weight_arrays({"generator": restored}).keys() == fitted.weights.keys()


@pytest.mark.slow
def test_training_that_falls_apart_goes_back(data: Observation) -> None:
    """At a rate that is too high for the clip, it ends near the best that it had come to."""
    torch.manual_seed(0)
    drawer = SirenDrawer(Siren(SirenSettings()))
    trainer = SirenTrainer(drawer, data, replace(TRAINING, steps=200))
    before: list[float] = []

    def disturb(step: int) -> None:
        if step == 100:
            before.append(fidelity(drawer, data))
            state = trainer.state()
            trainer.restore(state | {"rate": torch.tensor(1.0, dtype=torch.float64)})

    train(trainer, watch=disturb)
    assert float(trainer.state()["rate"]) < 1
    assert fidelity(drawer, data) > before[0] - 6
