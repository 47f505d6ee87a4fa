"""From a video to a bundle: decode → encode → fit → export → write."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from alive_cli.commands.truth import HOLDOUT, SEQUENCE_FPS
from alive_cli.encoders import Encoder
from alive_cli.encoders.choose import EncoderChoice
from alive_cli.errors import InputError
from alive_cli.media.decode import MIN_FRAMES, Clip, decode, plan_sampling
from alive_cli.media.encode import write_video
from alive_cli.media.probe import probe
from alive_cli.media.sources import clip_name, fingerprint
from alive_cli.progress import Progress
from alive_cli.report.comparison import progression
from alive_cli.report.evaluate import Truth, evaluate
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
from bundle_spec.manifest import Defaults, Manifest, Recipe, Source, Tool

if TYPE_CHECKING:
    from alive_cli.fitting.bridges import Bridges

BETWEEN_STAGE = "Seeing motion"
ENCODING_STAGE = "Looking at the frames"
MAX_IN_BETWEENS = 1000
"""Pictures between frames that a fit learns from; a longer clip has motion enough of its own."""
FILM_FPS = 8.0
CHECKED_FRAMES = 60
"""Frames that a fit's own figures are measured on; alive eval takes all."""
CHECKED_LIVES = (0, 1)
"""Seeds of the rollouts that a fit measures."""


@dataclass(frozen=True)
class FitOptions:
    """Everything that `alive fit` lets a user choose."""

    size: int = 256
    fps: float | None = None
    start: float = 0.0
    duration: float | None = None
    max_frames: int = 1000
    recipe: str = "living"
    quality: str = "standard"
    steps: int | None = None
    budget: float | None = None
    encoder: EncoderChoice = field(default_factory=EncoderChoice)
    holdout: bool = False
    device: str = "auto"
    seed: int = 0
    export: bool = True
    film: Path | None = None
    """Where to show how the pictures were learned."""


def fit_scene(
    video: Path,
    output: Path,
    options: FitOptions,
    *,
    progress: Progress,
    say: Callable[[str], None],
    warn: Callable[[str], None],
) -> Bundle:
    """Fit `video` and write the bundle `output`, which appears only when everything is done.

    Raises:
        AliveError: the video, an option, the device or the weights can't be used.
    """
    info = probe(video, options.fps)
    for note in info.notes:
        say(note)
    plan = plan_sampling(
        info,
        size=options.size,
        fps=options.fps,
        start=options.start,
        duration=options.duration,
        max_frames=options.max_frames,
    )

    from alive_cli.encoders.choose import find_encoder
    from alive_cli.fitting.device import resolve_device

    # Everything that can be refused is, before the work begins.
    device = resolve_device(options.device)
    make_encoder = find_encoder(options.encoder, device=str(device), warn=warn)
    clip = decode(info, plan)
    every = 2 if options.holdout else 1
    truth = Truth.of(clip.frames, every)
    frames, count = truth.fitted, len(truth.fitted)
    source = _source(video, clip, every, count)
    width, height = clip.size
    say(f"{video.name or clip_name(video)}: {len(clip.frames)} frames of {width}×{height} at {plan.fps:.3g} fps.")
    if plan.lowered:
        warn(
            f"The clip has more than {options.max_frames} frames, so {plan.fps:.2f} frames of each second are used; "
            "--duration takes a part of it at the full rate, --max-frames allows more."
        )

    if count < MIN_FRAMES:
        raise InputError(f"{video.name} has too few frames for --holdout; it needs {every * MIN_FRAMES}.")
    progress(ENCODING_STAGE, 0, count)
    encoder = make_encoder(frames)
    embeddings = encoder.encode(frames, lambda done: progress(ENCODING_STAGE, done, count))
    progress(ENCODING_STAGE, count, count, f"{encoder.info.id}, {embeddings.shape[1]} dimensions")

    from alive_cli.fitting.film import Film
    from alive_cli.fitting.observations import Observations
    from alive_cli.fitting.recipe import FitLength
    from alive_cli.fitting.recipes import RECIPES

    recipe = RECIPES[options.recipe]
    between, bridges = None, None
    if recipe.in_betweens:
        between, bridges = _between(frames, embeddings, encoder, options.seed, progress)
    observations = Observations.of(frames, embeddings, device, between, bridges)
    length = FitLength(options.quality, options.steps, options.budget)
    film = Film() if options.film else None
    fitted = recipe.fit(observations, length, seed=options.seed, encode=encoder.encode, film=film, progress=progress)
    if options.film and film is not None:
        write_video(options.film, progression(frames[Film.chosen(count)], film.steps, film.shots), fps=FILM_FPS)
    sequence = {SEQUENCE_FPS: info.fps} if info.pictures else {}
    manifest = Manifest(
        written_by=Tool(name="alive-scene", version=__version__),
        title=_text(clip_name(video)),
        source=source,
        encoder=encoder.info,
        recipe=Recipe(name=fitted.recipe, settings={**fitted.settings, HOLDOUT: options.holdout, **sequence}),
        defaults=Defaults(width=width, height=height, seed=options.seed),
        figures=dict(fitted.figures),
    )
    weights = pack_tensors(fitted.weights | encoder.tensors())
    bundle = Bundle(manifest, {BANK_NAME: pack_tensors(fitted.bank), WEIGHTS_NAME: weights})
    for name, pixels in ((BACKGROUND_NAME, fitted.background), (MASK_NAME, fitted.mask)):
        if pixels is not None:
            bundle.parts[name] = pack_picture(pixels)
    if options.export:
        from alive_cli.export.exporter import export_bundle

        bundle, _ = export_bundle(bundle, progress)
        bundle = _finished(bundle, encoder, truth, progress)
        living = bundle.manifest.figures["liveness"]
        if living["verdict"] != "alive":
            warn(f"The scene is {living['verdict']}: alive eval {output.name} says more.")
        if living["one_way"] > ONE_WAY:
            warn(ONE_WAY_WORDS)
    write_bundle(output, bundle.manifest, bundle.parts)
    return bundle


