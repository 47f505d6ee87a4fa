"""The seam of a loop, judged from its pictures: across the wrap, and in each transition.

A player shows a loop again and again, so a viewer sees its transitions, where it leaves the order of the clip, as much
as the step from the last picture to the first. Four figures say how visible they are, each in units of what is usual in
the clip: what no frame of the clip explains (naturalness), the size of the largest step, its size beside that of its
neighbours, and whether motion goes on in the same direction. Pictures are reduced to 128 pixels, and only pixels that
move in the clip count.
"""

import math
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from typing import Any

import cv2
import numpy as np

from alive_cli.media.alpha import NEUTRAL
from alive_cli.media.sampling import evenly_spread
from alive_cli.media.warping import reduce
from alive_cli.report.naturalness import HIGHEST_RATIO, MOST_PICTURES, RARE, SIDE, UNSEEN, reference_of
from alive_cli.report.steadiness import HIDDEN_CUT, LARGEST_STEP, LEAST_DIFFERENCE
from alive_cli.runtime.loops import Loop
from alive_cli.runtime.scene import Scene
from alive_cli.threads import over_cores

DRAWN_SIDE = 256
"""A judged picture is drawn with at most so many pixels a side, because its figures are those of larger ones."""
AROUND = 4
"""Naturalness is judged on so many pictures before the wrap, and as many after it."""
NEIGHBOURS = 2
"""A step is compared with so many steps before it, and as many after it."""
UNEVEN = 1.2
"""A step may exceed its neighbours by this factor more than is usual in the clip, because less is not seen."""
DISSOLVED = 1.5
"""A transition dissolves if its worst picture exceeds the loop's other pictures by this factor."""
LEAST_UNEXPLAINED = 2.0
"""What is unexplained of a loop's other pictures counts as at least so many levels, because less is noise."""
ORDINARY = 12
"""So many pictures of a loop, outside its transitions, say what its pictures are usually like."""
SAME_DIRECTION = 0.5
"""Motion goes on in the same direction if the cosine of successive flows is above this, or above the clip's own."""
SLIGHT = 1.5
"""A seam is slight if no figure exceeds its bound by more than this factor."""
SPREAD = 96
"""Without the clip, pictures of so many evenly spread observed frames say what it shows."""
RUNS, RUN_FRAMES = 10, 8
"""Without the clip, so many runs of so many observed frames are drawn, which say how it moves."""
OWN_PICTURES = 32
"""At most so many pictures of the clip say how natural it is, because their median is good enough."""
FLOW_SMOOTHING = 2.0
"""Flow is blurred by so many pixels, because noise has no direction."""


@dataclass(frozen=True)
class Seam:
    """How visible the seam of a loop is. The largest figure of all its places counts."""

    naturalness: float
    """What no frame of the clip explains, median over the pictures around a place ÷ the clip's own median."""
    step: float
    """The largest difference of two pictures in a row ÷ the clip's 99th percentile."""
    motion: float
    """The largest such difference ÷ that of its neighbours, in units of the clip's 95th percentile of the same."""
    direction: float
    """The lowest cosine of successive motion, −1…1; 1 where little moves."""
    least_direction: float
    """The lowest cosine that is not a turn, because the clip's motion turns as much."""
    dissolve: float
    """What no frame of the clip explains, the worst picture of all transitions ÷ the median of the loop's others."""
    wrap_motion: float
    """The step from the last picture to the first ÷ the mean of its neighbours."""
    wrap_naturalness: float
    """`naturalness` of the pictures around the wrap alone."""
    better_seconds: float | None = None
    """A length whose loop has no visible seam, where this one has, if such a length was looked for and found."""

    @property
    def visibility(self) -> float:
        """The largest figure in units of its bound: a seam is invisible up to 1."""
        turn = (1 - self.direction) / (1 - self.least_direction)
        natural = max(self.naturalness / HIGHEST_RATIO, self.dissolve / DISSOLVED)
        return max(natural, self.step / HIDDEN_CUT, self.motion / UNEVEN, turn)

    @property
    def verdict(self) -> str:
        """One of `invisible`, `slight` and `visible`."""
        return "invisible" if self.visibility <= 1 else "slight" if self.visibility <= SLIGHT else "visible"

    def figures(self) -> dict[str, Any]:
        """The figures by name, rounded, with the verdict and without the better length."""
        figures = {name: round(value, 2) for name, value in asdict(self).items() if name != "better_seconds"}
        return {**figures, "verdict": self.verdict}


