"""`alive fit`: learn a scene from a video."""

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from alive_cli.commands.console import progress_bar, say, warn


class EncoderKind(StrEnum):
    auto = "auto"
    clip = "clip"
    pca = "pca"


class Quality(StrEnum):
    draft = "draft"
    standard = "standard"
    high = "high"


class RecipeName(StrEnum):
    living = "living"
    original = "original"


def fit(
    video: Annotated[
        Path, typer.Argument(help="A video, a folder of pictures, or frame_%04d.png.", show_default=False)
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Bundle to write; VIDEO's name with .alive, here, by default.")
    ] = None,
    recipe: Annotated[RecipeName, typer.Option(help="living, or original: the published one.")] = RecipeName.living,
    encoder: Annotated[
        EncoderKind, typer.Option(help="CLIP, the built-in pca, or auto: CLIP where its weights can be had.")
    ] = EncoderKind.auto,
    clip_model: Annotated[str, typer.Option(help="An open_clip model name.")] = "ViT-B-32",
    clip_weights: Annotated[
        str | None, typer.Option(metavar="TAG_OR_FILE", help="An open_clip tag, or a local checkpoint.")
    ] = None,
    size: Annotated[int, typer.Option(min=16, max=2048, help="Longest side in pixels; never enlarged.")] = 256,
    fps: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            max=120,
            help="Frames taken from each second; the clip's own, at most 30, by default. Pictures: how many make a "
            "second, 25 by default.",
        ),
    ] = None,
    start: Annotated[float, typer.Option(min=0, max=1e6, help="Second to begin at.")] = 0.0,
    duration: Annotated[float | None, typer.Option(min=0.05, max=1e6, help="Seconds to take; all by default.")] = None,
    max_frames: Annotated[int, typer.Option(min=8, max=20000, help="Beyond this the frame rate is lowered.")] = 1000,
    quality: Annotated[Quality, typer.Option(help="How long to train: draft, standard or high.")] = Quality.standard,
    budget: Annotated[
        float | None,
        typer.Option(min=1, max=1e6, metavar="SECONDS", help="Train the pictures for about so long instead."),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, max=10_000_000, help="Train the pictures for exactly so many steps instead.")
    ] = None,
    holdout: Annotated[
        bool, typer.Option("--holdout", help="Withhold every other frame, for alive eval to test on.")
    ] = False,
    device: Annotated[str, typer.Option(help="auto, cuda, cuda:1, mps or cpu.")] = "auto",
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Same seed, steps and machine: same scene.")] = 0,
    export: Annotated[
        bool, typer.Option("--export/--no-export", help="Write the ONNX graphs, so that the scene can play.")
    ] = True,
    film: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Show in a .mp4 or animation how chosen frames were learned; takes longer."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing bundle.")] = False,
) -> None:
    """Learn a scene from a video."""
    from alive_cli.commands.conduct import FitOptions, fit_scene
    from alive_cli.encoders.choose import EncoderChoice
    from alive_cli.media.sources import clip_name
    from alive_cli.outputs import check_output

    output = output or Path(f"{clip_name(video)}.alive")
    check_output(output, force=force, suffixes=(".alive",))
    if film is not None:
        from alive_cli.media.encode import VIDEO_SUFFIXES

        check_output(film, force=force, suffixes=VIDEO_SUFFIXES)
    options = FitOptions(
        size=size,
        fps=fps,
        start=start,
        duration=duration,
        max_frames=max_frames,
        recipe=recipe.value,
        quality=quality.value,
        steps=steps,
        budget=budget,
        encoder=EncoderChoice(encoder.value, clip_model, clip_weights),
        holdout=holdout,
        device=device,
        seed=seed,
        export=export,
        film=film,
    )
    began = time.perf_counter()
    with progress_bar() as progress:
        bundle = fit_scene(video, output, options, progress=progress, say=say, warn=warn)
    figures, settings = bundle.manifest.figures, bundle.manifest.recipe.settings
    say(
        f"Fitted in {time.perf_counter() - began:.0f} s ({settings['steps']} steps): PSNR {figures['psnr']} dB, "
        f"{output.stat().st_size / 1e6:.1f} MB. Next: alive play {output}" + ("" if export else " after alive export")
    )
    typer.echo(output)
