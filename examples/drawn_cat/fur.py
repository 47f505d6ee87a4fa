"""The parts of the cat, each painted once at rest: strands of fur along a flow, lit from the window at the right."""

import math

import cv2
import numpy as np

from drawn_cat.brush import (
    FINE,
    Array,
    Layer,
    blob,
    coat,
    grid,
    lit,
    marks,
    mix,
    noise,
    reduced,
    rounded,
    soften,
    step,
    toned,
)

FUR, STRIPE, CREAM = (0.84, 0.56, 0.32), (0.57, 0.31, 0.15), (0.98, 0.90, 0.78)
"""The fur has these colours: red, green and blue, 0 … 1."""
PINK, LINE = (0.86, 0.50, 0.46), (0.20, 0.10, 0.07)
"""The nose and the inner ears have the first colour; eyelids and mouth have the second."""


def body(scale: float, rng: np.random.Generator) -> Layer:
    """The loaf: shoulder to the left, haunch to the right, the back lit from behind."""
    box = (392, 216, 1056, 632)
    x, y = grid(box, scale)
    torso, haunch = blob(x, y, (712, 440), (236, 158)), blob(x, y, (868, 482), (138, 122))
    shoulder = blob(x, y, (560, 470), (126, 122))
    mask, normal = rounded(scale, [(torso, 150.0), (haunch, 178.0), (shoulder, 140.0)])
    mask = mask * step(-y, -598, 16)
    wobble = noise(x, y, 1, (60, 60))
    u = (x - 560) / 40 + 0.9 * ((y - 430) / 150) ** 2 + 0.45 * wobble
    bands = step(np.sin(math.pi * u) + 0.35 * noise(x, y, 2, (34, 50)), 0.35, 0.7) * step(-y, -500, 160)
    rings = step(np.sin(np.hypot(x - 850, y - 520) / 9.5 + 0.8 * wobble) + 0.3 * wobble, 0.3, 0.7)
    rings = rings * step(x + 0.5 * y, 1020, 60) * step(-y, -530, 110)
    on_haunch = step(haunch + 0.1 * wobble, 0.05, 0.2)
    stripe = np.maximum(bands * (1 - on_haunch), rings * on_haunch) * 0.85
    spine = step(-(y - 292 - 0.0009 * (x - 700) ** 2), -14, 24)
    colour = mix(FUR, STRIPE, np.clip(stripe + 0.5 * spine, 0, 1))
    colour = mix(colour, CREAM, np.maximum(0.75 * step(y, 560, 90), 0.6 * step(-x + 0.3 * y, -330, 90)) * 0.8)
    crease = np.exp(-((haunch / 0.10) ** 2)) * step(-x, -900, 120) * step(y, 400, 80)
    shelter = (
        (1 - 0.55 * crease)
        * (1 - 0.55 * step(y, 575, 70))
        * (1 - 0.3 * step(blob(x, y, (480, 490), (150, 130)), 0.4, 0.8))
    )
    sun = (0.25 + 0.75 * step(-(y + 0.25 * x), -690, 160)) * (1 - 0.5 * crease)
    colour = toned(colour * lit(normal, sun, shelter))
    fall = np.clip((y - 300) / 260, 0, 1)
    flow = (1.1 - 0.6 * fall + 0.7 * normal[..., 0], 0.12 + 0.95 * fall + 0.5 * normal[..., 1])
    order = -(0.6 * x + y)
    common = {"mask": mask, "flow": flow, "order": order}
    canvas = coat(box, scale, rng, colour=0.8 * colour, count=26000, length=26.0, width=2.6, **common)
    canvas = coat(box, scale, rng, colour=colour, count=70000, length=20.0, below=canvas, **common)
    canvas = coat(
        box,
        scale,
        rng,
        colour=np.clip(1.22 * colour, 0, 1),
        count=16000,
        length=23.0,
        width=1.0,
        below=canvas,
        **common,
    )
    return Layer(box, reduced(canvas))


