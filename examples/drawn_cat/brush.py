"""Painting and laying: soft shapes, light on round things, coats of fine strands, and parts laid over a picture.

All lengths are in a picture of 1280×720; `scale` says how large the real picture is against that. Arrays of colours are
red, green and blue, 0 … 1, float32 [h, w, 3]. A part has premultiplied alpha, so that its soft edges have no rims.
"""

import math
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

FINE = 2
"""Strands of fur are painted this many times larger and then reduced, which makes them finer than a pixel."""

SUN, SHADE, RIM = (1.02, 0.80, 0.54), (0.47, 0.46, 0.55), (0.80, 0.62, 0.40)
"""Sunlight, the cool light in shadows, and the glow of fur against the window have these colours."""
BOUNCE = (0.16, 0.12, 0.08)
"""What lies below throws back light of this colour."""
TO_SUN = np.array([0.66, -0.60, 0.45], np.float32)
"""The sun is in this direction: right, down, and toward the viewer."""
TO_WINDOW = np.array([0.75, -0.66, 0.0], np.float32)
"""The window, which lights the edges, is in this direction."""

Box = tuple[int, int, int, int]
Point = tuple[float, float]
Array = np.ndarray


@dataclass(frozen=True)
class Layer:
    """A painted part: premultiplied red, green, blue and alpha, uint8 [h, w, 4], at its place in the picture."""

    box: Box
    pixels: Array


@cache
def grid(box: Box, scale: float) -> tuple[Array, Array]:
    """The coordinates x and y of a box's pixels in a picture of 1280×720."""
    left, top, right, bottom = box
    x, y = np.meshgrid(np.arange(round((right - left) * scale)), np.arange(round((bottom - top) * scale)))
    return ((x + 0.5) / scale + left).astype(np.float32), ((y + 0.5) / scale + top).astype(np.float32)


def step(value: Array, edge: float, soft: float) -> Array:
    """0 below the edge and 1 above it; the change is `soft` wide."""
    share = np.clip((value - edge) / soft + 0.5, 0, 1)
    return share * share * (3 - 2 * share)


def blob(x: Array, y: Array, centre: Point, radii: Point) -> Array:
    """1 in the middle of an ellipse, 0 at its edge, negative outside."""
    return 1 - ((x - centre[0]) / radii[0]) ** 2 - ((y - centre[1]) / radii[1]) ** 2


