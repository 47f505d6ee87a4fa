"""Parts that change their shape: the head that turns, the eyes that open, and the tail that curls."""

import math

import cv2
import numpy as np

from drawn_cat.brush import Array, Box, Layer, grid, lay_over, lit, mix, step
from drawn_cat.fur import LINE


def lay_head(
    picture: Array, head: Layer, depth: Array, matrix: Array, scale: float, *, eyes: float, turn: float, lift: float
) -> None:
    """Lay the head where the matrix moves it.

    What is near the viewer shifts more than the outline when it turns, so the far cheek narrows.
    """
    pixels = head.pixels.copy()
    for side in (-1, 1):
        _eye(pixels, head.box, side, eyes, turn, scale)
    left, top, right, bottom = head.box
    room = (left - 48, top - 104, right + 48, bottom + 16)
    x, y = grid(room, scale)
    back = np.linalg.inv(matrix)
    u = ((back[0, 0] * x + back[0, 1] * y + back[0, 2] - left) * scale - 0.5).astype(np.float32)
    v = ((back[1, 0] * x + back[1, 1] * y + back[1, 2] - top) * scale - 0.5).astype(np.float32)
    for _ in range(2):  # the shift depends on what is shown, which depends on the shift
        near = cv2.remap(depth, u, v, cv2.INTER_LINEAR)
        u, v = u - 12 * turn * scale * near, v + 3 * lift * scale * near
    lay_over(picture, cv2.remap(pixels, u, v, cv2.INTER_LINEAR), room, scale)


def _eye(pixels: Array, box: Box, side: int, opening: float, turn: float, scale: float) -> None:
    """Paint one eye on the head: closed it is a soft line, open it looks where the head turns."""
    middle = (480 + side * 50, 456)
    place = (middle[0] - 44, middle[1] - 36, middle[0] + 44, middle[1] + 36)
    x, y = grid(place, scale)
    rows = slice(round((place[1] - box[1]) * scale), round((place[1] - box[1]) * scale) + len(x))
    columns = slice(round((place[0] - box[0]) * scale), round((place[0] - box[0]) * scale) + x.shape[1])
    x, y = x - middle[0], y - middle[1]
    s = side * x / 27
    arch = np.clip(1 - s**2, 0, 1)
    lower = 2 - 1.5 * s + (11 - 3 * opening) * arch
    upper = lower - 25 * opening * arch**0.6
    inside = step(np.minimum(y - upper, lower - y), 0.6, 2.2) * step(arch, 0.04, 0.06)
    gaze = 4.0 * turn
    far = np.hypot(x - gaze, y + 3)
    iris = mix((0.82, 0.64, 0.22), (0.46, 0.43, 0.13), step(far + 4 * (x - gaze) / 20, 9, 16))
    iris = iris * (0.55 + 0.045 * np.clip(y - upper, 0, 11) + 0.10 * x / 20)[..., None] + 0.05
    dark = np.maximum(step(-np.hypot((x - gaze) / 7.5, (y + 3) / 16), -1, 0.3), 0.8 * step(far, 21, 5))
    iris = mix(iris, (0.05, 0.04, 0.04), dark)
    iris = mix(iris, (1.0, 0.97, 0.90), step(-np.hypot(x - gaze - 6, y + 8), -3.4, 2.5))
    thick = 1.7 + 1.0 * np.clip(s + 0.4, 0, 1.4)
    lids = np.exp(-(((y - upper) / thick) ** 2)) * step(-abs(s), -1.08, 0.3)
    lids = np.maximum(lids, 0.75 * np.exp(-(((y - lower) / 1.3) ** 2)) * step(-abs(s), -1.05, 0.3))
    face = pixels[rows, columns, :3].astype(np.float32) / 255
    face = mix(mix(face, np.clip(iris, 0, 1), inside), LINE, 0.92 * lids)
    pixels[rows, columns, :3] = np.round(255 * face)


def lay_tail(picture: Array, tail: Layer, curl: float, scale: float) -> None:
    """Bend the tail along its curve, lit from the window wherever it turns, and lay it over the body."""
    box = (560, 376, 1088, 664)
    s = np.arange(0.0, 520.0, 5.0)
    share = s / 440
    around = math.radians(72) + math.radians(112) * np.clip(s / 140, 0, 1) ** 0.8
    rolled = (3.15 + 0.8 * curl - 0.25 * curl**2) * np.clip((share - 0.38) / 0.62, 0, 1.1) ** 1.25
    heading = around + rolled + 0.10 * curl * np.clip(share - 0.2, 0, 1)
    along = np.stack([np.cos(heading), np.sin(heading)], -1)
    curve = np.array([984.0, 498.0]) + 5.0 * np.cumsum(along, 0)
    places = np.stack(grid(box, min(scale, 0.25)), -1) - np.float32(800)
    curve = (curve - 800).astype(np.float32)
    nearest = ((curve**2).sum(-1) - 2 * places @ curve.T).argmin(-1)
    apart = places - curve[nearest]
    jumps = cv2.morphologyEx(nearest.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 12
    # Enlarging would blend parts of the tail that lie far from each other along it, which shows as cracks.
    distance = np.where(jumps, 99, np.hypot(apart[..., 0], apart[..., 1]))
    tangent = along[nearest].astype(np.float32)
    u = s[nearest].astype(np.float32) + np.clip((apart * tangent).sum(-1), -2.5, 60)
    v = apart[..., 1] * tangent[..., 0] - apart[..., 0] * tangent[..., 1]
    across = np.clip(v / 30, -0.95, 0.95)
    light = lit(np.dstack([-tangent[..., 1] * across, tangent[..., 0] * across, np.sqrt(1 - across**2)]), 0.85)
    size = round((box[2] - box[0]) * scale), round((box[3] - box[1]) * scale)
    fields = np.dstack([u * scale - 0.5, (v + 40) * scale - 0.5, distance, light]).astype(np.float32)
    fields = cv2.resize(fields, size, interpolation=cv2.INTER_LINEAR)
    part = cv2.remap(tail.pixels, fields[..., 0], fields[..., 1], cv2.INTER_LINEAR)
    part = part * step(-fields[..., 2:3], -33, 4)
    part[..., :3] = np.minimum(part[..., :3] * fields[..., 3:], part[..., 3:])
    part = part.astype(np.uint8)
    shadow = cv2.resize(part[..., 3], None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)
    shadow = cv2.resize(cv2.blur(shadow, (3, 3)), size, interpolation=cv2.INTER_LINEAR)
    dark = np.zeros_like(part)
    dark[..., 3] = cv2.warpAffine(shadow, np.array([[1.0, 0, -9 * scale], [0, 1, 11 * scale]]), size) // 2
    lay_over(picture, dark, box, scale)
    lay_over(picture, part, box, scale)
