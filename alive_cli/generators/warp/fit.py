"""Fit the generator: colour modes, trunk, coefficients."""

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import cv2
import numpy as np
import torch
from torch import Tensor

from alive_cli.errors import InputError
from alive_cli.generators.warp.colour import colour_coefficients, colour_modes
from alive_cli.generators.warp.look_up import CANDIDATES, NEIGHBOURS
from alive_cli.generators.warp.network import WarpNetwork, WarpSettings
from alive_cli.generators.warp.pictures import ReducedPictures
from alive_cli.generators.warp.rounding import (
    FITTED_COLOUR,
    FITTED_PIXELS,
    FITTED_SHARE,
    FITTED_SINES,
    mode_levels,
    round_colour,
    round_motion,
    round_trunk,
)
from alive_cli.generators.warp.start import start_from_modes
from alive_cli.generators.warp.train import Modes, TrunkTrainer, TrunkTraining
from alive_cli.media.sampling import evenly_spread
from alive_cli.media.warping import grid_coordinates, resize
from alive_cli.observation.motion import registered
from alive_cli.observation.observation import Observation, pixel_coordinates
from alive_cli.observation.observed import ObservedMotion
from alive_cli.observation.pose_embedding import flat
from alive_cli.progress import Progress, silent
from alive_cli.training.checkpoint import Checkpoint
from alive_cli.training.chunks import chunked
from alive_cli.training.device import one_thread
from alive_cli.training.film import Film, film_watcher
from alive_cli.training.length import FURTHER, Earlier
from alive_cli.training.trainer import psnr, train
from alive_cli.training.weights import load_weights, pick
from bundle_spec.manifest import POSE

STEPS = {"draft": 250, "standard": 1000, "high": 6000}
"""A fit takes so many steps by `--quality`. The trunk begins with grids that draw the modes nearly as well as they can
be drawn: on four clips 1,000 steps gained 0.1 to 0.5 dB, and 1,500 steps 0.02 to 0.07 dB more."""
WIDTHS = {"draft": 128, "standard": 128, "high": 192}
"""The trunk is so wide by `--quality`."""
GRID_DEPTHS = {"draft": 1, "standard": 1, "high": 2}
"""The channels of the feature grids are multiplied by this number, by `--quality`."""
COLOUR_MODES = {"draft": 48, "standard": 64, "high": 96}
"""A scene has at most so many colour modes, by `--quality`."""
TRAINING = TrunkTraining(steps=STEPS["standard"], learning_rate=5e-3)
"""A fit of standard quality trains in this way; other fits scale the rate by their width and their length."""
GPU_PIXELS = 4096
"""A batch on a GPU has so many places, because 256 are too little work for it."""
TRUNK_CHUNK = 1 << 14
"""The trunk draws at most so many places at once."""
SHIFTED = 0.3
"""A mode that spreads by this share of the widest one is shifted by half of what an embedding asks for, and a narrower
one by less: the picture of a cat was off by 5.1 levels instead of 6.3 where a life left the bank."""
CHECKED_FRAMES = 32
"""The fit estimates errors on so many frames."""
COLOUR_STAGE, SOLVING_STAGE = "Finding what motion leaves", "Fitting every frame"
"""The progress bar shows these texts before and after the training."""


