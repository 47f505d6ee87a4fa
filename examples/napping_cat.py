"""Draw the example clip: ten seconds of a napping cat, 320×240 at 20 frames per second.

    python examples/napping_cat.py napping_cat.mp4

The cat breathes and blinks slowly. Now and then its tail flicks, an ear twitches, or it lifts and turns its head.
Formulas draw everything, so the clip is the same on every machine. No two motions have the same period, so the clip
never repeats exactly.
"""

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT, FPS, SECONDS = 320, 240, 20, 10
"""The clip has this size in pixels, rate and length, so that fitting it takes minutes without a GPU."""
SCALE = 3
"""Pictures are drawn this many times larger and then reduced, which makes their edges smooth."""

FUR, FUR_DARK, FUR_LIGHT = (214, 137, 68), (170, 98, 44), (243, 211, 170)
"""The fur has these colours: red, green and blue, 0 … 255."""
INNER_EAR, NOSE, LINE, EYE = (224, 150, 134), (196, 104, 98), (74, 44, 30), (150, 176, 74)
"""The face has these colours."""
CUSHION, CUSHION_DARK = (92, 112, 148), (66, 82, 116)
"""The cushion has these colours."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Pose:
    """The position of all that moves. The cat rests where every value is 0."""

    breath: float
    """−1 breathed out … 1 breathed in."""
    tail: float
    """Sideways swing of the tail's tip, about −1 … 1."""
    ear: float
    """Twitch of the left ear, 0 … 1."""
    eyes: float
    """0 closed … 1 half open."""
    lift: float
    """0 head on the paws … 1 raised."""
    turn: float
    """−1 head to the left … 1 to the right."""


def bump(time: float, centre: float, width: float) -> float:
    """A smooth bump, 0 … 1, that is highest at `centre` seconds and ends `width` seconds before and after."""
    distance = abs(time - centre) / width
    return 0.5 * (1 + math.cos(math.pi * distance)) if distance < 1 else 0.0


def hold(time: float, start: float, end: float, ease: float) -> float:
    """Rise from 0 to 1 within `ease` seconds from `start`, and fall back within `ease` seconds from `end`."""

    def smooth(share: float) -> float:
        share = min(1.0, max(0.0, share))
        return share * share * (3 - 2 * share)

    return smooth((time - start) / ease) * (1 - smooth((time - end) / ease))


def pose(time: float) -> Pose:
    """The cat's pose at `time` seconds."""
    slow = 0.12 * math.sin(0.71 * time + 0.4)
    breath = math.sin(2 * math.pi * (0.31 * time + slow))
    flicks = sum(
        strength * bump(time, centre, 0.55) * math.sin(9.0 * (time - centre) + 0.6)
        for centre, strength in ((1.35, 1.0), (3.1, 0.6), (5.9, 0.95), (8.75, -0.8))
    )
    tail = 0.16 * math.sin(1.13 * time) + 0.09 * math.sin(2.39 * time + 1.0) + flicks
    ear = max(bump(time, centre, 0.16) for centre in (0.8, 2.55, 2.85, 6.35, 9.3))
    lift = max(hold(time, 3.6, 5.2, 0.8), 0.55 * hold(time, 7.3, 8.2, 0.6))
    turn = -0.9 * hold(time, 4.0, 4.6, 0.5) + 0.55 * hold(time, 4.9, 5.3, 0.5) + 0.6 * hold(time, 7.6, 8.3, 0.5)
    eyes = max(hold(time, 3.9, 5.3, 0.4) - 0.9 * bump(time, 4.75, 0.22), 0.6 * hold(time, 7.5, 8.1, 0.35))
    eyes = max(eyes, 0.35 * bump(time, 1.9, 0.5))
    return Pose(breath, tail, ear, max(0.0, eyes), lift, turn + 0.05 * math.sin(0.9 * time))


