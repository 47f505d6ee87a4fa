"""What of a clip a scene shows: all of it, or a part that lives; and what of that is transparent."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.alpha import Transparency
from alive_cli.media.decode import Clip, Sampling
from alive_cli.media.key import key_out
from alive_cli.media.mask import REGION, STILL, Held, hold_still, share_of

ALPHA = "alpha"
"""A recipe keeps under this name, among its settings, what is transparent: CLIP, or a key."""
CLIP = "clip"
"""The clip's own alpha becomes that of the scene."""
OUTSIDE = "outside"
"""A recipe keeps under this name what is seen outside the part that lives, if it isn't a still picture."""
LATEST = 1e6
"""A still picture shows at most this second of a clip."""
TRANSPARENT = "transparent"
"""Outside the part that lives, nothing is seen of the scene."""


@dataclass(frozen=True)
class Shown:
    """What of a clip is shown."""

    region: str | None = None
    """The part that lives, as media/mask.py keeps it; None for all."""
    still: float | None = None
    """The second of the clip that the still picture outside shows; None for the median of the frames."""
    alpha: str | None = CLIP
    """What is transparent: CLIP, if the clip has alpha, or a key; None for nothing."""
    outside: str | None = None
    """TRANSPARENT where the outside is; None for the still picture."""

    @classmethod
    def of(cls, settings: Mapping[str, object]) -> "Shown":
        """What a recipe's settings keep, which may come from a stranger's bundle.

        Raises:
            InputError: they are of other types.
        """
        values = [settings.get(name) for name in (REGION, STILL, ALPHA, OUTSIDE)]
        region, still, alpha, outside = values
        texts = all(isinstance(each, str | None) for each in (region, alpha, outside))
        if not texts or not (still is None or (isinstance(still, int | float) and 0 <= still <= LATEST)):
            raise InputError("The bundle doesn't say which part of its clip lives; fit the clip anew.")
        return cls(region, still, alpha, outside)  # type: ignore[arg-type]

    def settings(self) -> dict[str, str | float | None]:
        """What a recipe keeps of it."""
        part = {} if self.region is None else {REGION: self.region, STILL: self.still}
        alpha = {} if self.alpha is None else {ALPHA: self.alpha}
        return part | alpha | ({} if self.outside is None else {OUTSIDE: self.outside})

    @property
    def wants_alpha(self) -> bool:
        """Whether the clip's own alpha counts. With a key it does too, because both would contradict each other."""
        return self.alpha is not None


@dataclass(frozen=True)
class Prepared:
    """What came of showing a part of a clip, or making it transparent."""

    shown: Shown
    """What is really shown: a clip without alpha has none."""
    held: Held | None
    """What came of holding the outside still; None where all of the picture lives."""
    transparency: Transparency | None
    """What is transparent; None for nothing."""


def prepare(clip: Clip, shown: Shown, sampling: Sampling, name: str) -> Prepared:
    """Make a clip, which was decoded with its alpha if the scene `wants_alpha`, show what a scene shows, in place.

    Its frames lie on the neutral grey where they are transparent.

    Raises:
        InputError: what is shown is no part of the picture, or the key keys nothing or everything, or the clip has
            alpha beside a key.
    """
    alpha, kept = clip.alpha, shown.alpha
    if shown.alpha == CLIP and alpha is None:
        kept = None
    elif shown.alpha not in (None, CLIP):
        if alpha is not None:
            raise InputError(f"{name} is transparent by itself; leave out --key.")
        alpha = key_out(clip.frames, str(shown.alpha), name)
    held, share = None, None
    if shown.region is not None:
        frame = None
        if shown.still is not None:
            frame = max(0, min(len(clip.frames) - 1, round((shown.still - sampling.start) * sampling.fps)))
        soft = shown.outside != TRANSPARENT
        held = hold_still(clip.frames, shown.region, frame, soft=soft)
        if alpha is not None:
            hold_still(alpha[..., None], shown.region, frame, soft=soft)
        if shown.outside == TRANSPARENT:
            height, width = clip.frames.shape[1:3]
            share = np.round(255 * share_of(shown.region, width, height)).astype(np.uint8)
    transparency = None if alpha is None and share is None else Transparency(alpha, share)
    return Prepared(Shown(shown.region, shown.still, kept, shown.outside), held, transparency)
