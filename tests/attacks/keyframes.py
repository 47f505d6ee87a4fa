"""Scenes of keyframes that pass every check and ask for as much as they may, or go wrong when they are drawn."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from bundle_spec.conformance.forge import archive, items, with_graph, with_manifest, with_part
from bundle_spec.conformance.invalid.webp import lossy, riff
from bundle_spec.conformance.valid import RUDE
from bundle_spec.conformance.warp import FEATURES, HEIGHT, KEYFRAMES, WIDTH, keyframes, warped
from bundle_spec.conformance.warp_extremes import EIGHT, LEAST, Plan, planned
from bundle_spec.container import GENERATOR_NAME, KEYFRAMES_NAME, TRUNK_NAME, Bundle, pack_tensors
from bundle_spec.features.warp import pack_keyframes
from bundle_spec.limits import CHECKED_PIXELS, MAX_KEYFRAMES, MAX_KEYFRAMES_BYTES, MAX_LIVE_BYTES
from bundle_spec.webp import pack_webp

Build = Callable[[], bytes]
"""Makes the bytes of a bundle."""

LARGE = (4096, 2048)
"""A keyframe may be as large as this."""


def _changed(bundle: Bundle, warp: dict[str, Any], parts: dict[str, bytes]) -> bytes:
    """A scene with other keys of `drawing.warp` and other parts."""
    changed = Bundle(bundle.manifest, bundle.parts | parts)
    return with_manifest(changed, lambda manifest: manifest["drawing"]["warp"].update(warp))


def large_keyframes(count: int) -> Build:
    """Keyframes of 8 megapixels in a few bytes each, of which a picture mixes eight."""

    def build() -> bytes:
        bundle = planned(EIGHT)
        rows, columns = LARGE[1], LARGE[0]
        # Each is another colour, so that none of them can be taken for another one.
        picture = np.zeros((rows, columns, 3), np.uint8)
        files = [pack_webp(picture + np.uint8(25 * number)) for number in range(EIGHT.count)]
        keys = {"width": columns, "height": rows, "count": count}
        data = pack_keyframes([files[number % len(files)] for number in range(count)])
        return _changed(bundle, keys, {"pictures.bin": data})

    return build


def hungry_trunk() -> bytes:
    """A trunk that takes almost as much memory as it may for the points that a reader measures, on a large grid."""
    width = MAX_LIVE_BYTES // (2 * 4 * CHECKED_PIXELS) - FEATURES - 8

    def change(model: onnx.ModelProto) -> None:
        for node in model.graph.node:
            node.output[:] = ["before" if each == "features" else each for each in node.output]
        constants: dict[str, np.ndarray] = {
            "axes": np.array([1]),
            "wide": np.array([1, width]),
            "none": np.array(0, np.float32),
        }
        model.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
        model.graph.node.extend(
            [
                helper.make_node("ReduceSum", ["coords", "axes"], ["one"], keepdims=1),
                helper.make_node("Expand", ["one", "wide"], ["much"]),
                helper.make_node("Sin", ["much"], ["waves"]),
                helper.make_node("ReduceMean", ["waves", "axes"], ["mean"], keepdims=1),
                helper.make_node("Mul", ["mean", "none"], ["zeros"]),
                helper.make_node("Add", ["before", "zeros"], ["features"]),
            ]
        )

    model = onnx.load_from_string(warped().parts[TRUNK_NAME])
    change(model)
    return _changed(warped(), {"colour_grid": [160, 128]}, {TRUNK_NAME: model.SerializeToString()})


def many_modes() -> bytes:
    """As many values of colour modes as the grids may hold, and as many motion modes as there may be beside them."""
    colours = [[0.01, 0.01, 0.01]] * 63
    modes = 128
    plan = Plan(
        keyframe=[0],
        weight=[1],
        motion=[[0.001] * modes],
        shift=[0.001] * modes,
        colour=colours,
        waves=[[0.1, 1, number % 7, 0.3, 0] for number in range(2 * modes + len(colours))],
        motion_grid=(1, 1),
        colour_grid=(512, 512),
    )
    return archive(items(planned(plan)))


def tiny_files() -> bytes:
    """Millions of keyframes of a byte each, as many as the part can hold."""
    count = MAX_KEYFRAMES_BYTES // 9 - 200
    tensors: dict[str, np.ndarray] = {"offsets": np.arange(count + 1), "data": np.zeros(count, np.uint8)}
    return with_part(warped(), KEYFRAMES_NAME, pack_tensors(tensors))


def too_large_a_part() -> bytes:
    """Keyframes that are sound but for what lies behind the pixels, in a part that is too large."""
    files = keyframes()
    chunk = files[-1][20:] + bytes(MAX_KEYFRAMES_BYTES)
    files[-1] = riff((files[-1][12:16], chunk))
    return with_part(warped(), KEYFRAMES_NAME, pack_keyframes(files))


def lost_frame() -> bytes:
    """A generator whose look-up leaves its table for some embeddings, which no check can know."""

    def change(model: onnx.ModelProto) -> None:
        for node in model.graph.node:
            if node.op_type == "Gather" and node.input[0] == "frame_keyframe":
                node.input[1], node.name = "far", RUDE  # the runtime's own message has this name
        model.graph.initializer.append(numpy_helper.from_array(np.array(10**6), "million"))
        place = next(place for place, node in enumerate(model.graph.node) if "far" in node.input)
        model.graph.node.insert(place, helper.make_node("Add", ["frames", "million"], ["far"]))

    return with_graph(warped(), GENERATOR_NAME, change)


def _pictures(*files: bytes) -> Build:
    """All keyframes are one of these files in turn."""
    data = pack_keyframes([files[number % len(files)] for number in range(KEYFRAMES)])
    return lambda: with_part(warped(), KEYFRAMES_NAME, data)


def hidden() -> bytes:
    """A lossy picture that says that it is not to be shown."""
    file = bytearray(keyframes(1, WIDTH, HEIGHT, 50)[0])
    file[20] &= ~0x10
    return bytes(file)


REFUSED_WHEN_DRAWN: dict[str, Build] = {
    "a look-up beyond its table": lost_frame,
    "keyframes of nothing behind a lossless header": _pictures(keyframes()[0][:25] + bytes(len(keyframes()[0]) - 25)),
    "keyframes of noise behind a lossless header": _pictures(
        keyframes()[0][:25] + np.random.default_rng(5).bytes(len(keyframes()[0]) - 25)
    ),
    "keyframes that are not to be shown": _pictures(hidden()),
}
"""Scenes that pass every check, but whose pictures can't be drawn."""

DEMANDING: dict[str, Build] = {
    "keyframes of eight megapixels": large_keyframes(EIGHT.count),
    "a thousand keyframes of eight megapixels": large_keyframes(MAX_KEYFRAMES),
    "a trunk as hungry as it may be": hungry_trunk,
    "as many modes as there may be": many_modes,
    "keyframes of nothing behind a lossy header": _pictures(riff((b"VP8 ", lossy()))),
    "a keyframe of one pixel": lambda: archive(items(planned(replace(LEAST, size=(1, 1))))),
}
"""Scenes that ask for as much as they may."""

TOO_MUCH: dict[str, Build] = {
    "millions of keyframes of a byte": tiny_files,
    "keyframes of more than 64 MiB": too_large_a_part,
}
"""Scenes that ask for more than they may, in files that are too large for the conformance bundles."""
