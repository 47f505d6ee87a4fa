"""How a picture can be moved as its clip moves: offsets of the motion modes (SPEC.md, Steering)."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bundle_spec.manifest import Warp

FIRMNESS = 0.02
"""Ridge of the least offset, as a share of the largest mean square displacement: so, what hardly moves hardly gives
way."""
LINEAR = 0.7
"""Offsets of up to this share of a bound are as they are; longer ones come nearer and nearer to the bound."""
MOST_STRETCH = 1.0
"""Offsets stretch or squeeze the picture by less than this anywhere."""
ALIGNED = 1e-6
"""Ridge of a look, as a share of its length: looks across and down may be one and the same."""
LEAST = 1e-12
"""The ridge is at least this, because nothing at all may move."""
NO_MODES = (
    "This scene doesn't say how its picture moves; unless it is a photograph, run alive export on it, or fit it again."
)
"""People read this where a bundle has no steering."""
STILL = 0.3
"""Where a drag is followed by less than this share, the clip hardly moves."""


@dataclass(frozen=True)
class Steering:
    """The motion modes of a scene, for moving its picture. Offsets here are in spreads of each mode in the clip."""

    modes: np.ndarray
    """Displacements per spread on the motion grid, in longest sides: float64 [S, gh, gw, 2]."""
    size: tuple[int, int]
    """Width and height of the keyframes in pixels; only the proportions count."""
    spread: np.ndarray
    """Standard deviations of the coefficients in the clip, float64 [S]."""
    frequency: np.ndarray
    """Hertz with which each mode swings in the clip, float64 [S]."""
    look: np.ndarray
    """Offsets that turn what moves most to the right, and down, float64 [2, S]; zeros where nothing does."""
    reach: float
    """Length of the largest offset whose pictures look natural."""
    pose: tuple[int, int]
    """First element of the pose in an embedding, and the one after its last."""
    pose_scale: float

    @property
    def longest(self) -> tuple[float, float]:
        """Width and height in longest sides: one of them is 1."""
        width, height = self.size
        return width / max(self.size), height / max(self.size)

    def own(self, embedding: np.ndarray) -> np.ndarray:
        """The pose of an embedding, [D], less the clip's mean, as an offset [S]."""
        first, end = self.pose
        pose = embedding[first:end].astype(np.float64) / max(float(embedding[-1]), 1e-6) / self.pose_scale
        return np.asarray(np.where(self.spread > 0, pose / np.maximum(self.spread, 1e-12), 0))

    def displacements(self, x: float, y: float) -> np.ndarray:
        """The displacements per spread, in longest sides, [S, 2], at a point in the picture's coordinates: the longest
        side spans −1…1, and y points down."""
        _, rows, columns, _ = self.modes.shape
        across, down = self.longest
        column = float(np.clip((x / across + 1) / 2 * columns - 0.5, 0, columns - 1))
        row = float(np.clip((y / down + 1) / 2 * rows - 0.5, 0, rows - 1))
        left, top = min(int(column), max(columns - 2, 0)), min(int(row), max(rows - 2, 0))
        right, bottom = min(left + 1, columns - 1), min(top + 1, rows - 1)
        fx, fy = column - left, row - top
        upper = (1 - fx) * self.modes[:, top, left] + fx * self.modes[:, top, right]
        lower = (1 - fx) * self.modes[:, bottom, left] + fx * self.modes[:, bottom, right]
        return np.asarray((1 - fy) * upper + fy * lower)

    def least(self, x: float, y: float, dx: float, dy: float) -> np.ndarray:
        """The least offset, [S], that shows at a point what was (dx, dy) before it; shorter where it would exceed the
        reach. All four are in the picture's coordinates.

        It solves Σ offset_s φ_s(point) = −(dx, dy) / 2 (a coordinate is half a longest side) with a ridge; compare
        Davis, *Image-space modal bases for plausible manipulation of objects in video*, 2015.
        """
        moved = self.displacements(x, y)
        drag = np.array([dx, dy]) / 2
        ridge = FIRMNESS * self._most / 2 + LEAST
        return self.within(-moved @ _solved(moved.T @ moved + ridge * np.eye(2), drag))

    def turned(self, embedding: np.ndarray) -> np.ndarray:
        """How far an embedding, [D], looks across and down by itself: [2], in units of `look`."""
        squares = self.look @ self.look.T
        ridge = LEAST + ALIGNED * float(np.trace(squares))
        return np.asarray(np.nan_to_num(_solved(squares + ridge * np.eye(2), self.look @ self.own(embedding))))

    def within(self, offset: np.ndarray, used: float = 0.0) -> np.ndarray:
        """An offset that is no longer than the reach, and folds nothing; larger ones come softly to these bounds.

        Args:
            used: by how much something else stretches the picture already.
        """
        room = max(MOST_STRETCH - used, 0.0)
        shares = _share(float(np.linalg.norm(offset)), self.reach), _share(self.stretch(offset), room)
        return np.asarray(offset * min(shares)) if min(shares) > 0 else np.zeros_like(offset)

    def unfolded(self, offset: np.ndarray, used: float = 0.0) -> np.ndarray:
        """An offset of any length that folds nothing; `used` is that of `within`."""
        share = _share(self.stretch(offset), max(MOST_STRETCH - used, 0.0))
        return np.asarray(offset * share) if share > 0 else np.zeros_like(offset)

    def stretch(self, offset: np.ndarray) -> float:
        """By how much the displacements of an offset change at most over a length: from 1 on, pictures fold or tear."""
        return stretch_of(np.tensordot(offset, self.modes, 1), self.size)

    def follows(self, x: float, y: float) -> bool:
        """Whether what is at a point moves so much in the clip that it follows a drag."""
        energy = float(np.square(self.displacements(x, y)).sum())
        return energy / (energy + FIRMNESS * self._most) > STILL if self._most > 0 else False

    def way(self, x: float, y: float) -> np.ndarray:
        """The offset of length 1, [S], that moves what is at a point most, the way it moves most in the clip; zeros
        where nothing moves."""
        moved = self.displacements(x, y)
        _, axes = np.linalg.eigh(moved.T @ moved)
        along = axes[:, 1] if axes[np.abs(axes[:, 1]).argmax(), 1] > 0 else -axes[:, 1]
        way = -moved @ along
        length = float(np.linalg.norm(way))
        return np.asarray(way / length) if length > 0 else np.zeros_like(way)

    @cached_property
    def nod(self) -> np.ndarray:
        """The offset, [S], that turns what moves most down, or else across, or moves it as it does most in the clip.

        It moves the place that moves farthest by one longest side. It has zeros where nothing moves.
        """
        energy = np.square(self.modes).sum((0, 3))
        row, column = np.unravel_index(int(energy.argmax()), energy.shape)
        x, y = (2 * column + 1) / energy.shape[1] - 1, (2 * row + 1) / energy.shape[0] - 1
        strongest = self.way(float(x) * self.longest[0], float(y) * self.longest[1])
        way = next((way for way in (self.look[1], self.look[0]) if way.any()), strongest)
        farthest = math.sqrt(float(np.square(np.tensordot(way, self.modes, 1)).sum(-1).max()))
        return np.asarray(way / farthest) if farthest > 0 else np.zeros_like(way)

    @cached_property
    def _most(self) -> float:
        """The largest mean square displacement anywhere."""
        return float(np.square(self.modes).sum((0, 3)).max())


