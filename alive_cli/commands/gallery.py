"""`alive gallery`: write a page with a grid of living scenes into a folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alive_cli.commands.export import Precision, exported, say_how_to_look
from alive_cli.console import progress_bar, say
from alive_cli.errors import AliveError, InputError

if TYPE_CHECKING:
    from alive_cli.progress import Progress
    from bundle_spec.container import Bundle


def gallery(
    scenes: Annotated[list[Path], typer.Argument(help=".alive bundles, or folders of them.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder for the gallery.")] = Path("gallery"),
    title: Annotated[
        str | None,
        typer.Option(help="The title above the grid; that of the gallery in the folder, or Living scenes, by default."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write into a folder with other files.")] = False,
) -> None:
    """Write a page with a grid of living scenes, and a page for each, into a folder for any static host."""
    from alive_cli.web.folder import check_folder
    from alive_cli.web.gallery import KIND, MOST_SCENES, check_places, check_player, slugs, write_gallery

    bundles = list(_bundles(scenes))
    if len(bundles) > MOST_SCENES:
        raise InputError(f"These are {len(bundles)} scenes; a gallery shows at most {MOST_SCENES}, so make several.")
    check_player()
    check_folder(output, KIND, force)
    names = slugs(bundle.stem for bundle in bundles)
    check_places(output, names, force)
    with progress_bar() as progress:
        opened = (_opened(bundle, progress) for bundle in bundles)
        named = zip(names, opened, strict=True)
        earlier = write_gallery(named, output, title=title, force=force)
    if earlier:
        say(f"The gallery no longer shows {', '.join(earlier)}; remove these folders if nobody should see them.")
    say_how_to_look(output)
    typer.echo(output)


def _bundles(paths: list[Path]) -> Iterator[Path]:
    """The bundles that a user named, those in folders by name; each once."""
    seen = set()
    for path in paths:
        files = sorted(path.glob("*.alive")) if path.is_dir() else [path]
        if not files:
            raise InputError(f"There are no .alive files in {path}; give bundles, or a folder of them.")
        for file in files:
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield file


def _opened(path: Path, progress: "Progress") -> "Bundle":
    """A bundle that can be played; it is exported first where it wasn't."""
    from alive_cli.files.bundles import named_errors, open_bundle
    from bundle_spec.contracts import verify_scene

    bundle = open_bundle(path)
    with named_errors(path):
        if bundle.manifest.drawing is None or bundle.manifest.behavior is None:
            try:
                bundle, _ = exported(bundle, progress, Precision.fp16)
            except AliveError as error:  # of several scenes, people must know which one
                raise InputError(f"{path.name}: {error}") from None
        verify_scene(bundle)
    return bundle
