"""`alive transfer`: let a painting move as a scene does."""

from pathlib import Path
from typing import Annotated

import typer

from alive_cli.console import listening, say
from alive_cli.errors import InputError


def transfer(
    scene: Annotated[Path, typer.Argument(help="The .alive bundle whose motion is carried over.", show_default=False)],
    painting: Annotated[
        Path | None, typer.Argument(help="The painting, as .jpg, .png or .webp.", show_default=False)
    ] = None,
    points: Annotated[
        Path | None,
        typer.Option(
            "--points",
            metavar="FILE",
            help="JSON file of pairs of points: what of the painting is what of a frame.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Bundle to write; PAINTING's name with .alive in this folder by default."),
    ] = None,
    mask: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Picture of PAINTING's size, white where it moves; by default what the file of points outlines.",
            show_default=False,
        ),
    ] = None,
    frame: Annotated[
        float | None,
        typer.Option(
            min=0,
            metavar="SECOND",
            help="The scene's frame that is most like PAINTING; by default that of the points, or the calmest.",
            show_default=False,
        ),
    ] = None,
    strength: Annotated[float, typer.Option(min=0, max=2, help="How far it moves: 1 as in the clip.")] = 1.0,
    shading: Annotated[
        float, typer.Option(min=0, max=1, help="How much it becomes brighter and darker as in the clip.")
    ] = 0.5,
    size: Annotated[
        int, typer.Option(min=64, max=4096, help="Longest side in pixels; paintings are not enlarged.")
    ] = 1920,
    template: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write a file of points to begin with, at rough places, and stop.", show_default=False
        ),
    ] = None,
    frame_picture: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the scene's frame as a .png, to set points on, and stop.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Let a painting move as a scene does, by pairs of points that you set in both."""
    from alive_cli.files.outputs import check_output
    from alive_cli.media.sources import clip_name

    if template is not None or frame_picture is not None:
        from alive_cli.fitting.transfer import write_beginning

        for path, suffix in ((template, ".json"), (frame_picture, ".png")):
            if path is not None:
                check_output(path, force=force, suffixes=(suffix,))
        if template is not None and painting is None:
            raise InputError("A template needs the painting's size; name the painting after the scene.")
        second = write_beginning(scene, painting, frame, template, frame_picture)
        say(f"Set the points on the frame at {second:g} s of the clip, and the same ones in the painting.")
        for path in (template, frame_picture):
            if path is not None:
                typer.echo(path)
        return
    if painting is None:
        raise InputError("Name the painting after the scene, as in: alive transfer SCENE PAINTING --points FILE.")
    if points is None:
        raise InputError(
            f"A painting needs pairs of points; set them in a page with: alive hints {painting} --pairs {scene}"
        )
    target = output or Path(f"{clip_name(painting)}.alive")
    check_output(target, force=force, suffixes=(".alive",))
    from alive_cli.fitting.transfer import TransferOptions, open_source, transfer

    options = TransferOptions(mask, frame, strength, shading, size)
    with listening() as listener:
        transfer(open_source(scene), painting, points, target, options, listener.progress)
    say("The motion is that of the scene, and the picture that of the painting; see examples/PAINTINGS.md.")
    typer.echo(target)
