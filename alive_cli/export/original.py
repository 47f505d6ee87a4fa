"""Recipe `original` behind the two graph contracts."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from alive_cli.export.contracts import SceneModules
from alive_cli.fitting.original import restore
from alive_cli.fitting.recipe import Settings
from alive_cli.fitting.siren import PositionalEncoding, Siren
from alive_cli.fitting.vae import BehaviorVae
from bundle_spec.manifest import BankTensor, NoiseTensor, StateTensor

FORBIDDEN = -4.0
"""Below every cosine, so that a forbidden moment is never the nearest."""


class Drawing(nn.Module):
    """The SIREN with its output made final."""

    def __init__(self, siren: Siren) -> None:
        super().__init__()
        self.siren = siren

    def forward(self, embedding: Tensor, features: Tensor, background: Tensor) -> Tensor:
        colours: Tensor = self.siren(embedding, features)
        return (colours + background).clamp(0, 1)


class Living(nn.Module):
    """One densified step: e ← normalize(e + temperature · motion), then post-curing toward the
    nearest observed embedding: e ← normalize((1−pull)·e + pull·nearest).

    Moments of weight 0 are never the nearest. `novelty` and `next_node` have no use here.
    """

    def __init__(self, vae: BehaviorVae) -> None:
        super().__init__()
        self.vae = vae

    def forward(
        self,
        state_embedding: Tensor,  # [B, D]
        noise_latent: Tensor,  # [B, Z]
        bank_embedding: Tensor,  # [N, D]
        temperature: Tensor,
        pull: Tensor,
        novelty: Tensor,
        bank_weight: Tensor,  # [N]
        next_node: Tensor,  # [B]
    ) -> tuple[Tensor, Tensor]:
        motion, _, _ = self.vae(state_embedding, noise_latent)
        moved = functional.normalize(state_embedding + temperature * motion, dim=-1)
        likeness = moved @ bank_embedding.T  # [B, N]
        likeness = torch.where(bank_weight > 0, likeness, FORBIDDEN)
        nearest = bank_embedding[likeness.argmax(-1)]
        cured = functional.normalize((1 - pull) * moved + pull * nearest, dim=-1)
        return cured, cured.clone()


def scene_modules(settings: Settings, weights: dict[str, np.ndarray], bank: dict[str, np.ndarray]) -> SceneModules:
    """Build the contract modules from what fitting stored."""
    siren, vae = restore(settings, weights)
    state = StateTensor(
        input="state_embedding",
        output="next_embedding",
        dtype="float32",
        shape=[vae.settings.embedding],
        initial="embedding",
    )
    return SceneModules(
        trunk=PositionalEncoding().eval(),
        generator=Drawing(siren).eval(),
        behavior=Living(vae).eval(),
        state=[state],
        noise=[NoiseTensor(input="noise_latent", distribution="normal", shape=[vae.settings.latent])],
        bank=[BankTensor(input="bank_embedding", tensor="embedding")],
        steps_per_frame=int(settings["densify"] or 1),
        bank_arrays=bank,
    )
