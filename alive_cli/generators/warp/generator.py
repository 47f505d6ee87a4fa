"""The generator of recipe `living` as the pipeline and the exporter see it."""

import copy
import time
from collections.abc import Callable
from dataclasses import asdict

import numpy as np
import torch
from torch import Tensor

from alive_cli.generators import protocol
from alive_cli.generators.protocol import Bank, DrawingModules, FittedGenerator
from alive_cli.generators.warp.fit import STEPS, WarpFit
from alive_cli.generators.warp.ghosting import Ghosting
from alive_cli.generators.warp.graphs import drawing_modules
from alive_cli.generators.warp.network import WarpNetwork, WarpSettings
from alive_cli.generators.warp.pictures import COLOUR_SIDE
from alive_cli.generators.warp.rounding import (
    SLIM_COLOUR,
    SLIM_PIXELS,
    SLIM_SHARE,
    SLIM_SINES,
    mode_levels,
    round_colour,
    round_motion,
    round_trunk,
)
from alive_cli.media.alpha import over
from alive_cli.media.warping import reduce
from alive_cli.observation.observation import Observation
from alive_cli.observation.reduced import within
from alive_cli.progress import Progress, silent
from alive_cli.training.checkpoint import Checkpoint
from alive_cli.training.film import Film
from alive_cli.training.length import Earlier, FitLength, Settings
from alive_cli.training.trainer import fixed_steps, steps_within
from alive_cli.training.weights import load_weights, pick, weight_arrays
from bundle_spec.container import (
    BANK_NAME,
    KEYFRAMES_NAME,
    MASK_NAME,
    WEIGHTS_NAME,
    Bundle,
    pack_picture,
    pack_tensors,
)
from bundle_spec.features.alpha import is_transparent
from bundle_spec.features.warp import pack_keyframes, unpack_keyframes, warp_of
from bundle_spec.webp import pack_webp, unpack_webp

LEAST_SHARE = 0.1
"""Training gets at least this share of a budget, even if observing took too long."""
BACKGROUND_QUALITY = 92
"""The background is compressed with this quality of WebP: it is one picture, and it is shown all the time."""
USUAL_PSNR = 40.0
"""A scene that doesn't say how faithful it is counts as this faithful, in dB."""
MOST_PSNR = 60.0
"""Numbers that are exact enough for this many dB are exact enough."""
MASKED = "masked"
"""The recipe's settings say under this name whether the scene has a still layer."""
TRANSPARENT = "transparent"
"""And under this one whether its pictures have alpha; they say nothing where they have none."""


