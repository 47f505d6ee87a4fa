"""A folder for any static web host: a page that plays a scene, with all its files."""

import shutil
import tempfile
from pathlib import Path

from alive_cli.errors import NotExportedError, OutputError
from alive_cli.web.page import INDEX_NAME, ScenePage, resource
from alive_cli.web.places import Place, place_page
from alive_cli.web.wallpaper import host_files, sliders
from bundle_spec.container import Bundle
from bundle_spec.contracts import verify_scene
from bundle_spec.file_system import move, permissions

NOTES_NAME = "README.txt"
"""The instructions for hosting the folder have this name."""
GENERATOR = '<meta name="generator" content="alive-scene">'
"""A page with this tag was written by this program, so it may be replaced without --force."""


def write_folder(bundle: Bundle, folder: Path, *, interactive: str | None = None, force: bool = False) -> str:
    """Write a page that plays a bundle, with all its files, into a folder.

    A new folder appears completely or not at all. In an existing folder files are replaced one by one, the page last,
    and other files stay.

    Args:
        bundle: a verified bundle with graphs. Its training weights are omitted.
        interactive: what visitors may do to the picture, as the element's attribute says it; nothing by default.
        force: write even into a folder with other files.

    Returns:
        HTML that shows the scene in another page of the same host, beside `folder`.

    Raises:
        NotExportedError: the bundle has no graphs.
        BundleError: the bundle's graphs can't be played.
        InputError: the player is not built.
        OutputError: the folder can't be written, or contains other files.
    """
    _check(bundle, folder, force)
    page = ScenePage(bundle, {"interactive": interactive})
    contents = {name: page.read(name) for name in page.names}
    snippet = page.snippet(f"{folder.resolve().name}/")
    contents[NOTES_NAME] = resource("hosting.txt").replace("SNIPPET", snippet).encode()
    _write(folder, contents)
    return snippet


def write_place(
    bundle: Bundle, folder: Path, place: Place, *, interactive: str | None = None, force: bool = False
) -> None:
    """Write the page that shows a bundle in a place, in one file, into a folder; for a wallpaper, what its hosts read.

    What is said of `write_folder` holds here, too.
    """
    _check(bundle, folder, force)
    controls = sliders(bundle) if place is Place.wallpaper else []
    page = place_page(bundle, place, interactive, [control.name for control in controls])
    contents = {INDEX_NAME: page.encode(), NOTES_NAME: resource(f"{place}.txt").encode()}
    if place is Place.wallpaper:
        contents |= host_files(bundle, controls)
    _write(folder, contents)


def _check(bundle: Bundle, folder: Path, force: bool) -> None:
    if bundle.manifest.drawing is None or bundle.manifest.behavior is None:
        raise NotExportedError("This bundle has not been exported yet; run alive export on it first.")
    verify_scene(bundle)
    check_folder(folder, force)


def check_folder(folder: Path, force: bool) -> None:
    """Refuse a folder that pages can't or shouldn't be written into.

    Raises:
        OutputError: it is a file, its parent is missing, or it contains other files and `force` is not set.
    """
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is not a folder; choose another name.")
    if not folder.resolve().parent.is_dir():
        raise OutputError(f"The folder {folder.resolve().parent} doesn't exist; create it or choose another place.")
    if not folder.is_dir() or not any(folder.iterdir()) or force:
        return
    index = folder / INDEX_NAME
    if not index.is_file() or GENERATOR.encode() not in index.read_bytes():
        raise OutputError(f"{folder} contains other files; use --force to write into it, or choose another folder.")


def _write(folder: Path, contents: dict[str, bytes]) -> None:
    # A new folder is written beside its place and renamed. An existing one may be the only writable place.
    new = not folder.exists()
    place = folder.resolve().parent if new else folder
    try:
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.part-", dir=place))
    except OSError as error:
        raise OutputError(f"{place} can't be written ({(error.strerror or '').lower()}); choose another.") from None
    try:
        for name, data in contents.items():
            (draft / name).write_bytes(data)
        if new:
            draft.chmod(permissions(0o777))
            draft.rename(folder)
        else:
            for name in sorted(contents, key=lambda name: name == INDEX_NAME):
                move(draft / name, folder / name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
