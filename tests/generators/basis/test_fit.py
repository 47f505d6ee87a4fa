"""Recipe `living`: decomposition, trunk, coefficients, its still layer, and that it learns."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from alive_cli import chunks  # noqa: E402
from alive_cli.behaviors.motion_graph.graph import Mixing  # noqa: E402
from alive_cli.encoders.pca import PcaEncoder  # noqa: E402
from alive_cli.fitting import coefficients, decompose, living, training  # noqa: E402
from alive_cli.generators.basis.decompose import Pixels, basis_images, energy, mixtures  # noqa: E402
from alive_cli.generators.basis.fit import GeneratorFit  # noqa: E402
from alive_cli.generators.basis.network import BasisSirenSettings, Coefficients, Responses, Trunk  # noqa: E402
from alive_cli.observation.observations import Observations  # noqa: E402
from alive_cli.training.length import Earlier, FitLength, weight_arrays  # noqa: E402


@pytest.fixture(scope="module")
def data(frames: np.ndarray) -> Observations:
    return Observations.of(frames, PcaEncoder.fit(frames).encode(frames), torch.device("cpu"))


@pytest.fixture(scope="module")
def pixels(data: Observations) -> Pixels:
    return Pixels((data.frames,), data.mean(), torch.arange(data.frames.shape[1]))


def test_basis_images_explain_as_the_svd_does(pixels: Pixels) -> None:
    planes = torch.cat(list(pixels.each(lambda colours: colours))).flatten(0, 1)  # [3N, P]
    expected = torch.linalg.svdvals(planes.double())[:6].square()
    images = basis_images(pixels, 6, seed=0)
    torch.testing.assert_close(images.double().square().sum(0), expected, rtol=1e-3, atol=1e-4)
    overlap = torch.nn.functional.normalize(images, dim=0)
    torch.testing.assert_close(overlap.T @ overlap, torch.eye(6), atol=1e-4, rtol=0)
    assert energy(pixels) == pytest.approx(planes.square().sum().item(), rel=1e-5)


def test_basis_images_are_the_same_again(pixels: Pixels) -> None:
    assert torch.equal(basis_images(pixels, 8, seed=1), basis_images(pixels, 8, seed=1))


def test_a_clip_of_few_changes_has_few_basis_images(pixels: Pixels) -> None:
    two = replace(pixels, frames=(pixels.frames[0][[0, 4]].repeat(4, 1, 1),))
    assert basis_images(two, 128, seed=0).shape[1] <= 6


def test_who_continues_asks_for_as_many_basis_images_as_before(
    data: Observations, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def counted(pixels: Pixels, count: int, seed: int) -> torch.Tensor:
        asked.append(count)
        return basis_images(pixels, count, seed)

    monkeypatch.setattr(living, "basis_images", counted)
    first = GeneratorFit(data, "high", 0)
    assert first.siren.settings.features < first.asked
    settings = asdict(first.siren.settings) | {"steps": 1, living.ASKED: first.asked}
    GeneratorFit(data, "draft", 0, earlier=Earlier(settings, weight_arrays({"generator": first.siren})))
    assert asked == [living.FEATURES["high"]] * 2


def test_mixtures_draw_the_pictures_back(pixels: Pixels) -> None:
    images = basis_images(pixels, 40, seed=0)
    planes = torch.cat(list(pixels.each(lambda colours: colours)))  # [N, 3, P]
    drawn = torch.einsum("pf,nfc->ncp", images, mixtures(pixels, images, [40])[0])
    assert (drawn - planes).square().mean() < 1e-3 * planes.square().mean()


SETTINGS = BasisSirenSettings(48, 32, features=8, fast_features=4, components=15, anchors=16)


def fitted_head(data: Observations, features: int = 4) -> tuple[Responses, Coefficients, torch.Tensor]:
    responses, head = Responses(SETTINGS), Coefficients(SETTINGS, features)
    torch.manual_seed(0)
    wanted = torch.randn(len(data), features, 3)
    coefficients.observe(responses, data.embeddings, data.embeddings)
    coefficients.regress(head, responses, data.embeddings, wanted)
    return responses, head, wanted


def test_coefficients_of_what_is_known(data: Observations) -> None:
    responses, head, wanted = fitted_head(data)
    assert (head(responses(data.embeddings)) - wanted).square().mean() < 0.05 * wanted.square().mean()


def test_far_from_everything_the_coefficients_are_linear(data: Observations) -> None:
    responses, head, _ = fitted_head(data)
    away = torch.nn.functional.normalize(data.embeddings[:1] - 2 * data.embeddings.mean(0), dim=-1)
    given = responses(away)
    components = responses.basis.shape[1]
    assert given[:, components:].abs().max() < 1e-3
    torch.testing.assert_close(head(given).flatten(1), given[:, :components] @ head.weights[:components])


def test_one_scale_for_all_components(data: Observations) -> None:
    responses, _, _ = fitted_head(data)
    own = (data.embeddings - responses.centre) @ responses.basis
    assert own.square().sum(1).mean().item() == pytest.approx(1, abs=1e-2)
    used = responses.basis[:, responses.basis.norm(dim=0) > 0]
    gram = used.T @ used
    torch.testing.assert_close(gram, torch.eye(len(gram)) * gram[0, 0], atol=2e-2, rtol=0)


def test_repeated_moments_leave_anchors_over(data: Observations) -> None:
    responses, head = Responses(SETTINGS), Coefficients(SETTINGS, 4)
    known = data.embeddings[[0, 5]].repeat(8, 1)
    coefficients.observe(responses, data.embeddings, known)
    coefficients.regress(head, responses, known, torch.ones(16, 4, 3))
    assert torch.isfinite(head.weights).all()
    assert (head(responses(known[:2])) - 1).abs().max() < 0.2


def test_learns_to_draw(data: Observations) -> None:
    generator = living.GeneratorFit(data, "draft", 0)
    generator.train(150)
    assert generator.fidelity(generator.features()) > 34


def test_wide_networks_and_long_trainings_take_smaller_steps(data: Observations) -> None:
    standard, high = (living.GeneratorFit(data, quality, 0) for quality in ("standard", "high"))
    usual = living.TRAINING.learning_rate
    assert [standard.trainer(steps).config.learning_rate for steps in (1, 12_000)] == [usual, usual]
    assert standard.trainer(48_000).config.learning_rate == pytest.approx(usual / 2)
    assert high.trainer(12_000).config.learning_rate == pytest.approx(usual * 256 / 384)


def test_still_pixels_are_the_mean_picture(data: Observations) -> None:
    frames = data.frames.view(16, 32, 48, 3).clone()
    frames[:, :, :12] = 90  # a strip in which nothing moves
    generator = living.GeneratorFit(replace(data, frames=frames.view(16, -1, 3)), "draft", 0)
    background, mask = generator.still_layer()
    assert (mask[:, :10] == 0).all()
    assert (mask[:, 20:] > 0).any()
    assert (background[:, :10] == 90).all()


def test_a_clip_in_which_little_happens_still_moves(data: Observations) -> None:
    faint = (data.frames.float() / 40 + 100).byte()
    assert living.moving_pixels(replace(data, frames=faint)).any()


def test_same_seed_same_weights(data: Observations) -> None:
    first, second = (living.fit(data, FitLength(steps=8), seed=3) for _ in range(2))
    assert first.settings == second.settings
    for name, weight in first.weights.items():
        np.testing.assert_array_equal(weight, second.weights[name])
    other = living.fit(data, FitLength(steps=8), seed=4)
    name = "generator.trunk.last.weight"
    assert not np.array_equal(first.weights[name], other.weights[name])


def test_in_betweens_are_learned(data: Observations, frames: np.ndarray) -> None:
    encoder = PcaEncoder.fit(frames[::2])
    between = frames[1::2], encoder.encode(frames[1::2])
    few = Observations.of(frames[::2], encoder.encode(frames[::2]), torch.device("cpu"))
    more = Observations.of(frames[::2], encoder.encode(frames[::2]), torch.device("cpu"), between)

    def error(observations: Observations) -> float:
        generator = living.GeneratorFit(observations, "draft", 0)
        generator.train(150)
        drawn = generator.draw(more.between_embeddings, generator.features())
        truth = more.between.float() / 255
        return float(np.mean([(a - b).square().mean().item() for a, b in zip(drawn, truth, strict=True)]))

    assert error(more) < 0.5 * error(few)


def test_restore_gives_the_same_pictures(data: Observations) -> None:
    fitted = living.fit(data, FitLength(steps=3))
    siren, _ = living.restore(fitted.settings, fitted.weights)
    features = siren.trunk(torch.zeros(2, 2))
    assert features.shape == (2, siren.settings.features)
    picture = Mixing(siren.responses, siren.fine)(data.embeddings[:1], features, torch.zeros(2, 3))
    torch.testing.assert_close(picture, siren(data.embeddings[:1], features).clamp(0, 1))
    with pytest.raises((KeyError, RuntimeError)):
        living.restore(fitted.settings, {})


def test_grids_cover_the_picture_alone() -> None:
    trunk = Trunk(BasisSirenSettings(64, 32, features=8, fast_features=4, components=15, anchors=16))
    assert [tuple(grid.shape[2:]) for grid in trunk.grids] == [(16, 32), (32, 64), (64, 128)]
    corner = torch.tensor([[1.0, 0.5]]) * trunk.stretch
    torch.testing.assert_close(corner, torch.ones(1, 2))


def test_fitting_goes_on_where_memory_is_short(
    data: Observations, pixels: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = GeneratorFit(data, "draft", 0)
    generator.train(5)

    def results() -> list[torch.Tensor]:
        features = generator.features()
        quality = generator.quality(data.embeddings, features=features, encode=lambda seen: np.ones((len(seen), 512)))
        return [basis_images(pixels, 6, seed=0), features, quality, torch.tensor(energy(pixels))]

    expected, taken = results(), chunks.chunked

    def short(rows: torch.Tensor, size: int, work: Callable[[torch.Tensor], object]) -> Iterator[object]:
        def tight(some: torch.Tensor) -> object:
            if len(some) > 7:
                raise torch.OutOfMemoryError("so many don't fit")
            return work(some)

        return taken(rows, size, tight)

    for module in (decompose, living):
        monkeypatch.setattr(module, "chunked", short)
    for before, after in zip(expected, results(), strict=True):
        torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-4)


def test_the_psnr_that_is_told_is_that_of_the_pictures(data: Observations) -> None:
    generator = GeneratorFit(data, "draft", 0)
    basis = generator._basis
    perfect = basis.images / basis.lengths
    generator._solve(perfect)
    told = training.psnr((basis.left_out + basis.beyond) / basis.samples)
    assert told == pytest.approx(generator.fidelity(perfect), abs=0.1)