def chest(scale: float, rng: np.random.Generator) -> Layer:
    """The neck and the bib, which show when the head is raised."""
    box = (384, 360, 648, 624)
    x, y = grid(box, scale)
    mask, normal = rounded(scale, [(blob(x, y, (508, 496), (94, 118)), 90.0)])
    mask = mask * step(-y, -588, 12)
    tufts = noise(x, y, 5, (16, 34))
    colour = mix(CREAM, FUR, step(x + 14 * tufts, 548, 44) + step(-x + 14 * tufts, -448, 40))
    shelter = (0.78 + 0.4 * step(y, 500, 120)) * (1 + 0.12 * tufts)
    colour = toned(colour * lit(normal, 1.05, shelter))
    flow = (0.010 * (x - 500) + 0.25 * tufts, np.ones_like(y))
    canvas = coat(box, scale, rng, mask, flow, 0.85 * colour, count=8000, length=30.0, width=2.4, order=-y)
    canvas = coat(box, scale, rng, mask, flow, colour, count=15000, length=26.0, width=1.5, order=-y, below=canvas)
    return Layer(box, reduced(canvas))


def paws(scale: float, rng: np.random.Generator) -> Layer:
    """The front paws, side by side, on which the head sleeps."""
    box = (336, 520, 664, 632)
    x, y = grid(box, scale)
    near, far = blob(x, y, (536, 588), (76, 27)), blob(x, y, (424, 580), (66, 26))
    mask, normal = rounded(scale, [(near, 40.0), (far, 38.0)], soft=4.0)
    colour = mix(CREAM, FUR, step(x + 8 * noise(x, y, 6, (20, 20)), 560, 60))
    toes = marks(box, scale, [[(x0, 582), (x0 - 5, 591), (x0 - 2, 603)] for x0 in (382, 402, 488, 509)], 3, 1.4)
    gap = marks(box, scale, [[(482, 564), (466, 574), (459, 588), (464, 602), (474, 611)]], 5, 2.2)
    toes = np.maximum(toes, gap)
    shelter = np.clip(1.15 - 0.4 * step(y, 596, 40), 0, 2) * (1 - 0.4 * toes)
    colour = toned(colour * lit(normal, 1.05 * (1 - 0.4 * toes), shelter))
    flow = (-np.ones_like(x), 0.12 + 0.5 * normal[..., 1])
    canvas = coat(box, scale, rng, mask, flow, colour, count=14000, length=9.0, width=1.6, order=x, wild=0.3)
    return Layer(box, reduced(canvas))


def ear(scale: float, rng: np.random.Generator, side: int) -> Layer:
    """One ear: fur outside, thin skin inside that lets the light through, and long pale hairs."""
    box = (320, 264, 496, 424) if side < 0 else (464, 264, 640, 424)
    x, y = grid(box, scale)
    s = side * (x - 480)
    up = np.clip((412 - y) / 134, 0, 1.2)
    bulge = up * (1 - up)
    inner, outer = 4 + 78 * up - 34 * bulge, 126 - 40 * up + 30 * bulge
    within = np.minimum(s - inner, outer - s)
    mask = step(within, 1.5, 4)
    skin = step(within + 3 * noise(x, y, 8, (9, 9)), 15, 14) * step(-up, -0.86, 0.2)
    glow = 1.3 if side > 0 else 0.85
    colour = mix(np.array(FUR) * glow, mix(PINK, (0.98, 0.62, 0.44), np.clip(up, 0, 1)) * glow, skin)
    colour = mix(colour, np.array(STRIPE) * glow, 0.6 * step(-within, -8, 7))
    colour = toned(colour * (0.62 + 0.5 * np.clip(up, 0, 1))[..., None])
    flow = (side * (0.35 + 0.02 * (s - 74)), -np.ones_like(x))
    canvas = coat(box, scale, rng, mask, flow, colour, count=9000, length=7.0, width=1.3, order=y, wild=0.3)
    hairs = mask * step(inner + 22 - s, 0, 20) * step(-up, -0.66, 0.3)
    flow = (side * (0.6 + 0.5 * up), -np.ones_like(x))
    pale = np.clip(mix(colour, np.array(CREAM) * (0.3 + 0.7 * glow), np.full_like(x, 0.75)), 0, 1).astype(np.float32)
    canvas = coat(
        box, scale, rng, hairs, flow, pale, count=130, length=29.0, width=1.2, order=y, wild=0.3, below=canvas
    )
    return Layer(box, reduced(canvas))


