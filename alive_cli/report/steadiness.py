"""Steadiness: whether a rollout shakes, flickers or cuts where its clip does not, at the clip's size."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np

from alive_cli.progress import Progress, silent
from alive_cli.report.living import observed_path
from alive_cli.report.pictures import moving_pixels
from alive_cli.report.rollouts import JudgedRollout
from alive_cli.runtime.scene import Scene

STAGE = "Checking that pictures are steady"
"""The progress bar shows this text while steadiness is measured."""
DRAWN_FRAMES = 90
"""Steadiness is measured on so many frames of a rollout, three seconds at 30 frames a second, and of transitions, about
six of them."""
SPARSE, LEAST_ROWS = 4, 120
"""Every fourth row of pixels is measured, because means over all of them are the same; small pictures keep more."""
STILL_LEVELS = 1.0
"""Pixels that never move in the clip may vary by so many levels more than there, because less is not seen."""
SECOND_ORDER = 1.2
"""Second differences may exceed those of the clip by this factor, because less flicker is not seen."""
LARGEST_STEP = 99
"""Steps are measured in units of this percentile of the clip's steps, because a single one may be an accident."""
HIDDEN_CUT = 1.2
"""A step is a hidden cut if it exceeds the clip's largest by this factor, because in a hundred steps one is larger than
the percentile anyway."""
LEAST_DIFFERENCE = 1e-3
"""A difference of fewer levels counts as so many, so that a clip that hardly moves gives finite figures."""


@dataclass(frozen=True)
class Steadiness:
    """The figures of a rollout; levels are those of 8 bits."""

    still: float | None
    """Standard deviation in time, in levels, mean over the pixels that never move in the clip; None if all move."""
    still_clip: float | None
    """The same of the clip."""
    second_order: float
    """Mean absolute second difference in time ÷ the clip's."""
    largest_step: float
    """Largest mean absolute difference of two pictures in a row ÷ the clip's 99th percentile of these."""
    largest_step_clip: float
    """The same of the clip, 1 or a little more: the largest step of a hundred is beyond the percentile."""
    second_order_transitions: float | None
    """`second_order` of the pictures that belong to transitions; None if there are none."""
    largest_step_transitions: float | None
    """`largest_step` of the pictures that belong to transitions; None if there are none."""
    frames: int
    """Number of pictures of the rollout."""

    @property
    def steady(self) -> bool:
        """Whether the figures are within their bounds."""
        still = self.still is None or self.still_clip is None or self.still <= self.still_clip + STILL_LEVELS
        step = max(self.largest_step, self.largest_step_transitions or 0)
        return still and self.second_order <= SECOND_ORDER and step <= HIDDEN_CUT * self.largest_step_clip


def evaluate_steadiness(
    scene: Scene,
    frames: np.ndarray,
    rollouts: Sequence[JudgedRollout],
    progress: Progress = silent,
    *,
    drawn: int = DRAWN_FRAMES,
) -> dict[str, Any]:
    """The steadiness of the beginning of the first rollout, and of the transitions of all, drawn at the clip's size.

    Args:
        frames: the clip that the scene was fitted to, uint8 [N, H, W, 3], in the order of its bank.
        rollouts: at least one.
        drawn: number of frames of the rollout; about as many belong to the transitions.

    Returns:
        The figures of `Steadiness` by name, without those that don't exist, and `steady`.
    """
    following = observed_path(scene).following
    size = frames.shape[2], frames.shape[1]
    whole = rollouts[0].embeddings[:drawn]
    runs: list[np.ndarray] = []
    for run in (run for rollout in rollouts for run in rollout.transitions()):
        if sum(map(len, runs)) < drawn:
            runs.append(run)
    done, total = 0, len(whole) + sum(map(len, runs))

    def draw(embeddings: np.ndarray) -> Iterator[np.ndarray]:
        nonlocal done
        for embedding in embeddings:
            yield scene.draw(embedding, size)
            done += 1
            progress(STAGE, done, total)

    measured = steadiness(draw(whole), map(draw, runs), frames[: len(following)], following)
    figures = {name: value for name, value in asdict(measured).items() if value is not None}
    return {**figures, "steady": measured.steady}


