"""A folder for any static web host: a page that plays a scene, with all its files."""

import base64
import hashlib
import html
import os
import re
import shutil
import tempfile
import unicodedata
import urllib.parse
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from alive_cli.errors import InputError, NotExportedError, OutputError
from bundle_spec.container import POSTER_NAME, WEIGHTS_NAME, Bundle, pack_bundle
from bundle_spec.contracts import verify_scene
from bundle_spec.errors import BundleError

INDEX_NAME = "index.html"
"""The page has this name, because web hosts serve it for the folder."""
STYLE_NAME = "page.css"
"""The style sheet of the page has this name."""
SCENE_NAME = "scene.alive"
"""The bundle has this name in the folder, whatever its name was before."""
NOTES_NAME = "README.txt"
"""The instructions for hosting the folder have this name."""
PLAYER_NAME = "alive-scene.js"
"""The script of the player has this name in `dist`."""
RUNTIME_NAME = "ort-wasm-simd-threaded.wasm"
"""The WebAssembly part of onnxruntime has this name in `dist`."""
PLAYER_DIGEST_LENGTH = 16
"""The player uses this many characters of a file's digest in its address (player/src/files.ts)."""
GENERATOR = '<meta name="generator" content="alive-scene">'
"""A page with this tag was written by this program, so it may be replaced without --force."""
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src 'self'; "
    "style-src 'self'; base-uri 'none'; form-action 'none'"
)
"""This policy lets a page only play: it may compile WebAssembly, but evaluate no code and load nothing foreign."""
FALLBACK_TEXT = "This scene needs JavaScript and a web server; a page that is opened from a file can't play it."
"""The page shows this text where scripts don't run."""
_DIGEST_LENGTH = 12


def player_files() -> dict[str, Traversable]:
    """The files of the built player by name.

    Raises:
        InputError: the player is not built.
    """
    folder = files("alive_cli.web") / "dist"
    if not (folder / PLAYER_NAME).is_file():
        raise InputError("The web player is not built yet; run make web in a checkout, which needs a network once.")
    return {file.name: file for file in folder.iterdir()}


def write_folder(bundle: Bundle, folder: Path, *, force: bool = False) -> str:
    """Write a page that plays a bundle, with all its files, into a folder.

    A new folder appears completely or not at all. In an existing folder files are replaced one by one, the page last,
    and other files stay.

    Args:
        bundle: a verified bundle with graphs. Its training weights are omitted.
        force: write even into a folder with other files.

    Returns:
        HTML that shows the scene in another page of the same host, beside `folder`.

    Raises:
        NotExportedError: the bundle has no graphs.
        BundleError: the bundle's graphs can't be played.
        InputError: the player is not built.
        OutputError: the folder can't be written, or contains other files.
    """
    if bundle.manifest.drawing is None or bundle.manifest.behavior is None:
        raise NotExportedError("This bundle has not been exported yet; run alive export on it first.")
    player = player_files()
    verify_scene(bundle)
    _check_folder(folder, force)
    parts = {name: data for name, data in bundle.parts.items() if name != WEIGHTS_NAME}
    contents = {name: file.read_bytes() for name, file in player.items()}
    contents[SCENE_NAME] = pack_bundle(bundle.manifest, parts)
    defaults = bundle.manifest.defaults
    contents[STYLE_NAME] = _resource(STYLE_NAME).replace("RATIO", f"{defaults.width / defaults.height:.4f}").encode()
    if poster := _poster(bundle):
        contents[POSTER_NAME] = poster
    snippet = _snippet(bundle, contents, f"{folder.resolve().name}/")
    contents[NOTES_NAME] = _resource("hosting.txt").replace("SNIPPET", snippet).encode()
    contents[INDEX_NAME] = _page(bundle, contents).encode()
    _write(folder, contents)
    return snippet


