"""The behavior of recipe `original`: the published shapes, determinism, and that it learns."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from alive_cli.behaviors.vae import VaeBehavior  # noqa: E402
from alive_cli.behaviors.vae.network import BehaviorVae, VaeSettings, vae_loss  # noqa: E402
from alive_cli.behaviors.vae.train import BehaviorTraining, train_behavior  # noqa: E402
from alive_cli.encoders.pca import PcaEncoder  # noqa: E402


@pytest.fixture(scope="module")
def embeddings(frames: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(PcaEncoder.fit(frames).encode(frames))


def test_published_shapes() -> None:
    vae = BehaviorVae(VaeSettings())
    widths = [tuple(layer.weight.shape) for layer in vae.modules() if isinstance(layer, torch.nn.Linear)]
    assert widths == [(400, 512), (300, 400), (256, 300), (256, 300), (300, 256), (400, 300), (512, 400)]


def test_it_is_deterministic_and_learns(embeddings: torch.Tensor) -> None:
    def run(steps: int) -> tuple[BehaviorVae, float]:
        torch.manual_seed(0)
        model = BehaviorVae(VaeSettings())
        figures = train_behavior(model, embeddings, BehaviorTraining(steps=steps))
        return model, figures["explained_motion"]

    (first, poor), (second, again), (_, better) = run(5), run(5), run(200)
    assert poor == again
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert better > poor


def test_the_divergence_of_the_prior_is_zero() -> None:
    zeros = torch.zeros(3, 4)
    error, divergence = vae_loss(zeros, zeros + 1, zeros, zeros)
    assert (error.item(), divergence.item()) == (12, 0)


@pytest.mark.slow
def test_what_was_trained_is_restored(embeddings: torch.Tensor) -> None:
    room = VaeBehavior()
    torch.manual_seed(0)
    fitted = room.fit(embeddings, steps=1, seed=0)
    assert all(name.startswith("behavior.") for name in fitted.weights)
    again = room.restore(fitted.settings, fitted.weights)
    state = {name.removeprefix("behavior."): torch.from_numpy(weight) for name, weight in fitted.weights.items()}
    assert state.keys() == again.state_dict().keys()
    assert all(torch.equal(tensor, state[name]) for name, tensor in again.state_dict().items())
    assert not again.training
    with pytest.raises((KeyError, RuntimeError)):
        room.restore(fitted.settings, {})
    with pytest.raises(RuntimeError):
        room.restore(fitted.settings | {"outer": 128}, fitted.weights)
