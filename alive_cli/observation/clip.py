"""Read a clip for a fit: its frames, and what the manifest says about them."""

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.alpha import Transparency
from alive_cli.media.decode import DEFAULT_SIZE, MIN_FRAMES, Clip, check_motion, decode, plan_sampling
from alive_cli.media.mask import SEAM
from alive_cli.media.probe import probe
from alive_cli.media.sampling import ClipFrames, every, pictures_fps, sampling_of, stabilised
from alive_cli.media.shown import CLIP, Shown, prepare
from alive_cli.media.sources import clip_name, fingerprint
from alive_cli.media.stabilising import STABILISED, TooFar, Unclear, look_for_shake, plan_for, stabilise
from alive_cli.progress import Listener
from bundle_spec.manifest import Manifest, Source

READING_STAGE = "Reading the clip"
"""The progress bar shows this text while the clip is read."""


@dataclass(frozen=True)
class SamplingRequest:
    """Which frames of a clip to take."""

    size: int = DEFAULT_SIZE
    """Largest longest side in pixels; a clip is never enlarged."""
    height: int | None = None
    """Largest height in pixels; None for any."""
    fps: float | None = None
    """Frames to take from each second; None for the clip's own rate, at most 30."""
    start: float = 0.0
    """Second to begin at."""
    duration: float | None = None
    """Seconds to take; None for all."""
    max_frames: int = 1000
    """The rate is lowered where more frames than this would result."""
    holdout: bool = False
    """Whether every other frame is withheld from the fit."""
    region: str | None = None
    """Which part lives, as media/mask.py keeps it; None for all."""
    still: float | None = None
    """The second of the clip that is shown outside that part; None for the median of the frames."""
    stabilise: str | None = None
    """Whether the camera's motion is taken out: "on", "off", or None where the camera clearly shakes."""
    key: str | None = None
    """What has this colour is transparent, as media/key.py keeps it; None for the clip's own alpha."""
    outside: str | None = None
    """TRANSPARENT where the outside is; None for the still picture."""
    alpha: bool = True
    """Whether the clip's own alpha counts; otherwise the clip lies on white."""


@dataclass(frozen=True)
class ObservedClip:
    """The frames of a clip, with its title and what the manifest says about it."""

    title: str
    frames: ClipFrames
    source: Source
    living: np.ndarray | None = None
    """Which pixels may differ between frames, bool [H, W]; None for all."""
    stabilised: str | None = None
    """How the clip was stabilised, as media/stabilising.py keeps it; None if it was not."""
    shown: Shown = field(default_factory=Shown)
    """What of the clip is shown."""
    transparency: Transparency | None = None
    """What of the fitted frames is transparent: there they show the neutral grey. None for nothing."""

    def seen(self) -> ClipFrames:
        """The frames as pictures of the scene are judged: over the neutral grey, where the outside is transparent."""
        if self.transparency is None or self.transparency.share is None:
            return self.frames
        withheld = self.frames.withheld
        seen = self.transparency.seen
        return ClipFrames(seen(self.frames.fitted), None if withheld is None else seen(withheld))


