"""The room: a window at the right, its light on the wall and in the air, a rug on a seat, leaves, and dust."""

import math

import cv2
import numpy as np

from drawn_cat.brush import Array, Layer, blob, coat, grid, lay_over, mix, noise, reduced, soften, step, toned

ROOM = (0, 0, 1280, 720)
"""The whole picture: left, top, right, bottom."""
SHAFT, DUST = np.array([54.0, 41.0, 24.0]), np.array([190.0, 165.0, 120.0])
"""A shaft of light and a mote add so much to the picture: red, green and blue, of 255."""
RUG = (232, 528, 1136, 672)
"""The rug lies here."""


def _panes(x: Array, y: Array, soft: float) -> Array:
    """Sunlight through the window's panes as it falls on the wall, 0 … 1."""
    u, v = x, y + 0.42 * (x - 480)
    across = step(u, 205, soft) * step(-u, -640, soft) * (1 - 0.85 * step(-abs(u - 432), -9, soft))
    down = step(v, 40, soft) * step(-v, -430, soft)
    for bar in (170, 300):
        down = down * (1 - 0.85 * step(-abs(v - bar), -8, soft))
    return across * down


def leaves(scale: float) -> Layer:
    """Leaves of a plant near the viewer, out of focus."""
    box = (0, 320, 336, 720)
    canvas = np.zeros((round(400 * scale), round(336 * scale), 4), np.uint8)
    t = np.linspace(0, 1, 24)
    for number, (lean, reach, wide) in enumerate(
        (
            (0.10, 330, 26),
            (0.85, 270, 22),
            (0.42, 380, 30),
            (1.25, 250, 20),
            (0.62, 300, 24),
            (0.25, 300, 24),
            (1.05, 330, 20),
        )
    ):
        angle = math.pi / 2 - lean + 0.9 * t**2 * -0.6
        xs, ys = -30 + reach * t * np.cos(angle), 735 - reach * t * np.sin(angle)
        normal = np.stack([np.sin(angle), np.cos(angle)], -1)
        spine, half = np.stack([xs, ys], -1), (wide * np.sin(math.pi * t**0.8) ** 0.8)[:, None]
        for edge, ink in ((-1, (22, 44, 40)), (1, (58, 78, 40))):
            blade = np.concatenate([spine, (spine + edge * half * normal)[::-1]])
            shade = np.array([*np.array(ink) * (0.6 + 0.1 * number), 255])
            cv2.fillPoly(
                canvas, [np.round((blade - box[:2]) * scale * 16).astype(np.int32)], shade.tolist(), cv2.LINE_AA, 4
            )
    return Layer(box, soften(canvas, 6, scale))


def haze(scale: float) -> Array:
    """Shafts of light in the air, which are added to the picture."""
    x, y = grid(ROOM, scale)
    along, across = 0.86 * (1180 - x) + 0.5 * (y - 120), 0.5 * (1180 - x) - 0.86 * (y - 120)
    across = across / (1 + along / 2600)
    shaft = sum(
        np.exp(-(((across - middle) / 40) ** 4)) * strength
        for middle, strength in ((-190, 0.7), (-88, 1.0), (14, 0.8), (112, 0.55))
    )
    fade = (
        step(along, 60, 160)
        * (1 - step(along, 560, 800))
        * step(-y, -480, 160)
        * (0.85 + 0.15 * noise(x, y, 21, (160, 120)))
    )
    glow = soften((shaft * fade).astype(np.float32), 9, scale)[..., None] * SHAFT
    bloom = np.exp(-(((x - 1190) / 210) ** 2) - ((y - 210) / 240) ** 2)[..., None] * np.array([40.0, 29.0, 14.0])
    return np.clip(glow + bloom, 0, 255).astype(np.uint8)


