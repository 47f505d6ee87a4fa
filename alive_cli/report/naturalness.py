"""How natural pictures are, judged from pixels alone: can each part of them be explained by something the clip shows?

All pictures are reduced to 128 pixels. A picture is compared with the 16 frames of the clip that look most like it,
each of them warped toward it by smooth optical flow. So a face that moved or turned is explained, and a double exposure
is not, because no smooth warp of a real frame makes two chins. Where nothing explains it, the root mean square
difference (0…255) in patches of 13×13 pixels stays large. The figure of a picture is the 98th percentile of that over
the pixels that move in the clip. The clip's own frames say what is natural, in two ways. Frames a quarter of a second
away explain them, and pictures farther from the clip than these are broken. And all other frames explain them, as if
one were withheld, which is what one more frame of the clip would have. On a lively clip the first alone says little:
double exposures of a face had 8.9 where it is 12, and 5 if only the frame itself is withheld.

It sees neither faint ghosts on plain surfaces (PSNR does) nor anything over time (steadiness does).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

import cv2
import numpy as np

from alive_cli.media.sampling import evenly_spread
from alive_cli.media.warping import reduce
from alive_cli.progress import Progress, Steps, silent
from alive_cli.report import fidelity
from alive_cli.report.pictures import moving_pixels
from alive_cli.report.rollouts import ROLLOUT_FRAMES, JudgedRollout
from alive_cli.runtime.scene import Scene
from alive_cli.threads import over_cores

A = TypeVar("A")

STAGE = "Checking that pictures look natural"
"""The progress bar shows this text while naturalness is measured."""
SIDE = 128
"""The longest side of a judged picture has so many pixels, because optical flow of larger ones takes too long."""
DRAWN_SIDE = 512
"""The longest side of a picture has at most so many pixels before it is reduced."""
PATCH = 13
"""Differences are averaged over patches of so many pixels, about the size of an eye in a portrait."""
SMOOTHING = 2.0
"""Flow is blurred by so many pixels, because a rough one could explain anything."""
ALIKE = 16
"""A picture is explained by so many frames that look like it, because more hardly change the figure."""
LOOK_SIDE = 12
"""Two frames look alike if their thumbnails of this side do."""
APART_SECONDS = 0.25
"""A frame of the clip must be explained by frames so many seconds away, because its neighbours are nearly alike."""
WORST_PART = 0.98
"""The figure of a picture is this quantile over its moving pixels, because a torn eye is a small part of a picture."""
RARE = 0.95
"""A picture is broken if its figure is above this quantile of the clip's own frames."""
EDGE = cv2.BORDER_REPLICATE
"""Beyond its border a frame goes on as at the border, so that a picture that moved in is explained there as well."""
MOST_PICTURES = 300
"""At most so many pictures are judged, and so many frames explain them: shares are then good to about one percent."""
UNSEEN = 1.0
"""A figure below one level counts as one level, because a drawn clip that repeats exactly has 0 and no ratio."""
FINE = 4.0
"""What a withheld frame has counts as so many levels at least, because at 36 dB nobody sees a difference."""
BROKEN_SHARE = 0.03
"""Pictures are unnatural if a larger share of them is broken or strange; of the clip's own frames one in twenty is."""
HIGHEST_RATIO = 1.1
"""Pictures are unnatural if their median figure exceeds one of the clip's own by this factor."""


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Naturalness:
    """The figures of some pictures, on the scale of 0…255 unless stated otherwise."""

    real: float
    """Median figure of the clip's own frames."""
    rollout: float
    """Median figure of the judged pictures. Compare it with another version's on the same clip."""
    ratio: float
    """`rollout` ÷ `real`. It depends on how much the clip returns, so it is a bound and no score."""
    broken: float
    """Share, 0…1, of the pictures beyond the 95th percentile of the clip's own frames."""
    withheld: float
    """Median figure of the clip's own frames, each explained by all the others."""
    ratio_withheld: float
    """`rollout` ÷ `withheld`, or ÷ FINE if that is more."""
    strange: float
    """Share, 0…1, of the pictures beyond the 95th percentile of `withheld`, or beyond twice FINE."""
    worst: int
    """Number of the worst picture among the judged ones."""
    pictures: int
    """Number of judged pictures."""

    @property
    def natural(self) -> bool:
        """Whether all figures are within their bounds."""
        share, ratio = max(self.broken, self.strange), max(self.ratio, self.ratio_withheld)
        return share <= BROKEN_SHARE and ratio <= HIGHEST_RATIO