def _between(
    frames: np.ndarray, embeddings: np.ndarray, encoder: Encoder, seed: int, progress: Progress
) -> tuple[tuple[np.ndarray, np.ndarray], "Bridges | None"]:
    """Pictures that nobody filmed, with their embeddings: between neighbouring frames, and on the way of far jumps."""
    import torch

    from alive_cli.fitting.behavior_fit import find_bridges
    from alive_cli.fitting.bridges import Bridges
    from alive_cli.media.inbetween import morphed, motion_compensated

    gaps = min(len(frames) - 1, MAX_IN_BETWEENS)
    progress(BETWEEN_STAGE, 0, gaps)
    plan = find_bridges(torch.from_numpy(embeddings), seed)
    total = gaps + len(plan.moments)
    pictures, _ = motion_compensated(frames, lambda done: progress(BETWEEN_STAGE, done, total), MAX_IN_BETWEENS)
    ways, drawn = morphed(frames, plan.pairs, plan.shares, lambda done: progress(BETWEEN_STAGE, gaps + done, total))
    seen = np.concatenate([pictures, ways.reshape(-1, *frames.shape[1:])])
    found = encoder.encode(seen) if len(seen) else embeddings[:0]
    bridges = None
    if len(drawn):
        on_ways = torch.from_numpy(found[len(pictures) :].reshape(*ways.shape[:2], -1))
        bridges = Bridges(plan.only(drawn), on_ways)
    return (seen, found), bridges


def _source(video: Path, clip: Clip, every: int, frames: int) -> Source:
    digest, size = fingerprint(video)
    width, height = clip.size
    return Source(
        name=_text(video.name or clip_name(video)),
        sha256=digest,
        bytes=size,
        width=width,
        height=height,
        fps=clip.sampling.fps / every,
        frames=frames,
        start=clip.sampling.start,
    )


def _text(name: str) -> str:
    """A file name as proper text: file systems allow bytes that UTF-8 doesn't."""
    return os.fsencode(name).decode("utf-8", "replace")


def _finished(bundle: Bundle, encoder: Encoder, truth: Truth, progress: Progress) -> Bundle:
    """With a poster, the first moment as the scene itself draws it, and with figures of its fidelity and liveness."""
    from alive_cli.runtime.scene import Scene

    scene = Scene(bundle, device="cpu", net="fine")
    figures = evaluate(scene, encoder.encode, truth, limit=CHECKED_FRAMES, progress=progress)
    living = evaluate_liveness(scene, seeds=CHECKED_LIVES, progress=progress)
    measured = {"fidelity": {**figures, "frames": CHECKED_FRAMES}, "liveness": living}
    manifest = msgspec.structs.replace(bundle.manifest, figures={**bundle.manifest.figures, **measured})
    return Bundle(manifest, {**bundle.parts, POSTER_NAME: pack_picture(scene.draw(scene.embeddings[0]))})
