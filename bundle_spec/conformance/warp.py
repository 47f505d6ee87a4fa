"""Scenes of version 1.1 whose drawing displaces keyframes (SPEC.md, §3)."""

import msgspec
import numpy as np
import onnx

from bundle_spec.conformance.scenes import DIMENSION, FRAMES, Draft, bank, scene
from bundle_spec.container import (
    BANK_NAME,
    GENERATOR_NAME,
    KEYFRAMES_NAME,
    MASK_NAME,
    TRUNK_NAME,
    Bundle,
    pack_picture,
    pack_tensors,
)
from bundle_spec.features.depth import using_depth
from bundle_spec.features.warp import pack_keyframes, requiring_warp
from bundle_spec.graphs import signature
from bundle_spec.manifest import BankTensor, Drawing, EncoderInfo, Steering, Warp
from bundle_spec.webp import pack_webp

KEYFRAMES, MIXED, MOTION_MODES, COLOUR_MODES = 4, 2, 3, 2
"""The scenes have this many keyframes, of which a picture mixes MIXED, and this many modes."""
WIDTH, HEIGHT = 21, 14
"""Keyframes have this size in pixels, larger than the scene's default size and no multiple of it."""
MOTION_GRID, COLOUR_GRID = [5, 4], [8, 6]
"""The two grids have different numbers of cells, across and down."""
FEATURES = 2 * MOTION_MODES + COLOUR_MODES
"""The trunk gives this many features of a point."""
INPUTS = {"observed": "embedding"} | {name: name for name in ("frame_keyframe", "frame_motion", "frame_colour")}
"""These tensors of the bank feed the generator, by its own names for them."""


def trunk() -> onnx.ModelProto:
    """A trunk whose features [P, F] are slow waves; those that are displacements are small."""
    draft = Draft()
    random = np.random.default_rng(11)
    waves = random.uniform(-2, 2, (2, FEATURES)).astype(np.float32)
    phases = random.uniform(-3, 3, FEATURES).astype(np.float32)
    sizes = np.array([0.1] * 2 * MOTION_MODES + [0.5] * COLOUR_MODES, np.float32)
    draft("Mul", draft("Sin", draft("Add", draft("MatMul", "coords", waves), phases)), sizes, to="features")
    return draft.model({"coords": ["P", 2]}, {"features": ["P", FEATURES]}, frozenset())


def generator(*, shifts: bool) -> onnx.ModelProto:
    """A look-up of the two observed frames that are nearest to the embedding; with `shifts` it adds to the offset."""
    draft = Draft()
    likeness = draft("MatMul", "embedding", draft("Transpose", "observed", perm=[1, 0]))
    draft.nodes.append(onnx.helper.make_node("TopK", [likeness, draft.constant(np.array([MIXED]))], ["near", "frames"]))
    draft("Gather", "frame_keyframe", "frames", to="keyframe")
    draft("Softmax", draft("Mul", "near", np.float32(4)), axis=-1, to="weight")
    draft("Gather", "frame_motion", "frames", to="motion")
    share = draft("Unsqueeze", "weight", np.array([1]))
    flat = draft("Reshape", draft("Gather", "frame_colour", "frames"), np.array([-1, MIXED, COLOUR_MODES * 3]))
    draft("Reshape", draft("MatMul", share, flat), np.array([-1, COLOUR_MODES, 3]), to="colour")
    own = np.random.default_rng(12).uniform(-1, 1, (DIMENSION, MOTION_MODES)).astype(np.float32)
    draft("Add", "offset", draft("MatMul", "embedding", own if shifts else 0 * own), to="shift")
    inputs: dict[str, list] = {
        "embedding": ["B", DIMENSION],
        "offset": ["B", MOTION_MODES],
        "observed": ["N", DIMENSION],
        "frame_keyframe": ["N"],
        "frame_motion": ["N", MOTION_MODES],
        "frame_colour": ["N", COLOUR_MODES, 3],
    }
    outputs: dict[str, list] = {
        "keyframe": ["B", MIXED],
        "weight": ["B", MIXED],
        "motion": ["B", MIXED, MOTION_MODES],
        "shift": ["B", MOTION_MODES],
        "colour": ["B", COLOUR_MODES, 3],
    }
    return draft.model(inputs, outputs, frozenset({"frame_keyframe", "keyframe"}))


def tables() -> dict[str, np.ndarray]:
    """What the generator looks up for each observed frame; numbers in half precision where that is allowed."""
    random = np.random.default_rng(13)
    return {
        "frame_keyframe": np.arange(FRAMES) % KEYFRAMES,
        "frame_motion": random.uniform(-1, 1, (FRAMES, MOTION_MODES)).astype(np.float16),
        "frame_colour": random.uniform(-0.3, 0.3, (FRAMES, COLOUR_MODES, 3)).astype(np.float16),
    }


def keyframes(
    count: int = KEYFRAMES, width: int = WIDTH, height: int = HEIGHT, quality: float | None = None
) -> list[bytes]:
    """Pictures [height, width, 3] of slow waves, so that players that interpolate coarsely agree; lossless without
    `quality`."""
    across, down = np.meshgrid(np.arange(width) / width, np.arange(height) / height)
    pictures = []
    for number in range(count):
        waves = [np.sin(2.5 * across + 2 * down * (number % 3 - 1) + number + 2 * channel) for channel in range(3)]
        pictures.append(np.round(127 + 90 * np.stack(waves, -1)).astype(np.uint8))
    return [pack_webp(picture, quality) for picture in pictures]