def _check_folder(folder: Path, force: bool) -> None:
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
            mask = os.umask(0)
            os.umask(mask)
            draft.chmod(0o777 & ~mask)
            draft.rename(folder)
        else:
            for name in sorted(contents, key=lambda name: name == INDEX_NAME):
                (draft / name).replace(folder / name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _page(bundle: Bundle, contents: dict[str, bytes]) -> str:
    values = {
        "POLICY": POLICY,
        "TITLE": _escape(bundle.manifest.title) or "A living scene",
        "STYLE_ADDRESS": _address(STYLE_NAME, contents),
        "STYLE_INTEGRITY": _integrity(contents[STYLE_NAME]),
        "PRELOAD": _preload(contents),
        "SCRIPT_ADDRESS": _address(PLAYER_NAME, contents),
        "SCRIPT_INTEGRITY": _integrity(contents[PLAYER_NAME]),
        "SCENE": _scene(bundle, contents, "", FALLBACK_TEXT),
    }
    # A single pass: an untrusted title may contain the name of another placeholder.
    return re.sub(rf"\b({'|'.join(values)})\b", lambda match: values[match[0]], _resource(INDEX_NAME))


def _preload(contents: dict[str, bytes]) -> str:
    """A link that makes the browser load the largest file early, if the scene plays at once."""
    if RUNTIME_NAME not in contents:
        return ""
    digest = base64.b64encode(hashlib.sha384(contents[RUNTIME_NAME]).digest()).decode()[-PLAYER_DIGEST_LENGTH:]
    address = f"{RUNTIME_NAME}?{urllib.parse.quote(digest, safe='')}"
    media = "(prefers-reduced-motion: no-preference)"
    return f'<link rel="preload" as="fetch" crossorigin href="{html.escape(address)}" media="{media}">'


def _snippet(bundle: Bundle, contents: dict[str, bytes], prefix: str) -> str:
    script = _address(PLAYER_NAME, contents, prefix)
    integrity = _integrity(contents[PLAYER_NAME])
    return "\n".join(
        [
            f'<script type="module" src="{script}" integrity="{integrity}"></script>',
            _scene(bundle, contents, prefix),
        ]
    )


def _scene(bundle: Bundle, contents: dict[str, bytes], prefix: str, note: str = "") -> str:
    """The element that plays the scene, and inside it the content that is shown where scripts don't run."""
    title = _escape(bundle.manifest.title)
    label = f"A living scene: {title}" if title else "A living scene"
    scene = f'src="{_address(SCENE_NAME, contents, prefix)}" integrity="{_integrity(contents[SCENE_NAME])}"'
    poster = image = ""
    if POSTER_NAME in contents:
        address = _address(POSTER_NAME, contents, prefix)
        defaults = bundle.manifest.defaults
        poster = f' poster="{address}"'
        image = f'<img src="{address}" alt="{label}" width="{defaults.width}" height="{defaults.height}">'
    return f"<alive-scene {scene}{poster}>{image}{f'<p>{note}</p>' if note else ''}</alive-scene>"


def _poster(bundle: Bundle) -> bytes | None:
    """The bundle's poster, or None if it has none or it is not a valid picture."""
    if POSTER_NAME not in bundle.parts:
        return None
    try:
        bundle.picture(POSTER_NAME, "RGB")
    except BundleError:
        return None
    return bundle.parts[POSTER_NAME]


def _address(name: str, contents: dict[str, bytes], prefix: str = "") -> str:
    """An address that changes with the content of the file, so that browsers may cache it for ever."""
    return html.escape(f"{prefix}{name}?{hashlib.sha256(contents[name]).hexdigest()[:_DIGEST_LENGTH]}")


def _integrity(data: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(data).digest()).decode()


def _escape(text: str) -> str:
    """Untrusted text for a page, without markup, control characters and format characters."""
    plain = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in text)
    return html.escape(" ".join(plain.split()))


def _resource(name: str) -> str:
    return (files("alive_cli.web") / name).read_text("utf-8")
