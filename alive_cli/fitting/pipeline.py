"""From a clip to a bundle: read → embed → fit generator and behavior → export → judge → write."""

from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from alive_cli.encoders import Encoder
from alive_cli.errors import InputError
from alive_cli.files.notes import is_due
from alive_cli.fitting.options import FitOptions, refuse_other
from alive_cli.media.decode import MIN_SIDE
from alive_cli.media.encode import write_video
from alive_cli.media.mask import REGION, STILL
from alive_cli.media.probe import probe
from alive_cli.media.sampling import every, pictures_fps
from alive_cli.media.shown import OUTSIDE
from alive_cli.media.stabilising import STABILISED, read_laid
from alive_cli.observation.clip import ObservedClip, read_clip
from alive_cli.observation.duration import estimate_seconds, rough_time
from alive_cli.observation.look import look_at
from alive_cli.progress import Listener, Stopwatch
from alive_cli.report.comparison import progression
from alive_cli.report.verdict import life_warnings
from alive_cli.threads import Aside
from alive_cli.training.checkpoint import Checkpoint
from alive_cli.version import __version__
from bundle_spec.container import (
    BANK_NAME,
    WEIGHTS_NAME,
    Bundle,
    pack_tensors,
    write_bundle,
)
from bundle_spec.features.actions import using_actions
from bundle_spec.features.depth import DEPTH
from bundle_spec.features.moods import moods_of, with_moods
from bundle_spec.limits import MAX_KEYFRAME_SIDE
from bundle_spec.manifest import Defaults, EncoderInfo, Manifest, Tool
from bundle_spec.manifest import Recipe as RecipeInfo

if TYPE_CHECKING:
    import numpy as np

    from alive_cli.behaviors.protocol import FittedBehavior
    from alive_cli.fitting.recipes import Recipe
    from alive_cli.generators.protocol import FittedGenerator
    from alive_cli.training.length import Earlier

FILM_FPS = 8.0
"""A film of the training shows so many shots a second, which is slow enough to read and takes six seconds."""


@dataclass(frozen=True)
class Fit:
    """A bundle that was fitted and written."""

    bundle: Bundle
    bytes: int
    seconds: dict[str, float]
    """Seconds by stage, including those before an interruption."""


def checkpoint_of(output: Path) -> Path:
    """The folder that keeps an unfinished fit."""
    return output.with_name(f"{output.name}.checkpoint")


def fit_scene(
    video: Path,
    output: Path,
    options: FitOptions,
    listener: Listener,
    *,
    resume: bool | None = False,
    force: bool = False,
    earlier: Bundle | None = None,
) -> Fit:
    """Fit `video` and write the bundle `output`, which appears only when everything is done.

    Until then a checkpoint beside it keeps the finished parts.

    Args:
        resume: go on with the checkpoint of an interrupted fit; None goes on if there is a checkpoint.
        force: begin again even if there is a checkpoint. The checkpoint keeps `force` for a run that resumes, which may
            then replace an existing bundle.
        earlier: a scene of the same clip, whose generator is trained further. If the result is worse, an existing
            bundle stays as it is.

    Raises:
        AliveError: the video, an option, the device, the weights or the checkpoint can't be used, or another process
            fits to the same output.
        Stopped: Ctrl-C or SIGTERM arrived while the generator was trained.
    """
    checkpoint = Checkpoint(checkpoint_of(output))
    with checkpoint.held():
        if resume is None:
            resume = checkpoint.there and not force
        _refuse_unfit(checkpoint, resume, force)
        watch = Stopwatch(listener.progress, checkpoint.seconds() if resume else None)
        checkpoint.watch = watch.seconds
        listener = replace(listener, progress=watch)
        try:
            bundle = _fitted(video, output, options, listener, checkpoint, resume, force, earlier)
        except InputError:
            if checkpoint.is_new:  # the fit can never be finished
                checkpoint.remove()
            raise
        if earlier and output.exists() and _worse(bundle, earlier):
            listener.warn(
                "This training was too short to come closer to the clip "
                f"(PSNR {bundle.manifest.figures['psnr']:.1f} dB), so {output.name} is left as it was; train longer."
            )
            bundle = earlier
        else:
            write_bundle(output, bundle.manifest, bundle.parts)
        checkpoint.remove()
        return Fit(bundle, output.stat().st_size, watch.seconds())


def _refuse_unfit(checkpoint: Checkpoint, resume: bool, force: bool) -> None:
    if resume and not checkpoint.there:
        raise InputError(f"There is no {checkpoint.folder} to go on with; leave out --resume to begin.")
    if checkpoint.there and not checkpoint.empty and not resume and not force:
        raise InputError(
            f"{checkpoint.folder} holds a fit that was interrupted; go on with --resume, or begin anew with --force."
        )