@dataclass(frozen=True)
class Reference:
    """The frames of a clip that explain pictures, and what they say is natural."""

    frames: np.ndarray
    """uint8 [M, h, w, 3], M ≤ 300, the longest side 128 pixels."""
    moving: np.ndarray
    """bool [h, w]: the pixels that count."""
    greys: list[np.ndarray]
    looks: np.ndarray
    """float32 [M, L]: the frames' thumbnails as vectors."""
    natural: np.ndarray
    """float64 [F]: the figures of every second of these frames, or of fewer."""
    withheld: np.ndarray
    """float64 [⌈F / 2⌉]: the figures of half of those, each explained by all other frames."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a judged picture in pixels."""
        return self.frames.shape[2], self.frames.shape[1]

    def figure(self, picture: np.ndarray, forbidden: np.ndarray | None = None) -> float:
        """The figure of a picture, uint8 [h, w, 3]; infinite if no frame may explain it.

        Args:
            forbidden: bool [M], the frames that must not explain it.
        """
        apart = np.square(self.looks - _look(picture)).sum(1)
        if forbidden is not None:
            apart[forbidden] = np.inf
        flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        height, width = picture.shape[:2]
        here = np.dstack(np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)))
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        mean = np.full((1, 3), 1 / 3, np.float32)
        least = np.full((height, width), np.inf, np.float32)
        for number in apart.argsort()[: min(ALIKE, int(np.isfinite(apart).sum()))]:
            smooth = cv2.GaussianBlur(flow.calc(grey, self.greys[number], None), (0, 0), SMOOTHING)  # type: ignore
            places = cv2.add(here, smooth)
            warped = cv2.remap(self.frames[number], places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=EDGE)
            difference = cv2.absdiff(warped, picture)
            errors = cv2.transform(cv2.multiply(difference, difference, dtype=cv2.CV_32F), mean)
            least = np.minimum(least, cv2.blur(errors, (PATCH, PATCH)))
        return float(np.quantile(np.sqrt(least[self.moving]), WORST_PART))


