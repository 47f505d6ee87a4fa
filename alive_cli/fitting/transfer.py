"""A painting that moves as a scene does: from a scene, a painting and pairs of points to a bundle."""

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec
import numpy as np

from alive_cli.errors import InputError
from alive_cli.export.exporter import bundle_modules, export_bundle
from alive_cli.files.bundles import PHOTOGRAPH, is_painting, named_errors, open_bundle
from alive_cli.fitting.recipes import RECIPES
from alive_cli.generators.protocol import FittedGenerator
from alive_cli.generators.warp.generator import TRANSPARENT
from alive_cli.generators.warp.network import WarpNetwork
from alive_cli.generators.warp.painting import (
    SceneMotion,
    bounded,
    of_painting,
    poses_of,
    scene_motion,
    smooth_enough,
    stretches,
)
from alive_cli.media.alpha import NEUTRAL
from alive_cli.media.mask import REGION, STILL
from alive_cli.media.pictures import read_pictures, shrunk, shrunk_size
from alive_cli.media.sampling import evenly_spread
from alive_cli.media.shown import ALPHA, OUTSIDE
from alive_cli.media.sources import clip_name, fingerprint
from alive_cli.observation.painting.carried import Place, carried_modes, places_of
from alive_cli.observation.painting.picture import read_mask, read_painting
from alive_cli.observation.painting.points import Pairs, check_frame, read_pairs
from alive_cli.observation.painting.shading import ratios_of, shading_of
from alive_cli.observation.painting.template import face_template
from alive_cli.progress import Progress, silent
from alive_cli.runtime.goals import frame_at
from alive_cli.runtime.lead.poses import medoid
from alive_cli.runtime.scene import Scene
from alive_cli.version import __version__
from bundle_spec.atomic import replacing
from bundle_spec.container import (
    BANK_NAME,
    MASK_NAME,
    POSTER_NAME,
    WEIGHTS_NAME,
    Bundle,
    pack_picture,
    pack_tensors,
    write_bundle,
)
from bundle_spec.features.alpha import FEATURE as ALPHA_FEATURE
from bundle_spec.features.depth import DEPTH
from bundle_spec.features.depth import FEATURE as DEPTH_FEATURE
from bundle_spec.limits import MAX_DEFAULT_PIXELS, MAX_KEYFRAME_SIDE
from bundle_spec.manifest import FORMAT_VERSION, Painting, Tool

RECIPE = "living"
"""Scenes of this recipe have motion modes that can be carried over."""
STAGE = "Carrying motion over"
"""The progress bar shows this text."""
COMPARED = 240
"""The brightness of at most so many frames, evenly spread, is compared; those between are interpolated."""
COMPARED_SIDE = 192
"""Brightness is compared on pictures whose longest side has so many pixels."""
POSTER_SIDE = 512
"""The longest side of the poster has at most so many pixels."""
KEPT_FIGURES = ("liveness", "apart", "kl")
"""These figures are of the behavior, which stays as it is; all others are of the clip's own pictures."""
OF_CLIP = (TRANSPARENT, ALPHA, OUTSIDE, REGION, STILL)
"""What of the clip is seen says nothing of a painting."""
OF_PICTURES = (ALPHA_FEATURE, DEPTH_FEATURE)
"""These features are of the clip's own pictures."""
MOST_MOTION = 100.0
"""A motion mode displaces by less than so many longest sides; more is damage."""


@dataclass(frozen=True)
class TransferOptions:
    """What a user may choose."""

    mask: Path | None = None
    """A picture of the painting's size, bright where it moves; None for the outlines in the file of points."""
    frame: float | None = None
    """Second of the source of the frame that is most like the painting; None: that of the points, or the calm one."""
    strength: float = 1.0
    """How far it moves: 1 as in the clip."""
    shading: float = 0.5
    """0 … 1: how much brightness changes as in the clip."""
    size: int = 1920
    """The painting's longest side is shown with at most so many pixels."""