def head(scale: float, rng: np.random.Generator) -> tuple[Layer, Array]:
    """The head without eyes, since they open; and how near the viewer each pixel is, about 0 … 1."""
    box = (320, 328, 640, 584)
    x, y = grid(box, scale)
    x, y = x - 480, y - 455
    skull, cheeks = blob(x, y, (0, -14), (116, 94)), blob(x, y, (0, 22), (129, 68))
    pads = [(blob(x, y, (side * 22, 46), (37, 29)), 101.0) for side in (-1, 1)]
    lids = [(blob(x, y, (side * 50, 2), (30, 20)), 95.0) for side in (-1, 1)]
    ridge, chin = blob(x, y, (0, 12), (24, 60)), blob(x, y, (0, 72), (30, 22))
    mask, normal = rounded(scale, [(skull, 96.0), (cheeks, 84.0), (ridge, 103.0), (chin, 80.0), *pads, *lids], soft=9.0)
    face = [
        [(480 + side * a, 455 + b) for a, b in curve]
        for side in (-1, 1)
        for curve in (
            [(9, -94), (11, -62), (20, -40)],
            [(34, -92), (34, -62), (22, -42)],
            [(58, -84), (56, -56), (48, -34)],
            [(78, 0), (100, 8), (128, 6)],
            [(72, 22), (96, 34), (122, 36)],
            [(28, 8), (20, 22), (16, 30)],
        )
    ]
    stripe = marks(box, scale, face, 8, 2.6)
    pale = np.max([step(dome, 0.1, 0.5) for dome, _ in pads] + [step(chin, -0.1, 0.7)], axis=0)
    rings = np.max([step(blob(x, y, (side * 50, 0), (36, 22)), 0.25, 0.7) for side in (-1, 1)], axis=0)
    colour = mix(mix(FUR, STRIPE, 0.8 * stripe), CREAM, np.clip(pale + 0.5 * rings, 0, 1))
    colour = mix(colour, CREAM, 0.55 * step(y, 52, 40) * step(abs(x), 20, 60))
    socket = np.max([np.exp(-(((abs(x) - 26) / 11) ** 2) - ((y - 14) / 16) ** 2)], axis=0)
    shelter = 1.06 - 0.3 * socket - 0.25 * step(y, 80, 40)
    colour = toned(colour * lit(normal, 1.1, shelter))
    far = np.hypot(x, y - 30)
    flow = (x / (far + 1), (y - 30) / (far + 1) + 0.15 * step(y, 0, 60) * np.sign(abs(x)))
    length = 5 + 11 * np.clip((far - 30) / 90, 0, 1) ** 1.3
    common = {"mask": mask, "flow": flow, "length": length, "order": -far}
    canvas = coat(box, scale, rng, colour=colour, count=46000, width=1.45, wild=0.2, **common)
    canvas = coat(
        box, scale, rng, colour=np.clip(1.15 * colour, 0, 1), count=9000, width=1.0, wild=0.26, below=canvas, **common
    )
    depth = np.clip(
        0.75 * np.sqrt(np.clip(np.maximum(skull, cheeks), 0, 1))
        + 0.35 * np.exp(-((x / 34) ** 2) - ((y - 36) / 34) ** 2),
        0,
        1.1,
    )
    pixels = reduced(canvas)
    _mouth(pixels, x, y)
    return Layer(box, pixels), soften(depth.astype(np.float32), 6, scale)


