"""Recipe `living` behind the two graph contracts."""

import numpy as np
from torch import Tensor, nn

from alive_cli.export.contracts import SceneModules
from alive_cli.fitting.basis_siren import Coefficients, Responses
from alive_cli.fitting.behavior_fit import LivingBehavior
from alive_cli.fitting.living import restore
from alive_cli.fitting.living_step import LivingState
from alive_cli.fitting.recipe import Settings
from alive_cli.fitting.walk import TICKS, Moments, WalkState
from bundle_spec.manifest import BankTensor, NoiseTensor, StateTensor, Transitions

READ = ("positions", "ahead", "following", "last", "targets", "costs", "holds", "bridges", "bends", "absence")
"""Tensors of the bank that the graph reads, beside the embeddings."""


class Mixing(nn.Module):
    """Basis images mixed by an embedding over a background; all of it that is left to do for a picture."""

    def __init__(self, responses: Responses, coefficients: Coefficients) -> None:
        super().__init__()
        self.responses, self.coefficients = responses, coefficients

    def forward(self, embedding: Tensor, features: Tensor, background: Tensor) -> Tensor:
        mixed: Tensor = self.coefficients(self.responses(embedding))
        return (features @ mixed + background).clamp(0, 1)


class Living(nn.Module):
    """One step of the living behavior with its state spread out, in the order of the contract."""

    def __init__(self, behavior: LivingBehavior) -> None:
        super().__init__()
        self.step, self.decoder = behavior.step, behavior.decoder

    def forward(
        self,
        state_position: Tensor,
        state_velocity: Tensor,
        state_disturbance: Tensor,
        state_node: Tensor,
        state_left: Tensor,
        state_origin: Tensor,
        state_offset: Tensor,
        state_bridge: Tensor,
        state_span: Tensor,
        state_detour: Tensor,
        state_hold: Tensor,
        state_since: Tensor,
        state_clock: Tensor,
        state_visited: Tensor,
        noise_choice: Tensor,
        noise_latent: Tensor,
        bank_embedding: Tensor,
        bank_positions: Tensor,
        bank_ahead: Tensor,
        bank_following: Tensor,
        bank_last: Tensor,
        bank_targets: Tensor,
        bank_costs: Tensor,
        bank_holds: Tensor,
        bank_bridges: Tensor,
        bank_bends: Tensor,
        bank_absence: Tensor,
        temperature: Tensor,
        pull: Tensor,
        novelty: Tensor,
        bank_weight: Tensor,
        next_node: Tensor,
    ) -> tuple[Tensor, ...]:
        walk = WalkState(
            state_node, state_left, state_origin, state_offset, state_bridge, state_span, state_detour, state_hold,
            state_since, state_clock, state_visited,
        )  # fmt: skip
        state = LivingState(state_position, state_velocity, state_disturbance, walk)
        moments = Moments(
            positions=bank_positions,
            velocities=bank_positions,  # only the beginning of a life needs them
            ahead=bank_ahead,
            following=bank_following,
            last=bank_last,
            targets=bank_targets,
            costs=bank_costs,
            holds=bank_holds,
            bridges=bank_bridges,
            bends=bank_bends,
            absence=bank_absence,
        )
        ticks = (temperature.clamp(0, 1) * TICKS).round().long()
        state = self.step(state, moments, ticks, novelty, noise_choice, noise_latent, bank_weight, next_node)
        embedding = self.decoder(state.position, moments, bank_embedding, pull, bank_weight)
        walk = state.walk
        return (
            embedding, state.position, state.velocity, state.disturbance, walk.node, walk.left, walk.origin,
            walk.offset, walk.bridge, walk.span, walk.detour, walk.hold, walk.since, walk.clock, walk.visited,
        )  # fmt: skip


def scene_modules(settings: Settings, weights: dict[str, np.ndarray], bank: dict[str, np.ndarray]) -> SceneModules:
    """Build the contract modules from what fitting stored."""
    siren, behavior = restore(settings, weights)
    # A clip of few basis images has one net: the leading ones are all there are.
    small = siren.fast.features < siren.fine.features
    return SceneModules(
        trunk=siren.trunk.eval(),
        generator=Mixing(siren.responses, siren.fine).eval(),
        fast=Mixing(siren.responses, siren.fast).eval() if small else None,
        fast_features=siren.fast.features,
        behavior=Living(behavior).eval(),
        state=_states(bank, behavior.step.vae.settings.latent),
        noise=[
            NoiseTensor(input="noise_choice", distribution="gumbel", shape=[bank["targets"].shape[1]]),
            NoiseTensor(input="noise_latent", distribution="normal", shape=[behavior.step.vae.settings.latent]),
        ],
        bank=[
            BankTensor(input="bank_embedding", tensor="embedding"),
            *(BankTensor(input=f"bank_{name}", tensor=name) for name in READ),
        ],
        steps_per_frame=1,
        largest_step=1.0,
        transitions=Transitions(targets="targets", costs="jump_cost", following="following", node="state_node"),
        bank_arrays=bank,
    )


def _states(bank: dict[str, np.ndarray], latent: int) -> list[StateTensor]:
    count, components = bank["positions"].shape
    vector = ("float32", [components])
    number: tuple[str, list[int]] = ("int64", [])
    kinds = {
        "position": (*vector, "positions"),
        "velocity": (*vector, "velocities"),
        "disturbance": ("float32", [latent], None),
        "node": (*number, "moment"),
        "left": (*number, None),
        "origin": (*vector, "positions"),
        "offset": (*vector, None),
        "bridge": ("float32", [], None),
        "span": ("float32", [], None),
        "detour": (*number, None),
        "hold": (*number, None),
        "since": (*number, None),
        "clock": (*number, None),
        "visited": ("int64", [count], None),
    }
    return [
        StateTensor(input=f"state_{name}", output=f"after_{name}", dtype=dtype, shape=shape, initial=initial)  # type: ignore[arg-type]
        for name, (dtype, shape, initial) in kinds.items()
    ]
