"""`alive compare`: the frames of the clip beside the pictures that the scene draws of them."""

from pathlib import Path
from typing import Annotated

import typer

from alive_cli.console import progress_bar, warn
from alive_cli.errors import InputError


def compare(
    bundle: Annotated[Path, typer.Argument(help="An exported .alive bundle.", show_default=False)],
    video: Annotated[Path, typer.Argument(help="The clip that the scene was fitted to.", show_default=False)],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Film or animation to write; BUNDLE's name with -compare.mp4 by default."),
    ] = None,
    net: Annotated[str, typer.Option(help="Net that draws, in scenes of 0.1 that have two: fine or fast.")] = "fine",
    device: Annotated[str, typer.Option(help="Device that draws: auto, cuda or cpu.")] = "auto",
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Show original and generated frames side by side, with their PSNR."""
    from alive_cli.files.bundles import is_painting, is_photograph, open_bundle
    from alive_cli.media.alpha import NEUTRAL
    from alive_cli.report.comparison import clip_frames, side_by_side
    from alive_cli.runtime.scene import Scene
    from alive_cli.views.file import Encoding, check_file, track_progress, write_pictures

    opened = open_bundle(bundle, to_play=True)
    if is_photograph(opened):
        raise InputError(f"{bundle.name} was made from one photograph, so there is no clip to compare it with.")
    if is_painting(opened):
        raise InputError(f"{bundle.name} shows a painting, so its pictures can't be compared with a clip.")
    output = output or Path(f"{bundle.stem}-compare.mp4")
    check_file(output, force=force)
    scene = Scene(opened, device=device, net=net).on(NEUTRAL)
    frames = clip_frames(scene, video, warn).fitted[: len(scene.embeddings)]
    with progress_bar() as progress:
        write_pictures(output, track_progress(side_by_side(scene, frames), len(frames), progress), Encoding(scene.fps))
    typer.echo(output)
