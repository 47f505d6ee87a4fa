"""Draw the example clip: ten seconds of a napping cat, 1280×720 at 20 frames per second.

    python examples/napping_cat.py napping_cat.mp4
    python examples/napping_cat.py small.mp4 0.25      a quarter as wide and as high

A ginger cat sleeps in the late light of a window. It breathes, its tail curls and flicks, an ear twitches; now and then
it lifts its head, half opens its eyes and looks about. Dust drifts in the light, and leaves sway. Formulas draw
everything: each part is painted once, strand by strand, and then bent a little for each picture. No two motions have
the same period, so the clip never repeats exactly.
"""

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from drawn_cat import fur, room
from drawn_cat.brush import Array, Layer, bent, grid, lay, lay_over, moved
from drawn_cat.posed import lay_head, lay_tail

WIDTH, HEIGHT, FPS, SECONDS = 1280, 720, 20, 10
"""The clip has this size in pixels, rate and length."""


@dataclass(frozen=True)
class Pose:
    """The position of all that moves. The cat rests where every value is 0."""

    breath: float
    """−1 breathed out … 1 breathed in."""
    tail: float
    """How far the tail's tip is curled up, about −1 … 1."""
    ear: float
    """Twitch of the left ear, 0 … 1."""
    eyes: float
    """0 closed … 1 half open."""
    lift: float
    """0 head on the paws … 1 raised."""
    turn: float
    """−1 head to the left … 1 to the right."""
    leaves: float = 0.0
    """Sway of the leaves, −1 … 1."""
    drift: float = 0.0
    """The dust has drifted for so many seconds."""


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
        strength * bump(time, centre, 0.7) * math.sin(6.5 * (time - centre) + 0.6)
        for centre, strength in ((1.35, 0.8), (3.1, 0.5), (5.9, 0.8), (8.75, -0.7))
    )
    tail = 0.30 * math.sin(1.13 * time) + 0.12 * math.sin(2.39 * time + 1.0) + flicks
    ear = max(bump(time, centre, 0.17) for centre in (0.8, 2.55, 2.85, 6.35, 9.3))
    lift = max(hold(time, 3.6, 5.3, 0.9), 0.5 * hold(time, 7.3, 8.2, 0.7))
    turn = -0.8 * hold(time, 4.0, 4.6, 0.6) + 0.6 * hold(time, 4.9, 5.4, 0.6) + 0.6 * hold(time, 7.6, 8.3, 0.6)
    eyes = max(hold(time, 3.9, 5.3, 0.4) - 0.9 * bump(time, 4.75, 0.24), 0.75 * hold(time, 7.5, 8.1, 0.35))
    eyes = max(eyes, 0.35 * bump(time, 1.9, 0.5), 0.0)
    leaves = 0.7 * math.sin(0.83 * time) + 0.3 * math.sin(1.91 * time + 0.7)
    return Pose(breath, tail, ear, eyes, lift, turn + 0.05 * math.sin(0.9 * time), leaves, time)


@dataclass(frozen=True)
class Stage:
    """All that is painted once."""

    scale: float
    """1 for pictures of 1280×720, 0.25 for 320×180."""
    backdrop: Array
    """What never moves, uint8 [h, w, 3]."""
    haze: Array
    """Shafts of light, which are added to the picture, uint8 [h, w, 3]."""
    parts: dict[str, Layer]
    depth: Array
    """How near the viewer each pixel of the head is, float32 [h, w]."""


def paint(scale: float = 1.0) -> Stage:
    """Paint all parts; `scale` is 1 for 1280×720 and 0.25 for 320×180."""
    rng = np.random.default_rng(7)
    head, depth = fur.head(scale, rng)
    parts = {
        "body": fur.body(scale, rng),
        "chest": fur.chest(scale, rng),
        "paws": fur.paws(scale, rng),
        "left ear": fur.ear(scale, rng, -1),
        "right ear": fur.ear(scale, rng, 1),
        "head": head,
        "whiskers": fur.whiskers(scale, rng),
        "tail": fur.tail(scale, rng),
        "shadow": fur.shadow(scale),
        "leaves": room.leaves(scale),
    }
    return Stage(scale, room.backdrop(scale), room.haze(scale), parts, depth)


def draw(cat: Pose, stage: Stage) -> Array:
    """Draw one picture, uint8 [720, 1280, 3] times the stage's scale."""
    scale, parts = stage.scale, stage.parts
    picture = stage.backdrop.copy()
    x, y = grid(parts["body"].box, scale)
    swell = cat.breath * np.exp(-(((x - 730) / 190) ** 2) - ((y - 330) / 120) ** 2)
    lay_over(picture, bent(parts["body"], scale, -1.5 * swell, 6.0 * swell), parts["body"].box, scale)
    head = moved((-14 + 15 * cat.turn + 14 * cat.lift, -66 * cat.lift - 1.6 * cat.breath), 0.10 * cat.turn, (480, 545))
    reach = 1 + 0.40 * cat.lift
    neck = np.array([[1, -0.10 * cat.turn, 55 * cat.turn], [0, reach, 610 * (1 - reach)], [0, 0, 1]])
    lay(picture, parts["chest"], neck, scale)
    lay_over(picture, parts["paws"].pixels, parts["paws"].box, scale)
    lay_tail(picture, parts["tail"], cat.tail, scale)
    lay(picture, parts["shadow"], moved((-10, 18 + 14 * cat.lift)) @ head, scale)
    for side, name in ((-1, "left ear"), (1, "right ear")):
        twitch = (0.30 if side < 0 else -0.06) * cat.ear
        lay(picture, parts[name], head @ moved((-5 * cat.turn, 5 * cat.lift), twitch, (480 + side * 78, 390)), scale)
    lay_head(picture, parts["head"], stage.depth, head, scale, eyes=cat.eyes, turn=cat.turn, lift=cat.lift)
    lay(picture, parts["whiskers"], head @ moved((21 * cat.turn, -5 * cat.lift)), scale)
    x, y = grid(parts["leaves"].box, scale)
    sway = cat.leaves * np.clip(np.hypot(x, 720 - y) / 300, 0, 1.2) ** 1.5
    lay_over(picture, bent(parts["leaves"], scale, 6 * sway, -2.5 * sway), parts["leaves"].box, scale)
    cv2.add(picture, stage.haze, dst=picture)
    room.lay_dust(picture, stage.haze, cat.drift, scale)
    return picture


def frames(scale: float = 1.0) -> Iterator[Array]:
    """Yield the 200 pictures of the clip."""
    stage = paint(scale)
    for number in range(FPS * SECONDS):
        yield draw(pose(number / FPS), stage)


def main(path: Path, scale: float = 1.0) -> None:
    """Write the clip to `path`, 1280×720 times `scale`."""
    from alive_cli.media.encode import write_video

    write_video(path, frames(scale), fps=FPS)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("Say where to write the clip: python examples/napping_cat.py napping_cat.mp4")
    main(Path(sys.argv[1]), *map(float, sys.argv[2:]))