def _worse(bundle: Bundle, earlier: Bundle) -> bool:
    before = earlier.manifest.figures.get("psnr")
    return isinstance(before, int | float) and bundle.manifest.figures["psnr"] < before


def _fitted(
    video: Path,
    output: Path,
    options: FitOptions,
    listener: Listener,
    checkpoint: Checkpoint,
    resume: bool,
    force: bool,
    earlier: Bundle | None,
) -> Bundle:
    # Whatever makes the fit impossible raises here, before the work begins; what isn't a clip even before PyTorch is
    # loaded, which takes seconds.
    probe(video, pictures_fps(earlier.manifest) if earlier else options.fps)
    from alive_cli.encoders.choose import find_clip, find_encoder
    from alive_cli.fitting.checks import as_stored, with_figures, with_variation
    from alive_cli.fitting.depth import check_depth
    from alive_cli.fitting.learning import learn_halves
    from alive_cli.fitting.recipes import find_recipe, recipe_of
    from alive_cli.observation.scene_encoder import frame_encoder
    from alive_cli.training.device import resolve_device
    from alive_cli.training.film import Film

    device = resolve_device(options.device)
    Aside(lambda: import_module("torch._dynamo"))  # the optimiser imports it, which takes 1.5 s; reading leaves a core
    learned = None
    if earlier is not None:
        options = replace(options, recipe=earlier.manifest.recipe.name)
    recipe = find_recipe(options.recipe) if earlier is None else recipe_of(earlier.manifest)
    if options.size is None:
        options = replace(options, size=recipe.size)
    check_depth(options, known=recipe.generator.observes_motion)
    encoder, make_encoder = None, None
    notes: list[str] = []
    if earlier is None and recipe.generator.observes_motion:
        # The built-in encoder says nothing that a frame's pose and look don't say better.
        encoder = find_clip(options.encoder, device=str(device), note=notes.append)
    elif earlier is None:
        make_encoder = find_encoder(options.encoder, device=str(device), note=notes.append)
    else:
        learned = _training_state(earlier, recipe)
        encoder = frame_encoder(earlier, weights=options.encoder.weights, device=str(device))
        if encoder is not None:
            _refuse_other_encoder(encoder.info, earlier.manifest.encoder)
        seed = int(learned.settings["seed"] or 0)
        kept = {name: earlier.manifest.recipe.settings.get(name) for name in (REGION, STILL, OUTSIDE)}
        options = replace(options, holdout=every(earlier.manifest) > 1, seed=seed, **kept)  # type: ignore[arg-type]
    # The published method draws on white what its clip lets through.
    sampling = replace(options.sampling(), alpha=recipe.generator.observes_motion)
    clip = read_clip(video, sampling, listener, earlier=earlier.manifest if earlier else None, scratch=output.parent)
    if clip.transparency is not None and not recipe.generator.observes_motion:
        raise InputError(
            f"Recipe {options.recipe} can't draw what is transparent; leave out --recipe, or --key and --outside."
        )
    longest = max(clip.source.width, clip.source.height)
    if recipe.generator.observes_motion and longest > MAX_KEYFRAME_SIDE:
        raise InputError(
            f"{video.name} has {longest} pixels on its longest side even with {MIN_SIDE} on the other; a scene may "
            f"have {MAX_KEYFRAME_SIDE}, so crop it first."
        )
    if notes and is_due("clip"):  # a clip that can't be read needs no word about weights
        listener.say(notes[0])
    _describe(clip, recipe, options, listener)
    if make_encoder is not None:
        encoder = make_encoder(clip.frames.fitted)
    embedded_by = encoder.info.id if encoder else None
    settings = options.settings() | {"clip": clip.source.sha256, "embedded_by": embedded_by}
    settings["continued"] = earlier.manifest.parts[WEIGHTS_NAME].sha256 if earlier else None
    if resume:
        refuse_other(checkpoint.settings(), settings, checkpoint.folder.name)
    else:
        checkpoint.begin(settings | options.others() | {"force": force})
    depth = _depth(clip, recipe, options, earlier)
    film = Film() if options.film else None
    generator, behavior, embedder, reference = learn_halves(
        recipe, clip, encoder, device, options, film, learned, checkpoint, listener
    )
    if options.film and film is not None:
        shown = clip.frames.fitted[Film.chosen(len(clip.frames.fitted))]
        write_video(options.film, progression(shown, film.steps, film.shots), fps=FILM_FPS)
    generator.bank.update({} if depth is None else {DEPTH: depth})
    bundle = _bundle(generator, behavior, clip, embedder, options, earlier)
    if not options.export:
        return bundle
    from alive_cli.export.exporter import export_bundle
    from alive_cli.report.action_finding import with_own_actions

    bundle, _ = export_bundle(bundle, recipe.generator, recipe.behavior, listener.progress)
    bundle = with_variation(bundle, reference, listener)
    bundle = with_own_actions(bundle)
    bundle = with_figures(bundle, as_stored(embedder, bundle), clip, reference, listener.progress)
    for warning in life_warnings(bundle.manifest.figures["liveness"]):
        listener.warn(warning)
    return bundle


