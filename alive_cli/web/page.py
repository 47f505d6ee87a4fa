"""The page that plays a scene: with its files it lies on a host, or `alive play` serves it."""

import base64
import hashlib
import html
import json
import re
import unicodedata
import urllib.parse
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from alive_cli.errors import InputError
from bundle_spec.container import POSTER_NAME, WEIGHTS_NAME, Bundle, pack_bundle
from bundle_spec.errors import BundleError
from bundle_spec.features.alpha import poster_mode

INDEX_NAME = "index.html"
"""The page has this name, because web hosts serve it for the folder."""
STYLE_NAME = "page.css"
"""The style sheet of the page has this name."""
SCENE_NAME = "scene.alive"
"""The bundle has this name beside the page, whatever its name was before."""
PLAYER_NAME = "alive-scene.js"
"""The script of the player has this name in `dist`."""
PANEL_NAME = "page.js"
"""The script of the page's sliders, buttons and keys has this name in `dist`."""
RUNTIME_NAME = "ort-wasm-simd-threaded.wasm"
"""The WebAssembly part of onnxruntime has this name in `dist`."""
PLAYER_DIGEST_LENGTH = 16
"""The player uses this many characters of a file's digest in its address (player/src/files.ts)."""
WEB_KIND = "web"
"""Pages that play a scene by themselves say in their tag that they are of this kind."""
SCENE_KIND = "scene"
"""Pages that play a scene of a gallery say in their tag that they are of this kind."""
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src 'self'; "
    "style-src 'self'; base-uri 'none'; form-action 'none'"
)
"""This policy lets a page only play: it may compile WebAssembly, but evaluate no code and load nothing foreign."""
FALLBACK_TEXT = "This scene needs JavaScript and a web server; a page that is opened from a file can't play it."
"""The page shows this text where scripts don't run."""
NOT_BUILT = "The web player is not built yet; run make web in a checkout, which needs a network once."
"""People read this where `dist` is empty or older than the program."""
OTHER_SCRIPTS = ("hints.js", "pairs.js", "gallery.js", "place.js", "place_worker.js")
"""These scripts in `dist` are those of other pages; a page that plays a scene has no use for them."""
_DIGEST_LENGTH = 12


def built_file(name: str) -> Traversable:
    """A file of the built player, which may be missing."""
    return files("alive_cli.web") / "dist" / name


def player_files() -> dict[str, Traversable]:
    """The files of the built player by name.

    Raises:
        InputError: the player is not built.
    """
    if not all(built_file(name).is_file() for name in (PLAYER_NAME, PANEL_NAME)):
        raise InputError(NOT_BUILT)
    folder = files("alive_cli.web") / "dist"
    return {file.name: file for file in folder.iterdir() if file.name not in OTHER_SCRIPTS}


