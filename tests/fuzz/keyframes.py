"""Mutations of scenes whose drawing displaces keyframes: what any byte of them would rarely become by chance.

Each changes a scene in one place, so that it is wrong, odd or merely unusual there, and rightly packed.
"""

import json
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import onnx
import safetensors.numpy
from google.protobuf.message import DecodeError
from onnx import TensorProto

from bundle_spec.conformance.forge import archive, items, manifest_of
from bundle_spec.container import BANK_NAME, GENERATOR_NAME, KEYFRAMES_NAME, TRUNK_NAME, Bundle, pack_tensors
from bundle_spec.errors import BundleError
from bundle_spec.features.warp import DATA, OFFSETS, pack_keyframes
from bundle_spec.graphs import signature
from bundle_spec.operators import SHAPES

Mutate = Callable[[bytes, int], bytes]
"""Changes bytes at random; the result has at most a number of bytes."""

UNCHANGEABLE = (
    *(LookupError, ValueError, TypeError, OverflowError, AttributeError),
    *(safetensors.SafetensorError, DecodeError, BundleError),
)
"""A mutation ends with one of these where earlier ones left nothing that it could change."""
CHUNKS = (b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP", b"EXIF", b"XMP ", b"vp8 ", b"JUNK")
SIDES = (0, 1, 2, 7, 13, 14, 20, 21, 22, 4095, 4096, 4097, 8191, 16382, 16383, 2**31 - 1)
COUNTS = (0, 1, 2, 3, 4, 5, 8, 9, 64, 128, 129, 1024, 1025, 2**24, 2**31 - 1, -1, 1.5, "4", None)
PLACES = (0, 1, -1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63))
NUMBERS = (0.0, -0.0, 1.0, -1.0, 1e-30, 1e30, 3.4e38, float("inf"), float("-inf"), float("nan"))
WHOLE = (0, 1, 3, 4, -1, 10**12, 2**63 - 1, -(2**63))
SIZES = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 64, 2048, 2**20, 2**31, -1)


@dataclass
class Scene:
    """A bundle that is changed in place; its manifest need not be valid."""

    manifest: dict[str, Any]
    parts: dict[str, bytes]

    @property
    def warp(self) -> dict[str, Any]:
        warp: dict[str, Any] = self.manifest["drawing"]["warp"]
        return warp


@np.errstate(all="ignore")
def mutate_warp(bundle: Bundle, mutate: Mutate, rng: random.Random) -> bytes:
    """A scene of keyframes after one to three mutations, packed; any other bundle as it is."""
    if KEYFRAMES_NAME not in bundle.parts or bundle.manifest.drawing is None or bundle.manifest.drawing.warp is None:
        return archive(items(bundle))
    scene = Scene(manifest_of(bundle), dict(bundle.parts))
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        change = rng.choice([_pictures, _pictures, _offsets, _table, _graph, _graph, _fields])
        try:
            change(scene, mutate, rng)
        except UNCHANGEABLE:
            continue
    packed = Bundle(bundle.manifest, scene.parts)
    manifest = scene.manifest | {"parts": manifest_of(packed)["parts"]}
    return archive(items(packed, json.dumps(manifest).encode()))


def _pictures(scene: Scene, mutate: Mutate, rng: random.Random) -> None:
    """Another file in the place of a picture; its size may be declared for all of them."""
    part = safetensors.numpy.load(scene.parts[KEYFRAMES_NAME])
    offsets, data = part[OFFSETS], part[DATA]
    pictures = [data[start:end].tobytes() for start, end in pairwise(offsets)]
    number = rng.randrange(len(pictures))
    kind = rng.randrange(4)
    if kind == 0:
        pictures[number] = mutate(pictures[number], len(pictures[number]) + 32)
    elif kind == 1:
        pictures[number] = _other_chunks(pictures[number], rng)
    elif kind == 2:
        side = rng.choice(SIDES), rng.choice(SIDES)
        which = range(len(pictures)) if rng.random() < 0.5 else [number]
        for each in which:
            pictures[each] = _other_size(pictures[each], side, rng.random() < 0.3)
        if rng.random() < 0.7:
            scene.warp.update(width=side[0], height=side[1])
    else:
        if rng.random() < 0.5:
            pictures.append(pictures[number])
        else:
            del pictures[number]
        scene.warp["count"] = len(pictures)
    scene.parts[KEYFRAMES_NAME] = pack_keyframes(pictures)


