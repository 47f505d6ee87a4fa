"""What hosts of wallpapers read beside the page: Lively Wallpaper's files, and Wallpaper Engine's.

The names of the fields are those of Lively's guide for web wallpapers (github.com/rocksdanister/lively/wiki, Web Guide
IV and V) and of Wallpaper Engine's documentation (docs.wallpaperengine.io, Web Wallpapers).
"""

import html
import io
import json
from collections.abc import Sequence
from typing import Any

from PIL import Image

from alive_cli.web.page import has_poster, plain_text
from bundle_spec.container import POSTER_NAME, Bundle
from bundle_spec.features.alpha import poster_mode
from bundle_spec.features.controls import declared_controls
from bundle_spec.manifest import Control

PREVIEW_NAME = "preview.jpg"
"""The still that hosts show in their lists has this name."""
PREVIEW_SIDE = 512
"""Its longest side has at most this many pixels, because Wallpaper Engine's Workshop takes at most 1 MB."""
LONGEST_SLIDER = 2.0
"""A slider reaches at most this value, or twice the default, as that of a page does (player/src/page.ts)."""
STEPS_ACROSS = 40
"""A slider has this many steps."""
FASTEST = 60
"""The slider of the rate ends at this many pictures in a second, which stands for any."""
FIRST_ORDER = 100
"""Wallpaper Engine sorts settings by numbers that begin here."""
OWN_PREFIX = "page_"
"""Settings of the page itself have names that begin with this (player/src/places/wallpaper.ts)."""
BATTERY_TEXT = "A third as many pictures, and coarser, on a battery"
"""Both hosts show this text."""


def sliders(bundle: Bundle) -> list[Control]:
    """The controls of a bundle that hosts offer as sliders: those that are one number, set for each frame."""
    assert bundle.manifest.behavior is not None
    controls = declared_controls(bundle.manifest.behavior, bundle.manifest.defaults)
    return [
        control
        for control in controls
        if control.role in ("plain", "clock") and not control.shape and not control.name.startswith(OWN_PREFIX)
    ]


def host_files(bundle: Bundle, controls: Sequence[Control], fps: float = FASTEST) -> dict[str, bytes]:
    """The files of both hosts by name.

    Args:
        bundle: a verified bundle with a behavior.
        controls: those that are offered as sliders.
        fps: Lively's slider of the rate begins at so many pictures in a second.
    """
    # Wallpaper Engine shows labels as HTML, and Lively as text; a title without these signs is the same in both.
    title = html.unescape(plain_text(bundle.manifest.title)).translate(str.maketrans("", "", "<>&")) or "A living scene"
    files: dict[str, bytes] = {}
    preview = None
    if has_poster(bundle):
        preview = PREVIEW_NAME
        files[PREVIEW_NAME] = _preview(bundle)
    files["LivelyInfo.json"] = _json(_lively_info(title, bundle.manifest.licence, preview))
    files["LivelyProperties.json"] = _json(_lively_properties(controls, fps))
    files["project.json"] = _json(_wallpaper_engine_project(title, controls, preview))
    return files


def _lively_info(title: str, licence: str, preview: str | None) -> dict[str, Any]:
    return {
        "AppVersion": "2.0.6.6",
        "Title": title,
        "Thumbnail": preview,
        "Preview": preview,
        "Desc": "A living scene: it behaves as its video did, and never repeats it.",
        "Author": "",
        "License": html.unescape(plain_text(licence)),
        "Contact": "",
        "Type": 1,  # a web page
        "FileName": "index.html",
        "Arguments": "--pause-event true",
        "IsAbsolutePath": False,
    }


def _lively_properties(controls: Sequence[Control], fps: float) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for control in controls:
        low, high = _ends(control)
        properties[control.name] = {
            "type": "slider",
            "text": _label(control),
            "value": control.default,
            "min": low,
            "max": high,
            "step": (high - low) / STEPS_ACROSS,
        }
    return properties | {
        "page_fit": {
            "type": "dropdown",
            "text": "Picture",
            "value": 0,
            "items": ["covers the screen", "is seen whole"],
        },
        "page_rate": {
            "type": "slider",
            "text": "Pictures a second, at most",
            "value": min(fps, FASTEST),
            "min": min(fps, 1),
            "max": FASTEST,
            "step": 1,
        },
        "page_battery": {"type": "checkbox", "text": BATTERY_TEXT, "value": True},
    }


def _wallpaper_engine_project(title: str, controls: Sequence[Control], preview: str | None) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for control in controls:
        low, high = _ends(control)
        properties[control.name] = {
            "type": "slider",
            "text": html.escape(_label(control)),
            "value": control.default,
            "min": low,
            "max": high,
            "step": (high - low) / STEPS_ACROSS,
            "fraction": True,
            "precision": 3,
        }
    properties["page_fit"] = {
        "type": "combo",
        "text": "Picture",
        "value": "cover",
        "options": [{"label": "covers the screen", "value": "cover"}, {"label": "is seen whole", "value": "contain"}],
    }
    properties["page_battery"] = {"type": "bool", "text": BATTERY_TEXT, "value": True}
    for order, each in enumerate(properties.values(), FIRST_ORDER):
        each["order"] = each["index"] = order
        each["index"] -= FIRST_ORDER
    project = {
        "file": "index.html",
        "title": title,
        "type": "web",
        "description": "A living scene: it behaves as its video did, and never repeats it.",
        "general": {"properties": properties, "supportsaudioprocessing": False},
    }
    return project if preview is None else project | {"preview": preview}


def _label(control: Control) -> str:
    return control.name[0].upper() + control.name[1:].replace("_", " ")


def _ends(control: Control) -> tuple[float, float]:
    """Where a slider begins and ends."""
    reach = max(LONGEST_SLIDER, 2 * abs(control.default))
    low = -reach if control.minimum is None else max(control.minimum, -reach)
    high = reach if control.maximum is None else min(control.maximum, reach)
    return min(low, control.default), max(high, control.default)


def _preview(bundle: Bundle) -> bytes:
    """The poster as a JPEG, over black where it is transparent."""
    picture = Image.fromarray(bundle.picture(POSTER_NAME, poster_mode(bundle.manifest)))
    if picture.mode == "RGBA":
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "black"), picture)
    picture = picture.convert("RGB")
    picture.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