@dataclass(frozen=True)
class Source:
    """A scene whose motion can be carried over."""

    path: Path
    bundle: Bundle
    size: tuple[int, int]
    """Width and height of its keyframes in pixels."""

    @cached_property
    def scene(self) -> Scene:
        """The scene, ready to draw; errors as for `Scene`, with the file's name."""
        with named_errors(self.path):
            return Scene(self.bundle, device="cpu").on(NEUTRAL)

    @cached_property
    def network(self) -> WarpNetwork:
        """Its network, from its training weights.

        Raises:
            ExportError: they are not those of its recipe.
        """
        recipe, bundle = RECIPES[RECIPE], self.bundle
        bundle_modules(
            bundle, recipe.generator, recipe.behavior
        )  # it refuses a stranger's settings, whatever they ask for
        weights = {name: each for name, each in bundle.tensors(WEIGHTS_NAME).items() if name.startswith("generator.")}
        network = recipe.generator.restore(dict(bundle.manifest.recipe.settings), weights)
        assert isinstance(network, WarpNetwork)
        return network

    def frame(self, second: float | None) -> int:
        """The observed frame at a second of the source; by default the one whose pose is nearest to all others.

        Raises:
            InputError: the second is outside the clip.
        """
        if second is not None:
            return frame_at(self.bundle.manifest.source, len(self.scene.embeddings), second)
        return medoid(poses_of(self.network, self.scene.embeddings))

    def second(self, frame: int) -> float:
        """Where an observed frame is in the source."""
        source = self.bundle.manifest.source
        return source.start + frame / source.fps


def open_source(path: Path) -> Source:
    """Open a scene whose motion is to be carried over.

    Raises:
        InputError: it is not one of recipe living with its training weights, or is itself a painting or a photograph.
    """
    bundle = open_bundle(path)
    manifest = bundle.manifest
    if is_painting(bundle):
        raise InputError(f"{path.name} is a painting that moves already; give the scene whose motion it has.")
    if manifest.recipe.name == PHOTOGRAPH:
        raise InputError(
            f"{path.name} was made from one photograph, which has no motion of a face; give a clip's scene."
        )
    if manifest.recipe.name != RECIPE or not manifest.encoder.slices:
        raise InputError(
            f"{path.name} has no motion modes of recipe {RECIPE}, which alone can be carried over; fit it anew: "
            f"alive fit {manifest.source.name}"
        )
    if WEIGHTS_NAME not in bundle.parts:
        raise InputError(f"{path.name} was slimmed, and so it lacks what a transfer needs; give the scene before that.")
    if manifest.drawing is None or manifest.drawing.warp is None:
        raise InputError(f"{path.name} isn't exported yet; run alive export {path.name} first.")
    warp = manifest.drawing.warp
    return Source(path, bundle, (warp.width, warp.height))


def transfer(
    source: Source, painting: Path, points: Path, output: Path, options: TransferOptions, progress: Progress = silent
) -> Bundle:
    """Let a painting move as a scene does, and write the bundle `output`.

    Raises:
        InputError: the painting, the points or the mask can't be used.
    """
    own = read_painting(painting)
    pairs = read_pairs(points, source.size, own)
    mask = None if options.mask is None else read_mask(options.mask, own)
    place = places_of(pairs, mask)
    frame = _chosen_frame(source, pairs, options.frame, points)
    size = shown_size(own, options.size)
    picture = next(read_pictures([painting], size))
    progress(STAGE, 0, 5)
    with np.errstate(all="ignore"):  # a stranger's weights may be anything
        motion = scene_motion(source.network, source.scene.embeddings, frame)
    progress(STAGE, 1, 5)
    coefficients = motion.coefficients
    if not (np.isfinite(motion.modes).all() and np.abs(coefficients).max() * np.abs(motion.modes).max() < MOST_MOTION):
        raise InputError(
            f"The motion of {source.path.name} can't be carried over, as its weights are damaged; fit it anew."
        )
    modes = options.strength * smooth_enough(
        lambda blur: carried_modes(place, motion.modes, blur), options.strength * coefficients, size
    )
    coefficients = bounded(coefficients, stretches(modes, coefficients, size))
    progress(STAGE, 2, 5)
    shading = _shading(source, place, motion, frame, picture, options.shading)
    progress(STAGE, 3, 5)
    drawing = of_painting(source.network, picture, modes, coefficients, shading)
    progress(STAGE, 4, 5)
    digest, length = fingerprint(painting)
    record = Painting(name=painting.name, sha256=digest, bytes=length, width=own[0], height=own[1])
    bundle = _bundle_of(source.bundle, drawing, record, shrunk(picture, shrunk_size(size, POSTER_SIDE)), size)
    bundle, _ = export_bundle(bundle, RECIPES[RECIPE].generator, RECIPES[RECIPE].behavior, progress)
    write_bundle(output, bundle.manifest, bundle.parts)
    progress(STAGE, 5, 5)
    return bundle