def seam_words(seam: Seam, option: str, rate: float | None = None) -> str:
    """The verdict in words.

    Args:
        option: the option of the command that sets the length of the loop.
        rate: frames per second, if the option counts frames; otherwise it counts seconds.
    """
    if seam.verdict == "invisible":
        return "The loop closes without a visible seam."
    turn = (1 - seam.direction) / (1 - seam.least_direction)
    reasons = {
        "pictures there show what the clip never showed": seam.naturalness / HIGHEST_RATIO,
        "pictures dissolve into each other": seam.dissolve / DISSOLVED,
        "one picture is far from the next": seam.step / HIDDEN_CUT,
        "motion is uneven there": seam.motion / UNEVEN,
        "motion turns suddenly": turn,
    }
    reason = max(reasons, key=lambda words: reasons[words])
    if seam.verdict == "slight":
        return f"The loop has a slight seam: {reason}."
    if seam.better_seconds is not None:
        length = seam.better_seconds if rate is None else max(1, round(seam.better_seconds * rate))
        return f"The loop has a visible seam: {reason}. {option} {length:g} closes better."
    return f"The loop has a visible seam: {reason}. Try another {option} or --seed."


@dataclass(frozen=True)
class _Motion:
    """The motion between n pictures in a row."""

    steps: np.ndarray
    """[n − 1]: root mean square differences, in levels."""
    flows: np.ndarray
    """float32 [n − 1, P, 2], in pixels."""

    def ratios(self, least: float) -> np.ndarray:
        """Each step with enough neighbours ÷ their mean, which counts as at least `least`: [n − 1 − 2·NEIGHBOURS]."""
        width = 2 * NEIGHBOURS + 1
        if len(self.steps) < width:
            return np.empty(0)
        inner = self.steps[NEIGHBOURS : len(self.steps) - NEIGHBOURS]
        around = (np.convolve(self.steps, np.ones(width), "valid") - inner) / (width - 1)
        ratios: np.ndarray = inner / np.maximum(around, max(least, LEAST_DIFFERENCE))
        return ratios

    @cached_property
    def paces(self) -> np.ndarray:
        """Mean lengths of the flows, [n − 1]."""
        lengths: np.ndarray = np.linalg.norm(self.flows, axis=-1).mean(1)
        return lengths

    def cosines(self, least: float) -> np.ndarray:
        """Cosine of each flow with the one before it, [n − 2]; 1 where one of them is shorter than `least`."""
        first, second = self.flows[:-1], self.flows[1:]
        lengths = np.sqrt(np.square(first).sum((1, 2)) * np.square(second).sum((1, 2)))
        moves = np.minimum(self.paces[:-1], self.paces[1:]) >= max(least, LEAST_DIFFERENCE)
        return np.where(moves, (first * second).sum((1, 2)) / np.maximum(lengths, 1e-9), 1.0)


