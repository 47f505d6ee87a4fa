"""Figures of what a clip is like, from small pictures of its frames: no frame is held, and most of it is never read."""

import math
from dataclasses import dataclass

import numpy as np

MOST_TRIPLES = 50
"""Motion is measured at so many evenly spread frames, each against one before and one after; it takes a second."""
FLOW_SIDE = 256
"""Motion is measured on pictures of at most so many pixels a side, which show all motion that matters."""
SAMPLED_SIDE = 256
"""Frames are compared by a grid of about so many pixels on their longest side, so that little is read from the disk."""
SHRUNK = 4
"""At least so many pixels of the grid a side become one pixel of a thumbnail, so that grain averages out."""
THUMBNAIL_SIDE = 64
"""Thumbnails have at most so many pixels a side, because all pairs of them are compared."""
LEAST_SAMPLED = 16
"""The grid has at least so many pixels a side, even in a very narrow picture."""
MOST_COMPARED = 1000
"""All pairs of at most so many evenly spread frames are compared, because their number grows with the square."""
REACH_SECONDS = 4 / 30
"""Motion is measured over this time to either side, which is four frames at 30 frames a second."""
AWAY_SECONDS = 1.0
"""A frame that resembles another one is a return if they lie at least this time apart."""
LEAST_FLOW_SIDE = 16
"""Smaller pictures, in pixels a side, get no flow, because it compares patches."""
MOST_DECIBELS = 99.0
"""No PSNR is above this many dB, so that pictures without any error have one, too."""
SAME_LEVELS = 4
"""A frame repeats the one before if no pixel changes by more 8-bit levels, which is what compression leaves."""
BLACK_LEVELS = 24
"""A frame is black if nearly all of its pixels are darker than this 8-bit level."""
MOVING_LEVELS = 16
"""A pixel moves over the clip if its luma varies by at least so many 8-bit levels, leaving out the rarest values."""
CHANGED_LEVELS = 8
"""A pixel moves between two frames if its luma differs by more than so many 8-bit levels."""
NEAR = 0.5
"""Look-alikes are nearer than this share of the median distance of two frames, however fast the clip moves."""
LEAST_STEP = 1.0
"""Frames that differ by less than so many 8-bit levels look alike, however little the clip moves."""
CUT_RATIO, CUT_LEVELS = 4.0, 8.0
"""A step may be a cut if it is so many times the median of its neighbours, and at least so many 8-bit levels."""
CUT_REACH = 8
"""A step is compared with so many steps on either side."""
CUT_EXPLAINED = 0.5
"""A step is no cut if motion leaves less than this share of its change."""
MOST_CUTS = 30
"""At most so many steps are examined as cuts, because each takes a flow."""
TEXTURE = 4.0
"""Flow counts where the luma changes by so many 8-bit levels from pixel to pixel; on plain areas it is a guess."""
CELLS = 4
"""The picture is divided into this many cells a side, and the camera's motion is that of the cells at the border."""
BORDER_CELLS = [(row, column) for row in range(CELLS) for column in range(CELLS) if {row, column} & {0, CELLS - 1}]
"""The rows and columns of the cells at the border are these twelve."""
LEAST_TEXTURE = 0.03
"""A cell counts if flow counts in at least this share of it."""
MOVING_CELLS = 0.55
"""The camera moves if more than this share of the cells at the border move alike; fewer may belong to a subject."""
MOVING_CORNERS = 3
"""The camera moves if so many of the four corners move, because somebody who fills the picture leaves two of them."""
STILL_PIXELS = 0.35
"""A cell that moves by fewer pixels over REACH_SECONDS stands still, because flow is no more precise."""
AGREEING = 0.6
"""A cell moves with the camera if it differs from the camera's motion by less than this share of it."""


