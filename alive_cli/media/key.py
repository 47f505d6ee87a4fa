"""Keying: what has the colour of a screen becomes transparent, with soft edges and without the screen's light.

The colour difference of Vlahos (US patent 4,100,569): what a pixel has more of the screen's own channels than of the
others, measured against what the screen itself has there, is the share of the screen in it.
"""

from dataclasses import dataclass
from functools import reduce

import cv2
import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.alpha import NEUTRAL, read_colour
from alive_cli.threads import over_cores

NAMED = {"green": (0, 255, 0), "blue": (0, 0, 255)}
"""Screens that have a name. Which green a screen has is found in the clip."""
LEAST_COLOUR = 24
"""A key's channels differ by at least so many levels; others are too grey to tell a screen by."""
NEAR = 80
"""A pixel is near a key that was given in numbers if each of its channels is off by at most so many levels."""
LOOKED_AT = 24
"""The screen is found in at most so many frames, evenly spread."""
LEAST, MOST = 0.01, 0.99
"""Less of the picture, or more of it, is not a screen behind something."""
SURE = 0.7
"""A pixel that has this share of the screen's colour difference is part of the screen."""
CELL = 16
"""The screen's own colour, which its lighting changes from place to place, is kept for squares of so many pixels."""
CLEAR, SOLID = 0.14, 0.94
"""What hides the screen by at most the first share is clear, because a screen is never even; from the second on it is
solid, because skin and cloth reflect a little of the screen."""
REFLECTED, NEARLY = 0.02, 4.0
"""The screen shines onto what is within about the first share of the longest side; there, all of what exceeds the other
channels counts as its light where at least one part in the second number of the surroundings is screen."""


def screen_of(key: str) -> tuple[int, int, int]:
    """The colour of a key.

    Raises:
        InputError: it is none, or too grey.
    """
    colour = _colour_of(key)
    if colour is None:
        raise InputError(f"{key!r} is no key; write green, blue, or the screen's own colour, as #00b140.")
    if max(colour) - min(colour) < LEAST_COLOUR:
        raise InputError(f"{key} is too grey for a key, because much else has its colour; give the screen's colour.")
    return colour


def read_key(text: str) -> str:
    """A key, `green`, `blue` or `#00ff00`, as a recipe keeps it.

    Raises:
        InputError: it is none of these, or too grey.
    """
    key = text.strip().lower()
    screen_of(key)
    return key


def _colour_of(key: str) -> tuple[int, int, int] | None:
    try:
        return NAMED.get(key) or read_colour(key)
    except InputError:
        return None


