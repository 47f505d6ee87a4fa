"""`alive fit`: learn a scene from a video, or one scene from each of many videos."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alive_cli.console import listening
from alive_cli.fit_results import print_fit, print_outcomes, print_photograph
from alive_cli.shells import command_line

if TYPE_CHECKING:
    from alive_cli.fitting.options import FitOptions
    from alive_cli.fitting.pipeline import Fit
    from alive_cli.progress import Listener
    from bundle_spec.container import Bundle


class EncoderKind(StrEnum):
    auto = "auto"
    clip = "clip"
    pca = "pca"


class Outside(StrEnum):
    still = "still"
    transparent = "transparent"


class Quality(StrEnum):
    draft = "draft"
    standard = "standard"
    high = "high"


class Stabilise(StrEnum):
    auto = "auto"
    on = "on"
    off = "off"


def _parse_size(text: str) -> int | str:
    from alive_cli.fitting.options import size_setting

    try:
        return size_setting(text)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from None


def _parse_time(text: str) -> float:
    from alive_cli.fitting.options import seconds

    try:
        return seconds(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def fit(
    context: typer.Context,
    clips: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="CLIP",
            help="A video, a folder of pictures, or frame_%04d.png. Each of several clips, or of a folder of videos, "
            "becomes a bundle.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Bundle to write; CLIP's name with .alive in this folder by default."),
    ] = None,
    out_dir: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder for the bundles of many clips.")] = None,
    recipe: Annotated[str, typer.Option(help="Recipe: living, or original, which is the published method.")] = "living",
    encoder: Annotated[
        EncoderKind,
        typer.Option(
            help="Encoder: clip, beside each frame's pose and look; pca, the built-in one: pose and look alone (recipe "
            "original: pixels); or auto: clip if its weights are available."
        ),
    ] = EncoderKind.auto,
    clip_model: Annotated[str, typer.Option(help="Name of an open_clip model.")] = "ViT-B-32",
    clip_weights: Annotated[
        str | None, typer.Option(metavar="TAG_OR_FILE", help="Tag of open_clip weights, or a local checkpoint.")
    ] = None,
    size: Annotated[
        Any,
        typer.Option(
            parser=_parse_size,
            metavar="SIZE",
            help="Longest side in pixels, as 1280, or height, as 720p; by default the clip's own size, at most 1920, "
            "or 256 for --recipe original, which learns every pixel. Clips are not enlarged.",
        ),
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            max=120,
            help="Frames to use per second; by default the clip's own rate, at most 30. For pictures: frames per "
            "second, 25 by default.",
        ),
    ] = None,
    start: Annotated[float, typer.Option(min=0, max=1e6, help="Second of the clip to begin at.")] = 0.0,
    duration: Annotated[float | None, typer.Option(min=0.05, max=1e6, help="Seconds to use; all by default.")] = None,
    max_frames: Annotated[
        int, typer.Option(min=8, max=20000, help="Most frames to use; a longer clip gets a lower frame rate.")
    ] = 1000,
    quality: Annotated[
        Quality, typer.Option(help="How long to train, and how many colour modes: draft, standard or high.")
    ] = Quality.standard,
    budget: Annotated[
        float | None,
        typer.Option(
            parser=_parse_time,
            metavar="TIME",
            help="Train for about this time instead, after motion is found: 90, 10m, 1h30m.",
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, max=10_000_000, help="Train for exactly this many steps instead.")
    ] = None,
    holdout: Annotated[
        bool, typer.Option("--holdout", help="Withhold every second frame, so that alive eval can test on them.")
    ] = False,
    device: Annotated[str, typer.Option(help="Device that trains: auto, cuda, cuda:1, mps or cpu.")] = "auto",
    seed: Annotated[
        int, typer.Option(min=0, max=2**31 - 1, help="The same seed, steps and machine give the same scene.")
    ] = 0,
    export: Annotated[
        bool, typer.Option("--export/--no-export", help="Write the ONNX graphs, so that the scene can play.")
    ] = True,
    film: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a .mp4 or animation of how training improves the pictures."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue an interrupted fit with its settings; motion is found again.")
    ] = False,
    base: Annotated[
        Path | None,
        typer.Option(
            "--continue",
            metavar="BUNDLE",
            help="Train a finished scene further, with its keyframes, in place or into -o.",
        ),
    ] = None,
    region: Annotated[
        str | None,
        typer.Option(
            metavar="X,Y,W,H",
            help="Only this part of the picture lives, in shares, as 0.25,0,0.5,1; the rest is still.",
        ),
    ] = None,
    mask: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Only what is bright in this picture lives; the rest is still.")
    ] = None,
    still: Annotated[
        float | None,
        typer.Option(min=0, max=1e6, help="With --region or --mask: the second that the rest shows, not the median."),
    ] = None,
    stabilise: Annotated[
        Stabilise,
        typer.Option(help="Take out the camera's shaking: auto, where it clearly shakes, on or off."),
    ] = Stabilise.auto,
    outside: Annotated[
        Outside, typer.Option(help="With --region or --mask: what the rest of the picture is, still or transparent.")
    ] = Outside.still,
    key: Annotated[
        str | None,
        typer.Option(
            metavar="COLOUR",
            help="Make a screen behind the subject transparent: green, blue, or its own colour, as #00b140. A clip "
            "with alpha needs none.",
        ),
    ] = None,
    hints: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Let one photograph flow: polygons named motion and lines named hint, as alive hints or LabelMe saves "
            "them.",
        ),
    ] = None,
    flow_of: Annotated[
        Path | None,
        typer.Option(metavar="CLIP", help="Let one photograph flow as this video or scene flows in the mean."),
    ] = None,
    flow_model: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Let one photograph flow as a local ONNX model predicts."),
    ] = None,
    depth: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="What is near is bright in this picture: the view of the scene can then sway."
        ),
    ] = None,
    depth_model: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Let a local ONNX model (as MiDaS or Depth Anything) find what is near, instead."
        ),
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Fit many clips on a Ray cluster: its address, auto, or local."),
    ] = None,
    gpu_share: Annotated[
        float, typer.Option(min=0, max=8, help="GPUs for each clip, if the Ray cluster has any.")
    ] = 1.0,
    json_progress: Annotated[
        bool, typer.Option("--json-progress", help="Print events as JSON, one object per line, for programs.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace an existing bundle, and begin an interrupted fit again.")
    ] = False,
) -> None:
    """Learn a scene from a video."""
    from alive_cli.encoders.choose import EncoderChoice
    from alive_cli.errors import InputError
    from alive_cli.files.bundles import PHOTOGRAPH, refuse_scenes
    from alive_cli.fitting.options import FitOptions, is_for_photograph
    from alive_cli.media.key import read_key
    from alive_cli.media.sources import Kind, kind_of, videos_in

    options = FitOptions(
        size=size,
        fps=fps,
        start=start,
        duration=duration,
        max_frames=max_frames,
        recipe=recipe,
        quality=quality.value,
        steps=steps,
        budget=budget,
        encoder=EncoderChoice(encoder.value, clip_model, clip_weights),
        holdout=holdout,
        device=device,
        seed=seed,
        region=_living_part(region, mask, still),
        still=still,
        stabilise=None if stabilise is Stabilise.auto else stabilise.value,
        depth=depth,
        depth_model=depth_model,
        key=None if key is None else read_key(key),
        outside=_outside(outside, region, mask, still),
        export=export,
        film=film,
    )
    chosen = frozenset(name for name in context.params if _is_chosen(context, name))
    flows = {"hints": hints, "flow_of": flow_of, "flow_model": flow_model}
    if is_for_photograph(clips or [], any(flows.values()), options):
        from alive_cli.fitting.flows import flow_source
        from alive_cli.fitting.photograph import bundle_of, fit_photograph

        output = bundle_of(clips or [], output, chosen, force=force)
        flow = flow_source(flows, options.region)
        with listening(json=json_progress) as listener:
            fitted = fit_photograph((clips or [])[0], flow, output, options, listener)
        print_photograph(fitted, output, listener, json_progress)  # no bar is left that would wipe it out
        return
    videos: list[Path] = []
    for clip in clips or []:
        videos += videos_in(clip) if clip.is_dir() and kind_of(clip) is Kind.videos else [clip]
    if recipe == PHOTOGRAPH:
        raise InputError(
            "Recipe flowing is for one photograph, and chosen by what says how it flows; leave out --recipe."
        )
    if not videos and base is None:
        raise InputError("No clip was given; name a video, as in: alive fit cats.mp4.")
    refuse_scenes(videos)
    if len(videos) <= 1 and out_dir is None and ray is None:
        with listening(json=json_progress) as listener:
            fitted, output = _fit_one(videos, output, options, chosen, listener, resume, base, force)
        print_fit(fitted, output, listener, json_progress)
        return
    from alive_cli.fitting.batch import fit_many
    from alive_cli.fitting.recipes import find_recipe

    if ray is None:  # the machine that sends the clips to a cluster needs no torch
        find_recipe(recipe)
    single = {"-o": output, "--film": film, "--continue": base, "--depth": depth, "--depth-model": depth_model}
    for name in [name for name, value in single.items() if value]:
        raise InputError(f"{name} works with a single clip only, without --out-dir and --ray; leave it out.")
    with listening(json=json_progress) as listener:
        outcomes = fit_many(videos, out_dir or Path(), options, listener, ray=ray, gpu_share=gpu_share, force=force)
    print_outcomes(outcomes, as_json=json_progress)


def _living_part(region: str | None, mask: Path | None, still: float | None) -> str | None:
    """Which part of the picture lives, as media/mask.py keeps it; None for all.

    Raises:
        InputError: the options don't go together, or say nothing that can be used.
    """
    from alive_cli.errors import InputError
    from alive_cli.media.mask import read_mask, read_region

    if region is not None and mask is not None:
        raise InputError("Give --region or --mask, not both.")
    if still is not None and region is None and mask is None:
        raise InputError("--still goes with --region or --mask; say which part lives.")
    return read_mask(mask) if mask is not None else None if region is None else read_region(region)


def _outside(outside: Outside, region: str | None, mask: Path | None, still: float | None) -> str | None:
    """What is outside the part that lives, as `FitOptions` keeps it.

    Raises:
        InputError: there is no such part, or a second that would be seen there.
    """
    from alive_cli.errors import InputError
    from alive_cli.media.shown import TRANSPARENT

    if outside is Outside.still:
        return None
    if region is None and mask is None:
        raise InputError("--outside goes with --region or --mask; say which part lives.")
    if still is not None:
        raise InputError("Give --still or --outside transparent, not both.")
    return TRANSPARENT


def _fit_one(
    clips: list[Path],
    output: Path | None,
    options: "FitOptions",
    chosen: frozenset[str],
    listener: "Listener",
    resume: bool,
    base: Path | None,
    force: bool,
) -> "tuple[Fit, Path]":
    """Fit one clip, or train a scene further. Returns what was learned, and the bundle."""
    from alive_cli.errors import InputError, Stopped
    from alive_cli.files.bundles import clip_beside, is_painting, is_photograph, open_bundle
    from alive_cli.files.outputs import check_output
    from alive_cli.fitting.pipeline import checkpoint_of, fit_scene
    from alive_cli.media.sources import clip_name
    from alive_cli.training.checkpoint import Checkpoint

    earlier: Bundle | None = None
    if base:
        earlier = open_bundle(base)
        if is_photograph(earlier):
            raise InputError(f"{base.name} was made from one photograph, of which nothing is trained; fit it anew.")
        if is_painting(earlier):
            raise InputError(f"{base.name} shows a painting, of which nothing is trained; train the scene it moves as.")
        clip = clips[0] if clips else clip_beside(base, earlier)
        output = output or base
        _refuse_settings(chosen)
    else:
        clip = clips[0]
        output = output or Path(f"{clip_name(clip)}.alive")
    checkpoint = Checkpoint(checkpoint_of(output))
    if resume and checkpoint.there:
        settings = checkpoint.settings()
        options, force = options.filled(settings, chosen), force or bool(settings.get("force"))
    check_output(output, force=force or output == base, suffixes=(".alive",))
    if options.film is not None:
        from alive_cli.media.encode import VIDEO_SUFFIXES

        check_output(options.film, force=force, suffixes=VIDEO_SUFFIXES)
    try:
        fitted = fit_scene(clip, output, options, listener, resume=resume, force=force, earlier=earlier)
    except (KeyboardInterrupt, Stopped) as stopped:
        if not checkpoint.there:
            raise
        command = ["alive", "fit", *map(str, clips), "-o", str(output)]
        command += ["--continue", str(base)] if base else []
        raise Stopped(f"{str(stopped) or 'Stopped'}; go on with: {command_line([*command, '--resume'])}") from None
    return fitted, output


def _refuse_settings(chosen: frozenset[str]) -> None:
    """Refuse options whose values a finished scene keeps.

    Raises:
        InputError: one of them was chosen.
    """
    from alive_cli.errors import InputError

    kept = {"recipe", "encoder", "clip_model", "size", "fps", "start", "duration", "max_frames", "holdout", "seed"}
    kept |= {"region", "mask", "still", "stabilise", "outside", "key"}
    options = [f"--{name.replace('_', '-')}" for name in sorted(chosen & kept)]
    if options:
        raise InputError(f"A scene that is trained further keeps its settings; leave out {', '.join(options)}.")


def _is_chosen(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name in ("COMMANDLINE", "ENVIRONMENT")