def _rug(scale: float) -> Array:
    """A woolly rug below the cat."""
    x, y = grid(RUG, scale)
    wool, swirl = noise(x, y, 45, (26, 12)), noise(x, y, 46, (20, 12))
    edge = blob(x, y, (684, 600), (436, 56))
    mask = step(edge + 0.03 * wool, 0.04, 0.06)
    lit = step(-abs(x - 0.9 * (y - 560) - 740), -330, 200)
    under = np.exp(-1.1 * np.clip(-blob(x, y, (690, 592), (345, 30)), 0, None))
    light = (0.80 + 0.12 * wool - 0.30 * step(y, 644, 36)) * (1 - 0.6 * under)
    colour = toned(light[..., None] * (np.array([0.80, 0.77, 0.80]) + lit[..., None] * np.array([0.46, 0.27, 0.02])))
    flow = (0.006 * (x - 684) + 0.9 * swirl, 0.25 + 0.014 * (y - 588) + 0.5 * wool)
    rng = np.random.default_rng(9)
    common = {"mask": mask, "flow": flow, "order": y, "wild": 0.5, "tone": 0.07}
    canvas = coat(RUG, scale, rng, colour=0.86 * colour, count=9000, length=13.0, width=3.0, **common)
    return reduced(coat(RUG, scale, rng, colour=colour, count=30000, length=11.0, width=1.7, below=canvas, **common))


def _branches(scale: float) -> Array:
    """The shadows of branches with leaves that hang before the window, 0 … 1."""
    rng = np.random.default_rng(12)
    canvas = np.zeros(grid(ROOM, scale)[0].shape, np.float32)
    for x, y, reach, droop in ((670, -10, 420, 0.10), (650, 40, 260, 0.55), (670, 190, 200, 0.15)):
        for along in np.linspace(0.05, 1, round(reach / 22)):
            lean = math.pi - droop - 0.5 * along
            at = x + reach * along * math.cos(lean), y + reach * along * math.sin(lean)
            for side in (-1, 1):
                turn = lean + side * rng.uniform(0.7, 1.2)
                size = rng.uniform(15, 23) * (1.15 - 0.5 * along)
                middle = at[0] + size * math.cos(turn), at[1] + size * math.sin(turn)
                axes = (max(1, round(size * scale)), max(1, round(0.36 * size * scale)))
                centre = (round(middle[0] * scale), round(middle[1] * scale))
                cv2.ellipse(canvas, centre, axes, math.degrees(turn), 0, 360, 1.0, -1, cv2.LINE_8)
            stem = [
                (round((x + reach * a * math.cos(lean)) * scale), round((y + reach * a * math.sin(lean)) * scale))
                for a in (along - 0.06, along)
            ]
            cv2.line(canvas, stem[0], stem[1], 1.0, max(1, round(2.5 * scale)))
    return soften(canvas, 3.5, scale)


