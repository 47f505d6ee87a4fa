"""A look at a clip before the training: what it is like, and what to do if it won't live well."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from alive_cli.observation import look_figures as figures

SWAYING = 0.2
"""The camera sways if it moves in at least this share of the clip; less may be an error of measurement."""
MOVING_SPEED = 0.03
"""A camera that moves by this share of the longest side a second, on average, moves rather than sways."""
PAN, PAN_STRAIGHT = 0.25, 0.7
"""A clip is a pan if the camera ends this share of the longest side from its start, and if that is at least this share
of its way: then little of the first picture is left in the last."""
ZOOM = 0.25
"""A clip is a zoom if its scale changes by this factor, as a logarithm, from the start to the end."""
RARE_RETURNS = 0.03
"""A clip that comes back to less than this share of its frames hardly comes back at all."""
ONE_WAY = 0.75
"""A clip changes one way if the distance of its frames follows the time between them this closely (correlation)."""
WELL, POORLY = 26.0, 21.0
"""Motion explains a clip well above the first PSNR in dB, and poorly below the second: there, pictures that were drawn
from their neighbours looked torn."""
MANY_REPEATED = 0.15
"""Repeated frames are worth a word from this share on; 3:2 pulldown has a fifth."""
MANY_BLACK = 0.02
"""Black frames are worth a warning from this share on, because the scene would show them."""
EVEN_SHARE = 0.9
"""Repeats are even if this share of them belongs to pictures that are shown about as often as most; a pause doesn't."""
NAMED_CUTS = 3
"""A sentence names the times of at most so many cuts."""


@dataclass(frozen=True)
class ClipLook:
    """What a clip is like."""

    frames: int
    fps: float
    start: float
    """Second of the source at which the frames begin."""
    moves: float
    """Share of the clip in which the camera moves, 0…1."""
    speed: float
    """Mean speed of the camera, in longest sides of the picture a second."""
    pan: float
    """How far the camera is from its start at the end, in longest sides of the picture."""
    straight: float
    """`pan` as a share of the camera's way, 0…1."""
    zoom: float
    """The change of scale from start to end, as a logarithm; above 0 the camera comes closer."""
    cuts: tuple[float, ...]
    """Seconds of the source at which there is a cut."""
    returns: float
    """Share of the frames that have a look-alike at least a second away, 0…1."""
    one_way: float
    """0…1: how closely the distance of frames follows the time between them."""
    moving: float
    """Share of the picture in which something moves, 0…1."""
    explained: float
    """PSNR in dB, where something moves, of frames that flow draws from a frame before and one after."""
    dissolved: float
    """The same of the mean of these two frames, without motion."""
    black: float
    """Share of the frames that are black, 0…1."""
    repeated: float
    """Share of the frames that show what the one before shows, 0…1."""
    evenly: bool
    """Whether the repeated frames are evenly spread, as in a clip of a lower rate."""

    @property
    def pans(self) -> bool:
        """Whether the camera goes on in one direction, or comes closer, or moves away."""
        return (self.pan >= PAN and self.straight >= PAN_STRAIGHT) or abs(self.zoom) >= ZOOM

    def sentences(self) -> list[str]:
        """One to three sentences for everybody that describe the clip."""
        if self.black == 1:
            return ["All frames are black."]
        back = f"the clip comes back to {_percent(self.returns)} of what it shows"
        if self.returns < RARE_RETURNS:
            back = "the clip hardly ever shows the same twice"
        sentences = [f"{self._camera()}; {_percent(self.moving)} of the picture moves; {back}."]
        if self.explained < figures.MOST_DECIBELS:
            well = "well" if self.explained >= WELL else "poorly" if self.explained < POORLY else "in part"
            sentences.append(f"Motion explains it {well} ({self.explained:.0f} dB, {self.dissolved:.0f} without).")
        if self.repeated >= MANY_REPEATED and not self.evenly:
            sentences.append(f"Nothing moves in {_percent(self.repeated)} of the frames.")
        return sentences

    def warnings(self) -> list[str]:
        """Sentences about what won't live well, each with a remedy; none for most clips."""
        warnings = []
        if self.black >= MANY_BLACK:
            share = _percent(self.black)
            warnings.append(f"{share} of the frames are black; leave them out with --start and --duration.")
        if self.cuts:
            warnings.append(self._about_cuts())
        elif self.pans:
            zooms = abs(self.zoom) >= ZOOM and self.pan < PAN
            warnings.append(
                f"The camera {'zooms' if zooms else 'pans'} all the time, so the scene can only go back the way it "
                "came; film with the camera on something steady, or choose a part with --start and --duration."
            )
        elif self.one_way >= ONE_WAY and self.returns < RARE_RETURNS:
            warnings.append(
                "The clip changes one way and doesn't come back, so the scene can only go back the way it came; "
                "film until what moves is back where it was, or choose a part with --start and --duration."
            )
        if self.explained < POORLY:
            warnings.append(
                f"Motion explains little of this clip ({self.explained:.0f} dB where it moves): expect soft pictures "
                "where things cover each other or move fast; slower motion, or more frames a second, draws better."
            )
        if self.repeated >= MANY_REPEATED and self.evenly:
            rate = self.fps * (1 - self.repeated)
            warnings.append(
                f"{_percent(self.repeated)} of the frames repeat the one before; "
                f"--fps {float(f'{rate:.2g}'):g} would use each picture once."
            )
        return warnings

    def _camera(self) -> str:
        if self.pans:
            return "The camera zooms" if self.pan < PAN else "The camera pans"
        if self.moves < SWAYING:
            return "A fixed camera"
        return "The camera moves" if self.speed >= MOVING_SPEED else "The camera sways a little"

    def _about_cuts(self) -> str:
        times = [f"{second:.1f}" for second in self.cuts[:NAMED_CUTS]]
        more = " and later" if len(self.cuts) > NAMED_CUTS else ""
        many = f"{len(self.cuts)} cuts" if len(self.cuts) > 1 else "a cut"
        ends = [self.start, *self.cuts, self.start + self.frames / self.fps]
        length, begin = max((after - before, before) for before, after in pairwise(ends))
        # Rounded inwards, so that the part holds no frame of another shot.
        begin, length = math.ceil(begin * 10 - 1e-6) / 10, math.floor(length * 10 - 1) / 10
        remedy = "choose a clip without cuts"
        if length > 0:
            remedy = f"--start {begin:g} --duration {length:g} takes the longest shot"
        return f"The clip has {many} (at second {', '.join(times)}{more}), where the scene can only dissolve; {remedy}."


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


