"""`alive gif`: a seamless loop to share."""

from pathlib import Path
from typing import Annotated

import typer

from alive_cli.commands.console import progress_bar, say, warn

DEFAULT_FPS = 25.0
"""GIF times its frames in hundredths of a second, which 25 fits exactly and 30 doesn't."""


def gif(
    bundle: Annotated[Path, typer.Argument(help="An exported .alive bundle.", show_default=False)],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A .gif or .mp4; BUNDLE's name with .gif, here, by default.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.1, max=600, help="Length of the loop.")] = 4.0,
    width: Annotated[
        int | None, typer.Option(min=1, max=8192, help="Width in pixels; the scene's own by default.")
    ] = None,
    fps: Annotated[
        float | None, typer.Option(min=1, max=50, help="Frames each second; the scene's own, at most 25, by default.")
    ] = None,
    temperature: Annotated[float | None, typer.Option(min=0, max=100, help="Scale of the motion.")] = None,
    pull: Annotated[float | None, typer.Option(min=0, max=1, help="Pull toward what was observed.")] = None,
    novelty: Annotated[float | None, typer.Option(min=0, max=1, help="How far to leave what was observed.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=2**63 - 1, help="Another seed, another loop.")] = None,
    start_at: Annotated[
        str | None,
        typer.Option(metavar="MOMENT", help="Second or frame (120f) of the source to begin at; else somewhere lively."),
    ] = None,
    net: Annotated[str, typer.Option(help="fine or fast.")] = "fine",
    device: Annotated[str, typer.Option(help="auto, cuda or cpu.")] = "auto",
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Draw a seamless loop to share."""
    from alive_cli.commands.files import open_bundle
    from alive_cli.commands.moments import read_moment
    from alive_cli.media.encode import VIDEO_SUFFIXES
    from alive_cli.outputs import check_output
    from alive_cli.runtime.loops import VISIBLE_SEAM, seam
    from alive_cli.runtime.scene import Scene
    from alive_cli.views.file import write_rollout

    opened = open_bundle(bundle)
    output = output or Path(f"{bundle.stem}.gif")
    check_output(output, force=force, suffixes=VIDEO_SUFFIXES)
    scene = Scene(opened, device=device, net=net)
    rate = fps or min(scene.fps, DEFAULT_FPS)
    count = max(1, round(seconds * rate))
    controls = scene.controls(temperature, pull, novelty)
    loop = scene.loop(controls, frames=count, fps=rate, seed=seed, start_at=read_moment(scene, start_at))
    closed = seam(loop)
    if closed > VISIBLE_SEAM:
        warn(f"The loop's seam is {closed:.2f} of a usual step and may show; try another --seed or --seconds.")
    own_width, own_height = scene.size
    size = (width, max(1, round(own_height * width / own_width))) if width else None
    with progress_bar() as progress:
        write_rollout(scene, loop, output, count=count, fps=rate, size=size, progress=progress)
    say(f"{count} frames at {rate:g} fps, {output.stat().st_size / 1e6:.2f} MB, seam {closed:.2f}.")
    typer.echo(output)
