"""What becomes of a drawn picture's alpha: it stays, or the picture lies on a colour."""

import cv2
import numpy as np

from alive_cli.media.alpha import premultiplied
from alive_cli.runtime.renderers.colours import CHANNELS

Colour = tuple[int, int, int]
"""Red, green and blue, 0…255."""


def four(picture: np.ndarray) -> np.ndarray:
    """A keyframe as it is mixed, uint8 [h, w, 4]: with a fourth channel, or with colours multiplied by its own."""
    if picture.shape[-1] == CHANNELS:
        return premultiplied(picture)
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA))


class Opacity:
    """Turns what was mixed into pictures."""

    def __init__(self, *, alpha: bool, over: Colour | None) -> None:
        """Prepare for opaque pictures, or for such with `alpha`, which lie on the colour `over` if there is one."""
        self._alpha = alpha
        self._over = np.array(over, np.float32) / 255 if over is not None else None
        self.channels = CHANNELS if alpha and over is None else 3
        """Pictures have so many channels."""

    def finish(self, mixed: np.ndarray, picture: np.ndarray) -> None:
        """Write what was mixed, premultiplied, uint8 [h, w, 4], as a picture, uint8 [h, w, channels].

        Where the fourth channel is alpha, no colour may be above it. A picture with alpha is straight.
        """
        if not self._alpha:
            cv2.cvtColor(mixed, cv2.COLOR_RGBA2RGB, dst=picture)
            return
        planes = list(cv2.split(mixed))
        alpha = planes.pop()
        if self._over is None:
            straight = [cv2.divide(plane, alpha, scale=255) for plane in planes]
            cv2.merge([*straight, alpha], dst=picture)
            return
        clear = cv2.bitwise_not(alpha)
        colours = [
            cv2.addWeighted(cv2.min(plane, alpha), 1, clear, float(behind), 0)
            for plane, behind in zip(planes, self._over, strict=True)
        ]
        cv2.merge(colours, dst=picture)