class SeamJudge:
    """Knows what is usual in a clip, and judges loops of its scene."""

    def __init__(self, scene: Scene, frames: np.ndarray | None = None) -> None:
        """Find out what is usual.

        Args:
            frames: the clip, uint8 [N, H, W, 3], in the order of the bank. Without it, pictures of some observed
                embeddings stand for it.
        """
        self._scene = scene.on(NEUTRAL)
        self._drawn_size = scene.size_up_to(DRAWN_SIDE)
        self._size = scene.size_within(SIDE)
        count = len(scene.embeddings)
        if frames is None:
            show = cache(lambda number: self._draw(scene.embeddings[number]))
        else:
            show = cache(lambda number: reduce(frames[number], self._size))
        spread = [int(number) for number in evenly_spread(count, SPREAD if frames is None else MOST_PICTURES)]
        pictures = np.stack([show(number) for number in spread])
        self._reference = reference_of(pictures, scene.fps * len(spread) / count, own=OWN_PICTURES)
        self._real = UNSEEN
        if self._reference is not None:
            self._real = max(float(np.median(self._reference.natural)), UNSEEN)
        self._moving = self._reference.moving if self._reference else np.ones(pictures.shape[1:3], bool)
        runs = self._runs(sparse=frames is None)
        motions = [_motion([show(number) for number in run], self._moving) for run in runs]
        steps = np.concatenate([motion.steps for motion in motions] or [np.zeros(1)])
        self._median_step, self._largest_step = (
            max(float(value), LEAST_DIFFERENCE) for value in np.quantile(steps, [0.5, LARGEST_STEP / 100])
        )
        ratios = np.concatenate([motion.ratios(self._median_step) for motion in motions] or [np.empty(0)])
        self._usual_ratio = max(1.0, float(np.quantile(ratios, RARE))) if len(ratios) else 1.0
        self._median_pace = float(np.median(np.concatenate([motion.paces for motion in motions] or [np.zeros(1)])))
        cosines = np.concatenate([motion.cosines(self._median_pace) for motion in motions] or [np.empty(0)])
        usual_cosine = float(np.quantile(cosines, 1 - RARE)) if len(cosines) else 1.0
        self._least_direction = min(SAME_DIRECTION, usual_cosine)
        embedding_steps = np.linalg.norm(np.diff(scene.embeddings, axis=0), axis=1)
        self._embedding_step = float(np.median(embedding_steps)) if count > 1 else 0.0

    def seam(self, loop: Loop, pictures: "LoopPictures | None" = None) -> Seam:
        """Judge a loop.

        Args:
            pictures: those of this loop, if some are drawn already.
        """
        shown = pictures or self.pictures(loop)
        wrap = self._motion(shown, 0, 1)
        step, motion, direction = self._figures(loop, [wrap, *(self._motion(shown, *join) for join in loop.joins)])
        natural = [self._unexplained(shown, range(-AROUND, AROUND)), *self._transitions(loop, shown)]
        medians = [float(np.median(each)) / self._real for each in natural]
        return Seam(
            naturalness=max(medians),
            step=step,
            motion=motion,
            direction=direction,
            least_direction=self._least_direction,
            dissolve=self._dissolve(loop, shown),
            wrap_motion=float(wrap.ratios(0)[0]),
            wrap_naturalness=medians[0],
        )

    def unevenness(self, loop: Loop, pictures: "LoopPictures") -> float:
        """How visible a loop's transitions are, 0 or more; up to 1 they are not."""
        motions = [self._motion(pictures, *join) for join in loop.joins]
        if not motions:
            return 0.0
        step, motion, direction = self._figures(loop, motions)
        turn = (1 - direction) / (1 - self._least_direction)
        return max(step / HIDDEN_CUT, motion / UNEVEN, turn, self._dissolve(loop, pictures) / DISSOLVED)

    def _transitions(self, loop: Loop, shown: "LoopPictures") -> list[np.ndarray]:
        """What no frame explains of every other picture of each transition."""
        return [self._unexplained(shown, range(first, first + length, 2)) for first, length in loop.joins]

    def _dissolve(self, loop: Loop, shown: "LoopPictures") -> float:
        """The `dissolve` of a seam; 1 if a loop has no transitions."""
        ordinary = np.ones(len(loop.embeddings), bool)
        for first, length in loop.joins:
            ordinary[np.arange(first - 1, first + length + 1) % len(ordinary)] = False
        numbers = np.flatnonzero(ordinary)
        if not len(loop.joins):
            return 1.0
        if not len(numbers):
            numbers = np.arange(len(ordinary))
        usual = self._unexplained(shown, numbers[evenly_spread(len(numbers), ORDINARY)])
        worst = max(float(each.max()) for each in self._transitions(loop, shown))
        return worst / max(float(np.median(usual)), LEAST_UNEXPLAINED)

    def _figures(self, loop: Loop, motions: list[_Motion]) -> tuple[float, float, float]:
        """`step`, `motion` and `direction` of a seam with these motions."""
        # A loop that is shown with fewer frames a second, or that moves more, has larger steps everywhere.
        moves = np.linalg.norm(loop.embeddings - np.roll(loop.embeddings, 1, axis=0), axis=1)
        scale = max(1.0, float(np.median(moves)) / self._embedding_step) if self._embedding_step else 1.0
        ratios = [float(motion.ratios(scale * self._median_step).max()) for motion in motions]
        largest = max(float(motion.steps[NEIGHBOURS:-NEIGHBOURS].max()) for motion in motions)
        cosines = [self._cosine(motion) for motion in motions]
        return largest / (scale * self._largest_step), max(ratios) / self._usual_ratio, min(cosines)

    def wrap_unevenness(self, pictures: "LoopPictures") -> float:
        """How uneven the motion is from the last picture of a loop to the first, 0 or more; 1 is just visible."""
        motion = self._motion(pictures, 0, 1)
        ratio = math.log(max(float(motion.ratios(0)[0]), LEAST_DIFFERENCE)) / math.log(UNEVEN)
        return max(abs(ratio), (1 - self._cosine(motion)) / (1 - self._least_direction))

    def pictures(self, loop: Loop) -> "LoopPictures":
        """The pictures of a loop, drawn when they are asked for."""
        return LoopPictures(loop.embeddings, self._draw)

    def _draw(self, embedding: np.ndarray) -> np.ndarray:
        return reduce(self._scene.draw(embedding, self._drawn_size), self._size)

    def _motion(self, shown: "LoopPictures", first: int, length: int) -> _Motion:
        """The motion into the `length` pictures from `first` on, with that of the neighbours."""
        numbers = range(first - 1 - NEIGHBOURS, first + length + NEIGHBOURS)
        return _motion([shown[number] for number in numbers], self._moving)

    def _cosine(self, motion: _Motion) -> float:
        """The lowest cosine of successive flows, without those among the neighbours."""
        return float(motion.cosines(self._median_pace)[NEIGHBOURS - 1 : -NEIGHBOURS + 1].min())

    def _unexplained(self, shown: "LoopPictures", numbers: "range | np.ndarray") -> np.ndarray:
        """What no frame of the clip explains of some pictures, [n]."""
        if self._reference is None:
            return np.zeros(len(numbers))
        new = [int(number) for number in numbers if shown.key(int(number)) not in shown.unexplained]
        for number, figure in zip(new, over_cores(self._reference.figure, [shown[each] for each in new]), strict=True):
            shown.unexplained[shown.key(number)] = figure
        return np.array([shown.unexplained[shown.key(int(number))] for number in numbers])

    def _runs(self, *, sparse: bool) -> list[range]:
        """Numbers of observed frames that follow each other; if `sparse`, RUNS runs of RUN_FRAMES at most."""
        count = len(self._scene.embeddings)
        graph = self._scene.graph
        cuts = [] if graph is None else np.flatnonzero(graph.following[:-1] < 0).tolist()
        ends = [*cuts, count - 1]
        firsts = [0, *(end + 1 for end in ends)]
        parts = [range(first, end + 1) for first, end in zip(firsts, ends, strict=False)]
        if sparse and count > RUNS * RUN_FRAMES:
            runs = [range(start, start + RUN_FRAMES) for start in np.linspace(0, count - RUN_FRAMES, RUNS).astype(int)]
            parts = [range(max(run[0], part[0]), min(run[-1], part[-1]) + 1) for run in runs for part in parts]
        return [part for part in parts if len(part) > 1]