def _chosen_frame(source: Source, pairs: Pairs, second: float | None, points: Path) -> int:
    check_frame(pairs.second, second, points.name)
    return source.frame(second if pairs.second is None else pairs.second)


def _shading(
    source: Source, place: Place, motion: SceneMotion, frame: int, picture: np.ndarray, strength: float
) -> tuple[np.ndarray, np.ndarray]:
    """As `shading_of`, for all observed frames."""
    scene = source.scene
    size = scene.size_up_to(COMPARED_SIDE)
    count = len(scene.embeddings)
    some = np.union1d(evenly_spread(count, COMPARED), [frame])  # on the chosen frame nothing changes, exactly
    ratios = ratios_of(
        (scene.draw(scene.embeddings[number], size) for number in some),
        (motion.displacement(number) for number in some),
        scene.draw(scene.embeddings[frame], size),
        place,
    )
    colours, amounts = shading_of(ratios, picture, strength)
    rows = amounts.reshape(len(some), -1).T
    between = np.stack([np.interp(np.arange(count), some, row) for row in rows], 1)
    return colours, between.reshape(count, *amounts.shape[1:]).astype(np.float32)


def _bundle_of(
    earlier: Bundle, drawing: FittedGenerator, record: Painting, poster: np.ndarray, size: tuple[int, int]
) -> Bundle:
    """A scene's bundle with another drawing, not exported yet."""
    manifest = earlier.manifest
    behavior = {n: a for n, a in earlier.tensors(WEIGHTS_NAME).items() if n.startswith("behavior.")}
    bank = {name: each for name, each in earlier.tensors(BANK_NAME).items() if name != DEPTH}
    left_out = {WEIGHTS_NAME, BANK_NAME, MASK_NAME, POSTER_NAME}
    settings = {name: value for name, value in manifest.recipe.settings.items() if name not in OF_CLIP}
    changed = msgspec.structs.replace(
        manifest,
        format_version=FORMAT_VERSION,
        written_by=Tool(name="alive-scene", version=__version__),
        title=clip_name(Path(record.name)),
        author="",
        licence="",
        painting=record,
        features_used=[name for name in manifest.features_used if name not in OF_PICTURES],
        features_required=[name for name in manifest.features_required if name not in OF_PICTURES],
        recipe=msgspec.structs.replace(manifest.recipe, settings={**settings, **drawing.settings, "masked": False}),
        defaults=msgspec.structs.replace(manifest.defaults, width=size[0], height=size[1]),
        figures={name: value for name, value in manifest.figures.items() if name in KEPT_FIGURES},
    )
    parts = {
        **{name: part for name, part in earlier.parts.items() if name not in left_out},
        BANK_NAME: pack_tensors(bank | drawing.bank),
        WEIGHTS_NAME: pack_tensors(behavior | drawing.weights),
        POSTER_NAME: pack_picture(poster),
        **drawing.parts,
    }
    return Bundle(changed, parts)


def shown_size(own: tuple[int, int], longest: int) -> tuple[int, int]:
    """Width and height at which a painting of a size is shown, if its longest side may have so many pixels."""
    fitting = math.isqrt(MAX_DEFAULT_PIXELS * max(own) // min(own)) - 1  # one less, because both sides are rounded
    return shrunk_size(own, min(longest, MAX_KEYFRAME_SIDE, fitting))


def write_beginning(
    path: Path, painting: Path | None, second: float | None, template: Path | None, picture: Path | None
) -> float:
    """Write what people need to set points: a file of points at rough places, and the frame as a picture.

    Returns:
        Second of the source of the frame.

    Raises:
        InputError: as `open_source`, or the painting can't be used.
    """
    source = open_source(path)
    frame = source.frame(second)
    at = round(source.second(frame), 3)
    if template is not None:
        assert painting is not None
        _write(template, face_template(source.size, at, read_painting(painting)).encode())
    if picture is not None:
        drawn = source.scene.draw(source.scene.embeddings[frame], source.size)
        _write(picture, pack_picture(drawn))
    return at


def _write(path: Path, content: bytes) -> None:
    with replacing(path) as temporary:
        temporary.write_bytes(content)
