"""The behavior of recipe `living` as the pipeline and the exporter see it."""

import numpy as np
from torch import Tensor

from alive_cli.behaviors.motion_graph.graph import step_modules
from alive_cli.behaviors.motion_graph.learn import LivingBehavior, find_pictures, learn
from alive_cli.behaviors.motion_graph.network import MotionVaeSettings
from alive_cli.behaviors.motion_graph.train import MotionTraining
from alive_cli.behaviors.protocol import Bank, BehaviorModules, FittedBehavior, PicturePlan, PlannedPictures, Quality
from alive_cli.progress import Progress, silent
from alive_cli.training.length import Settings
from alive_cli.training.weights import load_weights, weight_arrays

LEAST_STEPS = 300
"""A trial run trains the VAE for at least so many steps, because with fewer it has learned nothing."""
COMPONENTS, LATENT, HIDDEN = "behavior_components", "behavior_latent", "behavior_hidden"
"""The recipe's settings keep the shape of the VAE under these names."""
NEIGHBOURS = "neighbours"
"""The recipe's settings keep under this name how many observed frames the decoder interpolates."""
EMBEDDING = "embedding"
"""The generator's settings keep the length of an embedding under this name."""
BONUS, STORED_BONUS = "behavior.step.walk.revisit_bonus", "behavior.step.walk.longing"
"""This weight is stored under the name that it had in 0.1, so that its scenes can still be exported."""


class MotionGraphBehavior:
    """A walk over the motion graph leads, a VAE varies it, and the bank pulls back."""

    def plan_pictures(self, embeddings: Tensor, seed: int) -> PicturePlan | None:
        """As `Behavior.plan_pictures`."""
        return find_pictures(embeddings, seed)

    def fit(
        self,
        embeddings: Tensor,
        *,
        steps: int,
        seed: int,
        quality: Quality | None = None,
        pictures: PlannedPictures | None = None,
        progress: Progress = silent,
    ) -> FittedBehavior:
        """As `Behavior.fit`, on the CPU. Without `quality` every jump counts as drawable."""
        training = MotionTraining(seed=seed, steps=min(MotionTraining.steps, max(LEAST_STEPS, steps // 4)))
        model, bank, figures = learn(embeddings, training, quality, pictures, progress)
        vae = model.step.vae.settings
        settings: Settings = {COMPONENTS: vae.components, LATENT: vae.latent, HIDDEN: vae.hidden}
        settings |= {NEIGHBOURS: model.decoder.neighbours, "behavior_steps": training.steps}
        weights = weight_arrays({"behavior": model})
        weights[STORED_BONUS] = weights.pop(BONUS)
        return FittedBehavior(settings, weights, bank, figures)

    def restore(self, settings: Settings, weights: dict[str, np.ndarray]) -> LivingBehavior:
        """As `Behavior.restore`."""
        components, latent, hidden, neighbours, dimension = (
            int(settings[name] or 0) for name in (COMPONENTS, LATENT, HIDDEN, NEIGHBOURS, EMBEDDING)
        )
        model = LivingBehavior(MotionVaeSettings(components, latent, hidden), dimension, neighbours)
        load_weights({"behavior": model}, {BONUS if name == STORED_BONUS else name: w for name, w in weights.items()})
        return model

    def graph(self, settings: Settings, weights: dict[str, np.ndarray], bank: Bank) -> BehaviorModules:
        """As `Behavior.graph`."""
        return step_modules(self.restore(settings, weights), bank)
