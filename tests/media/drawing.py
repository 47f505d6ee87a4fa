"""Clips drawn at test time, by ffmpeg and from known pictures."""

import subprocess
from pathlib import Path

import numpy as np

from alive_cli.media.ffmpeg import base_command

LOSSLESS = ("-c:v", "libx264", "-qp", "0")
FPS = 25
STEP, DARKEST = 4, 20
"""Grey levels between the frames of `counted`, and the first one's."""
PATCHES = np.array(
    [
        (255, 255, 255),
        (0, 0, 0),
        (128, 128, 128),
        (200, 60, 30),
        (30, 180, 60),
        (40, 60, 200),
        (230, 220, 40),
        (90, 30, 120),
    ],
    np.uint8,
)


def draw(path: Path, *arguments: object) -> Path:
    """Run ffmpeg on arguments that end in nothing: the path is added."""
    command = [*base_command(), *(str(argument) for argument in arguments), f"file:{path}"]
    subprocess.run(command, check=True, capture_output=True)
    return path


def encode(
    path: Path, frames: np.ndarray, *encoder: str, filters: str = "null", pixels: str = "rgb24", fps: int = FPS
) -> Path:
    """Write frames [N, H, W, C] of a raw pixel format as they are, but for the filters."""
    height, width = frames.shape[1:3]
    source = ["-f", "rawvideo", "-pix_fmt", pixels, "-s", f"{width}x{height}", "-r", str(fps), "-i", "-"]
    command = [*base_command(), *source, "-vf", filters, "-fps_mode", "passthrough", *encoder, f"file:{path}"]
    command.remove("-nostdin")
    subprocess.run(command, input=frames.tobytes(), check=True, capture_output=True)
    return path


def counted(count: int, side: int = 32) -> np.ndarray:
    """Frames, uint8 [N, H, W, 3], whose brightness tells their number."""
    levels = (DARKEST + STEP * np.arange(count)).astype(np.uint8)
    return np.broadcast_to(levels[:, None, None, None], (count, side, side, 3)).copy()


def numbers(frames: np.ndarray) -> list[int]:
    """Which of the `counted` frames these are."""
    middle = frames[:, frames.shape[1] // 2, frames.shape[2] // 2, 0].astype(float)
    return [int(number) for number in np.rint((middle - DARKEST) / STEP)]


def patched(width: int = 320, height: int = 80, count: int = 10) -> np.ndarray:
    """Frames with a row of PATCHES, and something that moves above them."""
    columns = np.arange(width) * len(PATCHES) // width
    frames = np.broadcast_to(PATCHES[columns], (count, height, width, 3)).copy()
    for number, frame in enumerate(frames):
        frame[: height // 4, columns == number % len(PATCHES)] ^= 255
    return frames


def patches_of(frames: np.ndarray) -> np.ndarray:
    """What became of the PATCHES in the first frame: int [8, 3]."""
    height, width = frames.shape[1:3]
    count = len(PATCHES)
    columns = [width * (2 * place + 1) // (2 * count) for place in range(count)]
    return frames[0, height * 3 // 4, columns].astype(int)
