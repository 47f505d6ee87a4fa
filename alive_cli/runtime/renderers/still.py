"""The still layer of a picture: what of it never moves, unless the whole picture is seen from elsewhere."""

import cv2
import numpy as np

from alive_cli.media.warping import BORDER, cell_sizes
from alive_cli.runtime.renderers.colours import CHANNELS
from alive_cli.runtime.renderers.positions import Band, Positions


class Still:
    """The still layer at the place of a tile."""

    def __init__(self, share: np.ndarray, picture: np.ndarray) -> None:
        """Prepare for the share of the drawn picture, float32 [h, w], 0…1, and the still picture, uint8 [h, w, 3]."""
        self.share = share[..., None].repeat(CHANNELS, 2)
        self.behind = (1 - self.share) * four(picture)
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
            background: uint8 [h, w, 3].
            mask: uint8 [h', w'], how much of the drawn picture is seen.
            picture: width and height of the keyframes; only the proportions count.
            grid: cells of the motion grid, across and down.
        """
        self._layers = (four(background), mask.astype(np.float32) / 255)
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
        own = np.empty((2, *total.shape[:2]), np.float32)
        behind, share = (self._sampled(number, layer, place, band, own) for number, layer in enumerate(self._layers))
        total -= behind
        total *= share[..., None]
        total += behind

    def _sampled(
        self, number: int, layer: np.ndarray, place: tuple[slice, slice], band: Band, own: np.ndarray
    ) -> np.ndarray:
        self._positions[number].read(self._rooms[number], band, place[1], own)
        return cv2.remap(layer, own[0], own[1], cv2.INTER_LINEAR, borderMode=BORDER)


def four(picture: np.ndarray) -> np.ndarray:
    """A picture, uint8 [h, w, 3], with a fourth channel."""
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA))
