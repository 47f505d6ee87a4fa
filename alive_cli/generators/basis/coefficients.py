"""From embeddings to the coefficients of basis images: regularised regression in closed form."""

import torch
from torch import Tensor

from alive_cli.generators.basis.decompose import fix_signs
from alive_cli.generators.basis.network import Coefficients, Responses

WIDTH = 0.25
"""The radial basis functions are so many median distances between observed embeddings wide."""
RIDGE = 6e-3
"""The coefficients' roughness is penalised by this factor, where an embedding's own component has a mean square of
1."""
FLOOR = 1e-6
"""A component below this share of the largest spread, and a penalty below this value, count as zero."""
FAR = 1e3
"""An unused anchor lies at this coordinate, so far away that its response is zero."""
SAMPLED = 2000
"""The median distance is taken among so many observed embeddings, evenly spread."""


def set_responses(responses: Responses, observed: Tensor, known: Tensor) -> None:
    """Take components, anchors and width from embeddings, before `regress`.

    The components share one scale: whitening each would amplify noise. The anchors are chosen by
    farthest-point sampling (Gonzalez 1985), so that rare frames get theirs.

    Args:
        observed: embeddings of the clip's frames, [N, D], N ≥ 2: centre, components and scale.
        known: all embeddings with a picture, [M, D]: the anchors are among them.
    """
    with torch.no_grad():
        bank = observed.cpu().double()
        centre = bank.mean(0)
        _, spreads, directions = torch.linalg.svd(bank - centre, full_matrices=False)
        count = int((spreads[: responses.basis.shape[1]] > FLOOR * spreads[0].clamp(min=1e-12)).sum())
        directions = fix_signs(directions[:count], dim=1)
        scale = len(bank) ** 0.5 / spreads.square().sum().sqrt().clamp(min=1e-12)
        responses.centre.copy_(centre)
        responses.basis.zero_()
        responses.basis[:, :count] = (directions * scale).T
        # Components and anchors are stored as halves: the weights shall fit what is stored.
        responses.basis.copy_(responses.basis.half())
        responses.centre.copy_(responses.centre.half())
        components = (known.cpu().double() - centre) @ responses.basis.cpu().double()
        sampled = torch.linspace(0, len(bank) - 1, min(len(bank), SAMPLED)).round().long()
        own = (bank[sampled] - centre) @ responses.basis.cpu().double()
        distances = torch.cdist(own, own)
        middle = distances[distances > 0].median() if (distances > 0).any() else torch.ones(())
        responses.sharpness.copy_(1 / (2 * (WIDTH * middle) ** 2))
        anchors = _farthest_points(components, len(responses.anchors))
        responses.anchors.fill_(FAR)  # where frames repeat, some anchors are left over
        responses.anchors[: len(anchors)] = components[anchors].to(responses.anchors).half()


def regress(head: Coefficients, responses: Responses, known: Tensor, targets: Tensor) -> None:
    """Set the weights so that `known` embeddings [M, D] give the coefficients `targets` [M, F, 3].

    Kernel ridge regression on the anchors (subset of regressors; Rasmussen & Williams 2006, §8.3.1),
    with the linear kernel beside the Gaussian.
    """
    with torch.no_grad():
        components, anchors = responses.basis.shape[1], responses.anchors.cpu().double()
        inputs = responses(known).cpu().double()
        penalty = torch.zeros(inputs.shape[1], inputs.shape[1], dtype=torch.float64)
        penalty[:components, :components] = torch.eye(components)
        kernel = torch.exp(-responses.sharpness.cpu().double() * torch.cdist(anchors, anchors).square())
        penalty[components:, components:] = kernel
        penalty += FLOOR * torch.eye(len(penalty), dtype=torch.float64)
        system = inputs.T @ inputs + RIDGE * penalty
        head.weights.copy_(torch.linalg.solve(system, inputs.T @ targets.flatten(1).cpu().double()))


def _farthest_points(points: Tensor, count: int) -> Tensor:
    """Row numbers of at most `count` points, each as far as can be from those before it, the first one first."""
    chosen = [0]
    distances = torch.cdist(points, points[:1])[:, 0]
    while len(chosen) < min(count, len(points)) and distances.max() > 0:
        chosen.append(int(distances.argmax()))
        distances = torch.minimum(distances, torch.cdist(points, points[chosen[-1:]])[:, 0])
    return torch.tensor(chosen)