def noise(x: Array, y: Array, seed: int, cell: Point) -> Array:
    """Smooth noise, about −1 … 1, with lumps of the size `cell`."""
    lumps = np.random.default_rng(seed).normal(0, 0.6, (64, 64)).astype(np.float32)
    return cv2.remap(lumps, x / cell[0], y / cell[1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_WRAP)


def mix(first: Array | tuple[float, ...], second: Array | tuple[float, ...], share: Array) -> Array:
    """The first colour where the share is 0, and the second where it is 1."""
    share = share[..., None]
    return np.asarray(first, np.float32) * (1 - share) + np.asarray(second, np.float32) * share


def soften(values: Array, radius: float, scale: float) -> Array:
    """Blur by a radius in the picture of 1280×720."""
    return cv2.GaussianBlur(values, (0, 0), max(0.3, radius * scale))


def marks(box: Box, scale: float, curves: list[list[Point]], width: float, soft: float) -> Array:
    """Soft lines through points, 0 … 1; straight pieces are rounded."""
    canvas = np.zeros(grid(box, scale)[0].shape, np.float32)
    for curve in curves:
        points = (np.array(curve) - box[:2]) * scale
        cv2.polylines(canvas, [np.round(points * 16).astype(np.int32)], False, 1.0, max(1, round(width * scale)), 8, 4)
    return np.clip(1.3 * soften(canvas, soft, scale), 0, 1)


def rounded(scale: float, domes: list[tuple[Array, float]], soft: float = 14.0) -> tuple[Array, Array]:
    """The smooth union of domes (1 in their middle, 0 at the edge; height): where it is, 0 … 1, and its normals."""
    heights = np.stack([tall * np.sqrt(np.clip(dome, 0, 1)) - 200 * np.clip(-dome, 0, 1) for dome, tall in domes])
    height = soft * np.log(np.exp(np.clip(heights, -300, 300) / soft).sum(0))
    edge = np.max([dome for dome, _ in domes], axis=0)
    slope_y, slope_x = np.gradient(soften(np.maximum(height, 0).astype(np.float32), 3, scale))
    normal = np.dstack([-slope_x * scale, -slope_y * scale, np.ones_like(slope_x)])
    return step(edge, 0.02, 0.06), normal / np.linalg.norm(normal, axis=-1, keepdims=True)


def lit(normal: Array, sun: Array | float, shelter: Array | float = 1.0) -> Array:
    """The light on fur with these normals; `shelter` below 1 is a place that little light reaches."""
    key = np.clip((normal @ TO_SUN + 0.22) / 1.15, 0, 1) * sun
    sky = (0.82 - 0.26 * normal[..., 1]) * shelter
    rim = np.clip(normal @ TO_WINDOW, 0, 1) * (1 - normal[..., 2]) ** 1.5 * shelter
    light = sky[..., None] * np.array(SHADE) + key[..., None] * np.array(SUN) + rim[..., None] * np.array(RIM)
    return light + np.clip(normal[..., 1:2], 0, 1) * np.array(BOUNCE)


def toned(colour: Array) -> Array:
    """Bring bright colours below 1 without a change of hue, as clipping each of red, green and blue would."""
    peak = colour.max(-1, keepdims=True)
    soft = peak / (1 + (peak / 0.97) ** 5) ** 0.2
    colour = colour * (soft / np.maximum(peak, 1e-6))
    return (colour + (1 - colour) * 0.3 * np.clip(peak - 0.85, 0, 1)).astype(np.float32)


def coat(
    box: Box,
    scale: float,
    rng: np.random.Generator,
    mask: Array,
    flow: tuple[Array, Array],
    colour: Array,
    *,
    count: int,
    length: float | Array = 20.0,
    width: float = 1.7,
    order: Array | float = 0.0,
    tone: float = 0.13,
    wild: float = 0.22,
    below: Array | None = None,
) -> Array:
    """Paint strands that grow along a flow, each with the colour at its root; those with a low `order` lie below."""
    height, cols = mask.shape
    fine = FINE * scale
    if below is None:
        base = np.dstack([colour * 0.82, np.ones_like(mask)]) * soften(mask.astype(np.float32), 1.5, scale)[..., None]
        below = cv2.resize((255 * np.clip(base, 0, 1)).astype(np.uint8), None, fx=FINE, fy=FINE)
    row, column = np.divmod(rng.choice(np.flatnonzero(mask > 0.5), max(50, round(count * scale))), cols)
    x, y = column + rng.random(row.size), row + rng.random(row.size)
    stride = np.broadcast_to(length, mask.shape)[row, column] * rng.uniform(0.6, 1.3, row.size) * scale / 3
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
        x, y = x + along[:, 0] * stride, y + along[:, 1] * stride
    strands = np.round(np.stack(edges, 1) * 16).astype(np.int32)
    inks = np.dstack([np.clip(255 * shade, 0, 255)[None], np.full((1, row.size, 1), 255.0)])[0].tolist()
    for number in np.argsort(rank, kind="stable"):
        cv2.fillPoly(below, [strands[number]], inks[number], cv2.LINE_AA, 4)
    return below


def reduced(canvas: Array) -> Array:
    """What was painted `FINE` times larger, at its own size."""
    return cv2.resize(canvas, None, fx=1 / FINE, fy=1 / FINE, interpolation=cv2.INTER_AREA)


def lay_over(picture: Array, part: Array, box: Box, scale: float) -> None:
    """Lay a premultiplied part over the picture."""
    left, top, right, bottom = (round(side * scale) for side in box)
    place = picture[top:bottom, left:right]
    through = cv2.cvtColor(255 - part[..., 3], cv2.COLOR_GRAY2RGB)
    place[:] = cv2.add(cv2.multiply(place, through, scale=1 / 255), part[..., :3])


def bent(part: Layer, scale: float, right: Array, down: Array) -> Array:
    """A part's pixels, where each shows what lies so far to its right and down."""
    x, y = grid((0, 0, part.box[2] - part.box[0], part.box[3] - part.box[1]), scale)
    u, v = (x + right) * scale - 0.5, (y + down) * scale - 0.5
    return cv2.remap(part.pixels, u.astype(np.float32), v.astype(np.float32), cv2.INTER_LINEAR)


def moved(shift: Point, angle: float = 0.0, pivot: Point = (0.0, 0.0)) -> Array:
    """The matrix that turns about a pivot and then shifts."""
    c, s = math.cos(angle), math.sin(angle)
    (a, b), (p, q) = shift, pivot
    return np.array([[c, -s, p - c * p + s * q + a], [s, c, q - s * p - c * q + b], [0, 0, 1]])


def lay(picture: Array, part: Layer, matrix: Array, scale: float) -> None:
    """Lay a part over the picture where the matrix moves it."""
    room = (part.box[0] - 48, part.box[1] - 112, part.box[2] + 48, part.box[3] + 32)
    room = (max(0, room[0]), max(0, room[1]), min(1280, room[2]), min(720, room[3]))
    size = round((room[2] - room[0]) * scale), round((room[3] - room[1]) * scale)
    to_scene = np.array([[1 / scale, 0, part.box[0]], [0, 1 / scale, part.box[1]], [0, 0, 1]])
    to_room = np.array([[scale, 0, -room[0] * scale], [0, scale, -room[1] * scale]])
    lay_over(picture, cv2.warpAffine(part.pixels, to_room @ matrix @ to_scene, size), room, scale)
