"""One step of the behavior, for the behavior graph."""

from dataclasses import fields

from torch import Tensor, nn

from alive_cli.behaviors.motion_graph.controls import MotionGraphControls, declared
from alive_cli.behaviors.motion_graph.learn import FRAME, REACH, STARTS, LivingBehavior
from alive_cli.behaviors.motion_graph.step import LivingState
from alive_cli.behaviors.motion_graph.walk import MotionGraph, WalkState
from alive_cli.behaviors.protocol import Bank, BehaviorModules, MotionGraphTensors, Noise, State

OWN_STATES = ("position", "velocity", "disturbance", "slow")
"""These states are the behavior's own; all others are those of the walk."""
TABLES = ("positions", "ahead", "following", "last", "targets", "costs", "age")
"""The graph reads these tensors of the bank, beside the embeddings."""


class Step(nn.Module):
    """One time step, and the embedding at its end."""

    def __init__(self, behavior: LivingBehavior) -> None:
        super().__init__()
        self.step, self.decoder = behavior.step, behavior.decoder

    def forward(
        self,
        state: dict[str, Tensor],
        noise: dict[str, Tensor],
        bank: dict[str, Tensor],
        controls: dict[str, Tensor],
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Embeddings [B, D] and the next states; see `LivingState`, `WalkState` and `MotionGraph` for the shapes."""
        steering = MotionGraphControls(**controls)
        walk = WalkState(**{each.name: state[each.name] for each in fields(WalkState)})
        living = LivingState(**{name: state[name] for name in OWN_STATES}, walk=walk)
        tables = {name: bank[name] for name in TABLES}
        graph = MotionGraph(velocities=bank["positions"], **tables)  # only the beginning of a rollout needs velocities
        after = self.step(living, graph, steering, noise["choice"], noise["latent"])
        embedding = self.decoder(after, graph, bank["embedding"], steering, bank[REACH])
        states = {name: getattr(after, name) for name in OWN_STATES}
        return embedding, states | {each.name: getattr(after.walk, each.name) for each in fields(WalkState)}


def step_modules(behavior: LivingBehavior, bank: Bank, **defaults: float) -> BehaviorModules:
    """The step with its states, noises and tables, and other defaults of its controls."""
    latent = behavior.step.vae.settings.latent
    return BehaviorModules(
        step=Step(behavior).eval(),
        state=_states(bank, latent),
        noise={"choice": Noise("gumbel", [bank["targets"].shape[1]]), "latent": Noise("normal", [latent])},
        bank={name: name for name in ("embedding", REACH, *TABLES)},
        controls=declared(**defaults),
        steps_per_frame=1,
        largest_step=1.0,
        motion_graph=MotionGraphTensors(targets="targets", costs="jump_cost", following="following", node="node"),
        starts=STARTS,
        bank_arrays=bank,
    )


def _states(bank: Bank, latent: int) -> dict[str, State]:
    count, components = bank["positions"].shape
    return {
        "position": State("float32", [components], "positions"),
        "velocity": State("float32", [components], "velocities"),
        "disturbance": State("float32", [latent]),
        "slow": State("float32", [components], "positions"),
        "node": State("int64", [], FRAME),
        "left": State("int64", []),
        "origin": State("float32", [components], "positions"),
        "offset": State("float32", [components]),
        "easing_left": State("float32", []),
        "span": State("float32", []),
        "since": State("int64", []),
        "clock": State("int64", []),
        "visited": State("int64", [count]),
    }
