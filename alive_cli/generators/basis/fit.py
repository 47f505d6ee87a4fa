"""Fit the basis-image generator: decomposition, trunk, coefficients."""

import copy
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import partial

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from alive_cli.errors import InputError
from alive_cli.generators.basis import coefficients
from alive_cli.generators.basis.decompose import Pixels, basis_images, energy, mixtures
from alive_cli.generators.basis.graphs import drawing_modules
from alive_cli.generators.basis.network import BasisSiren, BasisSirenSettings
from alive_cli.generators.basis.train import BasisImages, TrunkTrainer, TrunkTraining, lengths
from alive_cli.generators.protocol import DrawingModules, Encode, FittedGenerator
from alive_cli.observation.observation import Observation, pixel_coordinates
from alive_cli.progress import Progress, silent
from alive_cli.training.checkpoint import Checkpoint
from alive_cli.training.chunks import chunked
from alive_cli.training.device import one_thread, sum_of_squares
from alive_cli.training.film import Film, film_watcher
from alive_cli.training.length import FURTHER, Earlier, FitLength, Settings
from alive_cli.training.trainer import fixed_steps, psnr, steps_within, train
from alive_cli.training.weights import load_weights, pick, weight_arrays

STEPS = {"draft": 2000, "standard": 12000, "high": 40000}
"""A fit takes so many steps by `--quality`."""
WIDTHS = {"draft": 256, "standard": 256, "high": 384}
"""The trunk is so wide by `--quality`: width costs time to fit, room in the bundle and time to prepare for a size."""
GRID_DEPTHS = {"draft": 1, "standard": 1, "high": 4}
"""The channels of the feature grids are multiplied by this number, by `--quality`."""
TRAINING = TrunkTraining(steps=STEPS["standard"], learning_rate=1e-2)
"""A fit of standard quality trains in this way; other fits scale the rate by their width and their length."""
GPU_PIXELS = 4096
"""A batch on a GPU has so many pixels, because 256 are too little work for it."""
COMPONENTS = 64
"""The mixture is taken from at most so many principal components of the embeddings."""
LEAST_ANCHORS = {"draft": 128, "standard": 128, "high": 256}
"""The coefficients have at least so many radial basis functions, by `--quality`, if there are as many embeddings."""
MOST_ANCHORS = 256
"""The coefficients have one radial basis function for two frames, but at most so many, because a long clip shows
more."""
STILL = 15
"""A pixel whose temporal range is at most so many 8-bit levels counts as never moving."""
MARGIN = 1
"""The moving area is widened by so many pixels, so that its rim is drawn and not cut."""
LEAST_SHARE = 0.1
"""Training gets at least this share of a budget, even if preparing took too long."""
TRUNK_CHUNK = 1 << 14
"""The trunk draws at most so many pixels at once."""
WEIGHT_BYTES, FRAME_BYTES, OTHER_BYTES = 6, 2700, 400_000
"""A bundle takes so many bytes, as measured: for each weight, for each frame, and for the behavior and the
pictures."""
ERROR_PIXELS = 1 << 14
"""The error of the coefficients is estimated on so many pixels, because all pixels of a large picture would take a
tenth of a short fit."""
DRAWN_AT_ONCE = 16
"""So many pictures are drawn, and judged, at a time, because 64 of 512×384 took 1.5 GB."""
BASIS_IMAGES = "basis_images"
"""The recipe's settings keep the number of basis images under this name."""
FINDING_STAGE = "Finding what changes"
"""The progress bar shows this text while the basis images are computed."""
FEATURES = {"draft": 128, "standard": 128, "high": 192}
"""A fit has so many basis images by `--quality`, because no trunk, however wide, can draw what they leave out."""
LEAST_FAST, MOST_FAST, FAST_STEP = 72, 128, 8
"""The fast net draws with so many basis images at least, at most, and in steps of so many. The least are as many as a
player caches as floats at 1280×720 where everything moves."""