def draw(cat: Pose, backdrop: Image.Image) -> np.ndarray:
    """Draw one picture, uint8 [240, 320, 3]."""
    picture = backdrop.copy()
    pen = _Pen(picture)
    swell = cat.breath
    # Body: a loaf that rises and widens with each breath.
    pen.ellipse((176, 158), (92 + 1.6 * swell, 52 + 3.4 * swell), FUR)
    pen.ellipse((206, 152), (60 + 1.5 * swell, 44 + 3.2 * swell), _mix(FUR, FUR_DARK, 0.18))
    for number in range(5):
        x = 168 + 20 * number
        top = 110 + 2.2 * (number - 1.6) ** 2 - 3.2 * swell
        pen.line([(x, top), (x + 4, top + 13), (x + 3, top + 24)], FUR_DARK, 5 - 0.3 * number)
    pen.ellipse((170, 196), (70, 17), FUR_LIGHT)
    _tail(pen, cat)
    pen.ellipse((96, 200), (25, 11), FUR_LIGHT)
    pen.ellipse((136, 202), (25, 11), FUR_LIGHT)
    for x in (84, 92, 125, 133):
        pen.line([(x, 202), (x - 1, 208)], FUR_DARK, 1.4)
    _head(pen, cat)
    return np.asarray(picture.resize((WIDTH, HEIGHT), Image.Resampling.BOX))


def frames() -> Iterator[np.ndarray]:
    """Yield the 200 pictures of the clip."""
    backdrop = _backdrop()
    for number in range(FPS * SECONDS):
        yield draw(pose(number / FPS), backdrop)


def main(path: Path) -> None:
    """Write the clip to `path`."""
    from alive_cli.media.encode import write_video

    write_video(path, frames(), fps=FPS)


class _Pen:
    """Draws in picture coordinates on an enlarged canvas."""

    def __init__(self, picture: Image.Image) -> None:
        self._draw = ImageDraw.Draw(picture)

    def ellipse(self, centre: Point, radii: Point, colour: tuple[int, ...]) -> None:
        (x, y), (a, b) = centre, radii
        self._draw.ellipse([SCALE * (x - a), SCALE * (y - b), SCALE * (x + a), SCALE * (y + b)], fill=colour)

    def polygon(self, points: list[Point], colour: tuple[int, ...]) -> None:
        self._draw.polygon([(SCALE * x, SCALE * y) for x, y in points], fill=colour)

    def line(self, points: list[Point], colour: tuple[int, ...], width: float) -> None:
        scaled = [(SCALE * x, SCALE * y) for x, y in points]
        self._draw.line(scaled, fill=colour, width=max(1, round(SCALE * width)), joint="curve")
        radius = SCALE * width / 2
        for x, y in (scaled[0], scaled[-1]):
            self._draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colour)


def _tail(pen: _Pen, cat: Pose) -> None:
    """Draw the tail from the right side along the cushion's edge to the front. Its tip swings most."""
    points = []
    for number in range(25):
        along = number / 24
        swing = along**2 * cat.tail
        x = 262 - 104 * along + 8 * math.sin(3.0 * along) - 10 * swing
        y = 178 + 40 * math.sin(1.9 * along) ** 2 - 30 * along**3 * 0.2 - 20 * swing
        points.append((x, y))
    pen.line(points, FUR_DARK, 15)
    pen.line(points, FUR, 12)
    for first in (8, 13, 18):
        pen.line(points[first : first + 2], FUR_DARK, 12)
    pen.line(points[-3:], FUR_LIGHT, 12)