def stretch_of(field: np.ndarray, size: tuple[int, int]) -> float:
    """By how much displacements on a grid, [gh, gw, 2] in longest sides, change at most over a length of the picture.

    Args:
        size: width and height of the picture; only the proportions count.
    """
    rows, columns, _ = field.shape
    longest = max(size)
    steps = np.diff(field, axis=1) * (columns * longest / size[0]), np.diff(field, axis=0) * (rows * longest / size[1])
    return math.sqrt(max(float(np.square(each).sum(-1).max(initial=0)) for each in steps))


def _share(size: float, most: float) -> float:
    """What to multiply something of a size by, so that it is at most so large: 1 up to LINEAR of that, and 0 for what
    is not finite."""
    straight = LINEAR * most
    if size <= straight:
        return 1.0
    if not math.isfinite(size):
        return 0.0
    rest = most - straight
    return (straight + rest * math.tanh((size - straight) / rest)) / size if rest > 0 else 0.0


def _solved(matrix: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The solution of equations whose numbers may come from a stranger: NaN where there is none."""
    try:
        return np.asarray(np.linalg.solve(matrix, values))
    except np.linalg.LinAlgError:
        return np.full_like(values, np.nan)


def steering_of(warp: Warp | None, modes: np.ndarray, bank: dict[str, np.ndarray], fps: float) -> Steering | None:
    """The steering that a bundle declares; None if it declares none.

    Args:
        modes: the motion modes on their grid, float32 [S, gh·gw·2].
        fps: frames of the scene a second.
    """
    if warp is None or warp.steering is None:
        return None
    declared = warp.steering
    spread, look = (bank[name].astype(np.float64) for name in (declared.spread, declared.look))
    columns, rows = warp.motion_grid
    grid = modes.astype(np.float64).reshape(warp.motion_modes, rows, columns, 2)
    return Steering(
        modes=grid * spread[:, None, None, None],
        size=(warp.width, warp.height),
        spread=spread,
        frequency=bank[declared.frequency] * fps,
        look=np.where(spread > 0, look / np.maximum(spread, 1e-12), 0),
        reach=declared.reach,
        pose=(declared.pose[0], declared.pose[1]),
        pose_scale=declared.pose_scale,
    )
