"""Which frames of its clip a scene was fitted to, and how to read them again."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.decode import Clip, Sampling, decode
from alive_cli.media.probe import MAX_SEQUENCE_FPS, probe
from alive_cli.media.shown import Shown, prepare
from alive_cli.media.sources import fingerprint
from alive_cli.media.stabilising import STABILISED, plan_as_kept, read_laid, stabilise
from alive_cli.progress import Progress, silent
from bundle_spec.manifest import Manifest

HOLDOUT = "holdout"
"""Format 1.0 keeps this setting of the recipe where every other frame was withheld."""
LARGEST_SHAPE_CHANGE = 1.05
"""Another file of a clip has the clip's ratio of width to height, up to this factor, which rounding may need."""
SEQUENCE_FPS = "sequence_fps"
"""Format 1.0 keeps this setting of the recipe where the clip was a sequence of pictures: the pictures in a second."""


@dataclass(frozen=True)
class ClipFrames:
    """The frames of a clip, uint8 [N, H, W, 3], in the order of the clip."""

    fitted: np.ndarray
    withheld: np.ndarray | None = None
    """The frame after each fitted one, where those were withheld: uint8 [N or N−1, H, W, 3]."""
    own_file: bool = True
    """Whether they were read from the very file that the scene was fitted to, by its digest."""

    @classmethod
    def of(cls, frames: np.ndarray, every: int, *, own_file: bool = True) -> "ClipFrames":
        """Split frames of which every `every`th was fitted: 1 for all, 2 where every other one was withheld."""
        return cls(frames[::every], frames[1::every] if every > 1 else None, own_file)


def read_frames(manifest: Manifest, video: Path, warn: Callable[[str], None]) -> ClipFrames:
    """Decode the frames that a scene was fitted to, and those between them that a `--holdout` fit withheld.

    Transparent ones lie on the neutral grey, as they did in the fit.

    Args:
        warn: receives a sentence if the file is not the one that the scene was fitted to.

    Raises:
        InputError: the video can't be read, has another shape, or has fewer frames than the scene was fitted to.
    """
    source, sampling = manifest.source, sampling_of(manifest)
    info = probe(video, pictures_fps(manifest))
    same = fingerprint(video)[0] == source.sha256
    shape = info.width * sampling.height / (info.height * sampling.width)
    if not same and max(shape, 1 / shape) > LARGEST_SHAPE_CHANGE:
        raise InputError(other_clip(manifest, video))
    shown = Shown.of(manifest.recipe.settings)
    try:
        clip = decode(info, sampling, alpha=shown.wants_alpha)
    except InputError:
        if same:
            raise
        raise InputError(other_clip(manifest, video)) from None
    clip = stabilised(clip, manifest)
    transparency = prepare(clip, shown, sampling, video.name).transparency
    seen = clip.frames if transparency is None else transparency.seen(clip.frames)
    frames = ClipFrames.of(seen, every(manifest), own_file=same)
    if not same:
        warn(f"{video.name} is not the file that the scene was fitted to ({source.name}).")
    if len(frames.fitted) < source.frames:
        raise InputError(
            f"{video.name} has {len(frames.fitted)} of the {source.frames} frames that the scene was fitted to; "
            "give the clip that it was made from."
        )
    return frames


def other_clip(manifest: Manifest, video: Path) -> str:
    """What people read where a file is not of the clip that a scene was fitted to."""
    return f"{video.name} is not the clip that the scene was fitted to; give {manifest.source.name}."


def sampling_of(manifest: Manifest) -> Sampling:
    """Which frames of its clip a scene was fitted to, the withheld ones included, at the size at which they are read.

    Raises:
        InputError: a stranger's bundle doesn't say how its clip was stabilised.
    """
    source, kept = manifest.source, manifest.recipe.settings.get(STABILISED)
    width, height = source.width, source.height
    if kept is not None:
        width, height = read_laid(kept, (width, height)).whole
    fps, frames = source.fps * every(manifest), source.frames * every(manifest)
    return Sampling(width, height, fps, source.start, frames / fps, frames, lowered=False)


def stabilised(clip: Clip, manifest: Manifest, progress: Progress = silent) -> Clip:
    """A clip that was read, as it was stabilised for the scene, if it was.

    Raises:
        InputError: it can't be; or a stranger's bundle doesn't say how.
    """
    source, kept = manifest.source, manifest.recipe.settings.get(STABILISED)
    if kept is None:
        return clip
    if clip.alpha is not None:
        raise InputError("The scene's clip was stabilised, and this one is transparent; give the scene's own clip.")
    plan = plan_as_kept(clip.frames, kept, (source.width, source.height), progress)
    return replace(clip, frames=stabilise(clip.frames, plan))


def pictures_fps(manifest: Manifest) -> float | None:
    """Pictures a second of the sequence that a scene was fitted to; None for a video."""
    rate = manifest.source.pictures_fps or manifest.recipe.settings.get(SEQUENCE_FPS)
    return float(rate) if isinstance(rate, int | float) and 0 < rate <= MAX_SEQUENCE_FPS else None


def every(manifest: Manifest) -> int:
    """Frames of the clip for each fitted one: 2 where every other frame was withheld, otherwise 1."""
    return max(manifest.source.every, 2 if manifest.recipe.settings.get(HOLDOUT) else 1)


def evenly_spread(count: int, limit: int | None) -> np.ndarray:
    """Numbers of at most `limit` of `count` things, evenly spread, the first and the last included: int [M]."""
    if limit is None or count <= limit:
        return np.arange(count)
    return np.linspace(0, count - 1, limit).round().astype(int)
