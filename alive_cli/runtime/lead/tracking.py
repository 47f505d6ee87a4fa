"""Tracking of a lead: each picture is registered to the reference that explains it best."""

from dataclasses import dataclass

import numpy as np

from alive_cli.runtime.lead.pyramid import Pyramid
from alive_cli.runtime.lead.registration import Registration

STAYS = 0.8
"""Another reference is used if its look differs this much less from the picture, so that two don't take turns."""
CANDIDATES = 8
"""The references that look most like a picture are compared again where it was registered to the first: one of them may
have the eyes closed as well. With 48 nothing is gained."""
COMPARED = 1
"""They are compared at this level, where eyes have a few pixels."""
BETTER = 0.9
"""One of them is used if the cost there is at most this share."""
LOST = 130.0
"""A mean cost above this means that a picture doesn't show what the reference shows. Two halves of a clip of a face
cost 20 to 65, other faces and cats 220 to 260."""


@dataclass(frozen=True)
class Reference:
    """A picture whose pose is known."""

    pyramid: Pyramid
    pose: np.ndarray
    """In spreads, float64 [S]."""
    number: int
    """The observed frame that it shows; -1 for a picture of the lead."""


@dataclass(frozen=True)
class Track:
    """Where a picture is."""

    reference: Reference
    coefficients: np.ndarray
    """From the reference's pose, in spreads, float64 [S]."""
    cost: float

    @property
    def pose(self) -> np.ndarray:
        """In spreads, float64 [S]."""
        return np.asarray(self.reference.pose + self.coefficients)


class Tracker:
    """Follows one picture after the other."""

    def __init__(self, registration: Registration, references: list[Reference]) -> None:
        """Begin with at least one reference."""
        self._references, self._registration = references, registration
        self._looks = np.stack([each.pyramid.look for each in references])
        self._last: Track | None = None

    def follow(self, picture: Pyramid) -> Track | None:
        """Where a picture is; None where it shows something else than the references."""
        apart = np.square(self._looks - picture.look).sum(1)
        reference = self._references[self._most_alike(apart)]
        begins = [np.zeros(self._registration.modes)]
        if self._last is not None:
            begins.append(self._last.pose - reference.pose)
        track = self._register(reference, picture, begins)
        better = self._better(track, picture, apart)
        if better is not None:
            other = self._register(better, picture, [track.pose - better.pose])
            track = other if other.cost < track.cost else track
        self._last = track if track.cost <= LOST else None
        return self._last

    def _most_alike(self, apart: np.ndarray) -> int:
        """The reference whose look, of squared distances [K], is nearest; the present one if that is nearly as near."""
        best = int(apart.argmin())
        for number, each in enumerate(self._references):
            if self._last is not None and each is self._last.reference and apart[best] > STAYS * apart[number]:
                return number
        return best

    def _register(self, reference: Reference, picture: Pyramid, begins: list[np.ndarray]) -> Track:
        match = self._registration.register(reference.pyramid, picture, begins)
        return Track(reference, match.coefficients, match.cost)

    def _better(self, track: Track, picture: Pyramid, apart: np.ndarray) -> Reference | None:
        """The reference that explains a picture better in its present pose; None where none does."""

        def cost(reference: Reference) -> float:
            return self._registration.cost(COMPARED, reference.pyramid, picture, track.pose - reference.pose)

        best, least = None, BETTER * cost(track.reference)
        for number in np.argsort(apart, kind="stable")[:CANDIDATES]:
            reference = self._references[number]
            if reference is not track.reference and (here := cost(reference)) < least:
                best, least = reference, here
        return best
