"""The published generator, "Alive Scene" (Cheng 2023), with a choice where the publication leaves one open."""

import copy
from collections.abc import Callable
from dataclasses import asdict, replace

import numpy as np
import torch
from torch import Tensor

from alive_cli.generators.protocol import Bank, DrawingModules, FittedGenerator, Ghosting
from alive_cli.generators.siren.graphs import drawing_modules
from alive_cli.generators.siren.network import Siren, SirenSettings
from alive_cli.generators.siren.train import SirenDrawer, SirenTrainer, SirenTraining, fidelity
from alive_cli.observation.observation import Observation, pixel_coordinates
from alive_cli.progress import Progress, silent
from alive_cli.training.checkpoint import Checkpoint
from alive_cli.training.film import Film, film_watcher
from alive_cli.training.length import FURTHER, Earlier, FitLength, Settings
from alive_cli.training.trainer import fixed_steps, steps_within, train
from alive_cli.training.weights import load_weights, pick, weight_arrays
from bundle_spec.container import Bundle

STEPS = {"draft": 3000, "standard": 15000, "high": 60000}
"""Training takes so many steps by `--quality`; the author trained for about as long as `high`."""
TRAINING = SirenTraining(steps=STEPS["standard"], learning_rate=3e-4, frames=4, pixels=256)
"""The publication leaves batch, rate and schedule open. In equal time, many small batches are better than few large
ones (4 × 256 better than 16 × 256 by 4 dB on a cat). A rate of 1e-3 learns fastest for a minute and falls apart on
longer runs; 1e-4 is always slower."""


class SirenGenerator:
    """A SIREN that maps an embedding and a place to a colour."""

    observes_motion = False
    steps = STEPS

    def fit(
        self,
        data: Observation,
        length: FitLength,
        *,
        seed: int = 0,
        film: Film | None = None,
        earlier: Earlier | None = None,
        checkpoint: Checkpoint | None = None,
        ready: Callable[[Ghosting], None] | None = None,
        progress: Progress = silent,
    ) -> FittedGenerator:
        """As `Generator.fit`; it mixes nothing, so it is never `ready`."""
        torch.manual_seed(seed)
        device = data.embeddings.device
        siren = Siren(SirenSettings(embedding=data.embeddings.shape[1])).to(device)
        config = replace(TRAINING, seed=seed)
        if earlier:
            load_weights({"generator": siren}, earlier.weights)
            siren.train()
            config = replace(config, learning_rate=FURTHER * TRAINING.learning_rate)
        drawer = SirenDrawer(siren).to(device)

        def within(budget: float) -> int:
            return steps_within(lambda: SirenTrainer(copy.deepcopy(drawer), data, config), budget)

        config = replace(config, steps=fixed_steps(lambda: length.steps_of(STEPS, within), checkpoint))
        chosen, coords = torch.from_numpy(Film.chosen(len(data))), pixel_coordinates(*data.size).to(device)

        @torch.no_grad()
        def draw() -> list[Tensor]:
            return [drawer(data.embeddings[number][None], coords)[0] for number in chosen]

        watch = film_watcher(film, config.steps, draw, data.size, checkpoint)
        train(SirenTrainer(drawer, data, config), progress, watch, checkpoint)
        steps = config.steps + (earlier.steps if earlier else 0)
        settings: Settings = {**asdict(siren.settings), "steps": steps, "seed": seed}
        settings |= {"learning_rate": config.learning_rate, "batch": f"{config.frames}x{config.pixels}"}
        figures = {"psnr": round(fidelity(drawer, data), 2)}
        return FittedGenerator(settings, weight_arrays({"generator": siren}), figures, steps)

    def restore(self, settings: Settings, weights: dict[str, np.ndarray]) -> Siren:
        """As `Generator.restore`."""
        siren = Siren(SirenSettings(**pick(SirenSettings, settings)))
        load_weights({"generator": siren}, weights)
        return siren

    def graphs(self, settings: Settings, weights: dict[str, np.ndarray], bank: Bank) -> DrawingModules:
        """As `Generator.graphs`."""
        return drawing_modules(self.restore(settings, weights), bank)

    def slim(self, bundle: Bundle) -> Bundle:
        """As `Generator.slim`; the published network stays as it is."""
        return bundle