def _mouth(pixels: Array, x: Array, y: Array) -> None:
    """The nose, the mouth, and the dots from which whiskers grow."""
    wide = 15 - 0.62 * (y - 24)
    nose = step(np.minimum(wide - abs(x), np.minimum(y - 23, 42 - y) * 1.3), 0.5, 4)
    tint = (
        np.array(PINK) * (1.02 - 0.018 * (y - 24))[..., None]
        + 0.22 * np.exp(-(((x - 4) / 4) ** 2) - ((y - 27) / 2.6) ** 2)[..., None]
    )
    holes = np.exp(-(((abs(x) - 6) / 3.0) ** 2) - ((y - 33.5) / 2.0) ** 2)
    cleft = np.exp(-((x / 1.3) ** 2)) * step(y, 40, 3) * step(-y, -54, 5)
    smile = np.exp(-(((y - 53 - 8 * np.sin(np.clip(abs(x) / 24, 0, 1) * math.pi * 0.8)) / 1.7) ** 2)) * step(
        -abs(x), -23, 6
    )
    dots = sum(
        np.exp(-(((abs(x) - a) / 1.5) ** 2) - ((y - b) / 1.5) ** 2) for a, b in ((18, 42), (27, 40), (22, 49), (32, 47))
    )
    for share, ink in (
        (nose, tint),
        (np.clip(np.maximum(0.75 * holes, np.maximum(0.8 * cleft, 0.8 * smile)) + 0.35 * dots, 0, 1), np.array(LINE)),
    ):
        pixels[..., :3] = np.clip(
            mix(pixels[..., :3].astype(np.float32), 255 * np.broadcast_to(ink, (*x.shape, 3)), share), 0, 255
        )


def whiskers(scale: float, rng: np.random.Generator) -> Layer:
    """The whiskers, which move as the muzzle does."""
    box = (264, 440, 696, 568)
    canvas = np.zeros((round(128 * scale * FINE), round(432 * scale * FINE), 4), np.uint8)
    for side in (-1, 1):
        for number in range(7):
            reach, rise = rng.uniform(110, 175), rng.uniform(-1, 1) * 8 + 13 * (number - 2.6)
            t = np.linspace(0, 1, 12)
            xs, ys = (
                480 + side * (20 + 5 * (number % 3) + reach * t),
                498 + 2.2 * (number - 3) + rise * t + 26 * t**2 - 14 * t,
            )
            for first in range(11):
                ends = (np.stack([xs, ys], -1)[first : first + 2] - box[:2]) * scale * FINE * 16
                ink = np.array([255, 246, 226, 255]) * (0.35 + 0.5 * math.sin(0.28 * first + 0.3))
                cv2.polylines(
                    canvas,
                    [np.round(ends).astype(np.int32)],
                    False,
                    ink.tolist(),
                    2 if 0 < first < 5 else 1,
                    cv2.LINE_AA,
                    4,
                )
    return Layer(box, reduced(canvas))


def tail(scale: float, rng: np.random.Generator) -> Layer:
    """The tail, stretched out: its root on the left, its tip on the right."""
    box = (0, 0, 640, 80)
    x, y = grid(box, scale)
    half = np.minimum(20 + 0.10 * x, 25 - 0.006 * x)
    mask = step(half - abs(y - 40), 0, 4) * step(-(((x - 388) / 56).clip(0) ** 2 + ((y - 40) / half) ** 2), -0.95, 0.1)
    rings = step(np.sin(x / 14 + 0.5 * noise(x, y, 11, (24, 16))), 0.1, 0.9)
    colour = mix(mix(FUR, STRIPE, 0.8 * rings * step(-x, -390, 40)), CREAM, 0.7 * step(x, 396, 50))
    colour = colour.astype(np.float32)
    flow = (np.ones_like(x), 0.35 * (y - 40) / 27)
    canvas = coat(box, scale, rng, mask, flow, 0.85 * colour, count=9000, length=26.0, width=2.4, order=-x)
    canvas = coat(box, scale, rng, mask, flow, colour, count=22000, length=24.0, order=-x, tone=0.2, below=canvas)
    pixels = reduced(canvas) * step(x, 40, 60)[..., None]
    return Layer(box, pixels.astype(np.uint8))


def shadow(scale: float) -> Layer:
    """The soft shadow of the head on what is below it."""
    box = (360, 384, 648, 608)
    x, y = grid(box, scale)
    pixels = np.zeros((*x.shape, 4), np.uint8)
    pixels[..., 3] = 70 * np.clip(1.4 * blob(x, y, (504, 496), (130, 100)), 0, 1)
    return Layer(box, pixels)
