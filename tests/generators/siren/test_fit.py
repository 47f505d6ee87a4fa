"""Recipe `original`: architecture, determinism, and that it learns."""

import copy
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from alive_cli.behaviors.vae.network import BehaviorVae, VaeSettings, vae_loss  # noqa: E402
from alive_cli.behaviors.vae.train import BehaviorTraining, train_behavior  # noqa: E402
from alive_cli.encoders.pca import PcaEncoder  # noqa: E402
from alive_cli.errors import DeviceError  # noqa: E402
from alive_cli.fitting import original  # noqa: E402
from alive_cli.generators.siren.network import PositionalEncoding, Siren, SirenSettings  # noqa: E402
from alive_cli.generators.siren.train import SirenDrawer, SirenTrainer, fidelity  # noqa: E402
from alive_cli.observation.observations import Observations  # noqa: E402
from alive_cli.training.device import resolve_device  # noqa: E402
from alive_cli.training.length import weight_arrays  # noqa: E402
from alive_cli.training.trainer import schedule, steps_within, train  # noqa: E402


@pytest.fixture(scope="module")
def data(frames: np.ndarray) -> Observations:
    return Observations.of(frames, PcaEncoder.fit(frames).encode(frames), torch.device("cpu"))


def trained(data: Observations, steps: int, seed: int = 0) -> SirenDrawer:
    torch.manual_seed(seed)
    drawer = SirenDrawer(Siren(SirenSettings()))
    train(SirenTrainer(drawer, data, replace(original.TRAINING, steps=steps, seed=seed)))
    return drawer


def test_published_shapes() -> None:
    siren = Siren(SirenSettings())
    assert siren.first.weight.shape == (256, 560)
    assert [tuple(layer.weight.shape) for layer in siren.hidden] == [(256, 256)] * 3
    assert siren.first.weight.abs().max() <= 1 / 560
    assert siren.last.weight.abs().max() <= np.sqrt(6 / 256) / 20
    vae = BehaviorVae(VaeSettings())
    widths = [tuple(layer.weight.shape) for layer in vae.modules() if isinstance(layer, torch.nn.Linear)]
    assert widths == [(400, 512), (300, 400), (256, 300), (256, 300), (300, 256), (400, 300), (512, 400)]


def test_positional_encoding_spans_pi_to_32_pi() -> None:
    encoding = PositionalEncoding()
    assert encoding(torch.zeros(3, 2)).shape == (3, 48)
    assert encoding.frequencies[0].item() == pytest.approx(np.pi)
    assert encoding.frequencies[-1].item() == pytest.approx(32 * np.pi)


def test_split_first_layer_equals_the_concatenation() -> None:
    torch.manual_seed(1)
    siren, embedding, features = Siren(SirenSettings()), torch.randn(2, 512), torch.randn(7, 48)
    joined = torch.cat([embedding[:, None].expand(-1, 7, -1), features[None].expand(2, -1, -1)], -1)
    hidden = torch.sin(20 * siren.first(joined))
    for layer in siren.hidden:
        hidden = torch.sin(20 * layer(hidden))
    torch.testing.assert_close(siren(embedding, features), siren.last(hidden), atol=1e-5, rtol=0)


def test_densified_observations(data: Observations) -> None:
    times = data.dense_times(5)
    assert len(times) == 15 * 5 + 1
    embeddings = data.embedding(times)
    torch.testing.assert_close(embeddings.norm(dim=1), torch.ones(76), atol=1e-5, rtol=0)
    torch.testing.assert_close(embeddings[::5], data.embeddings, atol=1e-6, rtol=0)
    middle = data.pixels(torch.tensor([2.5]), torch.tensor([7]))[0, 0]
    expected = (data.frames[2, 7].float() + data.frames[3, 7].float()) / 510
    torch.testing.assert_close(middle, expected)


def test_schedule_rises_and_falls() -> None:
    values = [schedule(step, 1000) for step in range(1000)]
    assert values[0] < 0.05
    assert max(values) > 0.95
    assert 0.02 <= values[-1] < 0.03


def test_learns_to_draw(data: Observations) -> None:
    untrained = fidelity(trained(data, 1), data)
    after = fidelity(trained(data, 300), data)
    assert after > untrained + 8


def test_same_seed_same_weights(data: Observations) -> None:
    first, second, other = trained(data, 20), trained(data, 20), trained(data, 20, seed=1)
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)
    assert not torch.equal(first.siren.last.weight, other.siren.last.weight)


def test_behavior_is_deterministic_and_learns(data: Observations) -> None:
    def run(steps: int) -> tuple[BehaviorVae, float]:
        torch.manual_seed(0)
        model = BehaviorVae(VaeSettings())
        figures = train_behavior(model, data, BehaviorTraining(steps=steps))
        return model, figures["explained_motion"]

    (first, poor), (second, again), (_, better) = run(5), run(5), run(200)
    assert poor == again
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert better > poor


def test_kl_of_the_prior_is_zero() -> None:
    zeros = torch.zeros(3, 4)
    error, divergence = vae_loss(zeros, zeros + 1, zeros, zeros)
    assert (error.item(), divergence.item()) == (12, 0)


def test_budget_becomes_a_step_count(data: Observations) -> None:
    torch.manual_seed(0)
    drawer = SirenDrawer(Siren(SirenSettings()))
    before = drawer.siren.last.weight.clone()
    assert steps_within(lambda: SirenTrainer(copy.deepcopy(drawer), data, original.TRAINING), 60) > 1
    assert torch.equal(before, drawer.siren.last.weight)  # measuring must not train


def test_restore_gives_the_same_pictures(data: Observations) -> None:
    torch.manual_seed(0)
    siren, vae = Siren(SirenSettings()), BehaviorVae(VaeSettings())
    weights = weight_arrays({"generator": siren, "behavior": vae})
    settings = {**siren.settings.__dict__, **vae.settings.__dict__}
    again, _ = original.restore(settings, weights)
    features = PositionalEncoding()(torch.rand(9, 2))
    assert torch.equal(siren(data.embeddings[:2], features), again(data.embeddings[:2], features))
    with pytest.raises((KeyError, RuntimeError)):
        original.restore(settings, {})
    with pytest.raises(RuntimeError):
        original.restore(settings | {"width": 128}, weights)


@pytest.mark.parametrize("name", ["gpu", "cuda:x", "", "cuda:99", "cpu:", "cuda:", "cuda:²"])
def test_devices_that_are_not_there(name: str) -> None:
    with pytest.raises(DeviceError):
        resolve_device(name)


def test_training_that_falls_apart_goes_back(data: Observations) -> None:
    torch.manual_seed(0)
    drawer = SirenDrawer(Siren(SirenSettings()))
    trainer = SirenTrainer(drawer, data, replace(original.TRAINING, steps=600))
    raised: list[float] = []

    def meddle(stage: str, done: int, *_: object) -> None:
        if done >= 300 and not raised:
            raised.append(fidelity(drawer, data))
            trainer._rate = 1.0  # as a rate that is too high for a clip would do

    train(trainer, meddle)
    assert trainer._rate < 1
    assert fidelity(drawer, data) > raised[0] - 6
