"""Recipe `original`: the published method, "Alive Scene" (Cheng 2023), with what it leaves open pinned."""

import copy
from dataclasses import asdict, replace

import numpy as np
import torch
from torch import Tensor

from alive_cli.checkpoint import Checkpoint
from alive_cli.fitting.device import one_thread
from alive_cli.fitting.film import Film, filming
from alive_cli.fitting.observations import Observations, pixel_coordinates
from alive_cli.fitting.recipe import (
    FURTHER,
    Earlier,
    Encode,
    FitLength,
    Fitted,
    Settings,
    load_weights,
    pick,
    weight_arrays,
)
from alive_cli.fitting.siren import Siren, SirenSettings
from alive_cli.fitting.train_behavior import BehaviorTraining, train_behavior
from alive_cli.fitting.train_siren import SirenDrawer, SirenTrainer, SirenTraining, fidelity
from alive_cli.fitting.training import settled, steps_within, train
from alive_cli.fitting.vae import BehaviorVae, VaeSettings
from alive_cli.progress import Progress, silent

NAME = "original"
DENSIFY = 5
"""Densified steps from frame to frame that the behavior learns, and plays for each frame."""
STEPS = {"draft": 3000, "standard": 15000, "high": 60000}
TRAINING = SirenTraining(steps=STEPS["standard"], learning_rate=3e-4, frames=4, pixels=256, densify=DENSIFY)
"""The author left batch, rate and schedule open. At equal time, many small batches beat few large ones
(4 × 256 over 16 × 256 by 4 dB on a cat). 1e-3 learns fastest for a minute and then falls apart on
longer runs; 1e-4 is slower everywhere."""


def fit(
    data: Observations,
    length: FitLength,
    *,
    seed: int = 0,
    encode: Encode | None = None,
    film: Film | None = None,
    earlier: Earlier | None = None,
    checkpoint: Checkpoint | None = None,
    progress: Progress = silent,
) -> Fitted:
    """Train generator and behavior on the observations' device; the encoder is of no use here.

    The same observations, steps and seed give the same weights on the same machine, whether or not the
    fit was interrupted meanwhile.

    Args:
        earlier: a scene of the same observations, whose generator is trained further.
        checkpoint: keeps the training, and may hold that of an interrupted run.

    Raises:
        Stopped: Ctrl-C or SIGTERM while the generator was trained, with a checkpoint.
    """
    torch.manual_seed(seed)
    device = data.embeddings.device
    generator = Siren(SirenSettings(embedding=data.embeddings.shape[1])).to(device)
    config = replace(TRAINING, seed=seed)
    if earlier:
        load_weights({"generator": generator}, earlier.weights)
        generator.train()
        config = replace(config, learning_rate=FURTHER * TRAINING.learning_rate)
    drawer = SirenDrawer(generator).to(device)

    def within(budget: float) -> int:
        return steps_within(lambda: SirenTrainer(copy.deepcopy(drawer), data, config), budget)

    config = replace(config, steps=settled(lambda: length.counted(STEPS, within), checkpoint))
    trained = config.steps + (earlier.steps if earlier else 0)
    chosen, coords = torch.from_numpy(Film.chosen(len(data))), pixel_coordinates(*data.size).to(device)

    @torch.no_grad()
    def draw() -> list[Tensor]:
        return [drawer(data.embeddings[number][None], coords)[0] for number in chosen]

    watch = filming(film, config.steps, draw, data.size, checkpoint)
    train(SirenTrainer(drawer, data, config), progress, watch, checkpoint)
    behavior = BehaviorVae(VaeSettings(embedding=data.embeddings.shape[1])).to(device)
    # A trial run is short in everything; from 3,000 generator steps on, the behavior gets all it can use.
    behavior_steps = min(BehaviorTraining.steps, max(600, trained // 2))
    behavior_config = BehaviorTraining(steps=behavior_steps, densify=DENSIFY, seed=seed)
    with one_thread():
        motion = train_behavior(behavior, data, behavior_config, progress)
    settings: Settings = {**asdict(generator.settings), **asdict(behavior.settings)}
    settings |= {"steps": trained, "behavior_steps": behavior_steps, "densify": DENSIFY, "seed": seed}
    settings |= {"learning_rate": config.learning_rate, "batch": f"{config.frames}x{config.pixels}"}
    return Fitted(
        recipe=NAME,
        settings=settings,
        weights=weight_arrays({"generator": generator, "behavior": behavior}),
        bank={"embedding": data.embeddings.cpu().numpy()},
        figures={"psnr": round(fidelity(drawer, data), 2), **motion},
    )


def restore(settings: Settings, weights: dict[str, np.ndarray]) -> tuple[Siren, BehaviorVae]:
    """The trained modules, in evaluation mode on the CPU, from what `fit` gave.

    Raises:
        KeyError, RuntimeError: settings or weights are not those of this recipe.
    """
    generator = Siren(SirenSettings(**pick(SirenSettings, settings)))
    behavior = BehaviorVae(VaeSettings(**pick(VaeSettings, settings)))
    load_weights({"generator": generator, "behavior": behavior}, weights)
    return generator, behavior