class LoopPictures:
    """The judged pictures of a loop, uint8 [h, w, 3] each, drawn once; numbers go round."""

    def __init__(self, embeddings: np.ndarray, draw: Callable[[np.ndarray], np.ndarray]) -> None:
        self._embeddings, self._draw, self._start = embeddings, draw, 0
        self._drawn: dict[int, np.ndarray] = {}
        self.unexplained: dict[int, float] = {}
        """What no frame of the clip explains of a picture, by its key."""

    def key(self, number: int) -> int:
        """A number of the same picture that stays the same when the loop is turned."""
        return (number + self._start) % len(self._embeddings)

    def __getitem__(self, number: int) -> np.ndarray:
        key = self.key(number)
        if key not in self._drawn:
            self._drawn[key] = self._draw(self._embeddings[key])
        return self._drawn[key]

    def turned(self, start: int) -> "LoopPictures":
        """The same pictures, begun at another one."""
        other = copy(self)
        other._start += start
        return other


def _motion(pictures: Sequence[np.ndarray], moving: np.ndarray) -> _Motion:
    """The motion between pictures, uint8 [h, w, 3], where `moving`, bool [h, w], says so."""
    greys = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in pictures]
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    steps, flows = [], []
    for number in range(1, len(pictures)):
        difference = cv2.absdiff(pictures[number - 1], pictures[number])[moving].astype(np.float32)
        steps.append(float(np.sqrt(np.square(difference).mean())))
        flow = search.calc(greys[number - 1], greys[number], None)  # type: ignore[call-overload]
        flows.append(cv2.GaussianBlur(flow, (0, 0), FLOW_SMOOTHING)[moving])
    return _Motion(np.array(steps), np.stack(flows) if flows else np.empty((0, int(moving.sum()), 2), np.float32))
