"""Figures that judge every way to go on from a clip alike, by its pictures alone."""

import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np

from alive_cli.media.warping import reduce
from alive_cli.report.liveness import ObservedPath, along, in_order, nearest_frames
from alive_cli.report.naturalness import Reference, judge
from alive_cli.report.pictures import moving_pixels
from alive_cli.report.steadiness import steadiness
from tests.benchmarks.yardsticks.patches import Size, basis_of, counts_of, features_of, nearest, same_places

LOOK_SIDE = 32
"""Two pictures are as far apart as they are at this size, so that how sharp they are hardly counts."""
FASTEST = 4.0
"""A picture whose nearest frame is more than so many frames from that of the picture before does not go on with the
clip."""
SLACK = 1.0
"""The nearest frame may go back by so many frames while the clip goes on, because neighbours are nearly alike."""
FIELD_SIDE, FIELD_FRAMES, FIELD_PATCH = 64, 60, (3, 3, 3)
"""The nearest neighbour field has this size, is that of so many pictures, and has the published patches."""


@dataclass(frozen=True)
class Clip:
    """What pictures are judged by."""

    frames: np.ndarray
    """uint8 [N, h, w, 3]."""
    following: np.ndarray
    """int [N]: the frame after each, −1 before a cut or the end."""
    fps: float
    reference: Reference | None

    @cached_property
    def seen(self) -> np.ndarray:
        """Which pixels of a look count, bool: those that move, or all if none does."""
        small = looks(self.frames)
        moving = moving_pixels(small)
        return moving if moving.any() else np.ones_like(moving)

    @cached_property
    def path(self) -> ObservedPath:
        """The clip's own path through the space of looks."""
        return ObservedPath(self.points(self.frames), self.following)

    def points(self, pictures: np.ndarray) -> np.ndarray:
        """Pictures as points in the space of looks: float64 [n, D]."""
        return looks(pictures)[:, self.seen].reshape(len(pictures), -1).astype(np.float64)

    @cached_property
    def field_keys(self) -> tuple[np.ndarray, np.ndarray]:
        """The basis and the features of the clip's patches."""
        small = within(self.frames, FIELD_SIDE).astype(np.float32)
        basis = basis_of(small, FIELD_PATCH)
        return basis, features_of(small, basis)


def looks(pictures: np.ndarray) -> np.ndarray:
    """Pictures as small as distances are measured: uint8 [n, h, w, 3]."""
    return within(pictures, LOOK_SIDE)


