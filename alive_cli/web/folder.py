"""A folder for any static web host: a page that plays a scene, with all its files."""

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from alive_cli.errors import NotExportedError, OutputError
from alive_cli.web.page import INDEX_NAME, WEB_KIND, ScenePage, resource
from alive_cli.web.places import NO_LIMITS, Place, as_attributes, place_page
from alive_cli.web.wallpaper import FASTEST, host_files, sliders
from bundle_spec.container import Bundle
from bundle_spec.contracts import verify_scene
from bundle_spec.file_system import move, permissions

NOTES_NAME = "README.txt"
"""The instructions for hosting the folder have this name."""
GENERATOR = re.compile(rb'<meta name="generator" content="alive-scene(?: ([a-z]{1,20}))?">')
"""A page with this tag was written by this program; its kind stands in it, except where version 0.1 or an earlier one
wrote it."""
READ_BYTES = 10_000
"""The tag is among so many first bytes of a page, which may be many megabytes."""


def write_folder(
    bundle: Bundle,
    folder: Path,
    *,
    interactive: str | None = None,
    limits: Mapping[str, float] = NO_LIMITS,
    force: bool = False,
) -> str:
    """Write a page that plays a bundle, with all its files, into a folder.

    A new folder appears completely or not at all. In an existing folder files are replaced one by one, the page last,
    and other files stay.

    Args:
        bundle: a verified bundle with graphs. Its training weights are omitted.
        interactive: what visitors may do to the picture, as the element's attribute says it; nothing by default.
        limits: attributes of the element that say how little it may cost, with their numbers.
        force: write even into a folder with other files.

    Returns:
        HTML that shows the scene in another page of the same host, beside `folder`.

    Raises:
        NotExportedError: the bundle has no graphs.
        BundleError: the bundle's graphs can't be played.
        InputError: the player is not built.
        OutputError: the folder can't be written, or contains other files.
    """
    check_exported(bundle)
    verify_scene(bundle)
    check_folder(folder, WEB_KIND, force)
    page = ScenePage(bundle, {"interactive": interactive, **as_attributes(limits)})
    contents = {name: page.read(name) for name in page.names}
    snippet = page.snippet(f"{folder.resolve().name}/")
    contents[NOTES_NAME] = resource("hosting.txt").replace("SNIPPET", snippet).encode()
    _write(folder, contents)
    return snippet


def write_place(
    bundle: Bundle,
    folder: Path,
    place: Place,
    *,
    interactive: str | None = None,
    limits: Mapping[str, float] = NO_LIMITS,
    force: bool = False,
) -> None:
    """Write the page that shows a bundle in a place, in one file, into a folder; for a wallpaper, what its hosts read.

    What is said of `write_folder` holds here, too.
    """
    check_exported(bundle)
    verify_scene(bundle)
    check_folder(folder, place, force)
    controls = sliders(bundle) if place is Place.wallpaper else []
    page = place_page(bundle, place, interactive, [control.name for control in controls], limits)
    contents = {INDEX_NAME: page.encode(), NOTES_NAME: resource(f"{place}.txt").encode()}
    if place is Place.wallpaper:
        contents |= host_files(bundle, controls, limits.get("fps", FASTEST))
    _write(folder, contents)


def check_exported(bundle: Bundle) -> None:
    """Check that a bundle has graphs, without which no page can play it.

    Raises:
        NotExportedError: it has none.
    """
    if bundle.manifest.drawing is None or bundle.manifest.behavior is None:
        raise NotExportedError("This bundle has not been exported yet; run alive export on it first.")


def page_kind(folder: Path) -> str | None:
    """The kind of page that this program wrote into a folder: `WEB_KIND`, `SCENE_KIND`, a `Place` or `gallery`.

    Returns:
        None if the folder has no page of this program. Pages of version 0.1 and earlier ones count as `WEB_KIND`.

    Raises:
        OSError: the page can't be read.
    """
    index = folder / INDEX_NAME
    if not index.is_file():
        return None
    with index.open("rb") as file:
        tag = GENERATOR.search(file.read(READ_BYTES))
    if tag is None:
        return None
    return WEB_KIND if tag[1] is None else tag[1].decode()


def check_folder(folder: Path, kind: str, force: bool) -> None:
    """Refuse a folder that pages can't or shouldn't be written into.

    Args:
        kind: the kind of page, as `page_kind` says it. Without `force` it may only replace one of the same kind,
            because files of another kind would stay beside it.

    Raises:
        OutputError: it is a file or a link that leads nowhere, its parent is missing, or it contains other files and
            `force` is not set.
    """
    if folder.is_symlink() and not folder.exists():
        raise OutputError(f"{folder} is a link that leads nowhere; remove it, or choose another name.")
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is not a folder; choose another name.")
    if not folder.resolve().parent.is_dir():
        raise OutputError(f"The folder {folder.resolve().parent} doesn't exist; create it or choose another place.")
    if not folder.is_dir() or not any(folder.iterdir()) or force:
        return
    present = page_kind(folder)
    if present is None:
        raise OutputError(f"{folder} contains other files; use --force to write into it, or choose another folder.")
    if present != kind:
        raise OutputError(
            f"{folder} contains a page of another kind ({present}), whose files would stay; choose another folder, or "
            "use --force to write into it."
        )


@contextmanager
def drafted(folder: Path) -> Iterator[Path]:
    """An empty folder to write files into, which get into another folder when the block ends without an error.

    A new folder appears completely or not at all. In an existing folder files are replaced one by one, `INDEX_NAME`
    last, and other files stay.

    Args:
        folder: `check_folder` has accepted it.

    Raises:
        OutputError: the folder can't be written.
    """
    # A new folder is written beside its place and renamed. An existing one may be the only writable place.
    new = not folder.exists()
    place = folder.resolve().parent if new else folder
    with _reported(place):
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.part-", dir=place))
    try:
        yield draft
        with _reported(folder):
            if new:
                draft.chmod(permissions(0o777))
                draft.rename(folder)
            else:
                _move_all(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _move_all(draft: Path, folder: Path) -> None:
    names = [path.relative_to(draft) for path in draft.rglob("*") if path.is_file()]
    for name in sorted(names, key=lambda name: (name == Path(INDEX_NAME), name)):
        (folder / name).parent.mkdir(exist_ok=True)
        move(draft / name, folder / name)


@contextmanager
def _reported(place: Path) -> Iterator[None]:
    """Turn an error of writing into a message that names the place."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise OutputError(f"{place} can't be written ({reason}); choose another folder.") from None


def _write(folder: Path, contents: dict[str, bytes]) -> None:
    with drafted(folder) as draft, _reported(folder):
        for name, data in contents.items():
            (draft / name).write_bytes(data)
