"""Draw the example clip: ten seconds of a napping cat, 1280×720 at 20 frames per second.

    python examples/napping_cat.py napping_cat.mp4

A ginger cat sleeps in the late light of a window. It breathes, its tail curls and flicks, an ear twitches; now and then
it lifts its head, half opens its eyes and looks about. Dust drifts in the light, and leaves sway. Formulas draw
everything. Each part is painted once, strand by strand, and then bent a little for each picture. No two motions have
the same period, so the clip never repeats exactly.
"""

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import cv2
import numpy as np

WIDTH, HEIGHT, FPS, SECONDS = 1280, 720, 20, 10
"""The clip has this size in pixels, rate and length."""
FINE = 2
"""Strands of fur are painted this many times larger and then reduced, which makes them finer than a pixel."""

FUR, STRIPE, CREAM = (0.84, 0.56, 0.32), (0.57, 0.31, 0.15), (0.98, 0.90, 0.78)
"""The fur has these colours: red, green and blue, 0 … 1."""
PINK, LINE = (0.86, 0.50, 0.46), (0.20, 0.10, 0.07)
"""The nose and the inner ears have the first colour; eyelids and mouth have the second."""
SUN, SHADE, RIM = (1.02, 0.80, 0.54), (0.47, 0.46, 0.55), (0.80, 0.62, 0.40)
BOUNCE = (0.16, 0.12, 0.08)
"""Sunlight, the cool light in shadows, the glow of fur against the window, and what the rug throws back have these colours."""
TO_SUN = np.array([0.66, -0.60, 0.45], np.float32)
"""The sun is in this direction: right, down, and toward the viewer."""

RUG = (232, 528, 1136, 672)
"""The rug lies here: left, top, right, bottom."""

Box = tuple[int, int, int, int]
Array = np.ndarray


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
    eyes = max(hold(time, 3.9, 5.3, 0.4) - 0.9 * bump(time, 4.75, 0.24), 0.6 * hold(time, 7.5, 8.1, 0.35))
    eyes = max(eyes, 0.35 * bump(time, 1.9, 0.5), 0.0)
    leaves = 0.7 * math.sin(0.83 * time) + 0.3 * math.sin(1.91 * time + 0.7)
    return Pose(breath, tail, ear, eyes, lift, turn + 0.05 * math.sin(0.9 * time), leaves, time)


@dataclass(frozen=True)
class Layer:
    """A painted part: premultiplied red, green, blue and alpha, uint8 [h, w, 4], at its place in the picture."""

    box: Box
    pixels: Array


@dataclass(frozen=True)
class Stage:
    """All that is painted once."""

    scale: float
    backdrop: Array
    haze: Array
    parts: dict[str, Layer]
    shapes: dict[str, Array] = field(default_factory=dict)
    """Smooth fields that say how parts bend."""


def paint(scale: float = 1.0) -> Stage:
    """Paint all parts; `scale` is 1 for 1280×720 and 0.25 for 320×180."""
    rng = np.random.default_rng(7)
    shapes: dict[str, Array] = {}
    parts = {
        "body": _body(scale, rng, shapes),
        "chest": _chest(scale, rng),
        "paws": _paws(scale, rng),
        "left": _ear(scale, rng, -1),
        "right": _ear(scale, rng, 1),
        "head": _head(scale, rng, shapes),
        "whiskers": _whiskers(scale, rng),
        "tail": _tail(scale, rng),
        "leaves": _leaves(scale, shapes),
        "shadow": _shadow(scale),
    }
    return Stage(scale, _backdrop(scale), _haze(scale), parts, shapes)


def draw(cat: Pose, stage: Stage) -> Array:
    """Draw one picture, uint8 [720, 1280, 3] times the stage's scale."""
    scale, parts = stage.scale, stage.parts
    picture = stage.backdrop.copy()
    body = parts["body"]
    swell = cat.breath * stage.shapes["breath"]
    _over(picture, _bent(body.pixels, scale, -1.5 * swell, 6.0 * swell), body.box, scale)
    head = _moved((-14 + 15 * cat.turn + 14 * cat.lift, -66 * cat.lift - 1.6 * cat.breath), 0.10 * cat.turn, (480, 545))
    reach = 1 + 0.40 * cat.lift
    neck = np.array([[1, -0.10 * cat.turn, 61 * cat.turn * 0.9], [0, reach, 610 * (1 - reach)], [0, 0, 1]])
    _lay(picture, parts["chest"], neck, scale)
    _over(picture, parts["paws"].pixels, parts["paws"].box, scale)
    _lay_tail(picture, cat, stage)
    _lay(picture, parts["shadow"], _moved((-10, 18 + 14 * cat.lift), 0, (0, 0)) @ head, scale)
    for side, name in ((-1, "left"), (1, "right")):
        twitch = 0.30 * cat.ear if side < 0 else 0.06 * cat.ear
        base = (480 + side * 78, 390)
        _lay(picture, parts[name], head @ _moved((-5 * cat.turn, 5 * cat.lift), -side * twitch, base), scale)
    _lay_head(picture, cat, stage, head)
    _lay(picture, parts["whiskers"], head @ _moved((21 * cat.turn, -5 * cat.lift), 0, (0, 0)), scale)
    leaves = parts["leaves"]
    sway = cat.leaves * stage.shapes["sway"]
    _over(picture, _bent(leaves.pixels, scale, 6 * sway, -2.5 * sway), leaves.box, scale)
    cv2.add(picture, stage.haze, dst=picture)
    for x, y, radius, light in _motes(cat.drift):
        _lay_mote(picture, stage, x, y, radius, light)
    return picture


def frames(scale: float = 1.0) -> Iterator[Array]:
    """Yield the 200 pictures of the clip."""
    stage = paint(scale)
    for number in range(FPS * SECONDS):
        yield draw(pose(number / FPS), stage)


def main(path: Path) -> None:
    """Write the clip to `path`."""
    from alive_cli.media.encode import write_video

    write_video(path, frames(), fps=FPS)


