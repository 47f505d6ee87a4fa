"""`alive gif`: write a seamless loop to share."""

import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alive_cli.console import progress_bar, say, warn
from alive_cli.control_options import BackgroundOption, MoodOption, SwayOption, ViewFromOption, takes_controls

if TYPE_CHECKING:
    import numpy as np

    from alive_cli.report.seam import Seam
    from alive_cli.runtime.frame import Drawn
    from alive_cli.views.size_limit import Written

DEFAULT_FPS = 25.0
"""The default rate is at most 25, because GIF counts hundredths of a second: 1/25 s is exact, and 1/30 s isn't."""
USUAL_SECONDS = 4.0
"""A loop has this length, or a shorter one that closes better, unless people choose one."""


@takes_controls
def gif(
    bundle: Annotated[Path, typer.Argument(help="An exported .alive bundle.", show_default=False)],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="A .gif, .webp, .apng, .mp4, .mov, .webm or .avi file, or frame_%04d.png; BUNDLE's name with .gif in "
            "this folder by default.",
        ),
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            min=0.1, max=600, help="Length of the loop in seconds.", show_default="4, or less where that closes better"
        ),
    ] = None,
    width: Annotated[
        int | None, typer.Option(min=1, max=8192, help="Width in pixels; the scene's own, at most 480, by default.")
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option(min=1, max=50, help="Frames per second; the scene's own rate, at most 25, by default."),
    ] = None,
    quality: Annotated[
        int | None,
        typer.Option(min=1, max=100, help="Quality from 1 (small files) to 100 (good pictures); 80 by default."),
    ] = None,
    max_size: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help="Largest file, as 8MB or 500kB; width and quality are chosen to use it."),
    ] = None,
    boomerang: Annotated[
        bool, typer.Option("--boomerang", help="Play forward and then backward instead of closing a loop.")
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="Write an animation that plays once and doesn't loop.")] = False,
    grid: Annotated[
        str | None,
        typer.Option(
            metavar="CONTROL:VALUES", help="Show several lives side by side: seeds:4 or temperature:0.1,0.3,1,2."
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0, max=2**63 - 1, help="Seed of the loop; each seed gives another loop.", show_default="the scene's own"
        ),
    ] = None,
    start_at: Annotated[
        str | None,
        typer.Option(
            metavar="SECOND",
            help="Second or frame (120f) of the source to begin at; a lively one by default.",
        ),
    ] = None,
    mood: MoodOption = None,
    sway: SwayOption = None,
    view_from: ViewFromOption = None,
    background: BackgroundOption = None,
    net: Annotated[str, typer.Option(help="Net that draws, in scenes of 0.1 that have two: fine or fast.")] = "fine",
    device: Annotated[str, typer.Option(help="Device that draws: auto, cuda or cpu.")] = "auto",
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    *,
    controls: dict[str, float],
) -> None:
    """Write a seamless loop to share."""
    from alive_cli.errors import InputError
    from alive_cli.files.bundles import open_bundle
    from alive_cli.files.sizes import read_size
    from alive_cli.media.alpha import DARK
    from alive_cli.media.encode import DEFAULT_QUALITY
    from alive_cli.report.best_loop import best_loop
    from alive_cli.report.seam import seam_words
    from alive_cli.runtime.moods import read_moods
    from alive_cli.runtime.scene import Scene
    from alive_cli.runtime.seconds import read_second
    from alive_cli.runtime.view import check_seen, looped
    from alive_cli.views.file import (
        Encoding,
        check_file,
        draw_frames,
        shared_size,
        track_progress,
        write_pictures,
    )
    from alive_cli.views.grid import begin_rollouts, default_width, draw_grid, largest_width, read_grid
    from alive_cli.views.size_limit import BEST_QUALITY, Allowance, write_within
    from bundle_spec.features.alpha import is_transparent

    if sum((boomerang, once, grid is not None)) > 1:
        raise InputError("Choose one of --boomerang, --once and --grid.")
    max_bytes = read_size(max_size)
    opened = open_bundle(bundle, to_play=True)
    output = output or Path(f"{bundle.stem}.gif")
    clear = is_transparent(opened.manifest) and background is None and grid is None
    check_file(output, force=force, clear=clear)
    if max_bytes is not None and output.suffix.lower() == ".png":
        raise InputError("--max-size works with a single file only; leave it out, or write a .gif or .webp.")
    began = time.perf_counter()
    scene = Scene(opened, device=device, net=net)
    if not clear:
        scene = scene.on(background or DARK)
    rate = fps or min(scene.fps, DEFAULT_FPS)
    count = max(1, round((seconds or USUAL_SECONDS) * rate))
    steering = scene.controls(controls)
    seen = check_seen(sway, view_from, scene.view_stretch)
    start = read_second(scene.manifest.source, start_at)
    moods = read_moods(mood or [], scene.moods)
    encoding = Encoding(rate, quality or DEFAULT_QUALITY, repeat=not once)
    size = scene.size_across(width) if width else shared_size(scene)
    largest = size if width else scene.size
    seam: Seam | None = None
    frames: list[Drawn] = []
    if grid is not None:
        panels = read_grid(grid, steering, opened.manifest.defaults.seed if seed is None else seed)
        rollouts = begin_rollouts(scene, panels, start, moods)
        size = scene.size_across(width or default_width(scene, len(panels)))
        largest = size if width else scene.size_across(largest_width(scene, len(panels)))
        for rollout in rollouts:
            seen.begin(rollout)
        sources = [list(islice(scene.frames(rollout, fps=rate), count)) for rollout in rollouts]
    elif boomerang or once:
        life = scene.life(steering, seed=seed, start_at=start, moods=moods)
        seen.begin(life)
        frames = list(islice(scene.frames(life, fps=rate), count))
        if boomerang:
            frames = frames[: count // 2 + 1]
            frames = (frames + frames[-2:0:-1])[:count]
    else:
        with progress_bar() as progress:
            loop, seam = best_loop(
                scene,
                steering,
                frames=count,
                fps=rate,
                seed=seed,
                start_at=start,
                moods=moods,
                may_shorten=seconds is None,
                progress=progress,
            )
        frames = list(looped(loop.embeddings, rate, seen))
        count = len(frames)

    with progress_bar() as progress:

        def pictures(size: tuple[int, int]) -> Iterable["np.ndarray"]:
            if grid is None:
                return draw_frames(scene, frames, size, count, progress)
            boards = draw_grid(scene, panels, [iter(source) for source in sources], size[0])
            return track_progress(boards, count, progress)

        if max_bytes is None:
            write_pictures(output, pictures(size), encoding)
        else:
            best_quality = quality or max(BEST_QUALITY, encoding.quality)
            allowance = Allowance(size, max(size, largest), encoding.quality, best_quality)
            say(_about_size(write_within(output, max_bytes, allowance, encoding, pictures, progress), max_bytes))
    summary = [f"{count} frames at {rate:g} fps", f"{time.perf_counter() - began:.1f} s"]
    if output.suffix.lower() != ".png":
        summary.insert(1, f"{output.stat().st_size / 1e6:.2f} MB")
    say(", ".join(summary) + ".")
    if seam is not None:
        (warn if seam.verdict == "visible" else say)(seam_words(seam, "--seconds"))
    typer.echo(output)


def _about_size(written: "Written", max_bytes: int) -> str:
    """What the limit did to the pictures, as a sentence."""
    width, quality = written.spending.size[0], written.spending.quality
    if written.grows:
        return f"To use the size, the pictures are {width} pixels wide, with quality {quality}."
    return (
        f"The pictures are as large and good as they get, {width} pixels wide with quality {quality}, in "
        f"{written.bytes / 1e6:.2f} of {max_bytes / 1e6:.2f} MB; --seconds, --fps or --width use more."
    )