def _head(pen: _Pen, cat: Pose) -> None:
    x = 112 + 9 * cat.turn
    y = 164 - 27 * cat.lift - 1.2 * cat.breath
    look = 10 * cat.turn
    if cat.lift > 0.02:
        pen.line([(x + 8, y + 8), (128, 180)], FUR, 42)
        pen.ellipse((x + 12, y + 36), (21, 20 * cat.lift), FUR_LIGHT)
    for side in (-1, 1):
        twitch = 7 * cat.ear if side < 0 else 0.0
        root, tip = x + side * 27 + 0.4 * look, (x + side * 36 - twitch + 0.2 * look, y - 50 + 0.9 * twitch)
        pen.polygon([(root - 15, y - 22), tip, (root + 15, y - 17)], FUR_DARK)
        pen.polygon([(root - 12, y - 20), (tip[0], tip[1] + 4), (root + 12, y - 15)], FUR)
        pen.polygon([(root - 6, y - 20), (tip[0], tip[1] + 14), (root + 6, y - 17)], INNER_EAR)
    pen.ellipse((x, y), (45, 35), FUR)
    for offset in (-10, 0, 10):
        pen.line([(x + offset + 0.5 * look, y - 32), (x + 0.8 * offset + 0.7 * look, y - 20)], FUR_DARK, 3.4)
    muzzle = (x + look, y + 14)
    pen.ellipse(muzzle, (23, 15), FUR_LIGHT)
    for side in (-1, 1):
        _eye(pen, (x + side * 18 + 0.8 * look, y - 3), side, cat.eyes)
        for rise in (-4, 1, 6):
            start = (muzzle[0] + side * 13, muzzle[1] + 0.4 * rise)
            pen.line([start, (start[0] + side * 26, start[1] + rise)], (250, 240, 226), 0.8)
    nose_x, nose_y = muzzle[0], muzzle[1] - 7
    pen.polygon([(nose_x - 5, nose_y - 3), (nose_x + 5, nose_y - 3), (nose_x, nose_y + 3)], NOSE)
    pen.line([(nose_x, nose_y + 3), (nose_x, nose_y + 7)], LINE, 1.4)
    for side in (-1, 1):
        mouth = [(nose_x + side * 7 * share, nose_y + 7 + 3 * math.sin(math.pi * share)) for share in (0, 0.3, 0.6, 1)]
        pen.line(mouth, LINE, 1.4)


def _eye(pen: _Pen, centre: Point, side: int, opening: float) -> None:
    x, y = centre
    if opening > 0.05:
        pen.ellipse(centre, (9.5, 7 * opening + 1), LINE)
        pen.ellipse(centre, (8, 6 * opening), EYE)
        pen.ellipse(centre, (2.4, 5.6 * opening), LINE)
    shares = [number / 8 for number in range(9)]
    lid = [(x + 10 * (2 * s - 1), y + (4 - 8 * opening) * math.sin(math.pi * s) + side * (0.5 - s)) for s in shares]
    pen.line(lid, LINE, 2.0)


def _backdrop() -> Image.Image:
    """Draw what never moves: a warm wall, a patch of evening light, and the cushion."""
    rows, columns = np.mgrid[0 : HEIGHT * SCALE, 0 : WIDTH * SCALE] / SCALE
    light = np.exp(-(((columns - 236) / 120) ** 2 + ((rows - 44) / 80) ** 2))
    wall = np.stack([150 + 66 * light, 122 + 58 * light, 108 + 30 * light], -1)
    floor = np.clip((rows - 196) / 30, 0, 1)[..., None]
    picture = Image.fromarray((wall * (1 - 0.45 * floor)).astype(np.uint8))
    shadow = Image.new("L", picture.size, 0)
    ImageDraw.Draw(shadow).ellipse([SCALE * side for side in (20, 196, 306, 238)], fill=120)
    picture.paste((40, 30, 34), mask=shadow.filter(ImageFilter.GaussianBlur(6 * SCALE)))
    pen = _Pen(picture)
    pen.ellipse((164, 206), (140, 27), CUSHION_DARK)
    pen.ellipse((164, 201), (138, 25), CUSHION)
    return picture


def _mix(first: tuple[int, ...], second: tuple[int, ...], share: float) -> tuple[int, ...]:
    return tuple(round(a + (b - a) * share) for a, b in zip(first, second, strict=True))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Say where to write the clip: python examples/napping_cat.py napping_cat.mp4")
    main(Path(sys.argv[1]))