@dataclass(frozen=True)
class Channels:
    """Which channels make up a screen's colour, and which don't."""

    own: tuple[int, ...]
    others: tuple[int, ...]

    @classmethod
    def of(cls, colour: tuple[int, int, int]) -> "Channels":
        """The channels of a colour: its own are in the upper half of its range."""
        middle = (max(colour) + min(colour)) / 2
        own = tuple(channel for channel in range(3) if colour[channel] > middle)
        return cls(own, tuple(channel for channel in range(3) if channel not in own))

    def difference(self, frame: np.ndarray) -> np.ndarray:
        """What a picture, [H, W, 3], has more of the screen's channels than of the others: float32 [H, W]."""
        own, others = self._split(frame)
        return cv2.subtract(reduce(cv2.min, own), reduce(cv2.max, others), dtype=cv2.CV_32F)

    def without(self, colours: np.ndarray, reflecting: np.ndarray) -> np.ndarray:
        """Colours, float32 [H, W, 3], without what they have more of the screen's channels than of the others.

        Args:
            reflecting: 0…1 [H, W], where the screen shines onto what is before it. There the screen's channels are
                reduced to the mean of the others: to the larger of them, they would leave skin olive.
        """
        planes = list(cv2.split(colours))
        others = [planes[channel] for channel in self.others]
        most, mean = reduce(cv2.max, others), sum(others) / np.float32(len(others))
        most += reflecting * (mean - most)
        more = np.maximum(reduce(cv2.min, [planes[channel] for channel in self.own]) - most, 0)
        for channel in self.own:
            planes[channel] = planes[channel] - more
        return np.asarray(cv2.merge(planes))

    def _split(self, frame: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        planes = cv2.split(np.ascontiguousarray(frame))
        return [planes[channel] for channel in self.own], [planes[channel] for channel in self.others]


def key_out(frames: np.ndarray, key: str, name: str) -> np.ndarray:
    """Make a screen transparent: frames, uint8 [N, H, W, 3], then show what is before it over the neutral grey.

    Args:
        key: as `read_key` returns it. It may come from a stranger's bundle.
        name: the clip's, for messages.

    Returns:
        The alpha of each frame, uint8 [N, H, W].

    Raises:
        InputError: it is no key, or hardly anything of the clip, or nearly all of it, has this colour.
    """
    channels = Channels.of(screen_of(key))
    chosen = np.linspace(0, len(frames) - 1, min(len(frames), LOOKED_AT)).round().astype(int)
    screen = _screen(frames, chosen, key, channels, name)
    alpha = np.empty(frames.shape[:3], np.uint8)

    def work(number: int) -> None:
        frames[number], alpha[number] = _keyed(frames[number], screen, channels)

    for _ in over_cores(work, range(len(frames))):
        pass
    if (alpha[chosen] > 127).mean() < 1 - MOST:
        raise InputError(f"All of {name} has the colour {key}, so nothing would be left; choose another --key.")
    return alpha


def _screen(frames: np.ndarray, chosen: np.ndarray, key: str, channels: Channels, name: str) -> np.ndarray:
    """The screen's own colour at each pixel, as its lighting makes it: float32 [H, W, 3]."""
    height, width = frames.shape[1:3]
    colour = np.array(screen_of(key), np.float32)
    strong: list[np.ndarray] = []
    for number in chosen:
        own = channels.difference(frames[number])
        seen = own > LEAST_COLOUR
        if key not in NAMED:
            seen &= (np.abs(frames[number] - colour) <= NEAR).all(-1)
        strong.append(np.column_stack([frames[number][seen], own[seen]])[::7])
    pixels = np.concatenate(strong)
    if 7 * len(pixels) < LEAST * len(chosen) * width * height:
        raise InputError(
            f"Less than {LEAST:.0%} of {name} has the colour {key}; give the screen's own colour, as --key #00b140."
        )
    # What reflects the screen, or hides it in part, has less of its colour.
    usual = np.median(pixels[pixels[:, 3] >= np.median(pixels[:, 3])], 0)
    columns, rows = -(-width // CELL), -(-height // CELL)
    total, count = np.zeros((rows, columns, 3), np.float32), np.zeros((rows, columns), np.float32)
    for number in chosen:
        frame = frames[number].astype(np.float32)
        sure = (channels.difference(frame) > SURE * usual[3]) & (np.abs(frame - usual[:3]) <= NEAR).all(-1)
        # Beside something the screen is mixed with it, and colours are coarser than brightness in most clips.
        sure = cv2.erode(sure.astype(np.float32), np.ones((7, 7)))
        total += cv2.resize(frame * sure[..., None], (columns, rows), interpolation=cv2.INTER_AREA)
        count += cv2.resize(sure, (columns, rows), interpolation=cv2.INTER_AREA)
    plate, weight = total, count
    known = np.minimum(count / max(float(count.max()), 1e-6), 1)
    filled = np.where(count[..., None] > 0, total / np.maximum(count, 1e-6)[..., None], 0)
    plate, weight = filled * known[..., None], known.copy()
    for sigma in (1, 2, 4, 8, 16, 32):
        # Where the screen is never seen, it has the colour of what is seen of it around.
        wide, near = cv2.GaussianBlur(plate, (0, 0), sigma), cv2.GaussianBlur(weight, (0, 0), sigma)
        missing = np.maximum(0, 0.05 - weight)
        plate += missing[..., None] * wide / np.maximum(near, 1e-6)[..., None]
        weight += np.where(near > 1e-6, missing, 0)
    plate += (usual[:3] * 1e-3).astype(np.float32)
    plate /= (weight + 1e-3)[..., None]
    return np.asarray(cv2.resize(plate, (width, height), interpolation=cv2.INTER_LINEAR))


def _keyed(frame: np.ndarray, screen: np.ndarray, channels: Channels) -> tuple[np.ndarray, np.ndarray]:
    """A frame, uint8 [H, W, 3], without its screen over the neutral grey, and its alpha, uint8 [H, W]."""
    seen = channels.difference(frame) / np.maximum(channels.difference(screen), 1)
    alpha = np.clip((1 - CLEAR - seen) * np.float32(255 / (SOLID - CLEAR)), 0, 255)
    levels = cv2.convertScaleAbs(alpha)
    alpha = levels.astype(np.float32)
    reach = REFLECTED * max(frame.shape[:2])
    reflecting = np.clip(NEARLY - NEARLY / 255 * cv2.GaussianBlur(alpha, (0, 0), reach), 0, 1)
    colours = frame - np.clip(seen, 0, 1)[..., None] * screen
    colours = channels.without(colours, reflecting)
    most = cv2.merge([alpha] * 3)
    colours = np.clip(colours, 0, most) + (255 - most) * (np.array(NEUTRAL, np.float32) / 255)
    return cv2.convertScaleAbs(colours), levels
