"""From embeddings to coefficients: what is known is given back, and far away they are linear."""

import pytest

torch = pytest.importorskip("torch")

from alive_cli.generators.basis.coefficients import regress, set_responses  # noqa: E402
from alive_cli.generators.basis.network import BasisSirenSettings, Coefficients, Responses  # noqa: E402
from alive_cli.observation.observation import Observation  # noqa: E402

SETTINGS = BasisSirenSettings(48, 32, features=8, fast_features=4, components=15, anchors=16)


def fitted_head(data: Observation, features: int = 4) -> tuple[Responses, Coefficients, torch.Tensor]:
    """Responses and coefficients that were fitted to random targets [N, F, 3], and the targets."""
    responses, head = Responses(SETTINGS), Coefficients(SETTINGS, features)
    torch.manual_seed(0)
    targets = torch.randn(len(data), features, 3)
    set_responses(responses, data.embeddings, data.embeddings)
    regress(head, responses, data.embeddings, targets)
    return responses, head, targets


def test_coefficients_of_what_is_known(data: Observation) -> None:
    responses, head, targets = fitted_head(data)
    assert (head(responses(data.embeddings)) - targets).square().mean() < 0.05 * targets.square().mean()


def test_far_from_everything_the_coefficients_are_linear(data: Observation) -> None:
    responses, head, _ = fitted_head(data)
    away = torch.nn.functional.normalize(data.embeddings[:1] - 2 * data.embeddings.mean(0), dim=-1)
    response = responses(away)
    components = responses.basis.shape[1]
    assert response[:, components:].abs().max() < 1e-3
    torch.testing.assert_close(head(response).flatten(1), response[:, :components] @ head.weights[:components])


def test_one_scale_for_all_components(data: Observation) -> None:
    responses, _, _ = fitted_head(data)
    own = (data.embeddings - responses.centre) @ responses.basis
    assert own.square().sum(1).mean().item() == pytest.approx(1, abs=1e-2)
    used = responses.basis[:, responses.basis.norm(dim=0) > 0]
    gram = used.T @ used
    torch.testing.assert_close(gram, torch.eye(len(gram)) * gram[0, 0], atol=2e-2, rtol=0)


def test_repeated_frames_leave_anchors_over(data: Observation) -> None:
    responses, head = Responses(SETTINGS), Coefficients(SETTINGS, 4)
    known = data.embeddings[[0, 5]].repeat(8, 1)
    set_responses(responses, data.embeddings, known)
    regress(head, responses, known, torch.ones(16, 4, 3))
    assert torch.isfinite(head.weights).all()
    assert (head(responses(known[:2])) - 1).abs().max() < 0.2