def reference_of(
    frames: np.ndarray, fps: float, step: Callable[[], None] = _nothing, own: int = MOST_PICTURES // 2
) -> Reference | None:
    """What a clip says is natural; it is computed once for all pictures that are judged.

    Args:
        frames: the clip, uint8 [N, H, W, 3].
        fps: frames of the clip a second.
        step: it is called after each figure.
        own: at most so many of the clip's frames are judged.

    Returns:
        None if the clip can't tell: nothing in it moves by much, or it is too short for two frames a quarter of a
        second apart.
    """
    chosen = evenly_spread(len(frames), MOST_PICTURES)
    height, width = frames.shape[1:3]
    size = round(width * SIDE / max(height, width)), round(height * SIDE / max(height, width))
    small = np.stack([reduce(frames[number], size) for number in chosen])
    moving = moving_pixels(small)
    if not moving.any():
        return None
    greys = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in small]
    reference = Reference(small, moving, greys, np.stack([_look(frame) for frame in small]), *[np.empty(0)] * 2)
    numbers = np.arange(len(small))
    near = np.abs(numbers[:, None] - numbers) <= max(1.0, APART_SECONDS * fps * len(chosen) / len(frames))
    every = max(2, -(-len(numbers) // own))
    judged = [number for number in numbers[::every] if not near[number].all()]
    if not judged:
        return None
    figures = _figures(lambda number: reference.figure(small[number], near[number]), judged, step)
    withheld = _figures(lambda number: reference.figure(small[number], numbers == number), judged[::2], step)
    return Reference(small, moving, greys, reference.looks, figures, withheld)


def judge(pictures: np.ndarray, clip: Reference, step: Callable[[], None] = _nothing) -> Naturalness:
    """The naturalness of pictures, uint8 [n, H, W, 3], n ≥ 1, of any size in the clip's proportions.

    Args:
        step: it is called after each picture.
    """
    small = [reduce(picture, clip.size) for picture in pictures]
    figures = _figures(clip.figure, small, step)
    real, drawn = float(np.median(clip.natural)), float(np.median(figures))
    limit, withheld = max(float(np.quantile(clip.natural, RARE)), UNSEEN), float(np.median(clip.withheld))
    return Naturalness(
        real=round(real, 1),
        rollout=round(drawn, 1),
        ratio=round(drawn / max(real, UNSEEN), 2),
        broken=round(float((figures > limit).mean()), 3),
        withheld=round(withheld, 1),
        ratio_withheld=round(drawn / max(withheld, FINE), 2),
        strange=round(float((figures > max(float(np.quantile(clip.withheld, RARE)), 2 * FINE)).mean()), 3),
        worst=int(figures.argmax()),
        pictures=len(figures),
    )


def evaluate_naturalness(
    scene: Scene,
    frames: np.ndarray,
    rollouts: Sequence[JudgedRollout],
    progress: Progress = silent,
    *,
    pictures: int = MOST_PICTURES,
    reference: Callable[[], Reference | None] | None = None,
) -> dict[str, Any] | None:
    """The naturalness of a scene's rollouts.

    Args:
        frames: the clip that the scene was fitted to, uint8 [N, H, W, 3].
        rollouts: at least one, all of the same length.
        pictures: at most so many pictures are judged in all, and half as many of the clip's frames.
        reference: gives what `reference_of` says of the clip, if that was computed before.

    Returns:
        The figures of `Naturalness` and `natural` by name, with `seeds`, and the `worst_seed` and `worst_second` of the
        worst picture; None if the clip can't tell what is natural (see `reference_of`).
    """
    length = len(rollouts[0].embeddings)
    chosen = evenly_spread(length, max(1, length * pictures // (ROLLOUT_FRAMES * len(rollouts))))
    own = 0 if reference else min(-(-len(frames) // 2), pictures // 2)
    steps = Steps(STAGE, own + -(-own // 2) + 2 * len(rollouts) * len(chosen), progress)
    clip = reference() if reference else reference_of(frames, scene.fps, steps.next, own)
    if clip is None:
        return None
    embeddings = np.concatenate([rollout.embeddings[chosen] for rollout in rollouts])
    judged = judge(draw_judged(scene, embeddings, clip, steps.next), clip, steps.next)
    place, number = divmod(judged.worst, len(chosen))
    worst = {"worst_seed": rollouts[place].seed, "worst_second": round(float(chosen[number]) / scene.fps, 2)}
    seeds = [rollout.seed for rollout in rollouts]
    return {**asdict(judged), "natural": judged.natural, "seeds": seeds, **worst}


def draw_judged(
    scene: Scene, embeddings: Iterable[np.ndarray], clip: Reference, step: Callable[[], None] = _nothing
) -> np.ndarray:
    """Pictures of embeddings at the size at which they are judged: uint8 [n, h, w, 3].

    They are drawn with DRAWN_SIDE pixels, fewer for a smaller scene, and then reduced. A picture that is drawn small
    isn't averaged over the area of its pixels, and its aliasing counts as unnatural (11.8 for 8.9 on a portrait drawn
    at 128 pixels; drawn at 256 and at 512 it has the same figures).

    Args:
        step: it is called after each picture.
    """
    drawn = []
    size = scene.size_up_to(DRAWN_SIDE)
    for embedding in embeddings:
        drawn.append(reduce(scene.draw(embedding, size), clip.size))
        step()
    return np.stack(drawn) if drawn else np.empty((0, *clip.size[::-1], 3), np.uint8)


def transition_embeddings(rollouts: Sequence[JudgedRollout]) -> np.ndarray:
    """Embeddings of the frames that belong to transitions, at most MOST_PICTURES, evenly spread: [≤ 300, D]."""
    every = np.concatenate([rollout.embeddings[rollout.in_transition] for rollout in rollouts])
    some: np.ndarray = every[evenly_spread(len(every), MOST_PICTURES)]
    return some


def between_embeddings(scene: Scene, seed: int = 0) -> np.ndarray:
    """Embeddings halfway between observed frames nearer than the median distance: [≤ 300, D]."""
    return fidelity.in_betweens(scene.embeddings, MOST_PICTURES, seed, near=1.0)


def _look(picture: np.ndarray) -> np.ndarray:
    thumbnail = cv2.resize(picture, (LOOK_SIDE, LOOK_SIDE), interpolation=cv2.INTER_AREA)
    return thumbnail.reshape(-1).astype(np.float32)


def _figures(figure: Callable[[A], float], items: Sequence[A], step: Callable[[], None]) -> np.ndarray:
    """The figure of each item, computed on all usable cores: [n]."""
    figures = []
    for value in over_cores(figure, items):
        figures.append(value)
        step()
    return np.array(figures)