@dataclass(frozen=True)
class Frames:
    """Frames, uint8 [N, H, W, 3], and small pictures of them, which are computed when they are needed."""

    frames: np.ndarray
    fps: float

    def small(self, number: int) -> np.ndarray:
        """The luma of a frame with at most FLOW_SIDE pixels a side, uint8 [h, w]."""
        import cv2

        height, width = self.frames.shape[1:3]
        stride = max(1, max(height, width) // (2 * FLOW_SIDE))
        across, down = min(stride, max(1, width // LEAST_SAMPLED)), min(stride, max(1, height // LEAST_SAMPLED))
        picture = cv2.cvtColor(np.ascontiguousarray(self.frames[number, ::down, ::across]), cv2.COLOR_RGB2GRAY)
        scale = min(1.0, FLOW_SIDE / max(height, width))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))

    @property
    def reach(self) -> int:
        """Frames in REACH_SECONDS, at least one."""
        return max(1, min(round(REACH_SECONDS * self.fps), (len(self.frames) - 1) // 2))


@dataclass(frozen=True)
class Thumbnails:
    """What a pass over all frames gives."""

    pictures: np.ndarray
    """uint8 [N, h, w, 3], averages of a grid of pixels."""
    repeated: np.ndarray
    """bool [N]: whether a frame shows what the one before shows."""
    black: np.ndarray
    """bool [N]: whether a frame is black."""

    def steps(self) -> np.ndarray:
        """How far each frame is from the next in 8-bit levels (root of the mean square): float [N−1]."""
        pairs = zip(self.pictures[:-1], self.pictures[1:], strict=True)
        return np.array([_apart(a, b) for a, b in pairs])


def _apart(a: np.ndarray, b: np.ndarray) -> float:
    return math.sqrt(float(np.square(a.astype(np.float32) - b).mean()))


def thumbnails(frames: np.ndarray) -> Thumbnails:
    """Look at a grid of pixels of each frame, uint8 [N, H, W, 3]."""
    import cv2

    height, width = frames.shape[1:3]
    stride = max(1, max(height, width) // SAMPLED_SIDE)
    across, down = (min(stride, max(1, side // LEAST_SAMPLED)) for side in (width, height))
    pictures: list[np.ndarray] = []
    repeated, black = np.zeros(len(frames), bool), np.zeros(len(frames), bool)
    before: np.ndarray | None = None
    for number, frame in enumerate(frames):
        sample = np.ascontiguousarray(frame[::down, ::across])
        if before is not None and cv2.norm(sample, before, cv2.NORM_INF) <= SAME_LEVELS:
            # The grid may miss something small, so all pixels are compared.
            repeated[number] = cv2.norm(frame, frames[number - 1], cv2.NORM_INF) <= SAME_LEVELS
        before = sample
        scale = min(1 / SHRUNK, THUMBNAIL_SIDE / max(sample.shape))
        size = max(1, round(sample.shape[1] * scale)), max(1, round(sample.shape[0] * scale))
        picture = np.asarray(cv2.resize(sample, size, interpolation=cv2.INTER_AREA))
        black[number] = np.quantile(picture, 0.99) < BLACK_LEVELS
        pictures.append(picture)
    return Thumbnails(np.stack(pictures), repeated, black)


@dataclass(frozen=True)
class Resemblance:
    """How a clip's frames resemble each other."""

    returns: float
    """Share of the frames that have a look-alike at least AWAY_SECONDS away."""
    one_way: float
    """0…1: how far the frames' distances follow the time between them; 1 for a clip that only goes on."""
    moving: float
    """Share of the picture in which something moves."""


def resemblance(pictures: np.ndarray, fps: float, reach: int) -> Resemblance:
    """Compare thumbnails, uint8 [N, h, w, 3], that are `reach` frames from one state to a clearly later one."""
    count = len(pictures)
    if count == 1:
        return Resemblance(0.0, 0.0, 0.0)
    chosen = np.unique(np.linspace(0, count - 1, min(count, MOST_COMPARED)).round().astype(int))
    rows = pictures[chosen].reshape(len(chosen), -1).astype(np.float32)
    luma = pictures[chosen].astype(np.float32).mean(-1)
    low, high = np.percentile(luma[:: max(1, len(luma) // 200)], (2, 98), axis=0)
    rows -= rows.mean(0)
    squares = np.square(rows).sum(1)
    distances = np.sqrt(np.maximum(squares[:, None] + squares[None] - 2 * rows @ rows.T, 0) / rows.shape[1])
    lags = np.abs(chosen[:, None] - chosen[None])
    upper = np.triu_indices(len(chosen), 1)
    near = np.median([_apart(pictures[n], pictures[n + reach]) for n in chosen if n + reach < count])
    near = max(LEAST_STEP, min(near, NEAR * np.median(distances[upper])))
    away = max(reach + 1, min(round(AWAY_SECONDS * fps), count // 3))
    nearest = np.where(lags >= away, distances, np.inf).min(1)
    returns = float((nearest <= near).mean())
    one_way = 0.0
    if np.ptp(distances[upper]) > LEAST_STEP:
        one_way = max(0.0, float(np.corrcoef(lags[upper], distances[upper])[0, 1]))
    return Resemblance(returns, one_way, float((high - low >= MOVING_LEVELS).mean()))


def cuts(frames: Frames, steps: np.ndarray) -> np.ndarray:
    """Numbers of the frames after cuts: steps far above their neighbours that motion doesn't explain, int [C]."""
    suspects = []
    for number, step in enumerate(steps):
        around = np.append(steps[max(0, number - CUT_REACH) : number], steps[number + 1 : number + 1 + CUT_REACH])
        usual = float(np.median(around)) if len(around) else 0.0
        if step >= CUT_LEVELS and step > CUT_RATIO * usual:
            suspects.append(number)
    suspects = sorted(sorted(suspects, key=lambda number: -steps[number])[:MOST_CUTS])
    flow = Flow()
    confirmed = []
    for number in suspects:
        before, after = frames.small(number), frames.small(number + 1)
        left = np.abs(flow.warped(before, flow.between(after, before)) - after.astype(np.float32)).mean()
        if left >= CUT_EXPLAINED * np.abs(before.astype(np.float32) - after).mean():
            confirmed.append(number + 1)
    return np.array(confirmed, int)


class Flow:
    """Dense inverse search flow (Kroeger et al. 2016) between small pictures, uint8 [h, w]."""

    def __init__(self) -> None:
        import cv2

        self._cv2 = cv2
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)

    def between(self, here: np.ndarray, there: np.ndarray) -> np.ndarray:
        """Where each pixel of one picture is in the other, relative to its place: float32 [h, w, 2] (x, y)."""
        if min(here.shape) < LEAST_FLOW_SIDE:
            return np.zeros((*here.shape, 2), np.float32)
        return np.asarray(self._flow.calc(here, there, np.zeros((*here.shape, 2), np.float32)))

    def warped(self, there: np.ndarray, flow: np.ndarray) -> np.ndarray:
        """The other picture, moved along a flow to the places of the first: float32 [h, w]."""
        rows, columns = np.mgrid[: flow.shape[0], : flow.shape[1]].astype(np.float32)
        x, y = columns + flow[..., 0], rows + flow[..., 1]
        moved = self._cv2.remap(there, x, y, self._cv2.INTER_LINEAR, borderMode=self._cv2.BORDER_REPLICATE)
        return np.asarray(moved, np.float32)


@dataclass(frozen=True)
class Motion:
    """How a clip moves, measured at evenly spread frames."""

    camera: np.ndarray
    """float [M, 3]: the camera's motion a second: (x, y) in longest sides and zoom as a logarithm; 0 if it is fixed."""
    explained: float
    """PSNR in dB, where something moves, of frames drawn by motion from one before and one after."""
    dissolved: float
    """The same without motion: the mean of the frame before and the one after."""


def motion(frames: Frames, cut_at: np.ndarray) -> Motion:
    """Measure motion from and to frames that no cut (frame numbers `cut_at`) separates."""
    count, reach = len(frames.frames), frames.reach
    flow = Flow()
    middles = np.linspace(reach, count - 1 - reach, MOST_TRIPLES if count > 2 else 0)
    camera: list[tuple[float, float, float]] = []
    moved = plain = changed = 0.0
    for middle in np.unique(middles.round().astype(int)):
        if ((cut_at > middle - reach) & (cut_at <= middle + reach)).any():
            continue
        before, here, after = (frames.small(middle + offset) for offset in (-reach, 0, reach))
        back, forth = flow.between(here, before), flow.between(here, after)
        target = here.astype(np.float32)
        mean = (before.astype(np.float32) + after) / 2
        drawn = (flow.warped(before, back) + flow.warped(after, forth)) / 2
        apart = np.maximum(np.abs(target - before), np.abs(target - after))
        where = apart > CHANGED_LEVELS
        changed += int(where.sum())
        moved += float(np.square(drawn - target)[where].sum())
        plain += float(np.square(mean - target)[where].sum())
        camera.append(_camera_motion(here, (forth - back) / 2, frames.fps / reach))
    return Motion(np.array(camera).reshape(-1, 3), *(_decibels(each, changed) for each in (moved, plain)))


def _decibels(squares: float, count: float) -> float:
    """PSNR of `count` values from the sum of their squared errors; at most MOST_DECIBELS."""
    return min(MOST_DECIBELS, 10 * math.log10(255**2 * count / squares)) if squares else MOST_DECIBELS


def _camera_motion(picture: np.ndarray, flow: np.ndarray, rate: float) -> tuple[float, float, float]:
    """Translation and zoom a second on which the cells at the picture's border agree; zeros if they don't."""
    height, width = picture.shape
    if min(height, width) < LEAST_FLOW_SIDE:
        return 0.0, 0.0, 0.0
    grey = picture.astype(np.float32)
    textured = np.abs(np.gradient(grey, axis=0)) + np.abs(np.gradient(grey, axis=1)) > TEXTURE
    centres, moves, corners = [], [], []
    for row, column in BORDER_CELLS:
        part = tuple(slice(n * side // CELLS, (n + 1) * side // CELLS) for n, side in ((row, height), (column, width)))
        if textured[part].mean() >= LEAST_TEXTURE:
            moves.append(np.median(flow[part][textured[part]], 0))
            corners.append({row, column} <= {0, CELLS - 1})
            centres.append([(column + 0.5) * width / CELLS - width / 2, (row + 0.5) * height / CELLS - height / 2])
    if len(moves) <= MOVING_CELLS * len(BORDER_CELLS):
        return 0.0, 0.0, 0.0
    measured, places = np.array(moves, np.float64), np.array(centres)
    zoom = float((places * (measured - np.median(measured, 0))).sum() / np.square(places).sum())
    shift = np.median(measured - zoom * places, 0)
    fitted = shift + zoom * places
    pace = np.hypot(*fitted.T)
    alike = (pace > STILL_PIXELS) & (np.hypot(*(measured - fitted).T) < np.maximum(AGREEING * pace, STILL_PIXELS))
    if alike.sum() <= MOVING_CELLS * len(BORDER_CELLS) or (alike & corners).sum() < MOVING_CORNERS:
        return 0.0, 0.0, 0.0
    return float(shift[0] * rate / max(height, width)), float(shift[1] * rate / max(height, width)), zoom * rate
