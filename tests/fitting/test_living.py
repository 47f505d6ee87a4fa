"""Recipe `living`: the shifted SIREN, its fold, its still layer, and that it learns."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from alive_cli.encoders.pca import PcaEncoder  # noqa: E402
from alive_cli.export.living import FoldedDrawing, Trunk  # noqa: E402
from alive_cli.fitting import living  # noqa: E402
from alive_cli.fitting.observations import Observations  # noqa: E402
from alive_cli.fitting.recipe import FitLength  # noqa: E402
from alive_cli.fitting.shift_siren import ShiftSiren, ShiftSirenSettings  # noqa: E402
from alive_cli.fitting.train_generator import GeneratorTrainer, fidelity, train_generator  # noqa: E402


@pytest.fixture(scope="module")
def data(frames: np.ndarray) -> Observations:
    return Observations.of(frames, PcaEncoder.fit(frames).encode(frames), torch.device("cpu"))


def drawer(data: Observations, steps: int = 0) -> living.BackgroundDrawer:
    torch.manual_seed(0)
    generator = ShiftSiren(ShiftSirenSettings())
    generator.observe(data.embeddings)
    made = living.BackgroundDrawer(generator, data)
    if steps:
        train_generator(GeneratorTrainer(made, data, replace(living.TRAINING.generator, steps=steps)))
    return made


def test_fold_is_exact(data: Observations) -> None:
    siren = drawer(data).generator
    coords, background = torch.rand(50, 2) * 2 - 1, torch.rand(50, 3)
    plain = (siren(data.embeddings[:3], siren.phases(coords)) + background).clamp(0, 1)
    folded = FoldedDrawing(siren)(data.embeddings[:3], Trunk(siren)(coords), background)
    torch.testing.assert_close(folded, plain, atol=5e-6, rtol=0)


def test_one_scale_for_all_components(data: Observations) -> None:
    siren = drawer(data).generator
    spread = ((data.embeddings - siren.centre) @ siren.basis).std(0, correction=0)
    assert spread[0] == pytest.approx(1, abs=1e-4)
    assert (spread[1:] <= spread[0] + 1e-4).all()


def test_learns_to_draw(data: Observations) -> None:
    assert fidelity(drawer(data, 150), data) > fidelity(drawer(data), data) + 8


def test_still_pixels_are_the_mean_picture(data: Observations) -> None:
    frames = data.frames.view(16, 32, 48, 3).clone()
    frames[:, :, :12] = 90  # a strip in which nothing moves
    still = replace(data, frames=frames.view(16, -1, 3))
    trained = drawer(still, 30)
    trained.finish()
    background, mask = trained.still_layer()
    assert (mask[:, :10] == 0).all()
    assert (mask[:, 20:] > 0).any()
    assert (background[:, :10] == 90).all()


def test_same_seed_same_weights(data: Observations) -> None:
    first, second = (living.fit(data, FitLength(steps=8), seed=3) for _ in range(2))
    assert first.settings == second.settings
    for name, weight in first.weights.items():
        np.testing.assert_array_equal(weight, second.weights[name])
    other = living.fit(data, FitLength(steps=8), seed=4)
    assert not np.array_equal(first.weights["generator.last.weight"], other.weights["generator.last.weight"])


def test_restore_gives_the_same_pictures(data: Observations) -> None:
    fitted = living.fit(data, FitLength(steps=3))
    siren, _ = living.restore(fitted.settings, fitted.weights)
    assert siren(data.embeddings[:1], siren.phases(torch.zeros(2, 2))).shape == (1, 2, 3)
    with pytest.raises((KeyError, RuntimeError)):
        living.restore(fitted.settings, {})


def test_jitter_keeps_to_known_directions(data: Observations) -> None:
    trainer = GeneratorTrainer(drawer(data), data, replace(living.TRAINING.generator, steps=1, jitter=3.0))
    trainer._random.manual_seed(0)
    moved = trainer._jittered(data.embeddings)
    torch.testing.assert_close(moved.norm(dim=-1), torch.ones(16), atol=1e-5, rtol=0)
    distances = (moved - data.embeddings).norm(dim=-1)
    assert (distances < 3.05 * data.median_step()).all()
    assert distances.max() > data.median_step()
    outside = moved - data.embeddings.mean(0)
    directions = data.directions()
    outside = outside - outside @ directions.T @ directions
    assert outside.norm(dim=-1).max() < 0.5 * data.median_step() + 0.05