class WarpGenerator:
    """Keyframes that motion modes displace, plus colour modes."""

    observes_motion = True
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
        ready: Callable[[protocol.Ghosting], None] | None = None,
        progress: Progress = silent,
    ) -> FittedGenerator:
        """As `Generator.fit`."""
        began = time.perf_counter()
        fitting = WarpFit(data, length.quality, seed, progress, earlier)
        if ready is not None:
            ready(_ghosting(fitting))

        def within(budget: float) -> int:
            left = max(LEAST_SHARE * budget, budget - (time.perf_counter() - began))
            return steps_within(lambda: fitting.trainer(100_000, of_copy=True), left)

        config = fitting.train(fixed_steps(lambda: length.steps_of(STEPS, within), checkpoint), film, checkpoint)
        tables, decibels = fitting.solve()
        steps = config.steps + (earlier.steps if earlier else 0)
        pictures = fitting.pictures.compress()
        layer = fitting.pictures.still_layer()
        parts = {}
        if layer is not None:
            background, mask = layer
            # Who chose what lives expects exactly that still picture outside, or nothing.
            exact = data.living is not None or data.transparency is not None
            pictures.append(pack_webp(background, None if exact else BACKGROUND_QUALITY))
            parts[MASK_NAME] = pack_picture(mask)
        parts[KEYFRAMES_NAME] = pack_keyframes(pictures)
        settings: Settings = {**asdict(fitting.network.settings), "steps": steps, "seed": seed}
        settings |= {"learning_rate": config.learning_rate, "batch": f"{config.pixels}", MASKED: layer is not None}
        if data.transparency is not None:
            settings[TRANSPARENT] = True
        return FittedGenerator(
            settings=settings,
            weights=halved(weight_arrays({"generator": fitting.network})),
            figures={"psnr": round(decibels, 2)},
            steps=steps,
            bank=tables,
            parts=parts,
        )

    def restore(self, settings: Settings, weights: dict[str, np.ndarray]) -> WarpNetwork:
        """As `Generator.restore`."""
        network = WarpNetwork(WarpSettings(**pick(WarpSettings, settings)))
        load_weights({"generator": network}, weights)
        return network

    def graphs(self, settings: Settings, weights: dict[str, np.ndarray], bank: Bank) -> DrawingModules:
        """As `Generator.graphs`."""
        alpha = bool(settings.get(TRANSPARENT))
        return drawing_modules(self.restore(settings, weights), bank, masked=bool(settings[MASKED]), alpha=alpha)

    def slim(self, bundle: Bundle) -> Bundle:
        """As `Generator.slim`."""
        weights, bank = bundle.tensors(WEIGHTS_NAME), bundle.tensors(BANK_NAME)
        own = {name: array for name, array in weights.items() if name.startswith("generator.")}
        network = self.restore(dict(bundle.manifest.recipe.settings), own)
        warp, s = warp_of(bundle.manifest), network.settings
        assert warp is not None
        pictures = unpack_keyframes(bundle, warp)
        size = within(s.aspect_width, s.aspect_height, COLOUR_SIDE)
        alpha = is_transparent(bundle.manifest)
        middle = reduce(
            over(unpack_webp(pictures[s.keyframes // 2], (s.aspect_width, s.aspect_height), alpha=alpha)), size
        )
        motion, colour = bank["warp_motion"], bank["warp_colour"]
        levels = mode_levels(motion[:, :2], np.sqrt(np.square(colour, dtype=np.float64).mean((0, 2))), middle)
        error = _error(bundle.manifest.figures.get("psnr"))
        round_trunk(network.trunk, levels, SLIM_SHARE * error, SLIM_SINES, fine=False)
        cells, longest = s.motion_columns * s.motion_rows, max(s.aspect_width, s.aspect_height)
        bank["warp_motion"] = round_motion(motion, cells, longest, SLIM_PIXELS)
        bank["warp_colour"] = round_colour(colour, SLIM_COLOUR * error)
        weights |= halved(weight_arrays({"generator": network}))
        parts = {WEIGHTS_NAME: pack_tensors(weights), BANK_NAME: pack_tensors(bank)}
        return Bundle(bundle.manifest, {**bundle.parts, **parts})


def _error(decibels: object) -> float:
    """The root mean square error, of values 0…1, that pictures of a scene have by its figures."""
    known = float(decibels) if isinstance(decibels, int | float) else USUAL_PSNR
    return float(10.0 ** (-min(max(known, 0.0), MOST_PSNR) / 20))


def halved(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The trunk's grids and matrices in half precision, which holds all to which they were rounded."""
    return {
        name: array.astype(np.float16) if name.startswith("generator.trunk.") and array.ndim > 1 else array
        for name, array in weights.items()
    }


def _ghosting(fitting: WarpFit) -> Ghosting:
    """Judges embeddings by the exact motion modes, which the trunk draws nearly as they are."""
    look_up = copy.deepcopy(fitting.network.look_up).cpu().eval()
    observed, tables = fitting.observed, fitting.observed.tables
    known = torch.from_numpy(observed.embeddings)
    keyframe, weight = torch.from_numpy(tables.keyframe), torch.from_numpy(tables.weight)
    motion = torch.from_numpy(tables.motion.astype(np.float32))
    no_colour = torch.zeros(len(known), 1, 3)

    @torch.no_grad()
    def drawn_from(embeddings: Tensor) -> tuple[Tensor, ...]:
        nothing = torch.zeros(len(embeddings), look_up.modes)
        outputs: tuple[Tensor, ...] = look_up(embeddings.cpu(), nothing, known, keyframe, weight, motion, no_colour)
        return outputs[:4]

    return Ghosting(fitting.pictures.keyframes, fitting.pictures.frame_size, observed.motion.modes, drawn_from)
