"""The frames that a bundle was fitted to, read again from its clip."""

from pathlib import Path

from alive_cli.commands.console import warn
from alive_cli.errors import InputError
from alive_cli.media.decode import Sampling, decode
from alive_cli.media.probe import MAX_SEQUENCE_FPS, probe
from alive_cli.media.sources import fingerprint
from alive_cli.report.evaluate import Truth
from bundle_spec.manifest import Manifest

HOLDOUT = "holdout"
"""Recipe setting of a scene that was fitted to every other frame."""
SEQUENCE_FPS = "sequence_fps"
"""Recipe setting of a scene that was fitted to still pictures: how many of them a second has."""


def read_truth(manifest: Manifest, video: Path) -> Truth:
    """Decode the frames of the bank, and those between that a `--holdout` fit withheld.

    Raises:
        InputError: the video can't be read, or has fewer frames than the scene was fitted to.
    """
    source = manifest.source
    info = probe(video, sequence_fps(manifest))
    same = fingerprint(video)[0] == source.sha256
    try:
        truth = Truth.of(decode(info, sampling_of(manifest)).frames, _every(manifest))
    except InputError:
        if same:
            raise
        raise InputError(f"{video.name} is another clip than the scene was fitted to; give {source.name}.") from None
    if not same:
        warn(f"{video.name} is not the file that the scene was fitted to ({source.name}).")
    if len(truth.fitted) < source.frames:
        raise InputError(
            f"{video.name} has {len(truth.fitted)} of the {source.frames} frames that the scene was fitted to; "
            "give the clip that it was made from."
        )
    return truth


def sequence_fps(manifest: Manifest) -> float | None:
    """How many of the pictures that a scene was fitted to make a second; None where it was a video."""
    rate = manifest.recipe.settings.get(SEQUENCE_FPS)
    return float(rate) if isinstance(rate, int | float) and 0 < rate <= MAX_SEQUENCE_FPS else None


def sampling_of(manifest: Manifest) -> Sampling:
    """Which frames of its clip a scene was fitted to, those that were withheld among them."""
    source = manifest.source
    fps, frames = source.fps * _every(manifest), source.frames * _every(manifest)
    return Sampling(source.width, source.height, fps, source.start, frames / fps, frames, lowered=False)


def _every(manifest: Manifest) -> int:
    return 2 if manifest.recipe.settings.get(HOLDOUT) else 1
