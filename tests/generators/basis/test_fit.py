"""The generator of recipe `living`: it learns to draw, the same seed gives the same weights, memory may be short."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from alive_cli.generators.basis import BasisGenerator, decompose  # noqa: E402
from alive_cli.generators.basis import fit as basis_fit  # noqa: E402
from alive_cli.generators.basis.decompose import Pixels, basis_images, energy  # noqa: E402
from alive_cli.generators.basis.fit import BASIS_IMAGES, FEATURES, TRAINING, GeneratorFit, moving_pixels  # noqa: E402
from alive_cli.generators.basis.network import BasisSirenSettings, Trunk  # noqa: E402
from alive_cli.observation.observation import Observation  # noqa: E402
from alive_cli.training.chunks import chunked  # noqa: E402
from alive_cli.training.length import Earlier, FitLength  # noqa: E402
from alive_cli.training.weights import weight_arrays  # noqa: E402


def test_who_continues_looks_for_as_many_basis_images_as_before(
    data: Observation, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[int] = []

    def counting(pixels: Pixels, count: int, seed: int) -> torch.Tensor:
        counts.append(count)
        return basis_images(pixels, count, seed)

    monkeypatch.setattr(basis_fit, "basis_images", counting)
    first = GeneratorFit(data, "high", 0)
    assert first.siren.settings.features < first.image_count
    settings = asdict(first.siren.settings) | {"steps": 1, BASIS_IMAGES: first.image_count}
    GeneratorFit(data, "draft", 0, earlier=Earlier(settings, weight_arrays({"generator": first.siren})))
    assert counts == [FEATURES["high"]] * 2


def test_learns_to_draw(data: Observation) -> None:
    generator = GeneratorFit(data, "draft", 0)
    generator.train(150)
    assert generator.fidelity(generator.features()) > 34


def test_wide_networks_and_long_trainings_take_smaller_steps(data: Observation) -> None:
    standard, high = (GeneratorFit(data, quality, 0) for quality in ("standard", "high"))
    usual = TRAINING.learning_rate
    assert [standard.trainer(steps).config.learning_rate for steps in (1, 12_000)] == [usual, usual]
    assert standard.trainer(48_000).config.learning_rate == pytest.approx(usual / 2)
    assert high.trainer(12_000).config.learning_rate == pytest.approx(usual * 256 / 384)


def test_still_pixels_are_the_mean_picture(data: Observation) -> None:
    frames = data.frames.view(16, 32, 48, 3).clone()
    frames[:, :, :12] = 90  # a strip in which nothing moves
    generator = GeneratorFit(replace(data, frames=frames.view(16, -1, 3)), "draft", 0)
    background, mask = generator.still_layer()
    assert (mask[:, :10] == 0).all()
    assert (mask[:, 20:] > 0).any()
    assert (background[:, :10] == 90).all()


def test_a_clip_in_which_little_happens_still_moves(data: Observation) -> None:
    faint = (data.frames.float() / 40 + 100).byte()
    assert moving_pixels(replace(data, frames=faint)).any()


def test_same_seed_same_weights(data: Observation) -> None:
    first, second = (BasisGenerator().fit(data, FitLength(steps=8), seed=3) for _ in range(2))
    assert first.settings == second.settings
    for name, weight in first.weights.items():
        np.testing.assert_array_equal(weight, second.weights[name])
    other = BasisGenerator().fit(data, FitLength(steps=8), seed=4)
    name = "generator.trunk.last.weight"
    assert not np.array_equal(first.weights[name], other.weights[name])


def test_what_was_fitted_is_restored_and_drawn_alike(data: Observation) -> None:
    room = BasisGenerator()
    fitted = room.fit(data, FitLength(steps=3))
    assert all(name.startswith("generator.") for name in fitted.weights)
    siren = room.restore(fitted.settings, fitted.weights)
    modules = room.graphs(fitted.settings, fitted.weights)
    features = modules.trunk(torch.zeros(2, 2))
    assert features.shape == (2, siren.settings.features)
    picture = modules.generator(data.embeddings[:1], features, torch.zeros(2, 3))
    torch.testing.assert_close(picture, siren(data.embeddings[:1], features).clamp(0, 1))
    with pytest.raises((KeyError, RuntimeError)):
        room.restore(fitted.settings, {})


def test_grids_cover_the_picture_alone() -> None:
    trunk = Trunk(BasisSirenSettings(64, 32, features=8, fast_features=4, components=15, anchors=16))
    assert [tuple(grid.shape[2:]) for grid in trunk.grids] == [(16, 32), (32, 64), (64, 128)]
    corner = torch.tensor([[1.0, 0.5]]) * trunk.stretch
    torch.testing.assert_close(corner, torch.ones(1, 2))


def test_fitting_goes_on_where_memory_is_short(data: Observation, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = Pixels((data.frames,), data.mean(), torch.arange(data.frames.shape[1]))
    generator = GeneratorFit(data, "draft", 0)
    generator.train(5)

    def results() -> list[torch.Tensor]:
        features = generator.features()
        return [basis_images(pixels, 6, seed=0), features, torch.tensor(energy(pixels))]

    expected, refusals = results(), []

    def short(rows: torch.Tensor, size: int, work: Callable[[torch.Tensor], object]) -> Iterator[object]:
        def tight(some: torch.Tensor) -> object:
            if len(some) > 7:
                refusals.append(len(some))
                raise torch.OutOfMemoryError("so many don't fit")
            return work(some)

        return chunked(rows, size, tight)

    for module in (decompose, basis_fit):
        monkeypatch.setattr(module, "chunked", short)
    for before, after in zip(expected, results(), strict=True):
        torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-4)
    assert refusals


@pytest.mark.slow
def test_the_psnr_of_the_training_is_that_of_the_pictures(data: Observation) -> None:
    """What the training says at its end is what its pictures show, though it never draws one."""
    reports: list[float] = []

    def progress(stage: str, done: int, total: int, figure: str = "", values: dict[str, float] | None = None) -> None:
        if values and "psnr" in values:
            reports.append(values["psnr"])

    generator = GeneratorFit(data, "draft", 0)
    generator.train(1000, progress)
    assert reports[-1] == pytest.approx(generator.fidelity(generator.features()), abs=0.5)
