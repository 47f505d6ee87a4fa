"""`alive gif`: a seamless loop to share."""

import re
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alive_cli.console import progress_bar, say, warn
from alive_cli.control_options import takes_controls

if TYPE_CHECKING:
    import numpy as np

DEFAULT_FPS = 25.0
"""GIF times its frames in hundredths of a second, which 25 fits exactly and 30 doesn't."""


@takes_controls
def gif(
    bundle: Annotated[Path, typer.Argument(help="An exported .alive bundle.", show_default=False)],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="A .gif, .webp, .apng, .mp4 or .webm, or frame_%04d.png; BUNDLE's name with .gif, here, by default.",
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.1, max=600, help="Length of the loop.")] = 4.0,
    width: Annotated[
        int | None, typer.Option(min=1, max=8192, help="Width in pixels; the scene's own by default.")
    ] = None,
    fps: Annotated[
        float | None, typer.Option(min=1, max=50, help="Frames each second; the scene's own, at most 25, by default.")
    ] = None,
    quality: Annotated[int, typer.Option(min=1, max=100, help="Small files 1 … 100 good pictures.")] = 80,
    max_size: Annotated[
        str | None, typer.Option(metavar="SIZE", help="As 8MB or 500kB: lowers quality and width until it fits.")
    ] = None,
    boomerang: Annotated[bool, typer.Option("--boomerang", help="To and fro instead of a loop.")] = False,
    once: Annotated[bool, typer.Option("--once", help="A stretch of life that plays once.")] = False,
    grid: Annotated[
        str | None,
        typer.Option(metavar="CONTROL:VALUES", help="Lives side by side: seeds:4, temperature:0.1,0.3,1,2."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=2**63 - 1, help="Another seed, another loop.")] = None,
    start_at: Annotated[
        str | None,
        typer.Option(metavar="SECOND", help="Second or frame (120f) of the source to begin at; else somewhere lively."),
    ] = None,
    net: Annotated[str, typer.Option(help="fine or fast.")] = "fine",
    device: Annotated[str, typer.Option(help="auto, cuda or cpu.")] = "auto",
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    *,
    controls: dict[str, float],
) -> None:
    """Draw a seamless loop to share."""
    from alive_cli.errors import InputError
    from alive_cli.files.bundles import open_bundle
    from alive_cli.runtime.loops import VISIBLE_SEAM, seam
    from alive_cli.runtime.scene import Scene
    from alive_cli.runtime.seconds import read_second
    from alive_cli.views.file import Encoding, check_file, counted, drawn, write_pictures, write_within
    from alive_cli.views.grid import draw_grid, lives, read_grid

    if sum((boomerang, once, grid is not None)) > 1:
        raise InputError("Choose one of --boomerang, --once and --grid.")
    most = read_size(max_size)
    opened = open_bundle(bundle, to_play=True)
    output = output or Path(f"{bundle.stem}.gif")
    check_file(output, force=force)
    if most is not None and output.suffix.lower() == ".png":
        raise InputError("--max-size is for one file; leave it out, or write a .gif or .webp.")
    began = time.perf_counter()
    scene = Scene(opened, device=device, net=net)
    rate = fps or min(scene.fps, DEFAULT_FPS)
    count = max(1, round(seconds * rate))
    steering = scene.controls(controls)
    start = read_second(scene, start_at)
    encoding = Encoding(rate, quality, repeat=not once)
    size = scene.size_across(width or scene.size[0])
    closed: float | None = None
    path: list[np.ndarray] = []
    if grid is not None:
        panels = read_grid(grid, steering, opened.manifest.defaults.seed if seed is None else seed)
        sources = [list(islice(scene.live(life, fps=rate), count)) for life in lives(scene, panels, start)]
    elif boomerang or once:
        path = list(islice(scene.live(scene.life(steering, seed=seed, start_at=start), fps=rate), count))
        if boomerang:
            path = path[: count // 2 + 1]
            path = (path + path[-2:0:-1])[:count]
    else:
        with progress_bar() as progress:
            loop = scene.loop(steering, frames=count, fps=rate, seed=seed, start_at=start, progress=progress)
        closed, path = seam(loop), list(loop)
        if closed > VISIBLE_SEAM:
            warn(f"The loop's seam is {closed:.2f} of a usual step and may show; try another --seed or --seconds.")

    with progress_bar() as progress:

        def pictures(size: tuple[int, int]) -> Iterable["np.ndarray"]:
            if grid is None:
                return drawn(scene, path, size, count, progress)
            boards = draw_grid(scene, panels, [iter(source) for source in sources], size[0] if width or most else None)
            return counted(boards, count, progress)

        if most is None:
            write_pictures(output, pictures(size), encoding)
        else:
            fitted, quality = write_within(output, most, size, encoding, pictures)
            if (fitted, quality) != (size, encoding.quality):
                say(f"Made to fit: {fitted[0]} pixels wide, quality {quality}.")
    told = [f"{count} frames at {rate:g} fps", f"{time.perf_counter() - began:.1f} s"]
    if output.suffix.lower() != ".png":
        told.insert(1, f"{output.stat().st_size / 1e6:.2f} MB")
    if closed is not None:
        told.append(f"seam {closed:.2f}")
    say(", ".join(told) + ".")
    typer.echo(output)


def read_size(text: str | None) -> int | None:
    """The bytes that "8MB", "500 kB" or "1.5M" stand for, in powers of ten.

    Raises:
        InputError: it is no size.
    """
    from alive_cli.errors import InputError

    if text is None:
        return None
    match = re.fullmatch(r"\s*(\d{1,9}(?:\.\d{1,3})?)\s*([kKmM]?)[bB]?\s*", text)
    size = round(float(match[1]) * {"": 1, "k": 1000, "m": 1_000_000}[match[2].lower()]) if match else 0
    if size < 1:
        raise InputError(f"{text!r} is no size; give one as 8MB or 500kB.")
    return size
