"""The behavior of recipe `living` as the pipeline and the exporter see it."""

import numpy as np
from torch import Tensor

from alive_cli.behaviors.motion_graph.graph import step_modules
from alive_cli.behaviors.motion_graph.learn import LivingBehavior, learn
from alive_cli.behaviors.motion_graph.network import MotionVaeSettings
from alive_cli.behaviors.motion_graph.train import MotionTraining
from alive_cli.behaviors.protocol import Bank, BehaviorModules, FittedBehavior, Ghosting, Slices
from alive_cli.progress import Progress, silent
from alive_cli.training.length import Settings
from alive_cli.training.weights import load_weights, weight_arrays

LEAST_STEPS = 300
"""A trial run trains the VAE for at least so many steps, because with fewer it has learned nothing."""
COMPONENTS, LATENT, HIDDEN = "behavior_components", "behavior_latent", "behavior_hidden"
"""The recipe's settings keep the shape of the VAE under these names."""
NOVELTY = "novelty"
"""The recipe's settings keep the default of this control, which the fit chose, under its own name."""
EMBEDDING = "embedding"
"""The generator's settings keep the length of an embedding under this name."""


class MotionGraphBehavior:
    """A walk over the motion graph leads, a VAE varies it, and the bank pulls back."""

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
        """As `Behavior.fit`, on the CPU. Without `ghosting` every jump counts as drawn well."""
        training = MotionTraining(seed=seed, steps=min(MotionTraining.steps, max(LEAST_STEPS, steps // 4)))
        model, bank, figures = learn(embeddings, training, ghosting, progress, slices=slices, fps=fps)
        vae = model.step.vae.settings
        settings: Settings = {COMPONENTS: vae.components, LATENT: vae.latent, HIDDEN: vae.hidden}
        settings["behavior_steps"] = training.steps
        return FittedBehavior(settings, weight_arrays({"behavior": model}), bank, figures)

    def restore(self, settings: Settings, weights: dict[str, np.ndarray]) -> LivingBehavior:
        """As `Behavior.restore`."""
        components, latent, hidden, dimension = (
            int(settings[name] or 0) for name in (COMPONENTS, LATENT, HIDDEN, EMBEDDING)
        )
        model = LivingBehavior(MotionVaeSettings(components, latent, hidden), dimension)
        load_weights({"behavior": model}, weights)
        return model

    def graph(self, settings: Settings, weights: dict[str, np.ndarray], bank: Bank) -> BehaviorModules:
        """As `Behavior.graph`."""
        chosen = settings.get(NOVELTY)
        defaults = {NOVELTY: float(chosen)} if isinstance(chosen, int | float) else {}
        return step_modules(self.restore(settings, weights), bank, **defaults)