def _other_chunks(picture: bytes, rng: random.Random) -> bytes:
    """Chunks renamed, doubled, dropped, shortened or put before the picture; lengths mostly add up."""
    chunks, place = [], 12
    while place + 8 <= len(picture):
        name, length = struct.unpack_from("<4sL", picture, place)
        chunks.append([name, picture[place + 8 : place + 8 + length]])
        place += 8 + length + length % 2
    kind = rng.randrange(6)
    chunk = rng.choice(chunks)
    if kind == 0:
        chunk[0] = rng.choice(CHUNKS)
    elif kind == 1:
        chunks.append(list(chunk))
    elif kind == 2:
        chunks.remove(chunk)
    elif kind == 3:
        chunk[1] = chunk[1][: rng.randrange(len(chunk[1]) + 1)]
    elif kind == 4:
        size = (rng.choice(SIDES) % 2**24).to_bytes(3, "little") + (rng.choice(SIDES) % 2**24).to_bytes(3, "little")
        flags = bytes([rng.choice([0, 0, 2, 4, 8, 16, 32, 255])])
        chunks.insert(rng.choice([0, len(chunks)]), [b"VP8X", (flags + bytes(3) + size)[: rng.choice([10, 10, 4, 0])]])
    else:
        chunks.insert(rng.randrange(len(chunks) + 1), [rng.choice(CHUNKS), rng.randbytes(rng.randrange(20))])
    body = b"WEBP"
    for name, content in chunks:
        length = len(content) if rng.random() < 0.9 else rng.choice([0, 1, 2**31, 2**32 - 1])
        body += name + length.to_bytes(4, "little") + content + bytes(len(content) % 2)
    length = len(body) if rng.random() < 0.9 else rng.choice([0, len(body) + 1, 2**32 - 1])
    return b"RIFF" + length.to_bytes(4, "little") + body


def _other_size(picture: bytes, side: tuple[int, int], lossy: bool) -> bytes:
    """A picture whose header claims another size than its pixels have."""
    width, height = (each & 0x3FFF for each in side)
    if lossy:
        body = b"\x10\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height) + picture[25:]
        return _riff(b"VP8 " + len(body).to_bytes(4, "little") + body + bytes(len(body) % 2))
    bits = ((width - 1) & 0x3FFF) | ((height - 1) & 0x3FFF) << 14
    return picture[:21] + bits.to_bytes(4, "little") + picture[25:]


def _riff(body: bytes) -> bytes:
    return b"RIFF" + (4 + len(body)).to_bytes(4, "little") + b"WEBP" + body


def _offsets(scene: Scene, mutate: Mutate, rng: random.Random) -> None:
    """Offsets that don't divide the data, or of another type or shape."""
    part = safetensors.numpy.load(scene.parts[KEYFRAMES_NAME])
    name = rng.choice([OFFSETS, OFFSETS, DATA])
    array = part[name].copy()
    kind = rng.randrange(5)
    if kind == 0 and name == OFFSETS:
        array[rng.randrange(len(array))] = rng.choice(PLACES)
    elif kind == 1:
        np.random.default_rng(rng.getrandbits(32)).shuffle(array)
    elif kind == 2:
        array = array[: rng.randrange(len(array) + 1)]
    elif kind == 3:
        array = array.astype(rng.choice([np.int32, np.uint64, np.float32, np.int8, np.bool_]))
    else:
        array = array.reshape(rng.choice([(1, -1), (-1, 1)]))
    scene.parts[KEYFRAMES_NAME] = pack_tensors(part | {name: array})


