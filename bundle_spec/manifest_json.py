"""`manifest.json` to the objects of manifest.py, and back."""

from collections.abc import Mapping
from inspect import cleandoc
from typing import Any

import msgspec
from msgspec import Struct

from bundle_spec.errors import CorruptBundle, UnsupportedVersion
from bundle_spec.features import KNOWN_FEATURES
from bundle_spec.manifest import FORMAT_MAJOR, FORMAT_MINOR, FORMAT_VERSION, Manifest, Text, Version

_ADDITIONS: tuple[tuple[tuple[str, ...], str, Any], ...] = (
    ((), "names", {}),
    ((), "moods", {}),
    ((), "actions", {}),
    ((), "painting", None),
    (("source",), "every", 1),
    (("source",), "pictures_fps", None),
    (("behavior",), "controls", None),
    (("drawing", "warp"), "depth", None),
    (("drawing",), "warp", None),
    (("encoder",), "slices", None),
)
"""Each optional key that a minor version added, with the way to its object in the manifest, and its default."""


def encode_manifest(manifest: Manifest) -> bytes:
    """Canonical JSON: keys sorted, two-space indent, UTF-8, one newline at the end.

    A key that a minor version added is left out where it holds its default, so that a manifest that uses nothing new
    has the bytes that it had before.
    """
    tree = msgspec.to_builtins(manifest)
    for way, key, default in _ADDITIONS:
        holder = tree
        for place in way:
            holder = None if holder is None else holder[place]
        if holder is not None and holder[key] == default:
            del holder[key]
    packed = msgspec.json.encode(tree, order="sorted")
    return msgspec.json.format(packed, indent=2) + b"\n"


def decode_manifest(data: bytes) -> Manifest:
    """Parse and validate `manifest.json`.

    Raises:
        CorruptBundle: it is not JSON, or a key is missing or of the wrong type.
        UnsupportedVersion: it has another major version, needs a newer reader, or requires an unknown feature.
    """
    try:
        header = msgspec.json.decode(data, type=_Header)
        _check_version(header)
        return msgspec.json.decode(data, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CorruptBundle(f"manifest.json is not a valid manifest: {error}.") from error


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the manifest."""
    schema = msgspec.json.schema(Manifest)
    clean_descriptions(schema["$defs"])
    return schema


def clean_descriptions(components: Mapping[str, dict[str, Any]]) -> None:
    """Make descriptions in a JSON Schema the same on every Python: before 3.13 those of docstrings are indented."""
    for component in components.values():
        if "description" in component:
            component["description"] = cleandoc(component["description"])


class _Header(Struct):
    """The keys that decide whether the rest may be parsed at all."""

    format_version: Version
    min_reader_version: Version
    features_required: list[Text] = []


def _check_version(header: _Header) -> None:
    major = int(header.format_version.split(".")[0])
    needed = tuple(int(number) for number in header.min_reader_version.split("."))
    if major != FORMAT_MAJOR or needed > (FORMAT_MAJOR, FORMAT_MINOR):
        raise UnsupportedVersion(
            f"This bundle has format {header.format_version} and needs a newer alive; "
            f"this one reads {FORMAT_VERSION}. Upgrade with: pip install -U alive-scene"
        )
    unknown = sorted(set(header.features_required) - KNOWN_FEATURES)
    if unknown:
        raise UnsupportedVersion(
            f"This bundle needs a newer alive: it requires {ascii(', '.join(unknown))[:200]}."
            " Upgrade with: pip install -U alive-scene"
        )
