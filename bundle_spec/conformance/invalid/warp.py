"""Drawings of keyframes that a reader must refuse (SPEC.md, §3)."""

import io
import json
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import onnx
import safetensors.numpy
from PIL import Image

from bundle_spec.conformance.forge import archive, items, with_manifest, with_part
from bundle_spec.conformance.invalid.base import CORRUPT, UNSAFE, Build, Cases
from bundle_spec.conformance.scenes import pictures
from bundle_spec.conformance.warp import HEIGHT, WIDTH, keyframes, steerable, warped
from bundle_spec.container import (
    BACKGROUND_NAME,
    BANK_NAME,
    GENERATOR_NAME,
    KEYFRAMES_NAME,
    MASK_NAME,
    TRUNK_NAME,
    Bundle,
    pack_picture,
    pack_tensors,
)
from bundle_spec.features.warp import pack_keyframes
from bundle_spec.graphs import signature

WARPED = warped()
"""Most of the invalid bundles here are this valid scene with one thing wrong."""
MASKED = warped(masked=True)
"""Bundles with an invalid mask or background are this valid scene with one thing wrong."""


def warp_fields(verdict: str, **fields: Any) -> tuple[str, Build]:
    """The keys of `drawing.warp` have other values; all parts are as before."""
    return verdict, lambda: with_manifest(WARPED, lambda manifest: manifest["drawing"]["warp"].update(fields))


def steering(**fields: Any) -> tuple[str, Build]:
    """Corrupt: keys of `drawing.warp.steering` have other values."""
    return CORRUPT, lambda: with_manifest(
        steerable(), lambda manifest: manifest["drawing"]["warp"]["steering"].update(fields)
    )


def steered(name: str, change: Callable[[np.ndarray], np.ndarray]) -> tuple[str, Build]:
    """Corrupt: a tensor of the bank that steers is changed."""

    def build() -> bytes:
        bank = safetensors.numpy.load(steerable().parts[BANK_NAME])
        return with_part(steerable(), BANK_NAME, pack_tensors(bank | {name: change(bank[name])}))

    return CORRUPT, build


def last(picture: Callable[[], bytes]) -> tuple[str, Build]:
    """Corrupt: the last keyframe is another file."""
    return CORRUPT, lambda: with_part(WARPED, KEYFRAMES_NAME, pack_keyframes([*keyframes()[:-1], picture()]))


def _saved(kind: str = "WEBP", mode: str = "RGB", size: tuple[int, int] = (WIDTH, HEIGHT), **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size, (1, 2, 3, 4)[: len(mode)]).save(buffer, kind, **options)
    return buffer.getvalue()


def _animated() -> bytes:
    other = Image.new("RGB", (WIDTH, HEIGHT), "red")
    return _saved(save_all=True, append_images=[other], duration=100)


def table(name: str, change: Callable[[np.ndarray], np.ndarray]) -> tuple[str, Build]:
    """Corrupt: a tensor of the bank is changed."""

    def build() -> bytes:
        bank = safetensors.numpy.load(WARPED.parts[BANK_NAME])
        return with_part(WARPED, BANK_NAME, pack_tensors(bank | {name: change(bank[name])}))

    return CORRUPT, build


def part(change: Callable[[dict[str, np.ndarray]], Any]) -> tuple[str, Build]:
    """Corrupt: the tensors of the keyframes are changed in place."""

    def build() -> bytes:
        part = safetensors.numpy.load(WARPED.parts[KEYFRAMES_NAME])
        change(part)
        return with_part(WARPED, KEYFRAMES_NAME, pack_tensors(part))

    return CORRUPT, build


def _offsets(change: Callable[[np.ndarray], np.ndarray]) -> tuple[str, Build]:
    return part(lambda part: part.update(offsets=change(part["offsets"])))


