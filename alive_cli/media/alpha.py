"""Transparency: pictures over a colour, and colours with and without their alpha multiplied in."""

import re
from dataclasses import dataclass

import cv2
import numpy as np

from alive_cli.errors import InputError

NEUTRAL = (128, 128, 128)
"""A fit, and everything that judges, sees transparent pictures over this grey, which is far from no colour."""
FAINT = 64
"""A pixel of less alpha than this has too few levels to say what its colour is, so those around it say more."""
SOME = 16
"""About so many frames say how much of a clip is transparent."""
AROUND = 7
"""So many pixels on a side count as around one."""
DARK = (22, 24, 29)
"""Windows and terminals, which can't be transparent, show transparent scenes over this colour unless another is
chosen."""

_NUMBERS = re.compile(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})")


@dataclass(frozen=True)
class Transparency:
    """What of a clip is transparent."""

    alpha: np.ndarray | None = None
    """Of each frame, uint8 [N, H, W]: 255 hides all that is behind; None where all frames are opaque."""
    share: np.ndarray | None = None
    """How much of the picture is seen in all frames alike, uint8 [H, W]; None where all of it is."""

    @property
    def clear(self) -> float:
        """How much of the pictures, 0…1, lets what is behind them be seen."""
        alpha = 1.0 if self.alpha is None else self.alpha[:: max(1, len(self.alpha) // SOME)].mean(0) / 255
        share = 1.0 if self.share is None else self.share / 255
        return float(1 - np.mean(alpha * share))

    def seen(self, frames: np.ndarray) -> np.ndarray:
        """Frames, uint8 [N, H, W, 3], as they are seen over the neutral grey: the same ones, or others of their size.

        A fit gets the frames themselves, because motion is found better where nothing fades out.
        """
        if self.share is None:
            return frames
        share, seen = self.share[..., None].astype(np.float32) / 255, np.empty_like(frames)
        grey = np.array(NEUTRAL, np.float32)
        for target, frame in zip(seen, frames, strict=True):
            target[:] = grey + share * (frame - grey) + 0.5
        return seen

    def __getitem__(self, chosen: slice) -> "Transparency":
        """The same of some frames."""
        return Transparency(None if self.alpha is None else self.alpha[chosen], self.share)


def read_colour(text: str) -> tuple[int, int, int]:
    """A colour, as #336699, as red, green and blue, 0…255.

    Raises:
        InputError: it is none.
    """
    match = _NUMBERS.fullmatch(text.strip().lower())
    if match is None:
        raise InputError(f"{text!r} is no colour; write two digits each for red, green and blue, as #336699.")
    return int(match[1], 16), int(match[2], 16), int(match[3], 16)


def over(picture: np.ndarray, colour: tuple[int, int, int] = NEUTRAL) -> np.ndarray:
    """A picture, uint8 [H, W, 4], straight, over a colour: uint8 [H, W, 3]. One of three channels stays as it is."""
    if picture.shape[-1] == 3:
        return picture
    share = picture[..., 3:].astype(np.float32) / 255
    behind = np.array(colour, np.float32)
    return np.asarray((behind + share * (picture[..., :3] - behind) + 0.5).astype(np.uint8))


def laid(picture: np.ndarray, colour: tuple[int, int, int] = NEUTRAL) -> np.ndarray:
    """A premultiplied picture, uint8 [H, W, 4], over a colour: uint8 [H, W, 3]."""
    clear = 255 - picture[..., 3:].astype(np.float32)
    return cv2.convertScaleAbs(picture[..., :3] + clear * (np.array(colour, np.float32) / 255))


def premultiplied(picture: np.ndarray) -> np.ndarray:
    """A straight picture, uint8 [H, W, 4], with its colours multiplied by alpha ÷ 255, rounded to the nearest level."""
    alpha = picture[..., 3]
    colours = cv2.multiply(picture[..., :3], cv2.merge([alpha] * 3), scale=1 / 255)
    return np.dstack([colours, alpha])


def straight(picture: np.ndarray) -> np.ndarray:
    """A premultiplied picture, uint8 [H, W, 4], with its colours divided by alpha ÷ 255; black where alpha is 0."""
    alpha = picture[..., 3]
    colours = cv2.divide(picture[..., :3], cv2.merge([alpha] * 3), scale=255, dtype=cv2.CV_8U)
    return np.dstack([colours, alpha])


def lifted(frame: np.ndarray, alpha: np.ndarray, colour: tuple[int, int, int] = NEUTRAL) -> np.ndarray:
    """The picture, uint8 [H, W, 4], premultiplied, that over a colour is a frame, uint8 [H, W, 3].

    Args:
        alpha: of the frame, uint8 [H, W].
    """
    behind = np.array(colour, np.float32)
    colours = frame - behind * (1 - alpha[..., None].astype(np.float32) / 255)
    return np.dstack([np.clip(colours.round(), 0, alpha[..., None]).astype(np.uint8), alpha])


def smoothed(picture: np.ndarray) -> np.ndarray:
    """The straight colours of a premultiplied picture, uint8 [H, W, 4] both.

    Where alpha is FAINT, and where it is 0, colours go over into those around them: they are hardly seen, and the noise
    of a division by little would take many bytes.
    """
    values = picture.astype(np.float32)
    around = cv2.blur(values, (AROUND, AROUND))
    alpha, near = values[..., 3:], around[..., 3:]
    own = values[..., :3] * 255 / np.maximum(alpha, 1)
    others = around[..., :3] * 255 / np.maximum(near, 1 / 255)
    share = np.minimum(alpha / FAINT, 1)
    colours = np.clip(others + share * (own - others), 0, 255)
    return np.dstack([(colours + 0.5).astype(np.uint8), picture[..., 3]])