def look_at(frames: np.ndarray, fps: float, start: float = 0.0) -> ClipLook:
    """Look at a clip: about a second for 1,000 frames of 1080p, of which it reads only what it needs.

    Args:
        frames: uint8 [N, H, W, 3], N ≥ 1; they may lie in a file.
        fps: frames a second.
        start: second of the source at which they begin.
    """
    count = len(frames)
    small = figures.Frames(frames, fps)
    thumbnails = figures.thumbnails(frames)
    cut_at = figures.cuts(small, thumbnails.steps())
    alike = figures.resemblance(thumbnails.pictures, fps, small.reach)
    motion = figures.motion(small, cut_at)
    mean = motion.camera.mean(0) if len(motion.camera) else np.zeros(3)
    speeds = np.hypot(motion.camera[:, 0], motion.camera[:, 1])
    speed = float(speeds.mean()) if len(speeds) else 0.0
    net = float(np.hypot(mean[0], mean[1]))
    return ClipLook(
        frames=count,
        fps=fps,
        start=start,
        moves=float((motion.camera != 0).any(1).mean()) if len(motion.camera) else 0.0,
        speed=speed,
        pan=net * count / fps,
        straight=net / speed if speed else 0.0,
        zoom=float(mean[2]) * count / fps,
        cuts=tuple(start + number / fps for number in cut_at.tolist()),
        returns=alike.returns,
        one_way=alike.one_way,
        moving=alike.moving,
        explained=motion.explained,
        dissolved=motion.dissolved,
        black=float(thumbnails.black.mean()),
        repeated=float(thumbnails.repeated.mean()),
        evenly=_is_even(thumbnails.repeated),
    )


def _is_even(repeated: np.ndarray) -> bool:
    """Whether repeats, bool [N], are evenly spread: each picture is shown about equally often."""
    again = np.diff(np.append(np.flatnonzero(~repeated), len(repeated))) - 1
    usual = math.ceil(1 / max(1 - float(repeated.mean()), 1e-9))
    return bool(again[again <= usual].sum() >= EVEN_SHARE * again.sum())
