"""The generator of recipe `flowing` as the pipeline and the exporter see it."""

from collections.abc import Callable
from dataclasses import asdict

import numpy as np
import torch
from torch import nn

from alive_cli.errors import InputError
from alive_cli.generators.flowing.network import FlowingSettings, Mixture, ModeGrid
from alive_cli.generators.protocol import Bank, DrawingGraph, DrawingModules, FittedGenerator, Ghosting
from alive_cli.observation.observation import Observation
from alive_cli.observation.photograph.photograph import FlowingPhotograph
from alive_cli.progress import Progress, silent
from alive_cli.training.checkpoint import Checkpoint
from alive_cli.training.copies import COPIES, MOST_STRENGTH, SHIFT, embed
from alive_cli.training.film import Film
from alive_cli.training.length import Earlier, FitLength, Settings
from alive_cli.training.weights import load_weights, pick
from bundle_spec.container import GENERATOR_NAME, KEYFRAMES_NAME, MASK_NAME, TRUNK_NAME, Bundle, pack_picture
from bundle_spec.features.depth import DEPTH
from bundle_spec.features.warp import FEATURE, pack_keyframes
from bundle_spec.manifest import BankTensor, Drawing, Graph, Warp
from bundle_spec.webp import pack_webp

QUALITIES = (92, 84, 75, 60)
"""The pictures are compressed with the first of these qualities of WebP with which they fit into PICTURE_BYTES, or the
last."""
PICTURE_BYTES = 900_000
"""The pictures of a scene take at most about so many bytes, so that it takes less than 2 MB with its modes."""
REACH = MOST_STRENGTH * (1 + SHIFT)
"""Copies are displaced by at most so many times what the flow moves in half a life."""
TABLE, INPUT = "displacements", "bank_displacements"
"""The bank holds the coefficients under the first name, and the generator graph reads them under the second."""
MASKED = "masked"
"""The recipe's settings say under this name whether something stands still."""
OUTPUTS = ("keyframe", "weight", "motion", "shift", "colour")
"""The outputs of the generator graph, in their order."""
CHECKED_SIDE = 48
"""The grid is checked on a picture of so many points a side."""
CHECKED_EMBEDDINGS = 8
"""The mixture is checked on so many embeddings."""


class FlowingGenerator:
    """Three displaced copies of a photograph, mixed, before what stands still."""

    observes_motion = False
    steps = dict.fromkeys(("draft", "standard", "high"), 1)

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
        """As `Generator.fit`.

        Raises:
            InputError: always, because a clip doesn't flow steadily.
        """
        raise InputError("Recipe flowing is for one photograph; name it with --hints, or leave out --recipe.")

    def of_photograph(self, photograph: FlowingPhotograph) -> FittedGenerator:
        """The generator that lets a photograph flow. Nothing is trained."""
        trajectories = photograph.trajectories
        count, rows, columns = trajectories.modes.shape[:3]
        times = len(trajectories.coefficients)
        width, height = photograph.size
        per_life = trajectories.life / trajectories.interval
        settings = FlowingSettings(width, height, count, columns, rows, times, per_life)
        grid = np.zeros((1, 2 * count + 1, rows, columns), np.float16)
        grid[0, :-1] = trajectories.modes.transpose(0, 3, 1, 2).reshape(2 * count, rows, columns)
        pictures = [photograph.strong, photograph.flowing]
        masked = bool((photograph.mask < 255).any())
        parts: dict[str, bytes] = {}
        if masked:
            pictures.append(photograph.picture)
            parts[MASK_NAME] = pack_picture(photograph.mask)
        parts[KEYFRAMES_NAME] = pack_keyframes(_compressed(pictures))
        return FittedGenerator(
            settings={**asdict(settings), MASKED: masked, "steps": 0},
            weights={"generator.grid": grid},
            figures={"stretch": round(trajectories.stretch, 2), "life": trajectories.life},
            steps=0,
            bank={TABLE: trajectories.coefficients},
            parts=parts,
        )

    def restore(self, settings: Settings, weights: dict[str, np.ndarray]) -> nn.Module:
        """As `Generator.restore`: the grid of the modes."""
        grid = ModeGrid(FlowingSettings(**pick(FlowingSettings, settings)))
        load_weights({"generator": grid}, {name: each.astype(np.float32) for name, each in weights.items()})
        return grid

    def graphs(self, settings: Settings, weights: dict[str, np.ndarray], bank: Bank) -> DrawingModules:
        """As `Generator.graphs`."""
        s = FlowingSettings(**pick(FlowingSettings, settings))
        masked = bool(settings[MASKED])
        table = torch.from_numpy(bank[TABLE])
        if table.shape != (s.displacements, s.motion_modes):
            raise ValueError("the displacements are not those of the settings")

        def describe(graphs: dict[str, Graph]) -> Drawing:
            return Drawing(
                trunk=graphs[TRUNK_NAME],
                generator=graphs[GENERATOR_NAME],
                mask=MASK_NAME if masked else None,
                warp=Warp(
                    keyframes=KEYFRAMES_NAME,
                    count=2,
                    width=s.width,
                    height=s.height,
                    motion_modes=s.motion_modes,
                    colour_modes=1,
                    motion_grid=[s.motion_columns, s.motion_rows],
                    colour_grid=[1, 1],
                    bank=[BankTensor(input=INPUT, tensor=TABLE)],
                    depth=DEPTH if DEPTH in bank else None,
                ),
            )

        trunk = DrawingGraph(
            file=TRUNK_NAME,
            module=self.restore(settings, weights),
            inputs={"coords": _coordinates()},
            outputs=["features"],
            free={"coords": ("P",)},
            free_outputs={"features": ("P",)},
        )
        mixture = DrawingGraph(
            file=GENERATOR_NAME,
            module=Mixture(s).eval(),
            inputs={
                "embedding": _embeddings(),
                "offset": torch.zeros(CHECKED_EMBEDDINGS, s.motion_modes),
                INPUT: table,
            },
            outputs=list(OUTPUTS),
            free={"embedding": ("B",), "offset": ("B",)},
            free_outputs=dict.fromkeys(OUTPUTS, ("B",)),
        )
        return DrawingModules(graphs=[trunk, mixture], describe=describe, features=(FEATURE,))

    def slim(self, bundle: Bundle) -> Bundle:
        """As `Generator.slim`: its numbers are as coarse as they can be."""
        return bundle


def _coordinates() -> torch.Tensor:
    side = torch.linspace(-1, 1, CHECKED_SIDE)
    return torch.cartesian_prod(side, side)


def _embeddings() -> torch.Tensor:
    """Embeddings of several ages, shifts and strengths."""
    share = (torch.arange(CHECKED_EMBEDDINGS) + 0.3) / CHECKED_EMBEDDINGS
    shifts = torch.stack([share - 0.5] * COPIES, 1) * torch.linspace(-1, 1, COPIES)
    return embed(share, shifts, torch.ones(()))


def _compressed(pictures: list[np.ndarray]) -> list[bytes]:
    files: list[bytes] = []
    for quality in QUALITIES:
        files = [pack_webp(picture, quality) for picture in pictures]
        if sum(map(len, files)) <= PICTURE_BYTES:
            break
    return files
