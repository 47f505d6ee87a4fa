"""A folder for any static web host: a grid of living scenes, each with a page of its own, and one player for all."""

import html
import io
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from PIL import Image

from alive_cli.errors import InputError, OutputError
from alive_cli.web.folder import NOTES_NAME, READ_BYTES, check_exported, check_folder, drafted, page_kind
from alive_cli.web.page import (
    INDEX_NAME,
    NOT_BUILT,
    PLAYER_NAME,
    POLICY,
    SCENE_KIND,
    SCENE_NAME,
    WEB_KIND,
    ScenePage,
    address_of,
    built_file,
    filled,
    head,
    integrity_of,
    plain_text,
    player_files,
    resource,
)
from bundle_spec.container import POSTER_NAME, Bundle
from bundle_spec.features.alpha import is_transparent, poster_mode

KIND = "gallery"
"""The page with the grid says in its tag that it is of this kind."""
TEMPLATE_NAME = "gallery.html"
"""The template of the grid has this name among the resources."""
STYLE_NAME = "gallery.css"
"""The style sheet of the grid has this name."""
SCRIPT_NAME = "gallery.js"
"""The script that chooses which scenes of the grid are alive has this name in `dist`."""
PLAYER_FOLDER = "player"
"""The files of the player are in this folder of the gallery, once for all scenes."""
THUMBNAIL_NAME = "thumbnail.webp"
"""The picture of a scene in the grid has this name in the scene's folder."""
THUMBNAIL_SIDE = 640
"""The longest side of a picture in the grid is at most so many pixels: a column is at most so wide on most screens."""
THUMBNAIL_QUALITY = 82
"""The pictures in the grid have this quality of WebP, of 100; their compression is hardly visible then."""
DRAWN_SIDE = 480
"""A living scene in the grid is drawn with at most so many pixels on its longest side, so that phones keep up."""
MOST_SCENES = 100
"""A gallery has at most so many scenes, because its page holds a picture of each."""
LONGEST_SLUG = 40
"""The name of a scene's folder has at most so many characters, so that addresses stay short."""
USUAL_TITLE = "Living scenes"
"""A gallery has this title until somebody chooses another one."""
TITLE = re.compile(r"<title>([^<]*)</title>")
"""The title of a gallery's page, as HTML."""
LONGEST_TITLE = 200
"""A title in the grid has at most so many characters, because a stranger's may have any number."""
ONE_SCENE = "One scene. Open it to play with it."
"""This stands above a grid of one scene."""
SEVERAL_SCENES = "{} scenes. Those in the middle, or under your pointer, are alive. Open one to play with it."
"""This stands above a grid of several scenes."""
PLAIN_NAME = "scene"
"""The folder of a scene whose name has no plain letters or digits has this name."""
RESERVED = {PLAYER_FOLDER, "con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
"""No scene's folder has one of these names: the player has the first one, and Windows the others."""


def write_gallery(
    scenes: Iterable[tuple[str, Bundle]], folder: Path, *, title: str | None = None, force: bool = False
) -> list[str]:
    """Write a page with a grid of scenes, a page for each scene, and the player, into a folder.

    A new folder appears completely or not at all. In an existing folder files are replaced one by one, the grid last,
    and other files stay.

    Args:
        scenes: the name of each scene's folder, as `slugs` makes it, and its bundle, whose graphs `verify_scene` has
            verified. They are read one after another, because together they may be larger than the memory.
        title: it stands above the grid; by default that of the gallery in the folder, or else USUAL_TITLE.
        force: write even into a folder with other files.

    Returns:
        The names of the folders of an earlier gallery in the same place whose scenes this one doesn't show.

    Raises:
        NotExportedError: a bundle has no graphs.
        InputError: the player is not built.
        OutputError: the folder can't be written, or contains other files.
    """
    check_player()
    check_folder(folder, KIND, force)
    chosen = _title_in(folder) if title is None else _short(title)
    with drafted(folder) as draft:
        _fill(draft, scenes, chosen or USUAL_TITLE)
        shown = {path.name for path in draft.iterdir()}
        check_places(folder, (path.name for path in draft.iterdir() if path.is_dir()), force)
    return [path.name for path in sorted(folder.iterdir()) if path.name not in shown and _is_scene(path)]


def check_places(folder: Path, names: Iterable[str], force: bool) -> None:
    """Refuse a folder for a gallery where somebody else's files are in the place of a scene or of the player.

    Args:
        folder: `check_folder` has accepted it.
        names: of the scenes' folders.

    Raises:
        OutputError: there is a file in such a place, or a folder with other files and `force` is not set.
    """
    for name in sorted({*names, PLAYER_FOLDER}):
        place = folder / name
        if place.is_symlink() and not place.exists():
            raise OutputError(f"{place} is a link that leads nowhere; remove it, or choose another folder.")
        if not place.exists():
            continue
        if not place.is_dir():
            raise OutputError(f"{place} is a file, where the gallery needs a folder; choose another folder.")
        ours = (place / PLAYER_NAME).is_file() if name == PLAYER_FOLDER else _is_scene(place)
        if not ours and not force and any(place.iterdir()):
            raise OutputError(f"{place} contains other files; use --force to write into it, or choose another folder.")


def check_player() -> None:
    """Check that the player is built, which takes no time.

    Raises:
        InputError: it is not, or is older than galleries.
    """
    player_files()
    if not built_file(SCRIPT_NAME).is_file():
        raise InputError(NOT_BUILT)


def slugs(names: Iterable[str]) -> list[str]:
    """Names for the folders of scenes: of small letters a…z, digits and hyphens, all different, in the same order."""
    made: list[str] = []
    for name in names:
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        slug = re.sub("[^a-z0-9]+", "-", plain)[:LONGEST_SLUG].strip("-") or PLAIN_NAME
        if slug in RESERVED:
            slug = f"{PLAIN_NAME}-{slug}"
        number, whole = 2, slug
        while whole in made:
            number, whole = number + 1, f"{slug}-{number}"
        made.append(whole)
    return made


def _fill(draft: Path, scenes: Iterable[tuple[str, Bundle]], title: str) -> None:
    """Write all files of a gallery into an empty folder; the title is HTML."""
    player = draft / PLAYER_FOLDER
    player.mkdir()
    for name, file in player_files().items():
        (player / name).write_bytes(file.read_bytes())
    cards = []
    for slug, bundle in scenes:
        check_exported(bundle)
        page = ScenePage(bundle, player_at=f"../{PLAYER_FOLDER}/", home="../")
        (draft / slug).mkdir()
        for name in page.own_names:
            (draft / slug / name).write_bytes(page.read(name))
        cards.append(_card(draft / slug, slug, bundle, page))
    own = {STYLE_NAME: resource(STYLE_NAME).encode(), SCRIPT_NAME: built_file(SCRIPT_NAME).read_bytes()}
    values = {
        "HEAD": head(POLICY, KIND, title),
        "TITLE": title,
        "CARDS": "\n".join(cards),
        "INTRODUCTION": ONE_SCENE if len(cards) == 1 else SEVERAL_SCENES.format(len(cards)),
    }
    scripts = own | {f"{PLAYER_FOLDER}/{PLAYER_NAME}": (player / PLAYER_NAME).read_bytes()}
    names = {"STYLE": STYLE_NAME, "GRID": SCRIPT_NAME, "PLAYER": f"{PLAYER_FOLDER}/{PLAYER_NAME}"}
    for placeholder, name in names.items():
        values[f"{placeholder}_ADDRESS"] = address_of(name, scripts[name])
        values[f"{placeholder}_INTEGRITY"] = integrity_of(scripts[name])
    for name, data in own.items():
        (draft / name).write_bytes(data)
    (draft / INDEX_NAME).write_text(filled(TEMPLATE_NAME, values), "utf-8")
    (draft / NOTES_NAME).write_text(resource("gallery.txt"), "utf-8")


def _card(folder: Path, slug: str, bundle: Bundle, page: ScenePage) -> str:
    """The HTML of a scene in the grid; its picture is written into the scene's folder."""
    title = _short(bundle.manifest.title) or slug
    width, height = bundle.manifest.defaults.width, bundle.manifest.defaults.height
    source = image = ""
    if POSTER_NAME in page.own_names:
        picture = _thumbnail(bundle)
        (folder / THUMBNAIL_NAME).write_bytes(picture)
        source = address_of(f"{slug}/{THUMBNAIL_NAME}", picture)
        image = f'<img src="{source}" alt="" width="{width}" height="{height}" loading="lazy">'
    scene = page.read(SCENE_NAME)
    shape = "tall" if height > width else "wide"
    clear = " clear" if is_transparent(bundle.manifest) else ""
    attributes = {
        "data-src": address_of(f"{slug}/{SCENE_NAME}", scene),
        "integrity": integrity_of(scene),
        "poster": source,
        "size": str(min(DRAWN_SIDE, max(width, height))),
        "workers": "1",
        "aria-hidden": "true",  # the link beside it has the title, and leads to the scene
    }
    listed = " ".join(f'{name}="{value}"' for name, value in attributes.items() if value)
    return (
        f'<li class="{shape}{clear}"><alive-scene {listed}>{image}</alive-scene>'
        f'<h2><a href="{slug}/">{title}</a></h2></li>'
    )


def _thumbnail(bundle: Bundle) -> bytes:
    """The poster of a scene as a small picture for the grid."""
    picture = Image.fromarray(bundle.picture(POSTER_NAME, poster_mode(bundle.manifest)))
    picture.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=THUMBNAIL_QUALITY)
    return buffer.getvalue()


def _title_in(folder: Path) -> str | None:
    """The title, as HTML, of the gallery in a folder; None if there is no gallery."""
    try:
        if page_kind(folder) != KIND:
            return None
        with (folder / INDEX_NAME).open("rb") as file:
            title = TITLE.search(file.read(READ_BYTES).decode("utf-8", "replace"))
    except OSError:
        return None  # whatever is in the way is reported when it is replaced
    return None if title is None else _short(html.unescape(title[1]))


def _short(title: str) -> str:
    """A stranger's title as HTML, cut where it is very long."""
    return plain_text(title if len(title) <= LONGEST_TITLE else f"{title[:LONGEST_TITLE]}…")


def _is_scene(folder: Path) -> bool:
    """Whether a folder holds a scene of an earlier gallery. The tags of version 0.1 don't say that."""
    kind = page_kind(folder)
    return kind == SCENE_KIND or (kind == WEB_KIND and (folder / THUMBNAIL_NAME).is_file())
