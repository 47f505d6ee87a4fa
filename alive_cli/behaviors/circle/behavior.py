"""The behavior of recipe `flowing` as the pipeline and the exporter see it."""

import numpy as np
import torch
from torch import Tensor, nn

from alive_cli.behaviors.circle.step import CircleStep, declared
from alive_cli.behaviors.protocol import (
    Bank,
    BehaviorModules,
    FittedBehavior,
    Ghosting,
    MotionGraphTensors,
    Noise,
    Slices,
    State,
)
from alive_cli.errors import InputError
from alive_cli.progress import Progress, silent
from alive_cli.training.copies import COPIES, embed
from alive_cli.training.length import Settings
from bundle_spec.contracts import EMBEDDING

PERIOD = "period_frames"
"""The recipe's settings keep the frames of a period under this name."""
MOST_STARTS = 64
"""A bank names at most so many frames to begin at."""


class CircleBehavior:
    """A period of the flow, around and around."""

    def fit(
        self,
        embeddings: Tensor,
        *,
        steps: int,
        seed: int,
        slices: Slices | None = None,
        fps: float = 30.0,
        ghosting: Ghosting | None = None,
        progress: Progress = silent,
    ) -> FittedBehavior:
        """As `Behavior.fit`, of which it learns nothing.

        Raises:
            InputError: always, because clips have no period.
        """
        raise InputError("Recipe flowing is for one photograph; name it with --hints, or leave out --recipe.")

    def around(self, frames: int, seed: int) -> FittedBehavior:
        """The behavior of a period of so many frames, at least 2."""
        life = torch.arange(frames) / (COPIES * frames)
        embeddings = embed(life, torch.zeros(frames, COPIES), torch.ones(()))
        following = (np.arange(frames, dtype=np.int64) + 1) % frames
        bank: Bank = {
            EMBEDDING: embeddings.numpy(),
            "frame": np.arange(frames, dtype=np.int64),
            "phase": np.arange(frames, dtype=np.float32),
            "following": following,
            "targets": following[:, None].copy(),
            "jump_cost": np.zeros((frames, 1), np.float32),
            "starts": np.random.default_rng(seed).permutation(frames)[:MOST_STARTS].astype(np.int64),
        }
        return FittedBehavior({PERIOD: frames}, {}, bank, {})

    def restore(self, settings: Settings, weights: dict[str, np.ndarray]) -> nn.Module:
        """As `Behavior.restore`: it has no weights."""
        return CircleStep(int(settings[PERIOD] or 0)).eval()

    def graph(self, settings: Settings, weights: dict[str, np.ndarray], bank: Bank) -> BehaviorModules:
        """As `Behavior.graph`."""
        return BehaviorModules(
            step=self.restore(settings, weights),
            state={
                "node": State("int64", [], "frame"),
                "phase": State("float32", [], "phase"),
                "shifts": State("float32", [COPIES]),
            },
            noise={"shift": Noise("uniform", [1])},
            bank={},
            controls=declared(),
            steps_per_frame=1,
            largest_step=1.0,
            motion_graph=MotionGraphTensors(targets="targets", costs="jump_cost", following="following", node="node"),
            starts="starts",
            bank_arrays=bank,
        )