def _table(scene: Scene, mutate: Mutate, rng: random.Random) -> None:
    """A table of the bank with other numbers, type or shape."""
    bank = safetensors.numpy.load(scene.parts[BANK_NAME])
    name = rng.choice(["frame_keyframe", "frame_motion", "frame_colour", "embedding"])
    array = bank[name].copy()
    kind = rng.randrange(4)
    if kind <= 1:
        array.flat[rng.randrange(array.size)] = rng.choice(WHOLE if array.dtype.kind == "i" else NUMBERS)
    elif kind == 2:
        array = array.astype(rng.choice([np.float16, np.float32, np.float64, np.int32, np.int64, np.uint8]))
    else:
        array = rng.choice([array[:-1], array[:0], array[None], array.reshape(-1), np.concatenate([array, array])])
    scene.parts[BANK_NAME] = pack_tensors(bank | {name: array})


def _graph(scene: Scene, mutate: Mutate, rng: random.Random) -> None:
    """Trunk or generator with another node, constant, attribute, name or shape; mostly declared as it is then."""
    name = rng.choice([TRUNK_NAME, GENERATOR_NAME, GENERATOR_NAME])
    model = onnx.load_from_string(scene.parts[name])
    graph = model.graph
    kind = rng.randrange(7)
    node = rng.choice(graph.node)
    if kind == 0:
        node.op_type = rng.choice(sorted(SHAPES))
    elif kind == 1:
        graph.node.remove(node)
    elif kind == 2:
        values = [each.name for each in graph.input] + [each for other in graph.node for each in other.output]
        names = rng.choice([node.input, node.output])
        names[rng.randrange(len(names))] = rng.choice(values)
    elif kind == 3:
        _change_constant(rng.choice(graph.initializer), rng)
    elif kind == 4:
        value = rng.choice([*graph.input, *graph.output])
        dims = value.type.tensor_type.shape.dim
        rng.choice(dims).dim_value = rng.choice(SIZES)
    elif kind == 5:
        value = rng.choice([*graph.input, *graph.output])
        kinds = [TensorProto.FLOAT, TensorProto.INT64, TensorProto.INT32]
        value.type.tensor_type.elem_type = rng.choice(kinds)
    else:
        # What is random here still has the right shape, so that a player meets it.
        output = rng.choice(graph.output).name
        for each in graph.node:
            each.output[:] = ["old" if one == output else one for one in each.output]
            each.input[:] = ["old" if one == output else one for one in each.input]
        whole = output == "keyframe"
        odd = np.array(rng.choice(WHOLE if whole else NUMBERS), np.int64 if whole else np.float32)
        graph.initializer.append(onnx.numpy_helper.from_array(odd, "odd"))
        graph.node.append(onnx.helper.make_node(rng.choice(["Mul", "Add"]), ["old", "odd"], [output]))
    scene.parts[name] = model.SerializeToString()
    if rng.random() < 0.8:
        key = "trunk" if name == TRUNK_NAME else "generator"
        scene.manifest["drawing"][key] = msgspec.to_builtins(signature(model, name))


def _change_constant(tensor: TensorProto, rng: random.Random) -> None:
    array = onnx.numpy_helper.to_array(tensor).copy()
    if array.size and rng.random() < 0.7:
        array.flat[rng.randrange(array.size)] = rng.choice(SIZES if array.dtype.kind == "i" else NUMBERS)
    else:
        array = rng.choice([array.reshape(-1), array[None], np.concatenate([array.reshape(-1)] * 2)])
    tensor.CopyFrom(onnx.numpy_helper.from_array(array, tensor.name))


def _fields(scene: Scene, mutate: Mutate, rng: random.Random) -> None:
    """A key of `drawing.warp` with another value."""
    warp = scene.warp
    key = rng.choice(["count", "width", "height", "motion_modes", "colour_modes", "motion_grid", "colour_grid", "bank"])
    if key.endswith("grid"):
        warp[key][rng.randrange(2)] = rng.choice(COUNTS)
    elif key != "bank":
        warp[key] = rng.choice(COUNTS)
    else:
        entry = rng.choice(warp["bank"])
        action = rng.randrange(3)
        if action == 0:
            names = ["embedding", "offset", "nodes", "phases", "keyframe", "frame_motion"]
            entry[rng.choice(["input", "tensor"])] = rng.choice(names)
        elif action == 1:
            warp["bank"].append(dict(entry))
        else:
            warp["bank"].remove(entry)
