"""More scenes that displace keyframes: each has something that a second player could easily get wrong (SPEC.md, §3)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx

from bundle_spec.conformance.controls import own_names
from bundle_spec.conformance.scenes import DIMENSION, FRAMES, Draft
from bundle_spec.conformance.warp import assemble, keyframes
from bundle_spec.container import Bundle
from bundle_spec.features.warp import requiring_warp
from bundle_spec.manifest import Warp

SHARPNESS = 8.0
"""The coefficients of a picture are those of the observed frames, weighted by a softmax of so many times the
likeness."""
STEERING = 1000.0
"""The generator multiplies the offset by this, so that a player that feeds anything but zeros draws another picture."""
ENTRIES = ("observed", "frame_keyframe", "frame_weight", "frame_motion", "frame_shift", "frame_colour")
"""The generator has these inputs from the bank."""


@dataclass(frozen=True)
class Plan:
    """A scene of keyframes: its sizes, and the numbers of its two graphs."""

    keyframe: list[int]
    """[L]: the numbers of the keyframes at the first observed frame; frame n has those n further on, modulo K."""
    weight: list[float]
    """[L], the same for all frames."""
    motion: list[list[float]]
    """[L, S]."""
    shift: list[float]
    """[S]."""
    colour: list[list[float]]
    """[R, 3]."""
    waves: Sequence[Sequence[float]]
    """[2·S + R, 5] for the features size · sin(x · right + y · down + phase) + level, in this order."""
    count: int = 1
    size: tuple[int, int] = (21, 14)
    motion_grid: tuple[int, int] = (5, 4)
    colour_grid: tuple[int, int] = (8, 6)
    quality: float | None = None
    """Of the keyframes, which are lossless without it."""
    fading: float = 0.1
    """Motion, shift and colours get smaller by so much from frame to frame."""
    odd: dict[str, Any] = field(default_factory=dict)
    """Is added to an output of the generator: strange numbers."""
    holes: list[int] = field(default_factory=list)
    """These features are NaN in the right part of the picture."""


def trunk(plan: Plan) -> onnx.ModelProto:
    """A trunk whose features [P, F] are waves."""
    draft = Draft()
    size, right, down, phase, level = np.array(plan.waves, np.float32).T
    waves = draft("Sin", draft("Add", draft("MatMul", "coords", np.stack([right, down])), phase))
    draft("Add", draft("Mul", waves, size), level, to="features" if not plan.holes else "whole")
    if plan.holes:
        selected = np.isin(np.arange(len(size)), plan.holes)
        across = draft("Slice", "coords", np.array([0]), np.array([1]), np.array([1]))
        hole = draft("And", draft("Greater", across, np.float32(0.4)), selected[None])
        draft("Where", hole, np.float32(np.nan), "whole", to="features")
    return draft.model({"coords": ["P", 2]}, {"features": ["P", len(size)]}, frozenset())


def generator(plan: Plan) -> onnx.ModelProto:
    """A generator that mixes the tables of the observed frames; the numbers of keyframes are those of the nearest."""
    draft = Draft()
    mixed, modes = np.array(plan.motion).shape
    colours = len(plan.colour)
    likeness = draft("MatMul", "embedding", draft("Transpose", "observed", perm=[1, 0]))
    near = draft("Softmax", draft("Mul", likeness, np.float32(SHARPNESS)), axis=-1)
    frame = draft("ArgMax", likeness, axis=1, keepdims=0)
    flat_motion = draft("MatMul", near, "frame_motion")
    flat_colour = draft("MatMul", near, "frame_colour")
    steered = draft("Mul", "offset", np.float32(STEERING))
    motion = draft("Reshape", flat_motion, np.array([-1, mixed, modes]))
    outputs = {
        "keyframe": draft("Gather", "frame_keyframe", frame),
        "weight": draft("MatMul", near, "frame_weight"),
        "motion": draft("Add", motion, draft("Unsqueeze", steered, np.array([1]))),
        "shift": draft("Add", draft("MatMul", near, "frame_shift"), steered),
        "colour": draft("Reshape", flat_colour, np.array([-1, colours, 3])),
    }
    for name, value in outputs.items():
        odd = np.array(plan.odd.get(name, 0), np.int64 if name == "keyframe" else np.float32)
        draft("Add", value, odd, to=name)
    inputs: dict[str, list] = {
        "embedding": ["B", DIMENSION],
        "offset": ["B", modes],
        "observed": ["N", DIMENSION],
        "frame_keyframe": ["N", mixed],
        "frame_weight": ["N", mixed],
        "frame_motion": ["N", mixed * modes],
        "frame_shift": ["N", modes],
        "frame_colour": ["N", 3 * colours],
    }
    shapes: dict[str, list] = {
        "keyframe": ["B", mixed],
        "weight": ["B", mixed],
        "motion": ["B", mixed, modes],
        "shift": ["B", modes],
        "colour": ["B", colours, 3],
    }
    return draft.model(inputs, shapes, frozenset({"frame_keyframe", "keyframe"}))


def tables(plan: Plan) -> dict[str, np.ndarray]:
    """What the generator looks up; the weights are the same at all frames."""
    rows = np.ones((FRAMES, 1))
    fading = 1 - plan.fading * np.arange(FRAMES)[:, None]
    return {
        "frame_keyframe": (np.arange(FRAMES)[:, None] + np.array(plan.keyframe)) % plan.count,
        "frame_weight": (rows * np.array(plan.weight)).astype(np.float32),
        "frame_motion": (fading * np.array(plan.motion).reshape(1, -1)).astype(np.float16),
        "frame_shift": (fading * np.array(plan.shift)).astype(np.float32),
        "frame_colour": (fading * np.array(plan.colour).reshape(1, -1)).astype(np.float16),
    }


def planned(plan: Plan, *, masked: bool = False, extended: bool = False) -> Bundle:
    """The scene of a plan; masked as `warp.warped` is. With `extended` the headers of the keyframes are those of the
    extended format, with no flag set."""
    width, height = plan.size
    warp = Warp(
        keyframes="pictures.bin",  # parts have any name that the manifest gives them
        count=plan.count,
        width=width,
        height=height,
        motion_modes=len(plan.shift),
        colour_modes=len(plan.colour),
        motion_grid=list(plan.motion_grid),
        colour_grid=list(plan.colour_grid),
        bank=[],
    )
    pictures = keyframes(plan.count + masked, width, height, plan.quality)
    if extended:
        pictures = [extend(picture, plan.size) for picture in pictures]
    names = {name: "embedding" if name == "observed" else name for name in ENTRIES}
    return assemble(warp, trunk(plan), generator(plan), tables(plan), names, pictures, masked=masked)


def extend(picture: bytes, size: tuple[int, int], flags: int = 0) -> bytes:
    """A plain WebP file with a header of the extended format (RFC 9649, §2.7) before its picture."""
    sides = b"".join((side - 1).to_bytes(3, "little") for side in size)
    body = b"WEBP" + b"VP8X" + (10).to_bytes(4, "little") + bytes([flags, 0, 0, 0]) + sides + picture[12:]
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def steered() -> Bundle:
    """A masked scene whose behavior declares controls with names of its own."""
    bundle = own_names(planned(SHIFTED, masked=True))
    return Bundle(requiring_warp(bundle.manifest), bundle.parts)


ONE, ZERO = [0, 0, 0, 0, 1], [0, 0, 0, 0, 0]
"""Features that are the same everywhere."""

LEAST = Plan(
    keyframe=[0],
    weight=[1],
    motion=[[0.25]],
    shift=[-0.5],
    colour=[[0.2, -0.1, 0.3]],
    waves=[[0.3, 1, 2, 0.5, 0.2], [0.4, 2, 1, 1.5, 0.1], [0.5, 1, 1, 1, 0]],
    size=(7, 5),
    motion_grid=(1, 1),
    colour_grid=(1, 1),
)
"""The fewest of everything: one keyframe, one mode of each kind, grids of one cell."""

LEAVING = Plan(
    keyframe=[0, 1],
    weight=[0.625, 0.375],
    motion=[[0.9, 0.05, 0], [-0.4, 0, 0.2]],
    shift=[0, 0, 0],
    colour=[[0.1, 0, -0.1]],
    waves=[
        *([0.9, 1.5, 0, 0, 0], [0.9, 0, 1.5, 0, 0]),
        *([0.5, 0, 2, 1, 0], [0.5, 2, 0, 2, 0]),
        *(ONE, ZERO),
        [0.6, 1, -2, 0, 0],
    ],
    count=3,
    size=(13, 31),
    motion_grid=(7, 9),
    colour_grid=(5, 11),
)
"""Upright keyframes of odd sizes, whose pictures lie across. One is drawn so small that it leaves off on all sides."""

CLAMPED = Plan(
    keyframe=[0, 1, 0, 1],
    weight=[0.25, 0.25, 0.25, 0.25],
    motion=[[-4.25, 0, 0.02], [-8.5, 0, 0.02], [-4, -0.25, 0.02], [-4, 0.125, 1]],
    shift=[6, 0, 0.01],
    colour=[[0.2, -0.2, 0.1], [0.1, 0.2, -0.1]],
    waves=[
        *(ONE, ZERO),
        *(ZERO, ONE),
        *([1, -1, 1, 1, 0], [4, 0, 4.19, 0, 4]),
        *([0.5, 1, 1, 0, 0], [0.5, -2, 1, 0, 0]),
    ],
    count=2,
    size=(20, 15),
    motion_grid=(2, 2),
    fading=0,
)
"""A shift beyond the largest displacement is clamped before motion is added to it; motion itself is not, and the sum is
clamped again, before it is interpolated."""

SHIFTED = Plan(
    keyframe=[0, 2],
    weight=[0.75, 0.25],
    motion=[[0.2, -0.3, 0.1], [-0.2, 0.1, 0.3]],
    shift=[0.5, -0.6, 0.4],
    colour=[[0.3, -0.2, 0.1], [-0.2, 0.3, 0.2], [0.1, 0.1, -0.3], [0.2, 0, 0.1]],
    waves=[
        *([0.4, 2, 1, 0.3, 0.1], [0.3, -1, 2, 1, -0.1]),
        *([0.3, 1, -2, 2, 0], [0.4, 2, 1, 3, 0.1]),
        *([0.3, -2, 1, 1, 0.1], [0.3, 1, 2, 2, 0]),
        *([0.6, 2, 0, 0, 0], [0.6, 0, 2, 1, 0], [0.6, 1, 2, 2, 0], [0.4, -2, 1, 3, 0.2]),
    ],
    count=4,
    size=(24, 10),
    motion_grid=(3, 6),
    colour_grid=(9, 4),
)
"""A shift that is far from the same everywhere, so that it matters where motion and colours are read."""

SATURATED = Plan(
    keyframe=[0, 1],
    weight=[1.5, -0.5],
    motion=[[0.1, 0.05], [-0.1, 0.1]],
    shift=[0.02, -0.03],
    colour=[[1, -0.75, 0.5], [-0.5, 1, -1], [-0.75, -0.5, 0.25], [0.25, -0.25, 0.5], [-0.5, 0.5, -0.25]],
    waves=[
        *([0.3, 1, 2, 0, 0], [0.3, 2, 1, 1, 0]),
        *([0.2, -1, 2, 2, 0], [0.2, 2, -1, 3, 0]),
        *([0.5, 1, 0.5, 0, 0.2], [0.5, 0.5, 1, 1, -0.1], [0.5, 1, 1, 2, 0], [0.5, -1, 1, 0, 0], [0.5, 1, -0.5, 1, 0]),
    ],
    count=3,
    size=(16, 16),
    colour_grid=(6, 10),
)
"""Weights and colours that leave 0…1 by far and come back: only the sum of all is clamped."""

EIGHT = Plan(
    keyframe=[0, 0, 3, 1, 0, 4, 3, 2],
    weight=[0.25, 0.125, 0, 0.25, 0.1875, -0.125, 0.1875, 0.125],
    motion=[[0.1, 0], [-0.1, 0.1], [3, 3], [0, 0.2], [0.2, -0.2], [0.15, 0.1], [-0.2, 0], [0, -0.15]],
    shift=[0.1, -0.1],
    colour=[[0.1, 0.05, -0.1]],
    waves=[
        *([0.5, 1, 1, 0, 0.2], [0.5, 1, -1, 1, 0.1]),
        *([0.5, 2, 1, 2, -0.1], [0.5, 1, 2, 0, 0.2]),
        [0.5, 1, 1, 0, 0],
    ],
    count=5,
    size=(19, 11),
)
"""The most keyframes that a picture may mix: some are the same one, displaced in another way, and one has no weight."""

STRANGE = Plan(
    keyframe=[0, 0, 1, 1],
    weight=[0.5, 0.25, 0.625, 0.125],
    motion=[[3, 3], [0.3, 0.2], [0.2, -0.3], [3, 3]],
    shift=[0.1, 0.1],
    colour=[[0.2, -0.1, 0.1], [0.1, 0.2, 0.3]],
    waves=[
        *([0.4, 1, 2, 0, 0], [0.4, 2, 1, 1, 0]),
        *([0.3, -1, 2, 2, 0], [0.3, 2, -1, 3, 0]),
        *([0.5, 2, 1, 0, 0], [0.5, 1, 2, 1, 0]),
    ],
    count=3,
    odd={
        "keyframe": [0, -10, 10**12, -(2**63)],
        "weight": [np.nan, 0, 0, -np.inf],
        "motion": [[0, 0], [0, np.nan], [np.inf, 0], [0, 0]],
        "shift": [0, np.nan],
        "colour": [[0, np.inf, 0], [np.nan, 0, 0]],
    },
    holes=[1, 5],
)
"""Strange numbers: keyframes beyond both ends, and what is not finite in every other output and in the features. The
weights that are left don't add up to 1."""

LOSSY = Plan(
    keyframe=[0, 1],
    weight=[0.5, 0.5],
    motion=[[0.1, 0.1], [-0.1, 0.1]],
    shift=[0, 0.05],
    colour=[[0.1, -0.1, 0.1]],
    waves=[
        *([0.4, 1, 2, 0, 0], [0.4, 2, 1, 1, 0]),
        *([0.3, -1, 2, 2, 0], [0.3, 2, -1, 3, 0]),
        [0.4, 2, 1, 0, 0],
    ],
    count=2,
    size=(33, 19),
    quality=80,
)
"""Lossy keyframes of odd sizes."""
