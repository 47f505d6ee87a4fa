"""Basis images in closed form: as the singular value decomposition has them, and the pictures drawn back."""

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from alive_cli.generators.basis.decompose import Pixels, basis_images, energy, mixtures  # noqa: E402
from alive_cli.observation.observation import Observation  # noqa: E402


@pytest.fixture(scope="module")
def pixels(data: Observation) -> Pixels:
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


def test_mixtures_draw_the_pictures_back(pixels: Pixels) -> None:
    images = basis_images(pixels, 40, seed=0)
    planes = torch.cat(list(pixels.each(lambda colours: colours)))  # [N, 3, P]
    drawn = torch.einsum("pf,nfc->ncp", images, mixtures(pixels, images, [40])[0])
    assert (drawn - planes).square().mean() < 1e-3 * planes.square().mean()
