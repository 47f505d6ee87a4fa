"""Frames and keyframes at the size at which colour modes are learned, and what motion alone leaves unexplained."""

import math

import cv2
import numpy as np

from alive_cli.media.alpha import Transparency, lifted, over, smoothed
from alive_cli.media.sampling import evenly_spread
from alive_cli.media.warping import cell_sizes, grid_positions, reduce, resize, sample
from alive_cli.observation.reduced import within
from alive_cli.threads import Aside, over_cores
from bundle_spec.webp import pack_webp, unpack_webp

COLOUR_SIDE = 320
"""Colour modes are learned and drawn on at most so many pixels on the longest side: 512 gave 0.04 dB more and took
twice as long to draw."""
QUALITIES = (98, 95, 92, 88, 84)
"""Keyframes are compressed with the first of these qualities of WebP with which they take at most KEYFRAME_BYTES."""
KEYFRAME_BYTES = 4_000_000
"""All keyframes together take at most about so many bytes, if the lowest quality allows it."""
MOST_KEPT = 256 << 20
"""Reduced frames are kept if all of them take at most so many bytes, because each is needed up to four times."""
SAMPLES = 4
"""The quality is chosen by so many keyframes, evenly spread."""
STILL = 15
"""A pixel whose temporal range is at most so many levels counts as never moving."""
MARGIN = 3
"""The moving area is widened by so many pixels of the reduced pictures, and its rim is as soft."""
WORTH = 0.25
"""A scene has a still layer if at least this share of the picture never moves."""
WHOLE = 0.999
"""A reduced pixel from this share on lies wholly in the part that lives: areas are added up with rounding errors."""