def steadiness(
    pictures: Iterable[np.ndarray],
    transitions: Iterable[Iterable[np.ndarray]],
    frames: np.ndarray,
    following: np.ndarray | None = None,
) -> Steadiness:
    """The steadiness of pictures in a row, three or more, each uint8 [H, W, 3]. No more than three are kept at a time.

    Args:
        transitions: the pictures of each transition, three or more.
        frames: the clip, uint8 [N, H, W, 3].
        following: int [N], the frame after each, −1 before a cut; by default there is no cut.
    """
    sparse = max(1, min(SPARSE, frames.shape[1] // LEAST_ROWS))
    clip, whole, parts = (_Differences(sparse) for _ in range(3))
    for number, frame in enumerate(frames):
        clip.add(frame, begins=number > 0 and following is not None and following[number - 1] != number)
    for picture in pictures:
        whole.add(picture)
    for transition in transitions:
        for number, picture in enumerate(transition):
            parts.add(picture, begins=number == 0)
    still = ~moving_pixels(frames[:, ::sparse])
    usual = max(float(np.mean(clip.second)), LEAST_DIFFERENCE) if clip.second else LEAST_DIFFERENCE
    large = max(float(np.percentile(clip.first, LARGEST_STEP)), LEAST_DIFFERENCE)
    return Steadiness(
        still=round(whole.deviation(still), 2) if still.any() else None,
        still_clip=round(clip.deviation(still), 2) if still.any() else None,
        second_order=round(float(np.mean(whole.second)) / usual, 2),
        largest_step=round(max(whole.first) / large, 2),
        largest_step_clip=round(max(clip.first) / large, 2),
        second_order_transitions=round(float(np.mean(parts.second)) / usual, 2) if parts.second else None,
        largest_step_transitions=round(max(parts.first) / large, 2) if parts.first else None,
        frames=whole.count,
    )


class _Differences:
    """Differences in time of pictures, uint8 [H, W, 3], that come one after the other."""

    def __init__(self, sparse: int) -> None:
        self._sparse = sparse
        self.count = 0
        """Number of pictures."""
        self.first: list[float] = []
        """Mean absolute differences of two pictures in a row, in levels."""
        self.second: list[float] = []
        """Mean absolute second differences of three pictures in a row, in levels."""
        self._sum = self._squares = np.empty(0)
        self._last: list[np.ndarray] = []

    def add(self, picture: np.ndarray, *, begins: bool = False) -> None:
        """Add a picture; `begins` says that it doesn't follow the one before."""
        picture = np.ascontiguousarray(picture[:: self._sparse])
        if not self.count:
            self._sum, self._squares = np.zeros(picture.shape), np.zeros(picture.shape)
        cv2.accumulate(picture, self._sum)
        cv2.accumulateSquare(picture, self._squares)
        self.count += 1
        last = [] if begins else self._last[-2:]
        if last:
            self.first.append(cv2.norm(picture, last[-1], cv2.NORM_L1) / picture.size)
        if len(last) == 2:
            ends = cv2.add(picture, last[0], dtype=cv2.CV_16S)
            twice = cv2.add(last[1], last[1], dtype=cv2.CV_16S)
            self.second.append(cv2.norm(ends, twice, cv2.NORM_L1) / picture.size)
        self._last = [*last, picture]

    def deviation(self, where: np.ndarray) -> float:
        """Standard deviation in time, in levels, mean over some pixels, bool [H, W]."""
        means = self._sum[where] / self.count
        variances = self._squares[where] / self.count - np.square(means)
        return float(np.sqrt(np.maximum(variances, 0)).mean())