@cache
def _grid(box: Box, scale: float) -> tuple[Array, Array]:
    """The coordinates x and y of a box's pixels in a picture of 1280×720."""
    left, top, right, bottom = box
    x, y = np.meshgrid(np.arange(round((right - left) * scale)), np.arange(round((bottom - top) * scale)))
    return ((x + 0.5) / scale + left).astype(np.float32), ((y + 0.5) / scale + top).astype(np.float32)


def _step(value: Array, edge: float, soft: float) -> Array:
    """0 below the edge and 1 above it; the change is `soft` wide."""
    share = np.clip((value - edge) / soft + 0.5, 0, 1)
    return share * share * (3 - 2 * share)


def _blob(x: Array, y: Array, centre: tuple[float, float], radii: tuple[float, float]) -> Array:
    """1 in the middle of an ellipse, 0 at its edge, negative outside."""
    return 1 - ((x - centre[0]) / radii[0]) ** 2 - ((y - centre[1]) / radii[1]) ** 2


def _noise(x: Array, y: Array, seed: int, cell: tuple[float, float]) -> Array:
    """Smooth noise, about −1 … 1, with lumps of the size `cell`."""
    lumps = np.random.default_rng(seed).normal(0, 0.6, (64, 64)).astype(np.float32)
    return cv2.remap(lumps, x / cell[0], y / cell[1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_WRAP)


def _mix(first: Array | tuple[float, ...], second: Array | tuple[float, ...], share: Array) -> Array:
    share = share[..., None]
    return np.asarray(first, np.float32) * (1 - share) + np.asarray(second, np.float32) * share


def _soften(values: Array, radius: float, scale: float) -> Array:
    return cv2.GaussianBlur(values, (0, 0), max(0.3, radius * scale))


def _marks(box: Box, scale: float, curves: list[list[tuple[float, float]]], width: float, soft: float) -> Array:
    """Soft lines through points, 0 … 1; straight pieces are rounded."""
    canvas = np.zeros(_grid(box, scale)[0].shape, np.float32)
    for curve in curves:
        points = (np.array(curve) - box[:2]) * scale
        cv2.polylines(canvas, [np.round(points * 16).astype(np.int32)], False, 1.0, max(1, round(width * scale)), 8, 4)
    return np.clip(1.3 * _soften(canvas, soft, scale), 0, 1)


def _round(scale: float, domes: list[tuple[Array, float]], soft: float = 14.0) -> tuple[Array, Array]:
    """The smooth union of domes (1 in their middle, 0 at the edge; height): where it is, 0 … 1, and its normals."""
    heights = np.stack([tall * np.sqrt(np.clip(dome, 0, 1)) - 200 * np.clip(-dome, 0, 1) for dome, tall in domes])
    height = soft * np.log(np.exp(np.clip(heights, -300, 300) / soft).sum(0))
    edge = np.max([dome for dome, _ in domes], axis=0)
    slope_y, slope_x = np.gradient(_soften(np.maximum(height, 0).astype(np.float32), 3, scale))
    normal = np.dstack([-slope_x * scale, -slope_y * scale, np.ones_like(slope_x)])
    return _step(edge, 0.02, 0.06), normal / np.linalg.norm(normal, axis=-1, keepdims=True)


def _light(normal: Array, sun: Array | float, shelter: Array | float = 1.0) -> Array:
    """The light on fur with these normals; `shelter` below 1 is a place that little light reaches."""
    key = np.clip((normal @ TO_SUN + 0.22) / 1.15, 0, 1) * sun
    sky = (0.82 - 0.26 * normal[..., 1]) * shelter
    rim = np.clip(normal @ np.array([0.75, -0.66, 0.0]), 0, 1) * (1 - normal[..., 2]) ** 1.5 * shelter
    light = sky[..., None] * np.array(SHADE) + key[..., None] * np.array(SUN) + rim[..., None] * np.array(RIM)
    return light + np.clip(normal[..., 1:2], 0, 1) * np.array(BOUNCE)


def _tone(colour: Array) -> Array:
    """Bring bright colours below 1 without a change of hue, as clipping each of red, green and blue would."""
    peak = colour.max(-1, keepdims=True)
    soft = peak / (1 + (peak / 0.97) ** 5) ** 0.2
    colour = colour * (soft / np.maximum(peak, 1e-6))
    return (colour + (1 - colour) * 0.3 * np.clip(peak - 0.85, 0, 1)).astype(np.float32)


def _panes(x: Array, y: Array, soft: float) -> Array:
    """Sunlight through the window's panes as it falls on the wall, 0 … 1."""
    u, v = x, y + 0.42 * (x - 480)
    across = _step(u, 205, soft) * _step(-u, -640, soft) * (1 - 0.85 * _step(-abs(u - 432), -9, soft))
    down = _step(v, 40, soft) * _step(-v, -430, soft)
    for bar in (170, 300):
        down = down * (1 - 0.85 * _step(-abs(v - bar), -8, soft))
    return across * down


def _coat(
    box: Box, scale: float, rng: np.random.Generator, mask: Array, flow: tuple[Array, Array], colour: Array,
    *, count: int, length: float | Array = 20.0, width: float = 1.7, order: Array | float = 0.0, tone: float = 0.13,
    wild: float = 0.22, below: Array | None = None,
) -> Array:
    """Paint strands that grow along a flow, each with the colour at its root; those with a low `order` lie below."""
    height, cols = mask.shape
    fine = FINE * scale
    if below is None:
        base = np.dstack([colour * 0.82, np.ones_like(mask)]) * _soften(mask.astype(np.float32), 1.5, scale)[..., None]
        below = cv2.resize((255 * np.clip(base, 0, 1)).astype(np.uint8), None, fx=FINE, fy=FINE)
    row, column = np.divmod(rng.choice(np.flatnonzero(mask > 0.5), max(50, round(count * scale**0.5))), cols)
    x, y = column + rng.random(row.size), row + rng.random(row.size)
    step = np.broadcast_to(length, mask.shape)[row, column] * rng.uniform(0.6, 1.3, row.size) * scale / 3
    shade = colour[row, column] * np.exp(rng.normal(0, tone, row.size))[:, None]
    rank = np.broadcast_to(order, mask.shape)[row, column] + rng.normal(0, 8, row.size)
    lean, curl = rng.normal(0, wild, row.size), rng.normal(0, 0.5 * wild, row.size)
    edges: list[Array] = []
    for station, thick in enumerate((1.0, 0.95, 0.65, 0.0)):
        r, c = np.clip(y.astype(int), 0, height - 1), np.clip(x.astype(int), 0, cols - 1)
        angle = np.arctan2(flow[1][r, c], flow[0][r, c]) + lean + station * curl
        along = np.stack([np.cos(angle), np.sin(angle)], -1)
        half = 0.5 * width * fine * thick * np.stack([-along[:, 1], along[:, 0]], -1)
        middle = np.stack([x, y], -1) * FINE
        edges = [middle - half, *edges, middle + half] if thick else [*edges, middle]
        x, y = x + along[:, 0] * step, y + along[:, 1] * step
    strands = np.round(np.stack(edges, 1) * 16).astype(np.int32)
    inks = np.dstack([np.clip(255 * shade, 0, 255)[None], np.full((1, row.size, 1), 255.0)])[0].tolist()
    for number in np.argsort(rank, kind="stable"):
        cv2.fillPoly(below, [strands[number]], inks[number], cv2.LINE_AA, 4)
    return below


def _reduce(canvas: Array) -> Array:
    return cv2.resize(canvas, None, fx=1 / FINE, fy=1 / FINE, interpolation=cv2.INTER_AREA)


def _over(picture: Array, part: Array, box: Box, scale: float) -> None:
    """Lay a premultiplied part over the picture."""
    left, top, right, bottom = (round(side * scale) for side in box)
    place = picture[top:bottom, left:right]
    through = cv2.cvtColor(255 - part[..., 3], cv2.COLOR_GRAY2RGB)
    place[:] = cv2.add(cv2.multiply(place, through, scale=1 / 255), part[..., :3])


def _bent(pixels: Array, scale: float, right: Array, down: Array) -> Array:
    """A part each of whose pixels shows what is so far to the right and down, in units of the whole picture."""
    x, y = _grid((0, 0, round(pixels.shape[1] / scale), round(pixels.shape[0] / scale)), scale)
    return cv2.remap(pixels, (x + right) * scale - 0.5, (y + down) * scale - 0.5, cv2.INTER_LINEAR)


def _moved(shift: tuple[float, float], angle: float, pivot: tuple[float, float]) -> Array:
    """The matrix that turns about a pivot and then shifts."""
    c, s = math.cos(angle), math.sin(angle)
    (a, b), (p, q) = shift, pivot
    return np.array([[c, -s, p - c * p + s * q + a], [s, c, q - s * p - c * q + b], [0, 0, 1]])


def _lay(picture: Array, part: Layer, matrix: Array, scale: float) -> None:
    """Lay a part over the picture where the matrix moves it."""
    room = (part.box[0] - 48, part.box[1] - 112, part.box[2] + 48, part.box[3] + 32)
    room = (max(0, room[0]), max(0, room[1]), min(WIDTH, room[2]), min(HEIGHT, room[3]))
    size = round((room[2] - room[0]) * scale), round((room[3] - room[1]) * scale)
    to_scene = np.array([[1 / scale, 0, part.box[0]], [0, 1 / scale, part.box[1]], [0, 0, 1]])
    to_room = np.array([[scale, 0, -room[0] * scale], [0, scale, -room[1] * scale]])
    _over(picture, cv2.warpAffine(part.pixels, to_room @ matrix @ to_scene, size), room, scale)


def _lay_head(picture: Array, cat: Pose, stage: Stage, matrix: Array) -> None:
    """Lay the head. What is near the viewer shifts more than the outline when it turns, so the far cheek narrows."""
    head, scale = stage.parts["head"], stage.scale
    pixels = head.pixels.copy()
    for side in (-1, 1):
        _eye(pixels, head.box, side, cat, scale)
    left, top, right, bottom = head.box
    room = (left - 48, top - 104, right + 48, bottom + 16)
    x, y = _grid(room, scale)
    back = np.linalg.inv(matrix)
    u = ((back[0, 0] * x + back[0, 1] * y + back[0, 2] - left) * scale - 0.5).astype(np.float32)
    v = ((back[1, 0] * x + back[1, 1] * y + back[1, 2] - top) * scale - 0.5).astype(np.float32)
    for _ in range(2):
        depth = cv2.remap(stage.shapes["depth"], u, v, cv2.INTER_LINEAR)
        shifted = u - 12 * cat.turn * scale * depth, v + 3 * cat.lift * scale * depth
        u, v = shifted
    _over(picture, cv2.remap(pixels, u, v, cv2.INTER_LINEAR), room, scale)


def _eye(pixels: Array, box: Box, side: int, cat: Pose, scale: float) -> None:
    """Paint one eye on the head: closed it is a soft line, open it looks where the head turns."""
    middle = (480 + side * 50, 456)
    place = (middle[0] - 44, middle[1] - 36, middle[0] + 44, middle[1] + 36)
    x, y = _grid(place, scale)
    rows = slice(round((place[1] - box[1]) * scale), round((place[1] - box[1]) * scale) + len(x))
    columns = slice(round((place[0] - box[0]) * scale), round((place[0] - box[0]) * scale) + x.shape[1])
    x, y = x - middle[0], y - middle[1]
    s = side * x / 27
    arch = np.clip(1 - s**2, 0, 1)
    lower = 2 - 1.5 * s + 11 * arch
    upper = lower - 26 * cat.eyes * arch**0.65
    inside = _step(np.minimum(y - upper, lower - y), 0.6, 2.2) * _step(arch, 0.04, 0.06)
    gaze = 4.0 * cat.turn
    far = np.hypot(x - gaze, y + 3)
    iris = _mix((0.82, 0.64, 0.22), (0.46, 0.43, 0.13), _step(far + 4 * (x - gaze) / 20, 9, 16))
    iris = iris * (0.55 + 0.045 * np.clip(y - upper, 0, 11) + 0.10 * x / 20)[..., None] + 0.05
    iris = _mix(iris, (0.05, 0.04, 0.04), np.maximum(_step(-np.hypot((x - gaze) / 7.5, (y + 3) / 16), -1, 0.3), 0.8 * _step(far, 21, 5)))
    iris = _mix(iris, (1.0, 0.97, 0.90), _step(-np.hypot(x - gaze - 6, y + 8), -3.4, 2.5))
    thick = 1.7 + 1.0 * np.clip(s + 0.4, 0, 1.4)
    lids = np.exp(-(((y - upper) / thick) ** 2)) * _step(-abs(s), -1.08, 0.3)
    lids = np.maximum(lids, 0.75 * np.exp(-(((y - lower) / 1.3) ** 2)) * _step(-abs(s), -1.05, 0.3))
    face = pixels[rows, columns, :3].astype(np.float32) / 255
    face = _mix(_mix(face, np.clip(iris, 0, 1), inside), LINE, 0.92 * lids)
    pixels[rows, columns, :3] = np.round(255 * face)


def _lay_tail(picture: Array, cat: Pose, stage: Stage) -> None:
    """Bend the tail along its curve, lit from the window wherever it turns, and lay it over the body."""
    scale, box = stage.scale, (560, 376, 1088, 664)
    s = np.arange(0.0, 520.0, 5.0)
    share = s / 440
    heading = math.radians(72) + math.radians(112) * np.clip(s / 140, 0, 1) ** 0.8
    heading += (3.15 + 0.8 * cat.tail - 0.25 * cat.tail**2) * np.clip((share - 0.38) / 0.62, 0, 1.1) ** 1.25 + 0.10 * cat.tail * np.clip(share - 0.2, 0, 1)
    along = np.stack([np.cos(heading), np.sin(heading)], -1)
    curve = np.array([984.0, 498.0]) + 5.0 * np.cumsum(along, 0)
    places = np.stack(_grid(box, min(scale, 0.25)), -1) - np.float32(800)
    curve = (curve - 800).astype(np.float32)
    nearest = ((curve**2).sum(-1) - 2 * places @ curve.T).argmin(-1)
    apart = places - curve[nearest]
    jumps = cv2.morphologyEx(nearest.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 12
    distance = np.where(jumps, 99, np.hypot(apart[..., 0], apart[..., 1]))  # never blend distant parts of the tail
    tangent = along[nearest].astype(np.float32)
    u = s[nearest].astype(np.float32) + np.clip((apart * tangent).sum(-1), -2.5, 60)
    v = apart[..., 1] * tangent[..., 0] - apart[..., 0] * tangent[..., 1]
    across = np.clip(v / 30, -0.95, 0.95)
    light = _light(np.dstack([-tangent[..., 1] * across, tangent[..., 0] * across, np.sqrt(1 - across**2)]), 0.85)
    size = round((box[2] - box[0]) * scale), round((box[3] - box[1]) * scale)
    fields = np.dstack([u * scale - 0.5, (v + 40) * scale - 0.5, distance, light]).astype(np.float32)
    fields = cv2.resize(fields, size, interpolation=cv2.INTER_LINEAR)
    part = cv2.remap(stage.parts["tail"].pixels, fields[..., 0], fields[..., 1], cv2.INTER_LINEAR)
    part = part * _step(-fields[..., 2:3], -33, 4)
    part[..., :3] = np.minimum(part[..., :3] * fields[..., 3:], part[..., 3:])
    part = part.astype(np.uint8)
    shadow = cv2.resize(part[..., 3], None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)
    shadow = cv2.resize(cv2.blur(shadow, (3, 3)), size, interpolation=cv2.INTER_LINEAR)
    dark = np.zeros_like(part)
    dark[..., 3] = cv2.warpAffine(shadow, np.array([[1.0, 0, -9 * scale], [0, 1, 11 * scale]]), size) // 2
    _over(picture, dark, box, scale)
    _over(picture, part, box, scale)


def _motes(time: float) -> Iterator[tuple[float, float, float, float]]:
    """Where motes of dust are: x, y, radius and light."""
    rng = np.random.default_rng(3)
    for _ in range(34):
        x, y = rng.uniform(330, 1150), rng.uniform(60, 520)
        phase, pace = rng.uniform(0, 2 * math.pi, 3), rng.uniform(0.25, 0.6, 3)
        x += 22 * math.sin(pace[0] * time + phase[0])
        y += 16 * math.sin(pace[1] * time + phase[1])
        yield x, y, rng.uniform(1.2, 3.2), rng.uniform(0.35, 0.9) * (0.7 + 0.3 * math.sin(pace[2] * 2 * time + phase[2]))


def _lay_mote(picture: Array, stage: Stage, x: float, y: float, radius: float, light: float) -> None:
    """Add a mote, which shines only in a shaft of light."""
    scale, reach = stage.scale, math.ceil(6.0 * stage.scale) + 2
    column, row = round(x * scale), round(y * scale)
    xs, ys = np.arange(column - reach, column + reach), np.arange(row - reach, row + reach)
    spread = max(0.6, radius * scale)
    spot = np.outer(np.exp(-(((ys + 0.5 - y * scale) / spread) ** 2)), np.exp(-(((xs + 0.5 - x * scale) / spread) ** 2)))
    glow = 0.15 + stage.haze[row, column, 0] / 54
    place = picture[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1]
    place[:] = cv2.add(place, (spot[..., None] * np.array([190, 165, 120]) * light * min(1.0, glow)).astype(np.uint8))


def _body(scale: float, rng: np.random.Generator, shapes: dict[str, Array]) -> Layer:
    """The loaf: chest to the left, haunch to the right, the back lit from behind."""
    box = (392, 216, 1056, 632)
    x, y = _grid(box, scale)
    torso, haunch = _blob(x, y, (712, 440), (236, 158)), _blob(x, y, (868, 482), (138, 122))
    shoulder = _blob(x, y, (560, 470), (126, 122))
    mask, normal = _round(scale, [(torso, 150.0), (haunch, 178.0), (shoulder, 140.0)])
    mask = mask * _step(-y, -598, 16)
    wobble = _noise(x, y, 1, (60, 60))
    u = (x - 560) / 40 + 0.9 * ((y - 430) / 150) ** 2 + 0.45 * wobble
    bands = _step(np.sin(math.pi * u) + 0.35 * _noise(x, y, 2, (34, 50)), 0.35, 0.7) * _step(-y, -500, 160)
    rings = _step(np.sin(np.hypot(x - 850, y - 520) / 9.5 + 0.8 * wobble) + 0.3 * wobble, 0.3, 0.7)
    rings = rings * _step(x + 0.5 * y, 1020, 60) * _step(-y, -530, 110)
    on_haunch = _step(haunch + 0.1 * wobble, 0.05, 0.2)
    stripe = np.maximum(bands * (1 - on_haunch), rings * on_haunch) * 0.85
    spine = _step(-(y - 292 - 0.0009 * (x - 700) ** 2), -14, 24)
    colour = _mix(FUR, STRIPE, np.clip(stripe + 0.5 * spine, 0, 1))
    colour = _mix(colour, CREAM, np.maximum(0.75 * _step(y, 560, 90), 0.6 * _step(-x + 0.3 * y, -330, 90)) * 0.8)
    crease = np.exp(-((haunch / 0.10) ** 2)) * _step(-x, -900, 120) * _step(y, 400, 80)
    shelter = (1 - 0.55 * crease) * (1 - 0.55 * _step(y, 575, 70)) * (1 - 0.3 * _step(_blob(x, y, (480, 490), (150, 130)), 0.4, 0.8))
    sun = (0.25 + 0.75 * _step(-(y + 0.25 * x), -690, 160)) * (1 - 0.5 * crease)
    colour = _tone(colour * _light(normal, sun, shelter))
    fall = np.clip((y - 300) / 260, 0, 1)
    flow = (1.1 - 0.6 * fall + 0.7 * normal[..., 0], 0.12 + 0.95 * fall + 0.5 * normal[..., 1])
    order = -(0.6 * x + y)
    common = {"mask": mask, "flow": flow, "order": order}
    canvas = _coat(box, scale, rng, colour=0.8 * colour, count=26000, length=26.0, width=2.6, **common)
    canvas = _coat(box, scale, rng, colour=colour, count=70000, length=20.0, below=canvas, **common)
    canvas = _coat(box, scale, rng, colour=np.clip(1.22 * colour, 0, 1), count=16000, length=23.0, width=1.0, below=canvas, **common)
    shapes["breath"] = np.exp(-(((x - 730) / 190) ** 2) - ((y - 330) / 120) ** 2).astype(np.float32)
    return Layer(box, _reduce(canvas))


def _chest(scale: float, rng: np.random.Generator) -> Layer:
    """The neck and the bib, which show when the head is raised."""
    box = (384, 360, 648, 624)
    x, y = _grid(box, scale)
    mask, normal = _round(scale, [(_blob(x, y, (508, 496), (94, 118)), 90.0)])
    mask = mask * _step(-y, -588, 12)
    tufts = _noise(x, y, 5, (16, 34))
    colour = _mix(CREAM, FUR, _step(x + 14 * tufts, 548, 44) + _step(-x + 14 * tufts, -448, 40))
    shelter = (0.78 + 0.4 * _step(y, 500, 120)) * (1 + 0.12 * tufts)
    colour = _tone(colour * _light(normal, 1.05, shelter))
    flow = (0.010 * (x - 500) + 0.25 * tufts, np.ones_like(y))
    canvas = _coat(box, scale, rng, mask, flow, 0.85 * colour, count=8000, length=30.0, width=2.4, order=-y)
    canvas = _coat(box, scale, rng, mask, flow, colour, count=15000, length=26.0, width=1.5, order=-y, below=canvas)
    return Layer(box, _reduce(canvas))


def _paws(scale: float, rng: np.random.Generator) -> Layer:
    box = (336, 520, 664, 632)
    x, y = _grid(box, scale)
    near, far = _blob(x, y, (536, 588), (76, 27)), _blob(x, y, (424, 580), (66, 26))
    mask, normal = _round(scale, [(near, 40.0), (far, 38.0)], soft=4.0)
    colour = _mix(CREAM, FUR, _step(x + 8 * _noise(x, y, 6, (20, 20)), 560, 60))
    toes = _marks(box, scale, [[(x0, 582), (x0 - 5, 591), (x0 - 2, 603)] for x0 in (382, 402, 488, 509)], 3, 1.4)
    gap = _marks(box, scale, [[(482, 564), (466, 574), (459, 588), (464, 602), (474, 611)]], 5, 2.2)
    toes = np.maximum(toes, gap)
    shelter = np.clip(1.15 - 0.4 * _step(y, 596, 40), 0, 2) * (1 - 0.4 * toes)
    colour = _tone(colour * _light(normal, 0.8 * (1 - 0.4 * toes), shelter))
    flow = (-np.ones_like(x), 0.12 + 0.5 * normal[..., 1])
    canvas = _coat(box, scale, rng, mask, flow, colour, count=14000, length=9.0, width=1.6, order=x, wild=0.3)
    return Layer(box, _reduce(canvas))


def _ear(scale: float, rng: np.random.Generator, side: int) -> Layer:
    """One ear: fur outside, thin skin inside that lets the light through, and long pale hairs."""
    box = (320, 264, 496, 424) if side < 0 else (464, 264, 640, 424)
    x, y = _grid(box, scale)
    s = side * (x - 480)
    up = np.clip((412 - y) / 134, 0, 1.2)
    bulge = up * (1 - up)
    inner, outer = 4 + 78 * up - 34 * bulge, 126 - 40 * up + 30 * bulge
    within = np.minimum(s - inner, outer - s)
    mask = _step(within, 1.5, 4)
    skin = _step(within + 3 * _noise(x, y, 8, (9, 9)), 15, 14) * _step(-up, -0.86, 0.2)
    glow = 1.3 if side > 0 else 0.85
    colour = _mix(np.array(FUR) * glow, _mix(PINK, (0.98, 0.62, 0.44), np.clip(up, 0, 1)) * glow, skin)
    colour = _mix(colour, np.array(STRIPE) * glow, 0.6 * _step(-within, -8, 7))
    colour = _tone(colour * (0.62 + 0.5 * np.clip(up, 0, 1))[..., None])
    flow = (side * (0.35 + 0.02 * (s - 74)), -np.ones_like(x))
    canvas = _coat(box, scale, rng, mask, flow, colour, count=9000, length=7.0, width=1.3, order=y, wild=0.3)
    hairs = mask * _step(inner + 22 - s, 0, 20) * _step(-up, -0.66, 0.3)
    flow = (side * (0.6 + 0.5 * up), -np.ones_like(x))
    pale = np.clip(_mix(colour, np.array(CREAM) * (0.3 + 0.7 * glow), np.full_like(x, 0.75)), 0, 1).astype(np.float32)
    canvas = _coat(box, scale, rng, hairs, flow, pale, count=130, length=29.0, width=1.2, order=y, wild=0.3, below=canvas)
    return Layer(box, _reduce(canvas))


def _head(scale: float, rng: np.random.Generator, shapes: dict[str, Array]) -> Layer:
    box = (320, 328, 640, 584)
    x, y = _grid(box, scale)
    x, y = x - 480, y - 455
    skull, cheeks = _blob(x, y, (0, -14), (116, 94)), _blob(x, y, (0, 22), (129, 68))
    pads = [(_blob(x, y, (side * 22, 46), (37, 29)), 101.0) for side in (-1, 1)]
    lids = [(_blob(x, y, (side * 50, 2), (30, 20)), 95.0) for side in (-1, 1)]
    bridge, chin = _blob(x, y, (0, 12), (24, 60)), _blob(x, y, (0, 72), (30, 22))
    mask, normal = _round(scale, [(skull, 96.0), (cheeks, 84.0), (bridge, 103.0), (chin, 80.0), *pads, *lids], soft=9.0)
    face = [[(480 + side * a, 455 + b) for a, b in curve] for side in (-1, 1) for curve in (
        [(9, -94), (11, -62), (20, -40)], [(34, -92), (34, -62), (22, -42)], [(58, -84), (56, -56), (48, -34)],
        [(78, 0), (100, 8), (128, 6)], [(72, 22), (96, 34), (122, 36)], [(28, 8), (20, 22), (16, 30)],
    )]
    stripe = _marks(box, scale, face, 8, 2.6)
    pale = np.max([_step(dome, 0.1, 0.5) for dome, _ in pads] + [_step(chin, -0.1, 0.7)], axis=0)
    rings = np.max([_step(_blob(x, y, (side * 50, 0), (36, 22)), 0.25, 0.7) for side in (-1, 1)], axis=0)
    colour = _mix(_mix(FUR, STRIPE, 0.8 * stripe), CREAM, np.clip(pale + 0.5 * rings, 0, 1))
    colour = _mix(colour, CREAM, 0.55 * _step(y, 52, 40) * _step(abs(x), 20, 60))
    socket = np.max([np.exp(-(((abs(x) - 26) / 11) ** 2) - ((y - 14) / 16) ** 2)], axis=0)
    shelter = 1.06 - 0.3 * socket - 0.25 * _step(y, 80, 40)
    colour = _tone(colour * _light(normal, 1.1, shelter))
    far = np.hypot(x, y - 30)
    flow = (x / (far + 1), (y - 30) / (far + 1) + 0.15 * _step(y, 0, 60) * np.sign(abs(x)))
    length = 5 + 11 * np.clip((far - 30) / 90, 0, 1) ** 1.3
    common = {"mask": mask, "flow": flow, "length": length, "order": -far}
    canvas = _coat(box, scale, rng, colour=colour, count=34000, width=1.7, wild=0.2, **common)
    canvas = _coat(box, scale, rng, colour=np.clip(1.15 * colour, 0, 1), count=9000, width=1.0, wild=0.26, below=canvas, **common)
    depth = np.clip(0.75 * np.sqrt(np.clip(np.maximum(skull, cheeks), 0, 1)) + 0.35 * np.exp(-((x / 34) ** 2) - ((y - 36) / 34) ** 2), 0, 1.1)
    shapes["depth"] = _soften(depth.astype(np.float32), 6, scale)
    pixels = _reduce(canvas)
    _mouth(pixels, x, y)
    return Layer(box, pixels)


def _mouth(pixels: Array, x: Array, y: Array) -> None:
    """The nose, the mouth, and the dots from which whiskers grow."""
    wide = 15 - 0.62 * (y - 24)
    nose = _step(np.minimum(wide - abs(x), np.minimum(y - 23, 42 - y) * 1.3), 0.5, 4)
    tint = np.array(PINK) * (1.02 - 0.018 * (y - 24))[..., None] + 0.22 * np.exp(-(((x - 4) / 4) ** 2) - ((y - 27) / 2.6) ** 2)[..., None]
    holes = np.exp(-(((abs(x) - 6) / 3.0) ** 2) - ((y - 33.5) / 2.0) ** 2)
    cleft = np.exp(-((x / 1.3) ** 2)) * _step(y, 40, 3) * _step(-y, -54, 5)
    smile = np.exp(-(((y - 53 - 8 * np.sin(np.clip(abs(x) / 24, 0, 1) * math.pi * 0.8)) / 1.7) ** 2)) * _step(-abs(x), -23, 6)
    dots = sum(np.exp(-(((abs(x) - a) / 1.5) ** 2) - ((y - b) / 1.5) ** 2) for a, b in ((18, 42), (27, 40), (22, 49), (32, 47)))
    for share, ink in ((nose, tint), (np.clip(np.maximum(0.75 * holes, np.maximum(0.8 * cleft, 0.8 * smile)) + 0.35 * dots, 0, 1), np.array(LINE))):
        pixels[..., :3] = np.clip(_mix(pixels[..., :3].astype(np.float32), 255 * np.broadcast_to(ink, (*x.shape, 3)), share), 0, 255)


def _whiskers(scale: float, rng: np.random.Generator) -> Layer:
    box = (264, 440, 696, 568)
    canvas = np.zeros((round(128 * scale * FINE), round(432 * scale * FINE), 4), np.uint8)
    for side in (-1, 1):
        for number in range(7):
            reach, rise = rng.uniform(110, 175), rng.uniform(-1, 1) * 8 + 13 * (number - 2.6)
            t = np.linspace(0, 1, 12)
            xs, ys = 480 + side * (24 + reach * t), 498 + 2.2 * (number - 3) + rise * t + 26 * t**2 - 14 * t
            for first in range(11):
                ends = (np.stack([xs, ys], -1)[first : first + 2] - box[:2]) * scale * FINE * 16
                ink = np.array([255, 246, 226, 255]) * (0.9 - 0.06 * first)
                cv2.polylines(canvas, [np.round(ends).astype(np.int32)], False, ink.tolist(), 2 if first < 5 else 1, cv2.LINE_AA, 4)
    return Layer(box, _reduce(canvas))


def _tail(scale: float, rng: np.random.Generator) -> Layer:
    """The tail, stretched out: its root on the left, its tip on the right."""
    box = (0, 0, 640, 80)
    x, y = _grid(box, scale)
    half = np.minimum(20 + 0.10 * x, 25 - 0.006 * x)
    mask = _step(half - abs(y - 40), 0, 4) * _step(-(((x - 388) / 56).clip(0) ** 2 + ((y - 40) / half) ** 2), -0.95, 0.1)
    rings = _step(np.sin(x / 14 + 0.5 * _noise(x, y, 11, (24, 16))), 0.1, 0.9)
    colour = _mix(_mix(FUR, STRIPE, 0.8 * rings * _step(-x, -390, 40)), CREAM, 0.7 * _step(x, 396, 50))
    colour = colour.astype(np.float32)
    flow = (np.ones_like(x), 0.35 * (y - 40) / 27)
    canvas = _coat(box, scale, rng, mask, flow, 0.85 * colour, count=9000, length=26.0, width=2.4, order=-x)
    canvas = _coat(box, scale, rng, mask, flow, colour, count=22000, length=24.0, order=-x, tone=0.2, below=canvas)
    pixels = _reduce(canvas) * _step(x, 40, 60)[..., None]
    return Layer(box, pixels.astype(np.uint8))


def _shadow(scale: float) -> Layer:
    """The soft shadow of the head on what is below it."""
    box = (360, 384, 648, 608)
    x, y = _grid(box, scale)
    pixels = np.zeros((*x.shape, 4), np.uint8)
    pixels[..., 3] = 90 * np.clip(1.4 * _blob(x, y, (504, 496), (130, 100)), 0, 1)
    return Layer(box, pixels)


def _leaves(scale: float, shapes: dict[str, Array]) -> Layer:
    """Leaves of a plant near the viewer, out of focus."""
    box = (0, 320, 336, 720)
    canvas = np.zeros((round(400 * scale), round(336 * scale), 4), np.uint8)
    t = np.linspace(0, 1, 24)
    for number, (lean, reach, wide) in enumerate(((0.10, 330, 26), (0.85, 270, 22), (0.42, 380, 30), (1.25, 250, 20), (0.62, 300, 24), (0.25, 300, 24), (1.05, 330, 20))):
        angle = math.pi / 2 - lean + 0.9 * t**2 * -0.6
        xs, ys = -30 + reach * t * np.cos(angle), 735 - reach * t * np.sin(angle)
        normal = np.stack([np.sin(angle), np.cos(angle)], -1)
        spine, half = np.stack([xs, ys], -1), (wide * np.sin(math.pi * t**0.8) ** 0.8)[:, None]
        for edge, ink in ((-1, (22, 44, 40)), (1, (58, 78, 40))):
            blade = np.concatenate([spine, (spine + edge * half * normal)[::-1]])
            shade = np.array([*np.array(ink) * (0.6 + 0.1 * number), 255])
            cv2.fillPoly(canvas, [np.round((blade - box[:2]) * scale * 16).astype(np.int32)], shade.tolist(), cv2.LINE_AA, 4)
    x, y = _grid(box, scale)
    shapes["sway"] = np.clip(np.hypot(x, 720 - y) / 300, 0, 1.2) ** 1.5
    return Layer(box, _soften(canvas, 6, scale))


def _haze(scale: float) -> Array:
    """Shafts of light in the air, which are added to the picture."""
    x, y = _grid((0, 0, WIDTH, HEIGHT), scale)
    along, across = 0.86 * (1180 - x) + 0.5 * (y - 120), 0.5 * (1180 - x) - 0.86 * (y - 120)
    across = across / (1 + along / 2600)
    shaft = sum(np.exp(-(((across - middle) / 40) ** 4)) * strength for middle, strength in ((-190, 0.7), (-88, 1.0), (14, 0.8), (112, 0.55)))
    fade = _step(along, 60, 160) * (1 - _step(along, 560, 800)) * _step(-y, -480, 160) * (0.85 + 0.15 * _noise(x, y, 21, (160, 120)))
    glow = _soften((shaft * fade).astype(np.float32), 9, scale)[..., None] * np.array([54.0, 41.0, 24.0])
    bloom = np.exp(-(((x - 1190) / 210) ** 2) - ((y - 210) / 240) ** 2)[..., None] * np.array([40.0, 29.0, 14.0])
    return np.clip(glow + bloom, 0, 255).astype(np.uint8)


def _rug(scale: float) -> Array:
    """A woolly rug below the cat."""
    x, y = _grid(RUG, scale)
    wool, swirl = _noise(x, y, 45, (26, 12)), _noise(x, y, 46, (20, 12))
    edge = _blob(x, y, (684, 600), (436, 56))
    mask = _step(edge + 0.03 * wool, 0.04, 0.06)
    lit = _step(-abs(x - 0.9 * (y - 560) - 740), -330, 200)
    under = np.exp(-1.1 * np.clip(-_blob(x, y, (690, 592), (345, 30)), 0, None))
    light = (0.80 + 0.12 * wool - 0.30 * _step(y, 644, 36)) * (1 - 0.6 * under)
    colour = _tone(light[..., None] * (np.array([0.80, 0.77, 0.80]) + lit[..., None] * np.array([0.46, 0.27, 0.02])))
    flow = (0.006 * (x - 684) + 0.9 * swirl, 0.25 + 0.014 * (y - 588) + 0.5 * wool)
    rng = np.random.default_rng(9)
    common = {"mask": mask, "flow": flow, "order": y, "wild": 0.5, "tone": 0.07}
    canvas = _coat(RUG, scale, rng, colour=0.86 * colour, count=9000, length=13.0, width=3.0, **common)
    return _reduce(_coat(RUG, scale, rng, colour=colour, count=30000, length=11.0, width=1.7, below=canvas, **common))


def _backdrop(scale: float) -> Array:
    """All that never moves: the room, the window, the seat."""
    x, y = _grid((0, 0, WIDTH, HEIGHT), scale)
    wall = _mix((0.40, 0.37, 0.40), (0.27, 0.26, 0.33), _step(-x + 0.4 * y, -300, 900))
    wall = wall * (1 + 0.03 * _noise(x, y, 31, (50, 50)))[..., None]
    dapple = 1 - 0.32 * _step(_noise(x, y, 37, (30, 17)) + 0.8 * _noise(x, y, 38, (110, 90)), 0.6, 1.5)
    wall = wall + (_panes(x, y, 22) * dapple * (1.05 - 0.0007 * y))[..., None] * np.array([0.62, 0.44, 0.20])
    side = _mix((0.30, 0.27, 0.30), (0.20, 0.18, 0.23), _step(y, 300, 500))
    wall = _mix(wall, side, _step(x, 1000, 5))
    share = (x - 1064) / 196
    top, bottom = 66 - 96 * share, 404 + 62 * share
    down = (y - top) / (bottom - top)
    garden = _mix((1.75, 1.48, 1.10), (1.05, 0.94, 0.56), _step(down + 0.25 * _noise(x, y, 33, (46, 60)), 0.62, 0.5))
    bokeh = np.random.default_rng(5)
    for _ in range(26):
        at, size = (bokeh.uniform(1050, 1290), bokeh.uniform(60, 470)), bokeh.uniform(9, 24)
        disc = _step(-np.hypot(x - at[0], y - at[1]), -size, 5) * bokeh.uniform(0.10, 0.35)
        garden = garden + disc[..., None] * np.array([0.60, 0.46, 0.24])
    bars = np.maximum(np.exp(-(((share - 0.47) / 0.035) ** 4)), np.max([np.exp(-(((down - at) / 0.018) ** 4)) for at in (1 / 3, 2 / 3)], axis=0))
    frame = _step(np.minimum(np.minimum(share, 1.1 - share) * 196, np.minimum(y - top, bottom - y)), -12, 6)
    glass = _step(np.minimum(np.minimum(share, 1.1 - share) * 196, np.minimum(y - top, bottom - y)), 3, 5)
    wall = _mix(wall, (0.74, 0.66, 0.60), frame)
    wall = _mix(wall, garden, glass * (1 - bars))
    wall = wall + np.exp(-(((x - 1170) / 190) ** 2) - ((y - 220) / 260) ** 2)[..., None] * np.array([0.26, 0.18, 0.08])
    folds = 0.5 + 0.5 * np.sin((x + 0.03 * y) / 7.5 + 1.2 * _noise(x, y, 41, (60, 400)))
    sheer = _step(np.minimum(x - 962 - 0.03 * y, 1078 - 0.05 * y - x), 0, 10)
    cloth = np.array([0.62, 0.52, 0.42]) * (0.55 + 0.55 * folds + 0.35 * _step(x, 1040, 90))[..., None]
    wall = _mix(wall, cloth, sheer * (0.80 + 0.15 * folds))
    wall = _soften(_tone(wall), 3.0, scale)
    seat = _mix((0.30, 0.36, 0.48), (0.20, 0.24, 0.36), _step(y, 650, 26))
    seat = seat * (1 + 0.05 * _noise(x, y, 35, (23, 5)) + 0.05 * _noise(x, y, 36, (90, 22)))[..., None]
    lit = _step(-abs(x - 0.9 * (y - 560) - 760), -380, 320) * _step(-y, -640, 60)
    seat = seat + lit[..., None] * np.array([0.30, 0.22, 0.10])
    seat = seat * (1 + 0.25 * np.exp(-(((y - 646) / 5) ** 2)) - 0.4 * np.exp(-(((y - 662) / 7) ** 2)))[..., None]
    picture = _mix(wall, seat, _step(y, 506, 4))
    picture = picture * (1 - 0.5 * _step(_blob(x, y, (684, 616), (470, 70)), 0.0, 0.5))[..., None]
    picture = (255 * np.clip(picture, 0, 1)).astype(np.uint8)
    _over(picture, _rug(scale), RUG, scale)
    picture = picture / np.float32(255)
    far = np.hypot((x - 600) / 760, (y - 400) / 520)
    picture = picture * (1 - 0.5 * _step(far, 1.0, 1.0))[..., None]
    return (255 * np.clip(picture, 0, 1)).astype(np.uint8)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Say where to write the clip: python examples/napping_cat.py napping_cat.mp4")
    main(Path(sys.argv[1]))
