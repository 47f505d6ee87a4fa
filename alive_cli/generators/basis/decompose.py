"""The basis images of a clip and what mixes them, in closed form."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import torch
from torch import Tensor

from alive_cli.training.chunks import chunked
from alive_cli.training.device import exact, sum_of_squares

Result = TypeVar("Result")

CHUNK = 32
"""So many frames are floats at a time, because a long clip as floats needn't fit into memory."""
SPARE = 16
"""The subspace has so many columns more than basis images, which makes these exact."""
ROUNDS = 3
"""So many subspace iterations suffice, because the spectrum of a clip falls fast."""
MAX_FRAMES = 640
"""The basis is taken from at most so many frames, evenly spread; the coefficients are taken from all."""
SMALLEST = 1e-6
"""A basis image with less than this share of the largest energy is left out, because it is rounding."""
RELATIVE_RIDGE = 1e-4
"""Without this regularisation, large coefficients of opposite sign would fit basis images that the trunk draws
alike."""


@dataclass(frozen=True)
class Pixels:
    """Some pixels of many pictures, relative to the background."""

    frames: tuple[Tensor, ...]
    """uint8 [N, H·W, 3] each, one after the other: copying a long clip to join them would double it."""
    background: Tensor
    """float32 [H·W, 3], 0…1."""
    places: Tensor
    """int64 [P]: the pixels that are looked at."""

    def __len__(self) -> int:
        return sum(len(part) for part in self.frames)

    def each(self, work: Callable[[Tensor], Result], chosen: Tensor | None = None) -> Iterator[Result]:
        """What `work` makes of the colours, 0…1, [n, 3, P], of each chunk of pictures.

        Args:
            chosen: the numbers of the pictures to take, in rising order; all by default.
        """
        behind = self.background[self.places]
        numbers = torch.arange(len(self)) if chosen is None else chosen
        first = 0
        for part in self.frames:

            def colours(some: Tensor, part: Tensor = part) -> Tensor:
                pictures = part[some.to(part.device)].to(self.background.device)
                return pictures[:, self.places].float().div_(255).sub_(behind).transpose(1, 2)

            inside = numbers[(numbers >= first) & (numbers < first + len(part))] - first
            yield from chunked(inside, CHUNK, lambda some: work(colours(some)))
            first += len(part)


def basis_images(pixels: Pixels, count: int, seed: int) -> Tensor:
    """Leading basis images of the pictures: [P, F], F ≤ `count`, orthogonal, in falling order.

    Each is as long as what it contributes: the sum of squares over all pictures and colours. They are
    the right singular vectors of the matrix of all pictures' colour planes, by randomised subspace
    iteration (Halko, Martinsson & Tropp 2011, Algorithm 4.4).
    """
    number = len(pixels)
    chosen = torch.linspace(0, number - 1, min(number, MAX_FRAMES)).round().long()
    columns = min(count + SPARE, 3 * len(chosen), len(pixels.places))
    random = torch.Generator().manual_seed(seed)
    basis = torch.randn(len(pixels.places), columns, generator=random).to(pixels.background)
    for _ in range(ROUNDS):
        basis, _ = torch.linalg.qr(basis)
        basis = _sum(pixels.each(partial(_iterated, basis), chosen))
    basis, _ = torch.linalg.qr(basis)
    products = _sum(pixels.each(partial(_products, basis), chosen))
    # On the CPU: decompositions differ between devices.
    squares, rotation = torch.linalg.eigh(products.cpu())
    squares, rotation = squares.flip(0)[:count], rotation.flip(1)[:, :count]
    kept = int((squares > SMALLEST * squares[0]).sum())
    lengths = squares[:kept].sqrt() * (number / len(chosen)) ** 0.5
    return fix_signs(basis @ (rotation[:, :kept] * lengths).to(basis), dim=0)


def _iterated(basis: Tensor, colours: Tensor) -> Tensor:
    planes = colours.flatten(0, 1)  # [3n, P]
    return planes.T @ (planes @ basis)


def _products(basis: Tensor, colours: Tensor) -> Tensor:
    mixture = exact(colours.flatten(0, 1) @ basis)
    return mixture.T @ mixture


def _sum(parts: Iterator[Tensor]) -> Tensor:
    total = next(parts)
    for part in parts:
        total += part
        del part  # or it would be there still while the next one comes to be
    return total


def fix_signs(vectors: Tensor, dim: int) -> Tensor:
    """Vectors along `dim` with their largest entry positive: a singular vector's sign is arbitrary, and two
    machines would disagree."""
    peaks = vectors.gather(dim, vectors.abs().argmax(dim, keepdim=True))
    return vectors * peaks.sign()


def mixtures(pixels: Pixels, features: Tensor, counts: list[int]) -> list[Tensor]:
    """The coefficients that draw each picture best, in least squares.

    Args:
        features: [P, F].
        counts: each asks for the coefficients where only so many leading features are there.

    Returns:
        For each count G, [N, G, 3].
    """
    products = (features.T @ features).cpu().double()
    products += RELATIVE_RIDGE * products.diagonal().mean() * torch.eye(len(products), dtype=torch.float64)

    def project(colours: Tensor) -> Tensor:
        # As one product: a small one for each picture would read all the features each time.
        return (colours.flatten(0, 1) @ features).view(-1, 3, features.shape[1])

    projected = torch.cat(list(pixels.each(project)))  # [N, 3, F]
    return [
        (projected[..., :count] @ torch.linalg.inv(products[:count, :count]).to(features)).transpose(1, 2)
        for count in counts
    ]


def energy(pixels: Pixels) -> float:
    """Sum of squares over all pictures, colours and looked-at pixels."""
    return sum(pixels.each(sum_of_squares))
