"""The still layer of a picture: what of it never moves, unless the whole picture is seen from elsewhere."""

import cv2
import numpy as np

from alive_cli.media.warping import BORDER, cell_sizes
from alive_cli.runtime.renderers.colours import CHANNELS
from alive_cli.runtime.renderers.positions import Band, Positions

MOST_REACH = 256.0
"""Up to so many pixels it pays to know how far a still layer reaches."""


class Still:
    """The still layer at the place of a tile."""

    def __init__(self, share: np.ndarray, picture: np.ndarray) -> None:
        """Prepare for the share of the drawn picture, float32 [h, w], 0…1, and the still picture, uint8 [h, w, 4]."""
        self.share = share[..., None].repeat(CHANNELS, 2)
        self.behind = (1 - self.share) * picture
        """float32 [h, w, 4], 0…255: what is seen of the still picture."""

    def blend(self, total: np.ndarray) -> None:
        """Blend the drawn picture, float32 [h, w, 4], 0…255, with the layer, in place."""
        cv2.multiply(total, self.share, dst=total)
        cv2.add(total, self.behind, dst=total)


class MovedStill:
    """The still layer, displaced as a view displaces the whole picture."""

    def __init__(
        self,
        background: np.ndarray,
        mask: np.ndarray,
        picture: tuple[int, int],
        size: tuple[int, int],
        grid: tuple[int, int],
    ) -> None:
        """Prepare the layer for pictures of width × height `size`.

        Args:
            background: uint8 [h, w, 4].
            mask: uint8 [h', w'], how much of the drawn picture is seen.
            picture: width and height of the keyframes; only the proportions count.
            grid: cells of the motion grid, across and down.
        """
        self._layers = (background, mask.astype(np.float32) / 255)
        sizes = [(layer.shape[1], layer.shape[0]) for layer in self._layers]
        self._positions = [Positions(size, own, grid) for own in sizes]
        self._pixels = [cell_sizes(*own, picture) for own in sizes]
        self._rooms = [positions.room() for positions in self._positions]

    def move(self, displacement: np.ndarray) -> None:
        """Displace the layer, by displacements on the motion grid in longest sides, [gh, gw, 2]."""
        for positions, pixels, room in zip(self._positions, self._pixels, self._rooms, strict=True):
            positions.write(displacement * pixels, room)

    def blend(self, total: np.ndarray, place: tuple[slice, slice], band: Band) -> None:
        """Blend the drawn picture at a place, float32 [h, w, 4], 0…255, with the layer, in place."""
        behind, share = (self._sampled(number, place, band) for number in range(len(self._layers)))
        cv2.blendLinear(total, behind.astype(np.float32), share, 1 - share, dst=total)

    def alone(self, place: tuple[slice, slice], band: Band) -> np.ndarray:
        """The layer at a place where nothing else is seen: uint8 [h, w, 4]."""
        return self._sampled(0, place, band)

    def _sampled(self, number: int, place: tuple[slice, slice], band: Band) -> np.ndarray:
        own = np.empty((2, place[0].stop - place[0].start, place[1].stop - place[1].start), np.float32)
        self._positions[number].read(self._rooms[number], band, place[1], own)
        return cv2.remap(self._layers[number], own[0], own[1], cv2.INTER_LINEAR, borderMode=BORDER)


def reached(mask: np.ndarray, pixels: float) -> tuple[np.ndarray, np.ndarray]:
    """The least and the most of a mask, uint8 [H, W], within so many pixels of each pixel: float32 [H, W], 0…1."""
    if pixels >= MOST_REACH:  # hardly any view goes so far, and a larger kernel takes seconds
        return np.full(mask.shape, mask.min() / 255, np.float32), np.full(mask.shape, mask.max() / 255, np.float32)
    side = 2 * int(np.ceil(min(pixels, max(mask.shape)))) + 3
    kernel = np.ones((side, side), np.uint8)
    least, most = (each.astype(np.float32) / 255 for each in (cv2.erode(mask, kernel), cv2.dilate(mask, kernel)))
    return least, most