def mask() -> np.ndarray:
    """A mask, uint8 [9, 10]: nothing moves on the left, everything on the right, and between them it blends."""
    return np.tile(np.array([0, 0, 0, 40, 90, 160, 220, 255, 255, 255], np.uint8), (9, 1))


def warped(*, masked: bool = False, shifts: bool = False) -> Bundle:
    """A scene that displaces keyframes; the background behind its mask is one picture more."""
    pictures = keyframes(KEYFRAMES + masked)
    return assemble(layout(), trunk(), generator(shifts=shifts), tables(), INPUTS, pictures, masked=masked)


def layout(width: int = WIDTH, height: int = HEIGHT) -> Warp:
    """How these scenes displace keyframes of a size, without the inputs of the generator."""
    return Warp(
        keyframes=KEYFRAMES_NAME,
        count=KEYFRAMES,
        width=width,
        height=height,
        motion_modes=MOTION_MODES,
        colour_modes=COLOUR_MODES,
        motion_grid=MOTION_GRID,
        colour_grid=COLOUR_GRID,
        bank=[],
    )


def steerable(**fields: object) -> Bundle:
    """A masked scene that says how offsets move it; `fields` replace those of its steering."""
    bundle = warped(masked=True, shifts=True)
    steering = Steering(
        pose=[0, MOTION_MODES],
        pose_scale=0.5,
        reach=2.5,
        spread="steer_spread",
        frequency="steer_frequency",
        look="steer_look",
    )
    tensors = {
        "steer_spread": np.array([0.5, 0.25, 0], np.float32),
        "steer_frequency": np.array([0.02, 0.1, 0.5], np.float32),
        "steer_look": np.array([[0.75, -0.25, 0], [0, 0, 0]], np.float32),
    }
    return with_steering(bundle, msgspec.structs.replace(steering, **fields), tensors)


def deep() -> Bundle:
    """The steerable scene, in which a view shifts what is near against what is far, and the still layer with it."""
    bundle = steerable()
    drawing = bundle.manifest.drawing
    assert drawing is not None
    assert drawing.warp is not None
    warp = msgspec.structs.replace(drawing.warp, depth="nearness")
    manifest = msgspec.structs.replace(bundle.manifest, drawing=msgspec.structs.replace(drawing, warp=warp))
    across, down = np.meshgrid(np.arange(MOTION_GRID[0]), np.arange(MOTION_GRID[1]))
    waves = np.stack([np.sin(0.9 * across - 0.7 * down), np.cos(0.8 * down + 0.5 * across)])
    tensors = bundle.tensors(BANK_NAME) | {"nearness": (0.04 * waves).astype(np.float32)}
    return Bundle(using_depth(manifest), {**bundle.parts, BANK_NAME: pack_tensors(tensors)})


def with_steering(bundle: Bundle, steering: Steering, tensors: dict[str, np.ndarray]) -> Bundle:
    """A scene that says how offsets move it, and has these tensors in its bank as well."""
    drawing = bundle.manifest.drawing
    assert drawing is not None
    assert drawing.warp is not None
    warp = msgspec.structs.replace(drawing.warp, steering=steering)
    manifest = msgspec.structs.replace(bundle.manifest, drawing=msgspec.structs.replace(drawing, warp=warp))
    return Bundle(manifest, {**bundle.parts, BANK_NAME: pack_tensors(bundle.tensors(BANK_NAME) | tensors)})


def assemble(
    warp: Warp,
    trunk: onnx.ModelProto,
    generator: onnx.ModelProto,
    tables: dict[str, np.ndarray],
    inputs: dict[str, str],
    pictures: list[bytes],
    *,
    masked: bool,
) -> Bundle:
    """The plain scene with another drawing.

    Args:
        warp: its bank is not read.
        trunk: gives the features.
        generator: gives the coefficients.
        tables: tensors of the bank besides those of the plain scene.
        inputs: which tensor of the bank feeds each input of the generator.
        pictures: the keyframes, and the background behind them with `masked`.
        masked: whether the drawing has the mask of `mask`.
    """
    plain = scene(largest_step=1)
    graphs = {TRUNK_NAME: trunk, GENERATOR_NAME: generator}
    entries = [BankTensor(input=name, tensor=tensor) for name, tensor in inputs.items()]
    drawing = Drawing(
        trunk=signature(trunk, TRUNK_NAME),
        generator=signature(generator, GENERATOR_NAME),
        mask=MASK_NAME if masked else None,
        warp=msgspec.structs.replace(warp, bank=entries),
    )
    manifest = msgspec.structs.replace(
        requiring_warp(plain.manifest),
        format_version="1.1",
        drawing=drawing,
        encoder=EncoderInfo(id="pca", dimension=DIMENSION, slices={"pose": [0, 2], "appearance": [2, DIMENSION]}),
    )
    parts = {name: graph.SerializeToString(deterministic=True) for name, graph in graphs.items()}
    parts[BANK_NAME] = pack_tensors(bank() | {"nodes": np.arange(FRAMES)} | tables)
    parts[warp.keyframes] = pack_keyframes(pictures)
    if masked:
        parts[MASK_NAME] = pack_picture(mask())
    return Bundle(manifest, plain.parts | parts)
