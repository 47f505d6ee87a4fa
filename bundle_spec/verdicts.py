"""Judge a bundle part by part: which of them can be trusted?"""

from dataclasses import dataclass
from pathlib import Path

from bundle_spec.container import MANIFEST_NAME, POSTER_NAME, Bundle, open_file, read_manifest, read_part
from bundle_spec.contracts import verify_scene
from bundle_spec.errors import BundleError
from bundle_spec.features.alpha import poster_mode

SOUND = "sound"
"""The sentence of a verdict on a part that has its length and digest."""
READY = "ready to play"
"""The sentence of the verdict on a scene that passed every check."""
SCENE = "scene"
"""The verdict on the whole has this name, beside those on the parts."""


@dataclass(frozen=True)
class Verdict:
    """The verdict on one part, or on the scene as a whole."""

    name: str
    sound: bool
    sentence: str


def judge(path: Path) -> tuple[list[Verdict], Bundle]:
    """A verdict on the manifest, on each part, and on the scene as a whole, in this order.

    Returns:
        The verdicts, and the bundle with the sound ones of its parts.

    Raises:
        OSError: the file can't be read.
        BundleError: the file is no bundle, or its container or manifest can't be trusted, so that nothing in it can.
    """
    with open_file(path) as file:
        manifest, entries = read_manifest(file)
        verdicts = [Verdict(MANIFEST_NAME, True, SOUND)]
        bundle = Bundle(manifest)
        for entry in entries:
            try:
                bundle.parts[entry.name] = read_part(file, entry, manifest)
                if entry.name == POSTER_NAME:
                    bundle.picture(POSTER_NAME, poster_mode(bundle.manifest))
                verdicts.append(Verdict(entry.name, True, SOUND))
            except BundleError as error:
                verdicts.append(Verdict(entry.name, False, str(error)))
    if len(bundle.parts) < len(entries):
        verdicts.append(Verdict(SCENE, False, "Not judged: a part is missing or can't be trusted."))
    elif manifest.drawing is None or manifest.behavior is None:
        verdicts.append(Verdict(SCENE, True, "intact, but not exported yet: run alive export"))
    else:
        try:
            verify_scene(bundle)
            verdicts.append(Verdict(SCENE, True, READY))
        except BundleError as error:
            verdicts.append(Verdict(SCENE, False, str(error)))
    return verdicts, bundle