def generator_graph(change: Callable[[onnx.ModelProto], Any], verdict: str = CORRUPT) -> tuple[str, Build]:
    """The generator graph is changed in place, and the manifest declares it as it is then."""
    return _graph(GENERATOR_NAME, change, verdict)


def trunk_graph(change: Callable[[onnx.ModelProto], Any], verdict: str = CORRUPT) -> tuple[str, Build]:
    """As `generator_graph`, of the trunk."""
    return _graph(TRUNK_NAME, change, verdict)


def _graph(file: str, change: Callable[[onnx.ModelProto], Any], verdict: str) -> tuple[str, Build]:
    def build() -> bytes:
        model = onnx.load_from_string(WARPED.parts[file])
        change(model)
        drawing = WARPED.manifest.drawing
        assert drawing is not None
        declared = {file.removesuffix(".onnx"): signature(model, file)}
        manifest = msgspec.structs.replace(WARPED.manifest, drawing=msgspec.structs.replace(drawing, **declared))
        return archive(items(Bundle(manifest, WARPED.parts | {file: model.SerializeToString()})))

    return verdict, build


def _mixing(count: int) -> Callable[[onnx.ModelProto], None]:
    def change(model: onnx.ModelProto) -> None:
        for output in model.graph.output[:3]:
            output.type.tensor_type.shape.dim[1].dim_value = count

    return change


def _background() -> bytes:
    """A background of its own, as drawings of 1.0 have it."""
    bundle = Bundle(WARPED.manifest, WARPED.parts | pictures())
    return with_manifest(bundle, lambda manifest: manifest["drawing"].update(background=BACKGROUND_NAME))


def _not_required() -> bytes:
    def change(manifest: dict[str, Any]) -> str:
        return json.dumps(manifest | {"features_required": [], "min_reader_version": "1.0"})

    return with_manifest(WARPED, change)


