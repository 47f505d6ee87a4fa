"""`alive hints`: a page on which a person marks what flows in a photograph, what of a clip lives, or what of a painting
is what of a scene's frame."""

from pathlib import Path
from typing import Annotated

import typer

from alive_cli.console import say


def hints(
    picture: Annotated[
        Path, typer.Argument(metavar="PHOTO", help="A photograph; with --mask also a clip.", show_default=False)
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="LabelMe file to edit, or with --pairs file of points; PHOTO's name with .json beside it by default.",
        ),
    ] = None,
    mask: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Paint which part of a clip lives instead, as a .png for alive fit --mask."),
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(
            metavar="SCENE",
            help="Set in PHOTO, a painting, and in a frame of SCENE the pairs of points of alive transfer instead.",
            show_default=False,
        ),
    ] = None,
    frame: Annotated[
        float | None,
        typer.Option(
            min=0,
            metavar="SECOND",
            help="The frame of --pairs; by default that of the file of points, or the calmest.",
            show_default=False,
        ),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the page; 0 chooses a free one.")] = 0,
    open_page: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = True,
) -> None:
    """Paint what flows in a photograph, or set pairs of points in a painting, in a page for this machine."""
    from alive_cli.errors import InputError
    from alive_cli.threads import single_threaded_algebra

    single_threaded_algebra()
    if mask is not None and output is not None:
        raise InputError("--mask names its own file; leave out -o.")
    if pairs is not None and mask is not None:
        raise InputError("--pairs and --mask are two different pages; leave one out.")
    if pairs is None and frame is not None:
        raise InputError("--frame is for --pairs; leave it out.")
    if pairs is not None:
        _set_points(pairs, picture, output, frame, port, open_page)
        return
    from alive_cli.marking.hints_page import hints_of_photograph, mask_of_clip, site_of
    from alive_cli.marking.site import serve_marking

    task = mask_of_clip(picture, mask) if mask is not None else hints_of_photograph(picture, output)
    serve_marking(site_of(task, say), port=port, open_page=open_page, say=say)


def _set_points(
    scene: Path, painting: Path, output: Path | None, second: float | None, port: int, open_page: bool
) -> None:
    from alive_cli.marking.pairs_page import file_of_points, pairs_of_painting, pairs_site
    from alive_cli.marking.site import serve_marking

    file_of_points(painting, output)  # a mistake is said before the scene is opened, which takes seconds
    say(f"Opening {scene.name} …")
    from alive_cli.fitting.rehearsal import Rehearsal

    task = pairs_of_painting(Rehearsal(scene), painting, output, second)
    serve_marking(pairs_site(task, say), port=port, open_page=open_page, say=say)