def _depth(clip: ObservedClip, recipe: "Recipe", options: FitOptions, earlier: Bundle | None) -> "np.ndarray | None":
    """How views displace the scene, as the options say, or else as the earlier scene has it; None without depth."""
    from alive_cli.fitting.depth import find_depth
    from alive_cli.observation.motion import motion_grid

    if not recipe.generator.observes_motion:
        return None
    size = clip.source.width, clip.source.height
    laid = None if clip.stabilised is None else read_laid(clip.stabilised, size)
    depth = find_depth(clip.frames.fitted, motion_grid(size), options, laid)
    return earlier.tensors(BANK_NAME).get(DEPTH) if depth is None and earlier is not None else depth


def _describe(clip: ObservedClip, recipe: "Recipe", options: FitOptions, listener: Listener) -> None:
    """Say what the clip is like, warn of what won't live well, and say how long the fit will take."""
    from alive_cli.training.length import FitLength

    source = clip.source
    if clip.transparency is not None:
        listener.say(f"{clip.transparency.clear:.0%} of the picture is transparent, and so is the scene.")
    look = look_at(clip.frames.fitted, source.fps, source.start)
    for sentence in look.sentences():
        listener.say(sentence)
    for warning in look.warnings():
        listener.warn(warning)
    steps = FitLength(options.quality, options.steps, options.budget).steps_of(recipe.generator.steps, lambda _: 0)
    trained = 0.0 if options.steps else options.budget or 0.0
    seconds = trained + estimate_seconds(source.frames, source.width, source.height, steps)
    listener.say(f"On two CPU cores the fit takes {rough_time(seconds)}; a GPU is faster.")


def _bundle(
    generator: "FittedGenerator",
    behavior: "FittedBehavior",
    clip: ObservedClip,
    encoder: Encoder,
    options: FitOptions,
    earlier: Bundle | None,
) -> Bundle:
    """A bundle of the trained halves, without graphs."""
    laid = {} if clip.stabilised is None else {STABILISED: clip.stabilised}
    manifest = Manifest(
        written_by=Tool(name="alive-scene", version=__version__),
        title=clip.title,
        source=clip.source,
        encoder=encoder.info,
        recipe=RecipeInfo(
            name=options.recipe,
            settings={**generator.settings, **behavior.settings, **clip.shown.settings(), **laid},
        ),
        defaults=Defaults(width=clip.source.width, height=clip.source.height, seed=options.seed),
        figures={**generator.figures, **behavior.figures},
    )
    if earlier:
        kept = ("title", "author", "licence", "encoder", "defaults", "names", "actions")
        manifest = msgspec.structs.replace(manifest, **{name: getattr(earlier.manifest, name) for name in kept})
        manifest = using_actions(manifest)
    weights = pack_tensors(generator.weights | behavior.weights | encoder.tensors())
    bank = pack_tensors(behavior.bank | generator.bank)
    bundle = Bundle(manifest, {BANK_NAME: bank, WEIGHTS_NAME: weights, **generator.parts})
    return with_moods(bundle, moods_of(earlier)) if earlier and earlier.manifest.moods else bundle


def _training_state(earlier: Bundle, recipe: "Recipe") -> "Earlier":
    from alive_cli.export.exporter import bundle_modules
    from alive_cli.training.length import Earlier

    bundle_modules(earlier, recipe.generator, recipe.behavior)
    settings = earlier.manifest.recipe.settings
    for name in ("seed", "steps"):
        if not isinstance(settings.get(name), int) or not 0 <= int(settings[name] or 0) < 1 << 31:
            raise InputError(
                f"The bundle doesn't say with which {name} it was trained, so it can't be trained further."
            )
    return Earlier(dict(settings), earlier.tensors(WEIGHTS_NAME))


def _refuse_other_encoder(rebuilt: EncoderInfo, fitted: EncoderInfo) -> None:
    # The embeddings of a scene may have parts that are not the encoder's.
    rebuilt = msgspec.structs.replace(rebuilt, note=fitted.note, dimension=fitted.dimension, slices=fitted.slices)
    if rebuilt != fitted:
        raise InputError("These are not the CLIP weights that the scene was fitted with; give the same ones.")