def within(pictures: np.ndarray, longest: int) -> np.ndarray:
    """Pictures whose longest side has `longest` pixels, or their own if they are smaller."""
    height, width = pictures.shape[1:3]
    scale = min(1.0, longest / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.stack([reduce(picture, size) for picture in pictures])


def figures_of(samples: list[np.ndarray], clip: Clip, *, shown: int | None, judged: int = 60) -> dict[str, Any]:
    """The figures of a method's samples, each uint8 [F, h, w, 3].

    `naturalness`, `broken`: as `report.naturalness` defines them. `coverage`: share of the frames that are nearest to a
    picture among the first N of each sample. `replay`: share of pictures in stretches of half a second or more in which
    the nearest frames go through the clip one way, as in `report.liveness`, but however far the pictures are from these
    frames: drawing alone moves them further than its limit. `stretch`: mean seconds between two pictures whose nearest
    frames are far apart in the clip. `distance`: mean distance to the clip's path, in median steps. `energy`: mean
    change from picture to picture ÷ the clip's. `second_order`, `largest_step`: as `report.steadiness` defines them.
    `diversity`: of `diversity`.
    `nnf_diversity`, `nnf_distance`: of `nearest_field`.

    Args:
        shown: so many of the clip's frames are all that the method knows; all if None.
        judged: so many pictures are judged for naturalness.
    """
    known = len(clip.frames) if shown is None else shown
    every = [clip.points(sample) for sample in samples]
    places = [along(points, clip.path) for points in every]
    covered = np.concatenate([nearest_frames(points[:known], clip.path.embeddings[:known])[0] for points in every])
    own_steps = np.abs(np.diff(clip.path.embeddings, axis=0))[clip.path.moves[clip.path.moves < len(clip.frames) - 1]]
    steps = np.mean([np.abs(np.diff(points, axis=0)).mean() for points in every])
    steady = steadiness(samples[0], [], clip.frames, clip.following)
    replays = [in_order(times, clip.fps, fastest=FASTEST, slack=SLACK).mean() for _, times in places]
    stretches = [len(times) / (1 + int((np.abs(np.diff(times)) > FASTEST).sum())) for _, times in places]
    field = nearest_field(samples[0][:FIELD_FRAMES], places[0][1][:FIELD_FRAMES], clip)
    result: dict[str, Any] = {
        "coverage": len(np.unique(covered)) / known,
        "replay": float(np.mean(replays)),
        "stretch": float(np.mean(stretches)) / clip.fps,
        "distance": float(np.mean([distances.mean() for distances, _ in places]) / clip.path.unit),
        "energy": float(steps / max(own_steps.mean(), 1e-9)),
        "second_order": steady.second_order,
        "largest_step": steady.largest_step,
        "diversity": diversity(samples, clip.frames),
        "nnf_diversity": field[0],
        "nnf_distance": field[1],
        "samples": len(samples),
        "frames": [len(sample) for sample in samples],
    }
    if clip.reference is not None:
        pictures = np.concatenate(samples)
        chosen = np.linspace(0, len(pictures) - 1, min(judged, len(pictures))).round().astype(int)
        natural = judge(pictures[chosen], clip.reference)
        result |= {"naturalness": natural.rollout, "broken": natural.broken, "real": natural.real}
    return result


def diversity(samples: list[np.ndarray], frames: np.ndarray) -> float | None:
    """How much samples differ at the same time: 0 if they are equal, 1 if as much as random frames of the clip.

    Of each value of a pixel the variance over the samples, and that over the clip's frames; the root of the ratio of
    their means. None for one sample.
    """
    if len(samples) < 2:
        return None
    length = min(map(len, samples))
    apart = np.mean([np.stack(there).var(0, ddof=1, dtype=np.float32).mean() for there in zip(*samples, strict=False)])
    own = frames.astype(np.float32).var(0, ddof=1).mean()
    assert length
    return float(np.sqrt(apart / max(float(own), 1e-9)))


def nearest_field(pictures: np.ndarray, times: np.ndarray, clip: Clip) -> tuple[float, float]:
    """Diversity and distance of the nearest neighbour field from pictures to the clip, both at FIELD_SIDE.

    Each space-time patch of 3×3×3 pixels has a displacement to the patch of the clip that is most like it. The
    diversity is the size of these displacements, one byte a number, compressed by zlib ÷ before (NNFDIV; Nikankin et
    al., "SinFusion", ICML 2023, §7.2): a replay has nearly none. The distance is the root mean square difference of the
    patches, 0…255. A noisy picture has a large diversity too, so read the two together.

    Args:
        times: frame numbers at which the search begins, [F].
    """
    basis, keys = clip.field_keys
    small = within(pictures, FIELD_SIDE).astype(np.float32)
    queries = features_of(small, basis)
    size: Size = FIELD_PATCH
    begin = same_places(counts_of(small.shape, size))
    here = begin.copy()
    begin[..., 0] = np.clip(np.round(times[: len(begin)]), 0, len(keys) - 1).astype(np.int32)[:, None, None]
    field, squares = nearest(queries, keys, begin=begin)
    displaced = (field - here).transpose(3, 0, 1, 2).astype(np.uint8)
    share = len(zlib.compress(np.ascontiguousarray(displaced).tobytes())) / displaced.size
    return share, float(np.sqrt(squares.mean() / basis[0].size))


def board(samples: dict[str, np.ndarray], count: int = 12, every: int = 2) -> np.ndarray:
    """A sheet, uint8: a row for each method, of every second of its frames; the rows are in the order of `samples`."""
    rows = []
    for name, sample in samples.items():
        begin = max(0, min(len(sample) - count * every, len(sample) // 3))
        row = np.concatenate(list(sample[begin : begin + count * every : every]), 1)
        missing = sample.shape[2] * count - row.shape[1]
        row = np.pad(row, ((0, 0), (0, max(0, missing)), (0, 0)))
        label = np.zeros((14, row.shape[1], 3), np.uint8)
        cv2.putText(label, name, (2, 11), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1)
        rows += [label, row]
    return np.concatenate(rows)
