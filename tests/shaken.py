"""Clips from a camera in a hand: how it moves is known, and a subject moves before it on its own."""

from dataclasses import dataclass

import cv2
import numpy as np

from alive_cli.media.camera_path import CameraPath
from alive_cli.media.stabilising import Laid
from tests.textures import texture

WAVES = ((0.35, 1.0), (0.9, 0.7), (2.1, 0.4), (4.3, 0.15))
"""A hand moves by these frequencies, in hertz, and strengths."""


@dataclass(frozen=True)
class Shaken:
    """A clip, and how its camera moved."""

    frames: np.ndarray
    """uint8 [N, H, W, 3]."""
    turn: np.ndarray
    """complex128 [N]: turn · place + shift is what a place of a frame shows, as a place of the scene."""
    shift: np.ndarray
    """complex128 [N], in pixels."""

    def left(self, path: CameraPath, laid: Laid, size: tuple[int, int]) -> np.ndarray:
        """How far what a stabilised picture shows is from where it should be, in pixels: float64 [N, places]."""
        across, down = np.meshgrid(np.linspace(0, size[0], 5), np.linspace(0, size[1], 5))
        places = (across + 1j * down).reshape(-1) + complex(laid.left, laid.top)
        shown = self.turn[:, None] * path.at(places) + self.shift[:, None]
        meant = self.turn[laid.reference] * places + self.shift[laid.reference]
        return np.asarray(np.abs(shown - meant))


def hand(count: int, reach: float, turn: float, seed: int = 0, fps: float = 30.0) -> tuple[np.ndarray, np.ndarray]:
    """Smooth random motion: shifts, complex128 [N], of `reach` pixels each way, and angles [N] of `turn` degrees, both
    as root mean squares."""
    random, time = np.random.default_rng(seed), np.arange(count) / fps
    power = np.sqrt(sum(strength**2 for _, strength in WAVES) / 2)

    def wave() -> np.ndarray:
        parts = [s * np.sin(2 * np.pi * (f * time + random.uniform())) for f, s in WAVES]
        return np.asarray(np.sum(parts, 0) / power)

    return reach * (wave() + 1j * wave()), np.deg2rad(turn) * wave()


def shaken(
    count: int = 60,
    width: int = 320,
    height: int = 240,
    *,
    reach: float = 3.0,
    turn: float = 0.3,
    subject: float = 0.3,
    plain: bool = False,
    pan: float = 0.0,
    noise: float = 0.0,
    seed: int = 0,
) -> Shaken:
    """Draw a room, and a textured ellipse that sways, turns and breathes before it.

    Args:
        reach, turn: as `hand`.
        subject: the share of the picture that the subject covers; 0 for none.
        plain: whether the room is a plain wall.
        pan: how far the camera goes to the right over the clip, in widths of the picture.
        noise: levels of noise (standard deviation).
    """
    shift, angle = hand(count, reach, turn, seed)
    middle = complex(width, height) / 2
    rotation = np.exp(1j * angle)
    shift = shift + middle - rotation * middle + pan * width * np.linspace(0, 1, count)
    margin = round(0.2 * width)
    room = np.full((height + 2 * margin, int(width * (1 + pan)) + 2 * margin, 3), 120, np.uint8)
    if not plain:
        room = texture(room.shape[1], room.shape[0], seed + 1, softness=2.5)
    skin = texture(width, height, seed + 2, softness=2.0)
    radius = np.sqrt(subject * width * height / np.pi)
    columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    random, frames = np.random.default_rng(seed), []
    for number in range(count):
        place = rotation[number] * (columns + 1j * rows) + shift[number]
        seen = _sampled(room, place + complex(margin, margin))
        if subject:
            phase = 2 * np.pi * number / 41
            own = (place - middle - radius * (0.25 * np.sin(phase) + 0.15j * np.cos(2 * phase))) * np.exp(
                0.15j * np.sin(phase)
            )
            own = own * (1 + 0.05 * np.sin(3 * phase))
            share = 1 / (1 + np.exp(((np.abs(own) - radius) / 0.7).clip(-50, 50)))[..., None]
            seen = share * _sampled(skin, own + middle) + (1 - share) * seen
        seen = seen + noise * random.standard_normal(seen.shape)
        frames.append(seen.round().clip(0, 255).astype(np.uint8))
    return Shaken(np.stack(frames), rotation, shift)


def _sampled(picture: np.ndarray, places: np.ndarray) -> np.ndarray:
    """A picture at complex places, from its upper left corner: float32 [H, W, 3]."""
    across, down = (places.real - 0.5).astype(np.float32), (places.imag - 0.5).astype(np.float32)
    values = cv2.remap(picture.astype(np.float32), across, down, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(values)