class BasisGenerator:
    """Basis images that the embedding mixes."""

    in_betweens = True
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
        progress: Progress = silent,
    ) -> FittedGenerator:
        """As `Generator.fit`."""
        began = time.perf_counter()
        fitting = GeneratorFit(data, length.quality, seed, progress, earlier)

        def within(budget: float) -> int:
            left = max(LEAST_SHARE * budget, budget - (time.perf_counter() - began))
            return steps_within(lambda: fitting.trainer(100_000, of_copy=True), left)

        config = fitting.train(
            fixed_steps(lambda: length.steps_of(STEPS, within), checkpoint), progress, film, checkpoint
        )
        steps = config.steps + (earlier.steps if earlier else 0)
        features = fitting.features()
        fine, fast = (fitting.fidelity(features[:, : head.features]) for head in fitting.siren.heads)
        settings: Settings = {**asdict(fitting.siren.settings), "steps": steps, "seed": seed}
        settings |= {"learning_rate": config.learning_rate, "batch": f"{config.pixels}"}
        settings[BASIS_IMAGES] = fitting.image_count
        background, mask = fitting.still_layer()
        moving = round(float((mask > 0).mean()), 4)
        return FittedGenerator(
            settings=settings,
            weights=weight_arrays({"generator": fitting.siren}),
            figures={"psnr": round(fine, 2), "psnr_fast": round(fast, 2), "moving": moving},
            steps=steps,
            background=background,
            mask=mask,
            quality=partial(fitting.quality, features=features),
        )

    def restore(self, settings: Settings, weights: dict[str, np.ndarray]) -> BasisSiren:
        """As `Generator.restore`."""
        siren = BasisSiren(BasisSirenSettings(**pick(BasisSirenSettings, settings)))
        load_weights({"generator": siren}, weights)
        return siren

    def graphs(self, settings: Settings, weights: dict[str, np.ndarray]) -> DrawingModules:
        """As `Generator.graphs`."""
        return drawing_modules(self.restore(settings, weights))