def backdrop(scale: float) -> Array:
    """All that never moves: the room, the window, the seat."""
    x, y = grid(ROOM, scale)
    wall = mix((0.40, 0.37, 0.40), (0.27, 0.26, 0.33), step(-x + 0.4 * y, -300, 900))
    wall = wall * (1 + 0.03 * noise(x, y, 31, (50, 50)))[..., None]
    dapple = 1 - 0.42 * _branches(scale)
    wall = wall + (_panes(x, y, 22) * dapple * (1.05 - 0.0007 * y))[..., None] * np.array([0.62, 0.44, 0.20])
    side = mix((0.30, 0.27, 0.30), (0.20, 0.18, 0.23), step(y, 300, 500))
    wall = mix(wall, side, step(x, 1000, 5))
    share = (x - 1064) / 196
    top, bottom = 66 - 96 * share, 404 + 62 * share
    down = (y - top) / (bottom - top)
    garden = mix((1.75, 1.48, 1.10), (1.05, 0.94, 0.56), step(down + 0.25 * noise(x, y, 33, (46, 60)), 0.62, 0.5))
    bokeh = np.random.default_rng(5)
    for _ in range(26):
        at, size = (bokeh.uniform(1050, 1290), bokeh.uniform(60, 470)), bokeh.uniform(9, 24)
        disc = step(-np.hypot(x - at[0], y - at[1]), -size, 5) * bokeh.uniform(0.10, 0.35)
        garden = garden + disc[..., None] * np.array([0.60, 0.46, 0.24])
    bars = np.maximum(
        np.exp(-(((share - 0.47) / 0.035) ** 4)),
        np.max([np.exp(-(((down - at) / 0.018) ** 4)) for at in (1 / 3, 2 / 3)], axis=0),
    )
    frame = step(np.minimum(np.minimum(share, 1.1 - share) * 196, np.minimum(y - top, bottom - y)), -12, 6)
    glass = step(np.minimum(np.minimum(share, 1.1 - share) * 196, np.minimum(y - top, bottom - y)), 3, 5)
    wall = mix(wall, (0.74, 0.66, 0.60), frame)
    wall = mix(wall, garden, glass * (1 - bars))
    wall = wall + np.exp(-(((x - 1170) / 190) ** 2) - ((y - 220) / 260) ** 2)[..., None] * np.array([0.26, 0.18, 0.08])
    folds = 0.5 + 0.5 * np.sin((x + 0.03 * y) / 7.5 + 1.2 * noise(x, y, 41, (60, 400)))
    sheer = step(np.minimum(x - 962 - 0.03 * y, 1078 - 0.05 * y - x), 0, 10)
    cloth = np.array([0.62, 0.52, 0.42]) * (0.55 + 0.55 * folds + 0.35 * step(x, 1040, 90))[..., None]
    wall = mix(wall, cloth, sheer * (0.80 + 0.15 * folds))
    wall = soften(toned(wall), 3.0, scale)
    seat = mix((0.30, 0.36, 0.48), (0.20, 0.24, 0.36), step(y, 650, 26))
    seat = seat * (1 + 0.05 * noise(x, y, 35, (23, 5)) + 0.05 * noise(x, y, 36, (90, 22)))[..., None]
    lit = step(-abs(x - 0.9 * (y - 560) - 760), -380, 320) * step(-y, -640, 60)
    seat = seat + lit[..., None] * np.array([0.30, 0.22, 0.10])
    seat = seat * (1 + 0.25 * np.exp(-(((y - 646) / 5) ** 2)) - 0.4 * np.exp(-(((y - 662) / 7) ** 2)))[..., None]
    picture = mix(wall, seat, step(y, 506, 4))
    picture = picture * (1 - 0.5 * step(blob(x, y, (684, 616), (470, 70)), 0.0, 0.5))[..., None]
    picture = (255 * np.clip(picture, 0, 1)).astype(np.uint8)
    lay_over(picture, _rug(scale), RUG, scale)
    picture = picture / np.float32(255)
    far = np.hypot((x - 600) / 760, (y - 400) / 520)
    picture = picture * (1 - 0.5 * step(far, 1.0, 1.0))[..., None]
    return (255 * np.clip(picture, 0, 1)).astype(np.uint8)


def lay_dust(picture: Array, air: Array, time: float, scale: float) -> None:
    """Add motes of dust, which drift slowly and shine most in the shafts of light, as `haze` gives them."""
    rng = np.random.default_rng(3)
    for _ in range(34):
        x, y, radius, light = rng.uniform((330, 60, 1.2, 0.35), (1150, 520, 3.2, 0.9))
        phase, pace = rng.uniform(0, 2 * math.pi, 3), rng.uniform(0.25, 0.6, 3)
        x, y = x + 22 * math.sin(pace[0] * time + phase[0]), y + 16 * math.sin(pace[1] * time + phase[1])
        light *= 0.7 + 0.3 * math.sin(2 * pace[2] * time + phase[2])
        column, row, reach = round(x * scale), round(y * scale), math.ceil(6.0 * scale) + 2
        steps, spread = np.arange(-reach, reach) + 0.5, max(0.6, radius * scale)
        across, down = (np.exp(-(((steps + at) / spread) ** 2)) for at in (column - x * scale, row - y * scale))
        shine = light * min(1.0, 0.15 + air[row, column, 0] / SHAFT[0])
        place = picture[row - reach : row + reach, column - reach : column + reach]
        place[:] = cv2.add(place, (np.outer(down, across)[..., None] * shine * DUST).astype(np.uint8))