class ScenePage:
    """A page that plays one bundle, and all files that it needs."""

    def __init__(
        self,
        bundle: Bundle,
        attributes: Mapping[str, object] | None = None,
        session: Mapping[str, Any] | None = None,
        *,
        player_at: str = "",
        home: str = "",
    ) -> None:
        """Make the page. The files of the player stay on disk until they are read.

        Args:
            bundle: a verified bundle with graphs. Its training weights are omitted.
            attributes: attributes of the element by name; those that are None are left out.
            session: what `alive play` says to the page, as JSON (`Session` in player/src/page.ts); nothing in a page
                that is exported.
            player_at: it leads from the page to the player's files, if they lie elsewhere, as `../player/`.
            home: address of the page that this one belongs to, which it then links to.

        Raises:
            InputError: the player is not built.
        """
        self.title = plain_text(bundle.manifest.title)
        """The title of the scene, as HTML; it may be empty."""
        self._player = player_files()
        self._width, self._height = bundle.manifest.defaults.width, bundle.manifest.defaults.height
        parts = {name: data for name, data in bundle.parts.items() if name != WEIGHTS_NAME}
        style = resource(STYLE_NAME).replace("RATIO", f"{self._width / self._height:.4f}")
        self._attributes = attributes or {}
        self._player_at, self._home = player_at, home
        self._own = {SCENE_NAME: pack_bundle(bundle.manifest, parts), STYLE_NAME: style.encode()}
        if has_poster(bundle):
            self._own[POSTER_NAME] = bundle.parts[POSTER_NAME]
        self._own[INDEX_NAME] = self._page(session).encode()

    @property
    def own_names(self) -> set[str]:
        """The names of the files that belong to this scene alone, the page included."""
        return set(self._own)

    @property
    def names(self) -> set[str]:
        """The names of all files, the page included."""
        return {*self._player, *self._own}

    def read(self, name: str) -> bytes:
        """The bytes of one of the files."""
        return self._own[name] if name in self._own else self._player[name].read_bytes()

    def snippet(self, prefix: str) -> str:
        """HTML that shows the scene in another page, from which `prefix` leads to the files."""
        script, integrity = self._address(PLAYER_NAME, prefix), self._integrity(PLAYER_NAME)
        return "\n".join(
            [f'<script type="module" src="{script}" integrity="{integrity}"></script>', self._scene(prefix)]
        )

    def _page(self, session: Mapping[str, Any] | None) -> str:
        values = {
            "HEAD": head(POLICY, SCENE_KIND if self._home else WEB_KIND, self.title or "A living scene"),
            "PRELOAD": self._preload(),
            "SCENE": self._scene("", FALLBACK_TEXT),
            "HOME": f'<a class="home" href="{html.escape(self._home)}">All scenes</a>' if self._home else "",
            "SESSION": "" if session is None else html.escape(json.dumps(session)),
        }
        for placeholder, name in (("STYLE", STYLE_NAME), ("PANEL", PANEL_NAME), ("SCRIPT", PLAYER_NAME)):
            values[f"{placeholder}_ADDRESS"] = self._address(name)
            values[f"{placeholder}_INTEGRITY"] = self._integrity(name)
        return filled(INDEX_NAME, values)

    def _preload(self) -> str:
        """A link that makes the browser load the largest file early, if the scene plays at once."""
        if RUNTIME_NAME not in self.names:
            return ""
        digest = self._integrity(RUNTIME_NAME)[-PLAYER_DIGEST_LENGTH:]
        address = f"{self._player_at}{RUNTIME_NAME}?{urllib.parse.quote(digest, safe='')}"
        media = "(prefers-reduced-motion: no-preference)"
        return f'<link rel="preload" as="fetch" crossorigin href="{html.escape(address)}" media="{media}">'

    def _scene(self, prefix: str, note: str = "") -> str:
        """The element that plays the scene, and inside it the content that is shown where scripts don't run."""
        label = f"A living scene: {self.title}" if self.title else "A living scene"
        scene = f'src="{self._address(SCENE_NAME, prefix)}" integrity="{self._integrity(SCENE_NAME)}"'
        image = ""
        if POSTER_NAME in self._own:
            address = self._address(POSTER_NAME, prefix)
            scene += f' poster="{address}"'
            image = f'<img src="{address}" alt="{label}" width="{self._width}" height="{self._height}">'
        for name, value in self._attributes.items():
            if value is not None:
                scene += f' {name}="{html.escape(str(value))}"'
        return f"<alive-scene {scene}>{image}{f'<p>{note}</p>' if note else ''}</alive-scene>"

    def _address(self, name: str, prefix: str = "") -> str:
        """An address that changes with the content of the file, so that browsers may cache it for ever."""
        prefix = prefix or (self._player_at if name in self._player else "")
        return address_of(f"{prefix}{name}", self.read(name))

    def _integrity(self, name: str) -> str:
        return integrity_of(self.read(name))


def address_of(name: str, data: bytes) -> str:
    """The address of a file with these bytes, as HTML; it changes with them."""
    return html.escape(f"{name}?{hashlib.sha256(data).hexdigest()[:_DIGEST_LENGTH]}")


def integrity_of(data: bytes) -> str:
    """The digest of a file with these bytes, as the attribute `integrity` has it."""
    return "sha384-" + base64.b64encode(hashlib.sha384(data).digest()).decode()


def resource(name: str) -> str:
    """The text of a file of this package."""
    return (files("alive_cli.web") / name).read_text("utf-8")


def filled(template: str, values: Mapping[str, str]) -> str:
    """The text of a file of this package, with values, as HTML, instead of the placeholders with their names."""
    # A single pass: a stranger's title may contain the name of another placeholder.
    return re.sub(rf"\b({'|'.join(values)})\b", lambda match: values[match[0]], resource(template))


def head(policy: str, kind: str, title: str) -> str:
    """What the heads of all pages begin with, as HTML.

    Args:
        policy: what the page may load and run.
        kind: the kind of page that `folder.page_kind` finds.
        title: of the page, as HTML.
    """
    return filled("head.html", {"POLICY": policy, "KIND": kind, "TITLE": title}).rstrip()


def has_poster(bundle: Bundle) -> bool:
    """Whether a bundle has a poster that is a valid picture."""
    if POSTER_NAME not in bundle.parts:
        return False
    try:
        bundle.picture(POSTER_NAME, poster_mode(bundle.manifest))
    except BundleError:
        return False
    return True


def plain_text(text: str) -> str:
    """Untrusted text for a page, without markup, control characters and format characters."""
    plain = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in text)
    return html.escape(" ".join(plain.split()))
