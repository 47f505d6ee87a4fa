"""One step of the published behavior, for the behavior graph."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from alive_cli.behaviors.protocol import Bank, BehaviorModules, Noise, State
from alive_cli.behaviors.vae.network import BehaviorVae
from bundle_spec.features.controls import STANDARD_CONTROLS

FORBIDDEN = -4.0
"""A forbidden frame gets this similarity, which is below every cosine, so that it is never the nearest."""


class Step(nn.Module):
    """One densified step: e ← normalize(e + temperature · motion), then post-curing toward the
    nearest observed embedding: e ← normalize((1−pull)·e + pull·nearest).

    Frames of weight 0 are never the nearest. The step ignores the other controls.
    """

    def __init__(self, vae: BehaviorVae) -> None:
        super().__init__()
        self.vae = vae

    def forward(
        self,
        state: dict[str, Tensor],
        noise: dict[str, Tensor],
        bank: dict[str, Tensor],
        controls: dict[str, Tensor],
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Embeddings [B, D], noise [B, Z] and the bank [N, D] to the next embeddings."""
        motion, _, _ = self.vae(state["embedding"], noise["latent"])
        moved = functional.normalize(state["embedding"] + controls["temperature"] * motion, dim=-1)
        similarity = moved @ bank["embedding"].T  # [B, N]
        similarity = torch.where(controls["bank_weight"] > 0, similarity, FORBIDDEN)
        nearest = bank["embedding"][similarity.argmax(-1)]
        cured = functional.normalize((1 - controls["pull"]) * moved + controls["pull"] * nearest, dim=-1)
        return cured, {"embedding": cured.clone()}


def step_modules(vae: BehaviorVae, densify: int, bank: Bank) -> BehaviorModules:
    """The step, with `densify` steps for each frame."""
    return BehaviorModules(
        step=Step(vae).eval(),
        state={"embedding": State("float32", [vae.settings.embedding], "embedding")},
        noise={"latent": Noise("normal", [vae.settings.latent])},
        bank={"embedding": "embedding"},
        controls=list(STANDARD_CONTROLS),
        steps_per_frame=densify,
        bank_arrays=bank,
    )