class WarpFit:
    """One fit of the generator to an observed clip."""

    def __init__(
        self,
        data: Observation,
        quality: str,
        seed: int,
        progress: Progress = silent,
        earlier: Earlier | None = None,
    ) -> None:
        """Find the colour modes and set up the trunk, as it was `earlier` if there is one."""
        assert data.motion is not None
        self.observed: ObservedMotion = data.motion
        self._seed, self._progress = seed, progress
        motion, tables = self.observed.motion, self.observed.tables
        count = len(self.observed.frames)
        progress(COLOUR_STAGE, 0, 2)
        self.pictures = ReducedPictures(self.observed.frames, motion.keyframes, data.living, data.transparency)
        progress(COLOUR_STAGE, 1, 2, f"{len(motion.keyframes)} keyframes")
        self.coefficients, self.weights = motion.coefficients, motion.weights
        kept = WarpSettings(**pick(WarpSettings, earlier.settings)) if earlier else None
        most = kept.colour_modes if kept else COLOUR_MODES[quality]
        colours, spread = colour_modes(lambda number: self.residual(number, motion.modes), count, most)
        progress(COLOUR_STAGE, 2, 2, f"{colours.shape[1]} colour modes")
        width, height = self.pictures.frame_size
        settings = WarpSettings(
            width,
            height,
            motion_modes=len(motion.modes),
            colour_modes=colours.shape[1],
            width=WIDTHS[quality] if kept is None else kept.width,
            grid_depth=GRID_DEPTHS[quality] if kept is None else kept.grid_depth,
            keyframes=len(motion.keyframes),
            motion_columns=motion.modes.shape[2],
            motion_rows=motion.modes.shape[1],
            colour_columns=self.pictures.size[0],
            colour_rows=self.pictures.size[1],
            embedding=self.observed.embeddings.shape[1],
            pose_first=self.observed.embedding.slices[POSE][0],
            entries=tables.keyframe.shape[1],
            mixed_frames=min(NEIGHBOURS, count - 1),
            compared_frames=min(CANDIDATES, count),
        )
        if kept is not None and kept != settings:
            raise InputError("The clip gives other keyframes and modes than the scene has; fit it anew.")
        torch.manual_seed(seed)
        device = data.embeddings.device
        network = WarpNetwork(settings)
        self._rate = TRAINING.learning_rate * (FURTHER if earlier else 1)
        self._modes = self._targets(colours, spread, device)
        self._left = math.sqrt(self._modes.left_out)
        """Root mean square error of pictures, of values 0…1, if the trunk draws the modes exactly."""
        network.trunk.scale.copy_(self._modes.values.square().mean(0).sqrt().clamp(min=1e-12))
        self._set_look_up(network)
        if earlier:
            load_weights({"generator": network}, earlier.weights)
            network.train()
        else:
            modes = self._modes
            with one_thread():  # a second one would wait for those that compress the keyframes
                start_from_modes(network.trunk, self.pictures.size, modes.values.cpu(), modes.levels.cpu())
        self.network = network.to(device)

    def residual(self, number: int, modes: np.ndarray) -> np.ndarray:
        """What keyframes moved by modes [S, gh, gw, 2] leave of a frame: float32 [3, P], 0…1."""
        rest = cv2.subtract(self.pictures.frame(number), self._moved(number, modes), dtype=cv2.CV_32F)
        return np.stack(cv2.split(rest)).reshape(3, -1) / np.float32(255)

    def _moved(self, number: int, modes: np.ndarray) -> np.ndarray:
        """A frame as moved keyframes draw it: float32 [h, w, 3], 0…255."""
        places = self.observed.motion.places[number]
        return self.pictures.mixed(places, self.weights[number], self.coefficients[number], modes)

    def _targets(self, colours: np.ndarray, spread: np.ndarray, device: torch.device) -> Modes:
        motion, pictures = self.observed.motion, self.pictures
        across = np.stack([resize(mode, pictures.size) for mode in motion.modes])  # [S, h, w, 2]
        displacements = across.transpose(1, 2, 0, 3).reshape(len(colours), -1)  # [P, 2·S]
        values = torch.from_numpy(np.concatenate([displacements, colours], 1))
        levels = mode_levels(motion.coefficients, spread, pictures.keyframes[len(pictures.keyframes) // 2])
        left = self._left_out(colours)
        coords = pixel_coordinates(*pictures.size)
        return Modes(coords.to(device), values.to(device), levels.to(device), left)

    def _left_out(self, colours: np.ndarray) -> float:
        """Mean squared error of some frames as motion and colour modes [P, R] explain them."""
        numbers = evenly_spread(len(self.pictures), CHECKED_FRAMES)
        _, errors = self._explained(numbers, self.observed.motion.modes, colours)
        return float(errors.mean())

    def _set_look_up(self, network: WarpNetwork) -> None:
        embedding = self.observed.embedding
        steps = np.linalg.norm(np.diff(flat(self.observed.embeddings), axis=0), axis=1)
        usual = max(float(np.median(steps)), 0.1 * float(steps.mean()), 1e-6)
        network.look_up.centre.copy_(torch.from_numpy(embedding.pose_centre))
        network.look_up.scale.fill_(embedding.pose_scale or 1.0)
        network.look_up.step.fill_(usual)
        variances = self.observed.motion.poses.var(0)
        kept = variances / (variances + SHIFTED**2 * max(float(variances.max()), 1e-12))
        network.look_up.gain.copy_(torch.from_numpy(kept))

    def trainer(self, steps: int, *, of_copy: bool = False) -> TrunkTrainer:
        """A trainer of the trunk, or of a copy of it, at its beginning."""
        # A wider network takes smaller steps, and so does one that learns for long.
        rate = self._rate * WIDTHS["standard"] / self.network.settings.width
        rate *= min(1.0, math.sqrt(STEPS["standard"] / steps))
        config = replace(TRAINING, steps=steps, learning_rate=rate, seed=self._seed)
        if self._modes.coords.device.type != "cpu":
            config = replace(config, pixels=GPU_PIXELS)
        trunk = copy.deepcopy(self.network.trunk) if of_copy else self.network.trunk
        return TrunkTrainer(trunk, self._modes, config)

    def train(self, steps: int, film: Film | None = None, checkpoint: Checkpoint | None = None) -> TrunkTraining:
        """Train the trunk; raises `Stopped` as `training.train`."""
        trainer = self.trainer(steps)
        chosen = Film.chosen(len(self.pictures))

        def draw() -> Iterator[Tensor]:
            motion_modes, colours = self.drawn_modes()
            for number, own in zip(chosen, self._explained(chosen, motion_modes, colours)[0], strict=True):
                moved = self._moved(number, motion_modes).reshape(-1, 3) / np.float32(255)
                yield torch.from_numpy(moved + colours @ own)

        watch = film_watcher(film, steps, draw, self.pictures.size, checkpoint)
        train(trainer, self._progress, watch, checkpoint)
        round_trunk(self.network.trunk.eval(), self._modes.levels, FITTED_SHARE * self._left, FITTED_SINES, fine=True)
        return trainer.config

    def _explained(
        self, numbers: np.ndarray, modes: np.ndarray, colours: np.ndarray, done: Callable[[int], None] = lambda _: None
    ) -> tuple[np.ndarray, np.ndarray]:
        """As `colour_coefficients`, for the frames of some numbers, int [n]."""
        return colour_coefficients(lambda place: self.residual(int(numbers[place]), modes), len(numbers), colours, done)

    @torch.no_grad()
    def drawn_modes(self) -> tuple[np.ndarray, np.ndarray]:
        """The modes as the trunk draws them: motion [S, gh, gw, 2] and colour [P, R]."""
        s = self.network.settings
        motion = self._drawn(s.motion_columns, s.motion_rows)[:, : 2 * s.motion_modes]
        colour = self._drawn(s.colour_columns, s.colour_rows)[:, 2 * s.motion_modes :]
        modes = motion.reshape(s.motion_rows, s.motion_columns, s.motion_modes, 2).transpose(2, 0, 1, 3)
        return np.ascontiguousarray(modes), np.ascontiguousarray(colour)

    def _drawn(self, columns: int, rows: int) -> np.ndarray:
        s = self.network.settings
        coords = torch.from_numpy(grid_coordinates(columns, rows, (s.aspect_width, s.aspect_height)))
        coords = coords.to(self._modes.coords.device)
        return torch.cat(list(chunked(coords, TRUNK_CHUNK, self.network.trunk))).cpu().numpy()

    def solve(self) -> tuple[dict[str, np.ndarray], float]:
        """Solve for the coefficients of every frame with the modes as the trunk draws them.

        Returns:
            The tables of the bank by name; PSNR in dB of all frames, at the size of the colour modes.
        """
        observed, motion, tables = self.observed, self.observed.motion, self.observed.tables
        count = len(self.pictures)
        modes, colours = self.drawn_modes()
        change = _basis_change(motion.modes, modes)

        self.pictures.compress()
        self.coefficients, self.weights = registered(
            observed.clip,
            modes,
            motion.keyframes,
            motion.places,
            motion.earlier,
            motion.coefficients @ change,
            self._seed,
            lambda done: self._progress(SOLVING_STAGE, done, 2 * count),
        )
        own, errors = self._explained(
            np.arange(count),
            modes,
            colours,
            lambda done: self._progress(SOLVING_STAGE, count + done, 2 * count),
        )
        coefficients = tables.motion @ change
        weight = tables.weight.copy()
        coefficients[:, :2], weight[:, :2] = self.coefficients, self.weights
        empty = tables.keyframe == tables.keyframe[:, :1]
        coefficients = np.where(empty[..., None], coefficients[:, :1], coefficients)
        cells, longest = modes.shape[1] * modes.shape[2], max(self.pictures.frame_size)
        return (
            {
                "warp_keyframe": tables.keyframe,
                "warp_weight": weight,
                "warp_motion": round_motion(coefficients, cells, longest, FITTED_PIXELS),
                "warp_colour": round_colour(own, FITTED_COLOUR * self._left),
            },
            psnr(float(errors.mean())),
        )


def _basis_change(exact: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """The matrix that turns coefficients of exact modes into those of drawn modes, by least squares: [S, S]."""
    first, second = (modes.reshape(len(modes), -1).astype(np.float64) for modes in (exact, drawn))
    normal = second @ second.T
    normal += (1e-9 * np.trace(normal) / len(normal) + 1e-12) * np.eye(len(normal))  # a still clip's modes are zero
    change: np.ndarray = np.linalg.solve(normal, second @ first.T).T.astype(np.float32)
    return change
