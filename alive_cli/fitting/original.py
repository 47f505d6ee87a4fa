"""Recipe `original`: the published method, "Alive Scene" (Cheng 2023), with what it leaves open pinned."""

from dataclasses import asdict, dataclass, replace

import numpy as np
import torch

from alive_cli.fitting.observations import Observations
from alive_cli.fitting.siren import PositionalEncoding, Siren, SirenSettings
from alive_cli.fitting.train_behavior import BehaviorTraining, train_behavior
from alive_cli.fitting.train_generator import (
    GeneratorTrainer,
    GeneratorTraining,
    fidelity,
    steps_within,
    train_generator,
)
from alive_cli.fitting.vae import BehaviorVae, VaeSettings
from alive_cli.progress import Progress, silent

NAME = "original"
STEPS = {"draft": 3000, "standard": 15000, "high": 60000}
"""Generator steps by `--quality`."""


@dataclass(frozen=True)
class Fitted:
    """What fitting hands on: plain arrays and numbers, to be stored, exported or trained further."""

    recipe: str
    settings: dict[str, bool | int | float | str | None]
    weights: dict[str, np.ndarray]
    bank: dict[str, np.ndarray]
    figures: dict[str, float]


@dataclass(frozen=True)
class FitLength:
    """How long to train: exactly `steps`, or as many as fit into `budget` seconds, or by `quality`."""

    quality: str = "standard"
    steps: int | None = None
    budget: float | None = None


def fit(data: Observations, length: FitLength, *, seed: int = 0, progress: Progress = silent) -> Fitted:
    """Train generator and behavior on the observations' device.

    The same observations, steps and seed give the same weights on the same machine.
    """
    device = data.embeddings.device
    torch.manual_seed(seed)
    trunk = PositionalEncoding().to(device)
    generator = Siren(SirenSettings(embedding=data.embeddings.shape[1])).to(device)
    behavior = BehaviorVae(VaeSettings(embedding=data.embeddings.shape[1])).to(device)

    config = GeneratorTraining(steps=length.steps or STEPS[length.quality], seed=seed)
    if length.budget and not length.steps:
        config = replace(config, steps=steps_within(generator, trunk, data, config, length.budget))
    train_generator(GeneratorTrainer(generator, trunk, data, config), progress)
    behavior_config = BehaviorTraining(steps=behavior_steps(config.steps), seed=seed)
    motion = train_behavior(behavior, data, behavior_config, progress)

    settings = {**asdict(generator.settings), **asdict(behavior.settings)}
    settings |= {
        "steps": config.steps,
        "behavior_steps": behavior_config.steps,
        "densify": config.densify,
        "seed": seed,
    }
    settings |= {"learning_rate": config.learning_rate, "batch": f"{config.frames}x{config.pixels}"}
    return Fitted(
        recipe=NAME,
        settings=settings,
        weights=_arrays("generator", generator) | _arrays("behavior", behavior),
        bank={"embedding": data.embeddings.cpu().numpy()},
        figures={"psnr": round(fidelity(generator, trunk, data), 2), **motion},
    )


def behavior_steps(generator_steps: int) -> int:
    """A trial run is short in everything; from 3,000 generator steps on, the behavior gets all it can use."""
    return min(BehaviorTraining.steps, max(50, generator_steps // 2))


def restore(
    settings: dict[str, bool | int | float | str | None], weights: dict[str, np.ndarray]
) -> tuple[Siren, BehaviorVae]:
    """The trained modules, in evaluation mode on the CPU, from what `fit` gave.

    Raises:
        KeyError, RuntimeError: settings or weights are not those of this recipe.
    """

    def pick(kind: type) -> dict[str, object]:
        return {name: settings[name] for name in kind.__dataclass_fields__}  # type: ignore[attr-defined]

    generator = Siren(SirenSettings(**pick(SirenSettings)))  # type: ignore[arg-type]
    behavior = BehaviorVae(VaeSettings(**pick(VaeSettings)))  # type: ignore[arg-type]
    for prefix, module in (("generator.", generator), ("behavior.", behavior)):
        state = {
            name.removeprefix(prefix): torch.from_numpy(array.copy())
            for name, array in weights.items()
            if name.startswith(prefix)
        }
        module.load_state_dict(state)
        module.eval()
    return generator, behavior


def _arrays(prefix: str, module: torch.nn.Module) -> dict[str, np.ndarray]:
    return {f"{prefix}.{name}": tensor.detach().cpu().numpy() for name, tensor in module.state_dict().items()}