def read_clip(
    video: Path,
    request: SamplingRequest,
    listener: Listener,
    *,
    earlier: Manifest | None = None,
    scratch: Path | None = None,
) -> ObservedClip:
    """Read the frames of a clip.

    Args:
        request: which frames to take. With an earlier scene only its `holdout` counts.
        earlier: manifest of a scene of this clip; the same frames are read again.
        scratch: folder for the frames of a clip that is too long for memory.

    Raises:
        InputError: the clip can't be read, has too few frames, nothing in it moves, or it is not the clip of the
            earlier scene.
    """
    info = probe(video, request.fps if earlier is None else pictures_fps(earlier))
    digest, size = fingerprint(video)
    if earlier and digest != earlier.source.sha256:
        raise InputError(f"{video.name} is not the clip that the scene was fitted to; give {earlier.source.name}.")
    for note in info.notes:
        listener.say(note)
    if earlier:
        plan = sampling_of(earlier)
    else:
        plan = plan_sampling(
            info,
            size=request.size,
            height=request.height,
            fps=request.fps,
            start=request.start,
            duration=request.duration,
            max_frames=request.max_frames,
        )
    listener.progress(READING_STAGE, 0, 1)
    shown = Shown(request.region, request.still, request.key or (CLIP if request.alpha else None), request.outside)
    if earlier:
        shown = Shown.of(earlier.recipe.settings)
    clip = decode(info, plan, scratch, alpha=shown.wants_alpha)
    name = video.name or clip_name(video)
    listener.progress(READING_STAGE, 1, 1, f"{len(clip.frames)} frames")
    listener.say(f"{name}: {len(clip.frames)} frames of {clip.size[0]}×{clip.size[1]} at {plan.fps:.3g} fps.")
    if plan.lowered:
        listener.warn(
            f"The clip has more than {request.max_frames} frames, so {plan.fps:.2f} frames of each second are used; "
            "--duration takes a part of it at the full rate, --max-frames allows more."
        )
    kept: str | None = None
    if earlier:
        kept = earlier.recipe.settings.get(STABILISED)  # type: ignore[assignment]
        clip = stabilised(clip, earlier, listener.progress)
    else:
        clip, kept = _stabilised(clip, request.stabilise, name, listener)
    prepared = prepare(clip, shown, plan, name)
    held, transparency = prepared.held, prepared.transparency
    if held is not None and held.crossed >= SEAM and shown.outside is None:
        listener.warn(
            f"Something moves across {held.crossed:.0%} of the edge of the part that lives, so a seam shows there; "
            "choose a part that holds all of what moves."
        )
    step = every(earlier) if earlier else 2 if request.holdout else 1
    frames = ClipFrames.of(clip.frames, step)
    if len(frames.fitted) < MIN_FRAMES:
        raise InputError(f"{name} has too few frames for --holdout; it needs {step * MIN_FRAMES}.")
    if request.holdout or held is not None or kept is not None:
        check_motion(frames.fitted, name if held is None else f"the part of {name} that lives")
    source = Source(
        name=as_text(name),
        sha256=digest,
        bytes=size,
        width=clip.size[0],
        height=clip.size[1],
        fps=plan.fps / step,
        frames=len(frames.fitted),
        start=plan.start,
        every=step,
        pictures_fps=info.fps if info.pictures else None,
    )
    return ObservedClip(
        as_text(clip_name(video)),
        frames,
        source,
        None if held is None else held.living,
        kept,
        prepared.shown,
        None if transparency is None else transparency[::step],
    )


def _stabilised(clip: Clip, choice: str | None, name: str, listener: Listener) -> tuple[Clip, str | None]:
    """A clip without the camera's motion, and how that was taken out; as it is, and None, if it stays.

    Args:
        choice: as `SamplingRequest.stabilise`.

    Raises:
        InputError: "on" was chosen, and nothing says how the camera moved, or the clip is transparent.
    """
    if choice == "on" and clip.alpha is not None:
        raise InputError(f"{name} is transparent, and such clips can't be stabilised; leave out --stabilise on.")
    if choice == "off" or clip.alpha is not None:
        return clip, None
    frames = clip.frames
    try:
        steadiness = look_for_shake(frames)
        if choice is None and not steadiness.shakes:
            return clip, None
        plan = plan_for(frames, steadiness, listener.progress)
    except Unclear as reason:
        if choice is None:
            return clip, None
        raise InputError(f"{name} can't be stabilised, because {reason}; leave out --stabilise on.") from None
    except TooFar as kept:
        if choice is not None:
            listener.warn(
                f"The camera moves too far to be held still, as only {kept} would be left; the clip is "
                "learned as it is."
            )
        return clip, None
    width, height = plan.size
    listener.say(
        f"The camera shakes by {plan.shake:.1f} pixels, so the clip is stabilised, which leaves {width}×{height} of "
        f"{plan.laid.whole[0]}×{plan.laid.whole[1]} pixels; --stabilise off leaves all."
    )
    return replace(clip, frames=stabilise(frames, plan)), str(plan.laid)


def as_text(name: str) -> str:
    """A file name as valid text, because file systems allow bytes that are not UTF-8."""
    return os.fsencode(name).decode("utf-8", "replace")
