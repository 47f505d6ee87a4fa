"""Scenes that people can drag and turn, made without training."""

from typing import Any

import msgspec
import numpy as np

from bundle_spec.conformance.scenes import Draft
from bundle_spec.conformance.warp import (
    FEATURES,
    INPUTS,
    KEYFRAMES,
    MOTION_MODES,
    assemble,
    generator,
    layout,
    tables,
    trunk,
    with_steering,
)
from bundle_spec.container import Bundle, pack_bundle
from bundle_spec.manifest import Steering
from bundle_spec.webp import pack_webp

WIDTH, HEIGHT = 120, 80
"""Keyframes, and pictures of the default size, have so many pixels."""
SQUARE = 20
"""What moves is a white square of this side in the middle of a grey picture."""
SPREAD, FREQUENCY, REACH = 0.05, 0.13, 8.0
"""Of both axes; at ten frames a second the frequency is one of 1.3 Hz."""
STILL = 1e9
"""With this scale embeddings look nowhere themselves."""
LOOK = 0.15
"""The largest look moves the square by so many longest sides."""


def steerable(**changes: Any) -> bytes:
    """A scene whose first mode moves everything across, and whose second moves it down. It doesn't move by itself.

    Args:
        changes: other keys of `steering`, or tensors of the bank that it names.
    """
    draft = Draft()
    ways = np.zeros((1, FEATURES), np.float32)
    ways[0, 0] = ways[0, 3] = 1
    draft("Add", draft("MatMul", "coords", np.zeros((2, FEATURES), np.float32)), ways, to="features")
    moving = draft.model({"coords": ["P", 2]}, {"features": ["P", FEATURES]}, frozenset())
    picture = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
    top, left = (HEIGHT - SQUARE) // 2, (WIDTH - SQUARE) // 2
    picture[top : top + SQUARE, left : left + SQUARE] = 250
    own = {name: 0 * table for name, table in tables().items()}
    steering = {
        "spread": np.float32([SPREAD, SPREAD, 0]),
        "frequency": np.float32([FREQUENCY] * MOTION_MODES),
        "look": np.float32([[-LOOK, 0, 0], [0, -LOOK, 0]]),
    }
    return _packed(moving, own, [pack_webp(picture)] * KEYFRAMES, steering, changes, STILL)


def waving() -> bytes:
    """A scene whose modes are waves, and differ in their spreads, frequencies and looks."""
    random = np.random.default_rng(5)
    steering = {
        "spread": random.uniform(0.1, 1, MOTION_MODES).astype(np.float32),
        "frequency": random.uniform(0, 0.6, MOTION_MODES).astype(np.float32),
        "look": random.uniform(-1, 1, (2, MOTION_MODES)).astype(np.float32),
    }
    return _packed(
        trunk(), tables(), [pack_webp(np.full((HEIGHT, WIDTH, 3), 60, np.uint8))] * KEYFRAMES, steering, {}, 0.5
    )


def _packed(
    moving: Any, own: dict[str, Any], pictures: list[bytes], tensors: dict[str, Any], changes: Any, scale: float
) -> bytes:
    bundle = assemble(layout(WIDTH, HEIGHT), moving, generator(shifts=False), own, INPUTS, pictures, masked=False)
    tensors = tensors | {name: value for name, value in changes.items() if name in tensors}
    keys = {"pose": [0, MOTION_MODES], "pose_scale": scale, "reach": REACH} | {name: name for name in tensors}
    keys |= {name: value for name, value in changes.items() if name not in tensors}
    defaults = msgspec.structs.replace(bundle.manifest.defaults, width=WIDTH, height=HEIGHT)
    sized = Bundle(msgspec.structs.replace(bundle.manifest, defaults=defaults), bundle.parts)
    steered = with_steering(sized, Steering(**keys), tensors)
    return pack_bundle(steered.manifest, steered.parts)
