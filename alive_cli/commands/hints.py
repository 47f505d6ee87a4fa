"""`alive hints`: a page on which a person paints what flows in a photograph, or which part of a clip lives."""

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
            "--output", "-o", metavar="FILE", help="LabelMe file to edit; PHOTO's name with .json beside it by default."
        ),
    ] = None,
    mask: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Paint which part of a clip lives instead, as a .png for alive fit --mask."),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the page; 0 chooses a free one.")] = 0,
    open_page: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = True,
) -> None:
    """Paint what flows in a photograph, and draw arrows which way, in a page for this machine."""
    from alive_cli.errors import InputError
    from alive_cli.serve.extra import check_extra
    from alive_cli.threads import single_threaded_algebra

    check_extra()
    single_threaded_algebra()
    if mask is not None and output is not None:
        raise InputError("--mask names its own file; leave out -o.")
    from alive_cli.marking.hints_page import hints_of_photograph, mask_of_clip, site_of
    from alive_cli.marking.site import serve_marking

    task = mask_of_clip(picture, mask) if mask is not None else hints_of_photograph(picture, output)
    serve_marking(site_of(task, say), port=port, open_page=open_page, say=say)