class GeneratorFit:
    """The generator's side of the recipe: decomposition, trunk, coefficients."""

    def __init__(
        self,
        data: Observation,
        quality: str,
        seed: int,
        progress: Progress = silent,
        earlier: Earlier | None = None,
    ) -> None:
        """Find the basis images and set up the network that learns them, as it was `earlier` if there is one."""
        progress(FINDING_STAGE, 0, 1)
        self._data, self._seed = data, seed
        device = data.embeddings.device
        width, height = data.size
        moving = moving_pixels(data)
        self.pixels = Pixels(
            (data.frames, data.between), data.mean().mul(255).round() / 255, moving.nonzero()[:, 0].to(device)
        )
        self._known = torch.cat([data.embeddings, data.between_embeddings])
        earlier_settings = BasisSirenSettings(**pick(BasisSirenSettings, earlier.settings)) if earlier else None
        count = earlier.settings.get(BASIS_IMAGES, FEATURES["standard"]) if earlier else FEATURES[quality]
        self.image_count = count if isinstance(count, int) else FEATURES["standard"]
        """How many basis images are looked for. The same number gives the same images again; another doesn't."""
        images = basis_images(self.pixels, self.image_count, seed)
        count = images.shape[1]
        settings = earlier_settings or BasisSirenSettings(
            width,
            height,
            features=count,
            fast_features=min(count, fast_features(len(self.pixels.places) / (width * height))),
            embedding=self._known.shape[1],
            width=WIDTHS[quality],
            grid_depth=GRID_DEPTHS[quality],
            components=min(COMPONENTS, len(data) - 1),
            anchors=min(len(self._known), max(LEAST_ANCHORS[quality], min(MOST_ANCHORS, len(data) // 2))),
        )
        self._coords = pixel_coordinates(width, height).to(device)[self.pixels.places]
        if settings.features != count:
            raise InputError("The clip gives other basis images than the scene has; fit it anew.")
        torch.manual_seed(seed)
        self._rate = TRAINING.learning_rate * (FURTHER if earlier else 1)
        self.siren = BasisSiren(settings).to(device)
        if earlier:
            load_weights({"generator": self.siren}, earlier.weights)
            self.siren.train()
        samples = 3 * width * height * len(self.pixels)
        still = replace(self.pixels, places=(~moving).nonzero()[:, 0].to(device))
        beyond = energy(still) + self._mismixed(images)
        self._basis = BasisImages.of(self._coords, images, energy(self.pixels), beyond, samples)
        size = self._bundle_bytes()
        figure = f"{count} basis images, a bundle of about {size / 1e6:.1f} MB"
        progress(FINDING_STAGE, 1, 1, figure, {"bundle_bytes": size})

    def _bundle_bytes(self) -> float:
        """About how large the scene will be: weights once whole and once as halves, and the room of each frame."""
        weights = sum(tensor.numel() for tensor in self.siren.state_dict().values())
        return float(WEIGHT_BYTES * weights + FRAME_BYTES * len(self._data) + OTHER_BYTES)

    def trainer(self, steps: int, *, of_copy: bool = False) -> TrunkTrainer:
        """A trainer of the trunk, or of a copy of it, at its beginning."""
        # A wider network takes smaller steps: at twice this rate even the narrow one falls apart. So does now and then
        # one that learns for long, which doesn't need the haste.
        rate = self._rate * WIDTHS["standard"] / self.siren.settings.width
        rate *= min(1.0, math.sqrt(STEPS["standard"] / steps))
        config = replace(TRAINING, steps=steps, learning_rate=rate, seed=self._seed)
        if self._coords.device.type != "cpu":
            config = replace(config, pixels=GPU_PIXELS)
        trunk = copy.deepcopy(self.siren.trunk) if of_copy else self.siren.trunk
        return TrunkTrainer(trunk, self._basis, config)

    def train(
        self,
        steps: int,
        progress: Progress = silent,
        film: Film | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> TrunkTraining:
        """Train the trunk, then solve for the coefficients; returns how it was trained.

        Raises:
            Stopped: as `training.train`.
        """
        trainer = self.trainer(steps)
        chosen = torch.from_numpy(Film.chosen(len(self._data)))

        def draw() -> Iterator[Tensor]:
            self._solve()
            return self.draw(self._data.embeddings[chosen], self.features())

        train(trainer, progress, film_watcher(film, steps, draw, self._data.size, checkpoint), checkpoint)
        self._solve()
        return replace(trainer.config, pixels=trainer.pixels)

    @torch.no_grad()
    def _solve(self, features: Tensor | None = None, pixels: Pixels | None = None) -> Tensor:
        """Find the coefficients that draw the pictures best from the features as they are.

        Args:
            features: others to draw from, [P, F].
            pixels: those that they are of, where these are others too.

        Returns:
            Those that would be best for each picture, [M, F, 3], of which the embeddings give the likes.
        """
        siren = self.siren
        features = self.features() if features is None else features
        coefficients.set_responses(siren.responses, self._data.embeddings, self._known)
        targets = mixtures(pixels or self.pixels, features, [head.features for head in siren.heads])
        for head, mixture in zip(siren.heads, targets, strict=True):
            coefficients.regress(head, siren.responses, self._known, mixture)
        return targets[0]

    @torch.no_grad()
    def _mismixed(self, images: Tensor) -> float:
        """Sum of squares by which the pictures, drawn from their very basis images [P, F], miss those by the best
        coefficients, as some of the pixels tell."""
        some = torch.linspace(0, len(images) - 1, min(len(images), ERROR_PIXELS)).round().long().to(images.device)
        pixels = replace(self.pixels, places=self.pixels.places[some])
        targets = self._solve(images[some] / lengths(images), pixels)
        outputs = self.siren.fine(self.siren.responses(self._known))
        return sum_of_squares(outputs - targets) * len(images)

    @torch.no_grad()
    def features(self) -> Tensor:
        """The trunk's features at the moving pixels: [P, F]."""
        return torch.cat(list(chunked(self._coords, TRUNK_CHUNK, self.siren.trunk)))

    @torch.no_grad()
    def draw(self, embeddings: Tensor, features: Tensor) -> Iterator[Tensor]:
        """Pictures as a player shows them, [H·W, 3], 0…1, for each of the embeddings [B, D].

        Args:
            features: as `features` gives them, or the leading ones for the fast net.
        """
        for some in embeddings.split(DRAWN_AT_ONCE):
            for colours in self.siren(some, features):
                picture = self.pixels.background.clone()
                picture[self.pixels.places] += colours
                yield picture.clamp(0, 1)

    def fidelity(self, features: Tensor) -> float:
        """PSNR in dB over all observed frames as drawn from such features as `draw` takes."""
        error = 0.0
        for frame, picture in zip(self._data.frames, self.draw(self._data.embeddings, features), strict=True):
            error += functional.mse_loss(picture, frame.to(picture.device).float() / 255).item()
        return psnr(error / len(self._data))

    def quality(self, encode: Encode, embeddings: Tensor, *, features: Tensor) -> Tensor:
        """How well embeddings [M, D] are drawn: consistency and sharpness of the moving part, [2, M].

        Consistency: cosine between what the picture encodes to and the embedding, both centred.
        Sharpness: mean squared Laplacian.
        """
        width, height = self._data.size
        centre = self._data.embeddings.mean(0)
        inputs = embeddings.to(centre)
        kernel = torch.tensor([[0.0, -1, 0], [-1, 4, -1], [0, -1, 0]], device=centre.device)[None, None]

        def judge(some: Tensor) -> Tensor:
            drawn = torch.stack(list(self.draw(some, features))).view(-1, height, width, 3)
            pictures = drawn.mul(255).round().byte().cpu().numpy()
            outputs = torch.from_numpy(encode(pictures)).to(centre)
            consistency = functional.cosine_similarity(outputs - centre, some - centre)
            edges = functional.conv2d(drawn.permute(0, 3, 1, 2).flatten(0, 1)[:, None], kernel, padding=1)
            squares = edges.square().view(len(some), 3, -1).mean(1)
            return torch.stack([consistency, squares[:, self.pixels.places].mean(1)]).cpu()

        with one_thread():
            return torch.cat(list(chunked(inputs, DRAWN_AT_ONCE, judge)), 1)

    def still_layer(self) -> tuple[np.ndarray, np.ndarray]:
        """The background as it is stored, uint8 [H, W, 3], and the mask of what moves, uint8 [H, W]."""
        width, height = self._data.size
        mask = torch.zeros(width * height, dtype=torch.uint8)
        mask[self.pixels.places.cpu()] = 255
        background = self.pixels.background.mul(255).round().byte().view(height, width, 3)
        return background.cpu().numpy(), mask.view(height, width).numpy()


def moving_pixels(data: Observation) -> Tensor:
    """Which pixels ever move, and their neighbours: bool [H·W]."""
    width, height = data.size
    moved = data.range()
    # A clip in which little happens: what moves most counts as moving.
    changing = (moved > min(STILL, int(moved.max()) // 2)).view(1, 1, height, width).float()
    return functional.max_pool2d(changing, 2 * MARGIN + 1, stride=1, padding=MARGIN).view(-1) > 0


def fast_features(moving: float) -> int:
    """How many basis images the fast net draws with, by the share of the pixels that ever move, 0…1.

    The less there is to draw, the more images a picture may take in the same time and room.
    """
    affordable = int(LEAST_FAST / moving)
    return min(MOST_FAST, affordable - affordable % FAST_STEP)
