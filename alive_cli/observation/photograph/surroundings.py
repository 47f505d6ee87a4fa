"""What flows in from beyond the mask: the photograph without what stands still.

A displaced copy brings in what lies beside the mask. There the photograph shows rocks or a shore, which must not flow.
So these pixels are replaced by what flows: each looks along its streamline, up and down the stream, for the nearest
place that flows, and shows what lies as far behind the edge there. So streaks and waves go on as they lie there.
"""

import cv2
import numpy as np

from alive_cli.media.warping import grid_positions, reduce, resize, sample

EDGE = 3
"""So many pixels along the edge of the mask count as outside, because polygons are drawn roughly."""
SEARCHED_SIDE = 640
"""Streamlines are followed on a picture of at most so many pixels on the longest side, in steps of one of them."""
SLOWEST = 1e-3
"""Where nothing flows at this share of the fastest flow, streamlines end."""
MEDIAN = 5
"""Displacements are evened out over so many pixels of the searched picture."""
LEAST_WEIGHT = 0.02
"""Pixels with less weight lie on no streamline that leads into the mask."""
TANGENT = 2.5
"""Where the nearest edge is so many times nearer than that on the streamline, as along a bank, it takes its place."""
ROUNDED = 2.5
"""The nearest edge is rounded by so many pixels of the searched picture."""
SOFT = 6.0
"""What lies on no streamline into the mask is blurred by so many pixels, because it is never shown."""


def without_the_still(picture: np.ndarray, mask: np.ndarray, flow: np.ndarray, reach: int) -> np.ndarray:
    """A picture, uint8 [H, W, 3], in which everything that a displaced copy shows flows.

    Args:
        mask: what flows, uint8 [H, W].
        flow: float32 [h, w, 2], of any size and unit.
        reach: displacements are at most so many pixels long.
    """
    kernel = np.ones((2 * EDGE + 1, 2 * EDGE + 1), np.uint8)
    inside: np.ndarray = cv2.erode(mask, kernel, borderType=cv2.BORDER_REPLICATE) > 0
    if not inside.any():
        inside = mask > 0
    if inside.all():
        return picture
    size = picture.shape[1::-1]
    scale = min(1.0, SEARCHED_SIDE / max(size))
    searched = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    small = reduce(inside.astype(np.float32), searched)
    direction = resize(np.asarray(flow, np.float32), searched)
    speed = np.linalg.norm(direction, axis=-1, keepdims=True)
    direction = np.where(speed > SLOWEST * speed.max(), direction / np.maximum(speed, 1e-12), 0).astype(np.float32)
    steps = round(reach * scale) + 2
    ways = [_mirrored(small, way * direction, steps) for way in (1.0, -1.0)]
    sideways, apart = _mirrored_sideways(small, steps)
    ways.append((sideways, TANGENT * apart))
    distances = np.stack([distance for _, distance in ways])
    nearest = distances.argmin(0)
    total = np.zeros(picture.shape, np.float32)
    weights = np.zeros(mask.shape, np.float32)
    for number, (displacement, distance) in enumerate(ways):
        seen = cv2.erode((distance < np.inf).astype(np.uint8), np.ones((3, 3), np.uint8))
        weight = cv2.blur((nearest == number).astype(np.float32), (MEDIAN, MEDIAN)) * seen
        weight = cv2.resize(weight, size, interpolation=cv2.INTER_NEAREST)
        places = grid_positions(*size) + _even(displacement, size) * (size[0] / searched[0])
        total += weight[..., None] * sample(picture, places)
        weights += weight
    shown = (weights > LEAST_WEIGHT) | inside
    filled = np.where(inside[..., None], picture, total / np.maximum(weights, LEAST_WEIGHT)[..., None])
    weight = cv2.GaussianBlur(shown.astype(np.float32), (0, 0), SOFT)[..., None]
    smooth = cv2.GaussianBlur((filled * shown[..., None]).astype(np.float32), (0, 0), SOFT) / np.maximum(weight, 1e-3)
    mean = picture[inside].mean(0)
    smooth = np.where(weight > 1e-3, smooth, mean)
    result = np.where(shown[..., None], filled, smooth).clip(0, 255).round().astype(np.uint8)
    return np.where(inside[..., None], picture, result)


def _even(displacement: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A displacement in pixels, float32 [h, w, 2], without the jumps of whole steps, at another size."""
    planes = [cv2.medianBlur(np.ascontiguousarray(plane), MEDIAN) for plane in np.moveaxis(displacement, -1, 0)]
    return np.asarray(cv2.resize(np.stack(planes, -1), size, interpolation=cv2.INTER_LINEAR))


def _mirrored(inside: np.ndarray, direction: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Where streamlines lead, mirrored at the edge of what is inside.

    Args:
        inside: 0…1, float32 [h, w].
        direction: unit vectors in pixels, or zeros, float32 [h, w, 2].
        steps: streamlines are followed for so many pixels to the edge, and as many behind it.

    Returns:
        Displacements, float32 [h, w, 2]; distances to the edge, [h, w], infinite where there is none.
    """
    height, width = inside.shape
    own = grid_positions(width, height)
    places = own.copy()
    result = np.zeros_like(places)
    distance = np.full(inside.shape, steps + 1, np.int32)
    for number in range(1, 2 * steps + 1):
        places = places + sample(direction, places)
        within = (sample(inside, places) > 0.5) & _on_picture(places, width, height)
        arrived = within & (distance > steps) & (number <= steps)
        distance[arrived] = number
        behind = within & (2 * distance >= number) & (distance <= steps)
        result[behind] = (places - own)[behind]
    return result, np.where(distance <= steps, distance, np.inf)


def _mirrored_sideways(inside: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """As `_mirrored`, at the nearest edge, wherever it is.

    The distance to it is smoothed, because every notch of the edge would tear what is mirrored there.
    """
    height, width = inside.shape
    distance = cv2.distanceTransform((inside <= 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    smooth = cv2.GaussianBlur(distance, (0, 0), ROUNDED)
    slope = np.stack([cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)], -1)
    outward = slope / np.maximum(np.linalg.norm(slope, axis=-1, keepdims=True), 1e-6)
    displacement = np.asarray(-(2 * smooth + 1)[..., None] * outward, np.float32)
    places = grid_positions(width, height) + displacement
    within = (sample(inside, places) > 0.5) & _on_picture(places, width, height) & (distance <= steps)
    return displacement, np.where(within, distance, np.inf)


def _on_picture(places: np.ndarray, width: int, height: int) -> np.ndarray:
    return np.asarray(((places >= 0) & (places <= [width - 1, height - 1])).all(-1))