WARP: Cases = {
    "keyframes missing": warp_fields(CORRUPT, keyframes="nothing.safetensors"),
    "keyframes another part": warp_fields(CORRUPT, keyframes=BANK_NAME),
    "keyframes not required": (CORRUPT, _not_required),
    "keyframes with a background of 1.0": (CORRUPT, _background),
    "keyframes fewer than declared": warp_fields(CORRUPT, count=5),
    "keyframes more than declared": warp_fields(CORRUPT, count=3),
    "keyframes of no number": warp_fields(CORRUPT, count=0),
    "keyframes of two billion": warp_fields(UNSAFE, count=2**31 - 1),
    "keyframes of another size": warp_fields(CORRUPT, width=WIDTH + 1),
    "keyframes of 32,768 pixels a side": warp_fields(UNSAFE, width=1 << 15, height=1 << 15),
    "keyframes of 16 megapixels": warp_fields(UNSAFE, width=4096, height=4096),
    "keyframe offsets late": _offsets(lambda o: np.append(1, o[1:])),
    "keyframe offsets short": _offsets(lambda o: np.append(o[:-1], o[-1] - 1)),
    "keyframe offsets beyond the data": _offsets(lambda o: np.append(o[:-1], 2**62)),
    "keyframe offsets backwards": _offsets(lambda o: o[[0, 2, 1, 3, 4]]),
    "keyframe offsets below zero": _offsets(lambda o: np.array([0, -(2**63), o[2], o[3], o[4]])),
    "keyframe offsets in 32 bits": _offsets(lambda o: o.astype(np.int32)),
    "keyframe offsets missing": part(lambda part: part.pop("offsets")),
    "keyframe data in floats": part(lambda part: part.update(data=part["data"].astype(np.float32))),
    "keyframe a PNG": last(lambda: _saved("PNG")),
    "keyframe a JPEG": last(lambda: _saved("JPEG")),
    "keyframe a drawing": last(lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "keyframe of one byte": last(lambda: b"R"),
    "keyframe of another size than the others": last(lambda: _saved(size=(WIDTH, HEIGHT + 1))),
    "keyframe animated": last(_animated),
    "keyframe with alpha": last(lambda: _saved(mode="RGBA", lossless=True)),
    "keyframe with lossy alpha": last(lambda: _saved(mode="RGBA")),
    "keyframe with a profile": last(lambda: _saved(icc_profile=b"profile")),
    "keyframe with metadata": last(lambda: _saved(exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0")),
    "keyframe truncated": last(lambda: keyframes()[-1][:-8]),
    "keyframe with something behind": last(lambda: keyframes()[-1] + bytes(8)),
    "keyframe with two pictures": last(lambda: _twice(keyframes()[-1])),
    "keyframe numbers beyond the last": table("frame_keyframe", lambda t: t + 1),
    "keyframe numbers below zero": table("frame_keyframe", lambda t: t - 1),
    "keyframe numbers in 32 bits": table("frame_keyframe", lambda t: t.astype(np.int32)),
    "motion of no numbers": table("frame_motion", lambda t: np.full_like(t, np.nan)),
    "motion in doubles": table("frame_motion", lambda t: t.astype(np.float64)),
    "motion of too few frames": table("frame_motion", lambda t: t[:3]),
    "colour of infinities": table("frame_colour", lambda t: np.full_like(t, np.inf)),
    "motion modes one more": warp_fields(CORRUPT, motion_modes=4),
    "motion modes of two billion": warp_fields(UNSAFE, motion_modes=2**31 - 1),
    "motion grid of 16 megacells": warp_fields(UNSAFE, motion_grid=[4096, 4096]),
    "motion grid in one direction": warp_fields(CORRUPT, motion_grid=[4]),
    "colour grid of no cells": warp_fields(CORRUPT, colour_grid=[0, 8]),
    "colour grid of 513 cells a side": warp_fields(UNSAFE, colour_grid=[513, 1]),
    "warp bank feeds nothing": warp_fields(CORRUPT, bank=[{"input": "nothing", "tensor": "embedding"}]),
    "warp bank feeds the offset": warp_fields(CORRUPT, bank=[{"input": "offset", "tensor": "frame_motion"}]),
    "warp outputs in another order": generator_graph(lambda model: model.graph.output.reverse()),
    "warp without a shift": generator_graph(lambda model: model.graph.output.pop(3)),
    "warp mixes nine keyframes": generator_graph(_mixing(9), UNSAFE),
    "warp mixes more keyframes than it says": generator_graph(_mixing(1)),
    "steering another number of modes": steering(pose=[0, 2]),
    "steering beyond the embedding": steering(pose=[1, 4]),
    "steering by a pose of another size": steering(pose=[2**40, 2**40 + 3]),
    "steering without a scale": steering(pose_scale=0),
    "steering that reaches nowhere": steering(reach=0),
    "steering that reaches below zero": steering(reach=-1),
    "steering by no tensor": steering(look="nothing"),
    "steering by another tensor": steering(spread="embedding"),
    "steering spread below zero": steered("steer_spread", lambda t: -t),
    "steering spread of no number": steered("steer_spread", lambda t: t * np.float32(np.nan)),
    "steering spread in doubles": steered("steer_spread", lambda t: t.astype(np.float64)),
    "steering frequency above one": steered("steer_frequency", lambda t: t * 3),
    "steering look in one direction": steered("steer_look", lambda t: t[:1]),
    "warp mask in colour": (
        CORRUPT,
        lambda: with_part(MASKED, MASK_NAME, pack_picture(np.zeros((8, 12, 3), np.uint8))),
    ),
    "warp mask without its background": (
        CORRUPT,
        lambda: with_part(MASKED, KEYFRAMES_NAME, pack_keyframes(keyframes())),
    ),
}
"""Drawings of keyframes with one thing wrong, by name."""


def _twice(picture: bytes) -> bytes:
    """A WebP file that holds its picture twice."""
    body = picture[12:] * 2
    return b"RIFF" + (4 + len(body)).to_bytes(4, "little") + b"WEBP" + body
