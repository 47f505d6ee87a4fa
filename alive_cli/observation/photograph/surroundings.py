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
    is_first = (ways[0][1] <= ways[1][1]).astype(np.float32)
    total = np.zeros(picture.shape, np.float32)
    weights = np.zeros(mask.shape, np.float32)
    for (displacement, distance), nearer in zip(ways, (is_first, 1 - is_first), strict=True):
        seen = cv2.erode((distance <= steps).astype(np.uint8), np.ones((3, 3), np.uint8))
        weight = cv2.resize(cv2.blur(nearer, (MEDIAN, MEDIAN)) * seen, size, interpolation=cv2.INTER_NEAREST)
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
        Displacements, float32 [h, w, 2]; distances to the edge, [h, w], more than `steps` where there is none.
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
    return result, distance


def _on_picture(places: np.ndarray, width: int, height: int) -> np.ndarray:
    return np.asarray(((places >= 0) & (places <= [width - 1, height - 1])).all(-1))
