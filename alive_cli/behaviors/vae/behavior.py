"""The published behavior, "Alive Scene" (Cheng 2023), with a choice where the publication leaves one open."""

from dataclasses import asdict

import numpy as np
from torch import Tensor

from alive_cli.behaviors.protocol import Bank, BehaviorModules, FittedBehavior, Ghosting, Slices
from alive_cli.behaviors.vae.graph import step_modules
from alive_cli.behaviors.vae.network import BehaviorVae, VaeSettings
from alive_cli.behaviors.vae.train import BehaviorTraining, train_behavior
from alive_cli.progress import Progress, silent
from alive_cli.training.device import one_thread
from alive_cli.training.length import Settings
from alive_cli.training.weights import load_weights, pick, weight_arrays

DENSIFY = 5
"""The behavior learns, and plays, so many steps from frame to frame, which is the published number."""
LEAST_STEPS = 600
"""A trial run trains the behavior for at least so many steps, because with fewer it has learned nothing."""


class VaeBehavior:
    """A VAE from an embedding to its motion."""

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
        """As `Behavior.fit`, on the embeddings' device; the last arguments are not used.

        The first weights come from torch's global random stream as the generator leaves it. A stream of its own would
        change the result of every fit of this recipe.
        """
        model = BehaviorVae(VaeSettings(embedding=embeddings.shape[1])).to(embeddings.device)
        # From 3,000 steps of the generator on, the behavior gets all the steps that it can use.
        own_steps = min(BehaviorTraining.steps, max(LEAST_STEPS, steps // 2))
        with one_thread():
            figures = train_behavior(
                model, embeddings, BehaviorTraining(steps=own_steps, densify=DENSIFY, seed=seed), progress
            )
        settings: Settings = {**asdict(model.settings), "behavior_steps": own_steps, "densify": DENSIFY}
        bank = {"embedding": embeddings.cpu().numpy()}
        return FittedBehavior(settings, weight_arrays({"behavior": model}), bank, figures)

    def restore(self, settings: Settings, weights: dict[str, np.ndarray]) -> BehaviorVae:
        """As `Behavior.restore`."""
        model = BehaviorVae(VaeSettings(**pick(VaeSettings, settings)))
        load_weights({"behavior": model}, weights)
        return model

    def graph(self, settings: Settings, weights: dict[str, np.ndarray], bank: Bank) -> BehaviorModules:
        """As `Behavior.graph`."""
        return step_modules(self.restore(settings, weights), int(settings["densify"] or 1), bank)
