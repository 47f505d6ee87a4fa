"""A leader turns pictures of another video into poses of a scene."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.alpha import NEUTRAL
from alive_cli.media.region import Region
from alive_cli.runtime.lead.poses import LeadPose, ObservedPoses, medoid
from alive_cli.runtime.lead.pyramid import Pyramid, fitted, reduced_size
from alive_cli.runtime.lead.registration import Registration
from alive_cli.runtime.lead.tracking import Reference, Tracker
from alive_cli.runtime.steering import NO_MODES

if TYPE_CHECKING:
    from alive_cli.runtime.scene import Scene

RELATIVE, ABSOLUTE = "relative", "absolute"
"""A lead's motion moves the scene from its calm pose, or a lead shows what the scene shows and its poses are taken."""
REFERENCES = 48
"""A lead that shows what the scene shows is compared with so many observed frames: 32 lose 0.05 dB."""
REACH = {RELATIVE: 6.0, ABSOLUTE: 8.0}
"""A pose is at most so many spreads from what it is drawn from; two frames of a clip are about ten apart. What was seen
in pictures may go farther than a drag. With 12 for an absolute lead, half a decibel is gained on faces, and pictures
look less natural than a clip's own (ratio 1.28 for 1.16). With 8 for a relative one, a face that another one leads
follows its head a little better (correlation 0.94 for 0.92), and looks less natural (1.07 for 0.98)."""
SETTLING = 30
"""The calm picture of a camera is chosen among so many, which come in a second."""
PATIENCE = 30
"""After so many pictures without the reference, another calm picture is chosen."""


class Leader:
    """Registers the pictures of a lead, one after the other."""

    @np.errstate(over="ignore", invalid="ignore")
    def __init__(
        self,
        scene: "Scene",
        *,
        like: str = RELATIVE,
        region: Region | None = None,
        mirrored: bool = False,
    ) -> None:
        """Prepare to lead a scene.

        Args:
            like: `relative`: how the lead moves from its calm picture moves the scene from its calm pose. `absolute`:
                the lead shows what the scene shows.
            region: the part of the lead's pictures that leads; the whole by default.
            mirrored: exchange left and right, as people expect of their own camera.

        Raises:
            InputError: the scene has nothing to move it with, or there is no such way to lead.
        """
        steering = scene.steering
        if steering is None:
            raise InputError(NO_MODES)
        if like not in (RELATIVE, ABSOLUTE):
            raise InputError(f"A lead is {RELATIVE} or {ABSOLUTE}, not {like!r}.")
        self._region, self._mirrored, self._proportions = region or Region(), mirrored, steering.longest
        self.is_relative = like == RELATIVE
        self._observed = ObservedPoses(steering, scene.embeddings)
        self._steering = replace(steering, reach=REACH[like])
        size = reduced_size(steering.longest)
        self._registration = Registration(steering, size)
        self._tracker: Tracker | None = None
        self._seen: list[Pyramid] = []
        self._lost = 0
        if not self.is_relative:
            numbers = self._observed.spread_out(REFERENCES)
            renderer = scene.on(NEUTRAL).renderer(size)
            pictures = [Pyramid.of(renderer.render(scene.embeddings[number]), size) for number in numbers]
            poses = self._observed.poses
            references = [Reference(each, poses[n], n) for each, n in zip(pictures, numbers, strict=True)]
            self._tracker = Tracker(self._registration, references)

    def look_through(self, pictures: Sequence[np.ndarray]) -> None:
        """Choose the calm picture of a relative lead among some, uint8 [H, W, 3] each: the one most like the others."""
        if self.is_relative and pictures:
            self._settle([self._reduced(picture) for picture in pictures])

    @np.errstate(over="ignore", invalid="ignore")  # a stranger's bundle may hold any numbers
    def see(self, picture: np.ndarray) -> LeadPose | None:
        """The pose that a picture, uint8 [H, W, 3], asks for.

        Returns:
            None while the calm picture of a camera is being chosen, and where a picture shows something else.
        """
        pyramid = self._reduced(picture)
        if self._tracker is None:
            self._seen.append(pyramid)
            if len(self._seen) >= SETTLING:
                self._settle(self._seen)
            return None
        track = self._tracker.follow(pyramid)
        if track is None:
            self._lost += 1
            if self.is_relative and self._lost >= PATIENCE:
                self._tracker, self._seen, self._lost = None, [], 0
            return None
        self._lost = 0
        observed, pose = self._observed, track.pose
        if self.is_relative:
            pose = observed.poses[observed.calm] + pose
            base = observed.near(pose)
        else:
            base = observed.plane[track.reference.number]
        if not np.isfinite(pose).all():
            return None
        own = self._steering.own(base)
        return LeadPose(base, own + self._steering.within(pose - own))

    def _reduced(self, picture: np.ndarray) -> Pyramid:
        part = fitted(picture, self._region, self._proportions)
        return Pyramid.of(part, self._registration.size, mirrored=self._mirrored)

    def _settle(self, pictures: Sequence[Pyramid]) -> None:
        calm = pictures[medoid(np.stack([each.look for each in pictures]))]
        self._tracker = Tracker(self._registration, [Reference(calm, np.zeros(self._registration.modes), -1)])
        self._seen = []
