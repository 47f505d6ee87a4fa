"""What can be trusted in a bundle, part by part."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bundle_spec.container import MANIFEST_NAME, POSTER_NAME, Bundle, open_file, read_manifest, read_part
from bundle_spec.contracts import verify_scene
from bundle_spec.errors import BundleError

SOUND = "sound"
READY = "ready to play"
SCENE = "scene"
"""Name under which the verdict on the whole is given."""


@dataclass(frozen=True)
class Verdict:
    """On one part, or on the whole."""

    name: str
    sound: bool
    sentence: str


def judge(path: Path) -> Iterator[Verdict]:
    """A verdict on the manifest, on each part, and on the scene as a whole, in this order.

    Raises:
        OSError: the file can't be read.
        BundleError: it is no bundle, or its container or manifest can't be trusted: then nothing in it can.
    """
    with open_file(path) as file:
        manifest, entries = read_manifest(file)
        yield Verdict(MANIFEST_NAME, True, SOUND)
        parts = {}
        for entry in entries:
            try:
                parts[entry.name] = read_part(file, entry, manifest)
                if entry.name == POSTER_NAME:
                    Bundle(manifest, parts).picture(POSTER_NAME, "RGB")
                yield Verdict(entry.name, True, SOUND)
            except BundleError as error:
                yield Verdict(entry.name, False, str(error))
    if len(parts) < len(entries):
        yield Verdict(SCENE, False, "Not judged: a part is missing or can't be trusted.")
    elif manifest.drawing is None or manifest.behavior is None:
        yield Verdict(SCENE, True, "intact, but not exported yet: run alive export")
    else:
        try:
            verify_scene(Bundle(manifest, parts))
            yield Verdict(SCENE, True, READY)
        except BundleError as error:
            yield Verdict(SCENE, False, str(error))