class ReducedPictures:
    """N frames and K keyframes, reduced to the size of the colour modes."""

    def __init__(
        self,
        frames: np.ndarray,
        keyframes: np.ndarray,
        living: np.ndarray | None = None,
        transparency: Transparency | None = None,
    ) -> None:
        """Reduce the keyframes of frames, uint8 [N, H, W, 3], by their numbers, int64 [K].

        Compressing them takes long, and so does the still layer; both are done aside, while the trunk is trained.

        Args:
            living: bool [H, W], what may ever move; None for all of the picture.
            transparency: what of the frames is transparent; None for nothing.
        """
        height, width = frames.shape[1:3]
        self._frames, self._living, self._transparency = frames, living, transparency
        self.frame_size = (width, height)
        self.size = within(width, height, COLOUR_SIDE)
        """Width and height of the reduced pictures."""
        fits = math.prod((len(frames), *self.size, 3)) <= MOST_KEPT
        self._reduced: list[np.ndarray | None] | None = [None] * len(frames) if fits else None
        self.keyframes = np.stack([self.frame(number) for number in keyframes])
        """uint8 [K, h, w, 3], as they were filmed; as a player decodes them once they are compressed."""
        self.cells = cell_sizes(*self.size, self.frame_size)
        self._packing = Aside(lambda: (self._compressed(keyframes), self._find_still_layer()))

    def __len__(self) -> int:
        return len(self._frames)

    def frame(self, number: int) -> np.ndarray:
        """A frame, uint8 [h, w, 3]."""
        if self._reduced is None:
            return self._reduce(number)
        picture = self._reduced[number]
        if picture is None:
            self._reduced[number] = picture = self._reduce(number)
        return picture

    def _reduce(self, number: int) -> np.ndarray:
        return reduce(np.ascontiguousarray(self._frames[number]), self.size)

    def mixed(self, places: np.ndarray, weights: np.ndarray, motions: np.ndarray, modes: np.ndarray) -> np.ndarray:
        """Two keyframes, int `places` [2], displaced by coefficients [2, S] of modes [S, gh, gw, 2], and mixed by
        weights [2]: float32 [h, w, 3]."""
        first, second = self.moved(places, motions, modes)
        return cv2.addWeighted(first, float(weights[0]), second, float(weights[1]), 0, dtype=cv2.CV_32F)

    def moved(self, places: np.ndarray, motions: np.ndarray, modes: np.ndarray) -> list[np.ndarray]:
        """Keyframes at `places` [L], displaced by coefficients [L, S] of modes [S, gh, gw, 2]: uint8 [h, w, 3] each."""
        positions = grid_positions(*self.size)
        displacements = (motions @ modes.reshape(len(modes), -1)).reshape(len(places), *modes.shape[1:])
        return [
            sample(self.keyframes[place], positions + resize(displacement, self.size) * self.cells)
            for place, displacement in zip(places, displacements, strict=True)
        ]

    def compress(self) -> list[bytes]:
        """The keyframes as WebP files of the frames' size. From here on `keyframes` are as these files show them."""
        (files, self.keyframes), _ = self._packing.result()
        return files

    def still_layer(self) -> tuple[np.ndarray, np.ndarray] | None:
        """The mean picture, uint8 [H, W, 3], or [H, W, 4] where something is transparent, and the mask of what moves,
        uint8 [h, w]; None if most of it moves."""
        return self._packing.result()[1]

    def _find_still_layer(self) -> tuple[np.ndarray, np.ndarray] | None:
        transparency = self._transparency
        if transparency is not None and transparency.share is not None:
            # What is outside is clear, whatever moves inside.
            return np.zeros((*transparency.share.shape, 4), np.uint8), transparency.share
        lowest = highest = self._seen(0)
        total = np.zeros(self._frames.shape[1:], np.uint32)
        for number, picture in enumerate(over_cores(self._seen, range(len(self)))):
            lowest, highest = np.minimum(lowest, picture), np.maximum(highest, picture)
            total += self._frames[number]
        changed = (highest - lowest).max(-1)
        moving = (changed > min(STILL, int(changed.max()) // 2)).astype(np.uint8)
        worth = WORTH if self._living is None else 0.0
        if not moving.any() or (moving == 0).mean() < worth:
            return None
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (4 * MARGIN + 1, 4 * MARGIN + 1))
        mask = cv2.GaussianBlur(cv2.dilate(moving, kernel) * np.uint8(255), (0, 0), MARGIN / 2)
        mean: np.ndarray = ((total + len(self) // 2) // len(self)).astype(np.uint8)
        if transparency is not None and transparency.alpha is not None:
            alpha = transparency.alpha.mean(0).round().astype(np.uint8)
            mean = smoothed(lifted(mean, alpha))
        if self._living is not None:
            whole = cv2.resize(self._living.astype(np.float32), self.size, interpolation=cv2.INTER_AREA)
            # A player enlarges the mask between the middles of its pixels, and outside nothing else may be drawn.
            mask[cv2.erode(whole, np.ones((3, 3))) < WHOLE] = 0
        return (mean, mask) if (mask == 0).mean() >= worth else None

    def _seen(self, number: int) -> np.ndarray:
        """A reduced frame, uint8 [h, w, 3], with its alpha as the last channel if it has any."""
        alpha = None if self._transparency is None else self._transparency.alpha
        if alpha is None:
            return self.frame(number)
        return np.dstack([self.frame(number), reduce(np.ascontiguousarray(alpha[number]), self.size)])

    def _compressed(self, keyframes: np.ndarray) -> tuple[list[bytes], np.ndarray]:
        """The keyframes as WebP files, and as these show them, reduced: [K, h, w, 3]."""
        quality = self._quality(keyframes)

        def work(number: int) -> tuple[bytes, np.ndarray]:
            picture = self._whole(number)
            data = pack_webp(picture, quality)
            shown = unpack_webp(data, self.frame_size, alpha=picture.shape[-1] == 4)
            return data, reduce(over(shown), self.size)

        files, pictures = zip(*over_cores(work, keyframes.tolist()), strict=True)
        return list(files), np.stack(pictures)

    def _whole(self, number: int) -> np.ndarray:
        """A frame, uint8 [H, W, 3], or straight [H, W, 4] if it has alpha."""
        frame = np.ascontiguousarray(self._frames[number])
        alpha = None if self._transparency is None else self._transparency.alpha
        return frame if alpha is None else smoothed(lifted(frame, alpha[number]))

    def _quality(self, keyframes: np.ndarray) -> int:
        """The quality of WebP with which the keyframes fit into KEYFRAME_BYTES."""
        some = keyframes[evenly_spread(len(keyframes), SAMPLES)].tolist()
        for quality in QUALITIES[:-1]:

            def packed(number: int, quality: int = quality) -> int:
                return len(pack_webp(self._whole(number), quality))

            usual = np.mean(list(over_cores(packed, some)))
            if usual * len(keyframes) <= KEYFRAME_BYTES:
                return quality
        return QUALITIES[-1]
