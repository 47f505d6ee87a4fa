"""From a video to a bundle: decode → encode → fit → export → write."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from alive_cli.checkpoint import Checkpoint
from alive_cli.commands.fit_options import FitOptions, refuse_other
from alive_cli.commands.observe import Taken, observe, take
from alive_cli.commands.truth import HOLDOUT
from alive_cli.encoders import Encoder
from alive_cli.errors import InputError
from alive_cli.media.encode import write_video
from alive_cli.progress import Listener, Progress, Stopwatch
from alive_cli.report.comparison import progression
from alive_cli.report.evaluate import evaluate
from alive_cli.report.liveness import ONE_WAY, ONE_WAY_WORDS
from alive_cli.report.living import evaluate_liveness
from alive_cli.version import __version__
from bundle_spec.container import (
    BACKGROUND_NAME,
    BANK_NAME,
    MASK_NAME,
    POSTER_NAME,
    WEIGHTS_NAME,
    Bundle,
    pack_picture,
    pack_tensors,
    write_bundle,
)
from bundle_spec.manifest import Defaults, EncoderInfo, Manifest, Recipe, Tool

if TYPE_CHECKING:
    from alive_cli.fitting.recipe import Earlier

FILM_FPS = 8.0
CHECKED_FRAMES = 60
"""Frames that a fit's own figures are measured on; alive eval takes all."""
CHECKED_LIFE = 30_000
"""Frames of a life that a fit's own figures are measured on at most."""
CHECKED_LIVES = (0, 1)
"""Seeds of the rollouts that a fit measures."""


@dataclass(frozen=True)
class Fit:
    """A bundle that was fitted and written."""

    bundle: Bundle
    bytes: int
    seconds: dict[str, float]
    """By stage, those before an interruption among them."""


