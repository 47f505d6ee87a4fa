"""Frames and keyframes at the size at which colour modes are learned, and what motion alone leaves unexplained."""

import cv2
import numpy as np

from alive_cli.media.sampling import evenly_spread
from alive_cli.media.warping import cell_sizes, grid_positions, reduce, resize, sample
from alive_cli.observation.parallel import in_threads
from alive_cli.observation.reduced import within
from bundle_spec.webp import pack_webp, unpack_webp

COLOUR_SIDE = 320
"""Colour modes are learned and drawn on at most so many pixels on the longest side: 512 gave 0.04 dB more and took
twice as long to draw."""
QUALITIES = (98, 95, 92, 88, 84)
"""Keyframes are compressed with the first of these qualities of WebP with which they take at most KEYFRAME_BYTES."""
KEYFRAME_BYTES = 4_000_000
"""All keyframes together take at most about so many bytes, if the lowest quality allows it."""
SAMPLES = 4
"""The quality is chosen by so many keyframes, evenly spread."""
STILL = 15
"""A pixel whose temporal range is at most so many levels counts as never moving."""
MARGIN = 3
"""The moving area is widened by so many pixels of the reduced pictures, and its rim is as soft."""
WORTH = 0.25
"""A scene has a still layer if at least this share of the picture never moves."""


class ReducedPictures:
    """N frames and K keyframes, reduced to the size of the colour modes."""

    def __init__(self, frames: np.ndarray, keyframes: np.ndarray) -> None:
        """Compress the keyframes of frames, uint8 [N, H, W, 3], by their numbers, int64 [K]."""
        height, width = frames.shape[1:3]
        self._frames = frames
        self.frame_size = (width, height)
        self.size = within(width, height, COLOUR_SIDE)
        """Width and height of the reduced pictures."""
        self.compressed: list[bytes] = []
        """The keyframes as WebP files of the frames' size."""
        reduced = []
        quality = _quality(frames, keyframes)

        def work(number: int) -> tuple[bytes, np.ndarray]:
            data = pack_webp(np.ascontiguousarray(frames[number]), quality)
            return data, reduce(unpack_webp(data, self.frame_size), self.size)

        for data, picture in in_threads(work, keyframes.tolist()):
            self.compressed.append(data)
            reduced.append(picture)
        self.keyframes = np.stack(reduced)
        """uint8 [K, h, w, 3], as a player decodes them."""
        self.cells = cell_sizes(*self.size, self.frame_size)

    def __len__(self) -> int:
        return len(self._frames)

    def frame(self, number: int) -> np.ndarray:
        """A frame, uint8 [h, w, 3]."""
        return reduce(np.ascontiguousarray(self._frames[number]), self.size)

    def mixed(self, places: np.ndarray, weights: np.ndarray, motions: np.ndarray, modes: np.ndarray) -> np.ndarray:
        """Keyframes at `places` [L], displaced by coefficients [L, S] of modes [S, gh, gw, 2], and mixed by weights
        [L]: float32 [h, w, 3]."""
        mixture = np.zeros((*self.size[::-1], 3), np.float32)
        for weight, moved in zip(weights, self.moved(places, motions, modes), strict=True):
            mixture += weight * moved.astype(np.float32)
        return mixture

    def moved(self, places: np.ndarray, motions: np.ndarray, modes: np.ndarray) -> list[np.ndarray]:
        """Keyframes at `places` [L], displaced by coefficients [L, S] of modes [S, gh, gw, 2]: uint8 [h, w, 3] each."""
        positions = grid_positions(*self.size)
        displacements = (motions @ modes.reshape(len(modes), -1)).reshape(len(places), *modes.shape[1:])
        return [
            sample(self.keyframes[place], positions + resize(displacement, self.size) * self.cells)
            for place, displacement in zip(places, displacements, strict=True)
        ]

    def still_layer(self) -> tuple[np.ndarray, np.ndarray] | None:
        """The mean picture, uint8 [H, W, 3], and the mask of what moves, uint8 [h, w]; None if most of it moves."""
        lowest = highest = self.frame(0)
        total = np.zeros(self._frames.shape[1:], np.uint32)

        def work(number: int) -> np.ndarray:
            return self.frame(number)

        for number, picture in enumerate(in_threads(work, range(len(self)))):
            lowest, highest = np.minimum(lowest, picture), np.maximum(highest, picture)
            total += self._frames[number]
        changed = (highest - lowest).max(-1)
        moving = (changed > min(STILL, int(changed.max()) // 2)).astype(np.uint8)
        if not moving.any() or (moving == 0).mean() < WORTH:
            return None
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (4 * MARGIN + 1, 4 * MARGIN + 1))
        mask = cv2.GaussianBlur(cv2.dilate(moving, kernel) * np.uint8(255), (0, 0), MARGIN / 2)
        mean: np.ndarray = ((total + len(self) // 2) // len(self)).astype(np.uint8)
        return (mean, mask) if (mask == 0).mean() >= WORTH else None


def _quality(frames: np.ndarray, keyframes: np.ndarray) -> int:
    """The quality of WebP with which the keyframes of frames [N, H, W, 3] fit into KEYFRAME_BYTES."""
    some = keyframes[evenly_spread(len(keyframes), SAMPLES)].tolist()
    for quality in QUALITIES[:-1]:

        def packed(number: int, quality: int = quality) -> int:
            return len(pack_webp(np.ascontiguousarray(frames[number]), quality))

        usual = np.mean(list(in_threads(packed, some)))
        if usual * len(keyframes) <= KEYFRAME_BYTES:
            return quality
    return QUALITIES[-1]
