"""A page in one file, for places that show pages: a source in OBS, a wallpaper, a kiosk."""

import base64
import hashlib
import html
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

from alive_cli.errors import InputError
from alive_cli.web.page import (
    NOT_BUILT,
    RUNTIME_NAME,
    SCENE_NAME,
    built_file,
    filled,
    has_poster,
    head,
    plain_text,
    resource,
)
from bundle_spec.container import POSTER_NAME, WEIGHTS_NAME, Bundle, pack_bundle
from bundle_spec.features.depth import has_depth
from bundle_spec.features.warp import steers

SCRIPT_NAME = "place.js"
"""The script of such a page, which is put into it, has this name in `dist`."""
HELD = ("place_worker.js", RUNTIME_NAME)
"""Such a page holds these files of the player, and the scene: all that drawing by a CPU or WebGL needs."""
NO_LIMITS: Mapping[str, float] = MappingProxyType({})
"""A page with these attributes may cost what its pictures take."""
LEVEL = 9
"""What pages hold is packed at this level of zlib, which gives the smallest result."""


class Place(StrEnum):
    """Where a page is shown."""

    transparent = "transparent"
    wallpaper = "wallpaper"
    kiosk = "kiosk"


def check_player() -> None:
    """Check that what such pages hold of the player is built, which takes no time.

    Raises:
        InputError: it is not.
    """
    if not all(built_file(name).is_file() for name in (SCRIPT_NAME, *HELD)):
        raise InputError(NOT_BUILT)


def place_page(
    bundle: Bundle,
    place: Place,
    interactive: str | None,
    settings: Sequence[str] = (),
    limits: Mapping[str, float] = NO_LIMITS,
) -> str:
    """The page that shows a bundle in a place: one file, which loads nothing, so that it works from a disk as well.

    Browsers refuse modules, fetches and workers to pages from a disk. So the script stands in the page, the policy
    names its digest, and the player's other files and the scene are blocks of text that it unpacks.

    Args:
        bundle: a verified bundle with graphs. Its training weights are omitted.
        interactive: what people may do to the picture, as the element's attribute says it; None for what suits the
            place: nothing where it is transparent, else what the scene can.
        settings: names of controls that the host of a wallpaper may set.
        limits: attributes of the element that say how little it may cost, with their numbers.

    Raises:
        InputError: the player is not built.
    """
    check_player()
    style = resource("place.css")
    script = _inline(built_file(SCRIPT_NAME).read_text("utf-8"))
    parts = {name: data for name, data in bundle.parts.items() if name != WEIGHTS_NAME}
    files = {name: built_file(name).read_bytes() for name in HELD}
    title = plain_text(bundle.manifest.title)
    values = {
        "HEAD": head(_policy(script, style, place), place.value, title or "A living scene"),
        "STYLE": style,
        "PLACE": place.value,
        "SETTINGS": html.escape(json.dumps(list(settings))),
        "SCENE": _scene(bundle, place, title, interactive, limits),
        "BLOCKS": "\n".join(
            _block(name, data) for name, data in (files | {SCENE_NAME: pack_bundle(bundle.manifest, parts)}).items()
        ),
        "SCRIPT": script,
    }
    return filled("place.html", values)


def _policy(script: str, style: str, place: Place) -> str:
    """A policy under which a page can only play: it fetches nothing, and runs its own script and workers alone."""
    script_digest, style_digest = (
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (script, style)
    )
    # A kiosk asks whether its own host still answers, before it loads itself anew.
    connect = " connect-src 'self';" if place is Place.kiosk else ""
    return (
        f"default-src 'none'; script-src 'sha256-{script_digest}' 'wasm-unsafe-eval' blob:; worker-src blob:;{connect} "
        f"img-src data:; style-src 'sha256-{style_digest}'; base-uri 'none'; form-action 'none'"
    )


def _scene(bundle: Bundle, place: Place, title: str, interactive: str | None, limits: Mapping[str, float]) -> str:
    """The element that plays the scene."""
    attributes: dict[str, str | None] = {
        "src": f"#{SCENE_NAME}",
        "interactive": interactive or _interaction(bundle, place),
        **as_attributes(limits),
    }
    if has_poster(bundle):
        attributes["poster"] = f"data:image/png;base64,{base64.b64encode(bundle.parts[POSTER_NAME]).decode()}"
    if place is Place.wallpaper:
        attributes["battery"] = "calm"
    written = " ".join(f'{name}="{html.escape(value)}"' for name, value in attributes.items() if value is not None)
    label = f' aria-label="A living scene: {title}"' if title else ""
    return f"<alive-scene {written}{label}></alive-scene>"


def as_attributes(limits: Mapping[str, float]) -> dict[str, str]:
    """Limits as the element's attributes say them."""
    return {name: f"{value:g}" for name, value in limits.items()}


def _interaction(bundle: Bundle, place: Place) -> str | None:
    """What people may do to the picture unless somebody says it. Drags on a desktop belong to its icons."""
    if place is Place.transparent:
        return None
    words = ["look"] if steers(bundle.manifest) else []
    if words and place is Place.kiosk:
        words = ["touch", "look"]
    if has_depth(bundle.manifest):
        words.append("view")
    return " ".join(words) or None


def _block(name: str, data: bytes) -> str:
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = base64.b64encode(packer.compress(data) + packer.flush()).decode()
    return f'<script type="text/plain" data-name="{name}">{packed}</script>'


def _inline(script: str) -> str:
    """A script as it can stand in a page: nothing in its strings ends it, or begins a comment of HTML."""
    return re.sub(r"<(?=/script|!--|script)", r"\\x3c", script, flags=re.IGNORECASE)