def checkpoint_of(output: Path) -> Path:
    """The folder that keeps a fit while it isn't finished."""
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

    Until then a checkpoint beside it keeps what was done.

    Args:
        resume: go on with the checkpoint of a fit that was interrupted, by the same steps; None: if there is one.
        force: begin anew where an interrupted fit was kept; for whoever goes on with the checkpoint: the bundle may
            replace another.
        earlier: a scene of this very clip, whose generator is trained further; should it become worse, a bundle that is
            there already stays as it is.

    Raises:
        AliveError: the video, an option, the device, the weights or the checkpoint can't be used; another process
            fits to the same output.
        Stopped: Ctrl-C or SIGTERM while the generator was trained.
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
            if checkpoint.begun:  # it can never be finished
                checkpoint.remove()
            raise
        if earlier and output.exists() and _worse(bundle, earlier):
            listener.warn(
                f"That was too short to come closer to the clip (PSNR {bundle.manifest.figures['psnr']:.1f} dB), so "
                f"{output.name} is left as it was; give it longer."
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
    # Everything that can be refused is, before the work begins.
    from alive_cli.encoders.choose import find_encoder, rebuild_encoder
    from alive_cli.fitting.device import resolve_device
    from alive_cli.fitting.film import Film
    from alive_cli.fitting.recipe import FitLength
    from alive_cli.fitting.recipes import RECIPES

    device = resolve_device(options.device)
    learned = None
    if earlier is None:
        make_encoder = find_encoder(options.encoder, device=str(device), warn=listener.warn)
    else:
        learned = _learned(earlier)
        rebuilt = rebuild_encoder(
            earlier.manifest.encoder, learned.weights, weights=options.encoder.weights, device=str(device)
        )
        _refuse_other_encoder(rebuilt.info, earlier.manifest.encoder)
        recipe, seed = earlier.manifest.recipe, int(learned.settings["seed"] or 0)
        options = replace(options, recipe=recipe.name, holdout=bool(recipe.settings.get(HOLDOUT)), seed=seed)
    taken = take(video, options, earlier.manifest if earlier else None, listener, output.parent)
    frames = taken.truth.fitted
    encoder = make_encoder(frames) if earlier is None else rebuilt
    settings = options.settings() | {"clip": taken.source.sha256, "embedded_by": encoder.info.id}
    settings["continued"] = earlier.manifest.parts[WEIGHTS_NAME].sha256 if earlier else None
    if resume:
        refuse_other(checkpoint.settings(), settings, checkpoint.folder.name)
    else:
        checkpoint.begin(settings | options.others() | {"force": force})
    method = RECIPES[options.recipe]
    observations = observe(
        frames,
        encoder,
        device,
        in_betweens=method.in_betweens,
        seed=options.seed,
        checkpoint=checkpoint,
        listener=listener,
    )
    film = Film() if options.film else None
    fitted = method.fit(
        observations,
        FitLength(options.quality, options.steps, options.budget),
        seed=options.seed,
        encode=encoder.encode,
        film=film,
        earlier=learned,
        checkpoint=checkpoint,
        progress=listener.progress,
    )
    if options.film and film is not None:
        shown = frames[Film.chosen(len(frames))]
        write_video(options.film, progression(shown, film.steps, film.shots), fps=FILM_FPS)
    manifest = Manifest(
        written_by=Tool(name="alive-scene", version=__version__),
        title=taken.title,
        source=taken.source,
        encoder=encoder.info,
        recipe=Recipe(name=fitted.recipe, settings={**fitted.settings, **taken.settings}),
        defaults=Defaults(width=taken.source.width, height=taken.source.height, seed=options.seed),
        figures=dict(fitted.figures),
    )
    if earlier:
        kept = ("title", "author", "licence", "encoder", "defaults")
        told = {name: getattr(earlier.manifest, name) for name in kept}
        manifest = msgspec.structs.replace(manifest, **told)
    weights = pack_tensors(fitted.weights | encoder.tensors())
    bundle = Bundle(manifest, {BANK_NAME: pack_tensors(fitted.bank), WEIGHTS_NAME: weights})
    for name, pixels in ((BACKGROUND_NAME, fitted.background), (MASK_NAME, fitted.mask)):
        if pixels is not None:
            bundle.parts[name] = pack_picture(pixels)
    if options.export:
        from alive_cli.export.exporter import export_bundle

        bundle, _ = export_bundle(bundle, listener.progress)
        bundle = _judged(bundle, encoder, taken, listener.progress)
        living = bundle.manifest.figures["liveness"]
        if living["verdict"] != "alive":
            listener.warn(f"The scene is {living['verdict']}: alive eval {output.name} says more.")
        if living["one_way"] > ONE_WAY:
            listener.warn(ONE_WAY_WORDS)
    return bundle


def _learned(earlier: Bundle) -> "Earlier":
    from alive_cli.export.exporter import check_weights
    from alive_cli.fitting.recipe import Earlier

    check_weights(earlier)
    settings = earlier.manifest.recipe.settings
    for name in ("seed", "steps"):
        if not isinstance(settings.get(name), int) or not 0 <= int(settings[name] or 0) < 1 << 31:
            raise InputError(f"The bundle doesn't say by which {name} it was trained, so it can't be trained further.")
    return Earlier(dict(settings), earlier.tensors(WEIGHTS_NAME))


def _refuse_other_encoder(found: EncoderInfo, wanted: EncoderInfo) -> None:
    if msgspec.structs.replace(found, note=wanted.note) != wanted:
        raise InputError("Those are other CLIP weights than the scene was fitted with; give the same.")


def _judged(bundle: Bundle, encoder: Encoder, taken: Taken, progress: Progress) -> Bundle:
    """With a poster, the first moment as the scene itself draws it, and with figures of its fidelity and liveness."""
    from alive_cli.runtime.scene import Scene

    scene = Scene(bundle, device="cpu", net="fine")
    figures = evaluate(scene, encoder.encode, taken.truth, limit=CHECKED_FRAMES, progress=progress)
    living = evaluate_liveness(scene, seeds=CHECKED_LIVES, most=CHECKED_LIFE, progress=progress)
    measured = {"fidelity": {**figures, "frames": CHECKED_FRAMES}, "liveness": living}
    manifest = msgspec.structs.replace(bundle.manifest, figures={**bundle.manifest.figures, **measured})
    return Bundle(manifest, {**bundle.parts, POSTER_NAME: pack_picture(scene.draw(scene.embeddings[0]))})
