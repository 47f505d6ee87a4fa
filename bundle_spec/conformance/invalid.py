"""Bundles that a reader must refuse, and why. Each is a valid one with one thing wrong."""

import io
import json
import struct
import zlib
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from bundle_spec.archive import MIMETYPE
from bundle_spec.conformance.forge import (
    Item,
    archive,
    items,
    with_graph,
    with_items,
    with_manifest,
    with_part,
)
from bundle_spec.conformance.scenes import bank, scene
from bundle_spec.container import (
    BACKGROUND_NAME,
    BANK_NAME,
    GENERATOR_NAME,
    MASK_NAME,
    TRUNK_NAME,
    pack_tensors,
)

Build = Callable[[], bytes]
CORRUPT, UNSAFE, UNSUPPORTED = "corrupt", "unsafe", "unsupported"

BASE = scene(largest_step=1)
LAYERED = scene(layers=True)
NOTE = b"a note that nobody needs"


def _note(**wrong: Any) -> bytes:
    """The scene with a listed part `note.txt` whose entry has something wrong."""

    def change(entries: dict[str, Item]) -> None:
        for name, value in wrong.items():
            setattr(entries["note.txt"], name, value)

    return with_items(type(BASE)(BASE.manifest, BASE.parts | {"note.txt": NOTE}), change)


def _extra(item: Item) -> bytes:
    """The scene with one more entry, which the manifest doesn't list."""
    return archive([*items(BASE), item])


def _named(name: bytes) -> Build:
    return lambda: _extra(Item(name, NOTE))


def _cut(fraction: float) -> Build:
    def build() -> bytes:
        whole = archive(items(BASE))
        return whole[: int(len(whole) * fraction)]

    return build


def _cut_at(mark: bytes, behind: int = 0) -> Build:
    """Cut before the last such mark, or some bytes behind it."""

    def build() -> bytes:
        whole = archive(items(BASE))
        return whole[: whole.rindex(mark) + behind]

    return build


def _overlapping() -> bytes:
    each = items(BASE)
    first = archive(each).index(b"PK\x03\x04", 4)
    return archive([*each, Item(b"again", b"", offset=first)])


def _quoted() -> bytes:
    """An entry whose data hold another entry's header and data (Fifield 2019, A better zip bomb)."""
    inner = Item(b"inner.bin", b"\0" * 64)
    name, shared = inner.fields()
    quoted = b"PK\x03\x04" + shared + name + inner.data
    each = [*items(BASE), Item(b"outer.bin", quoted)]
    place = len(archive(each)) - len(archive(each)[archive(each).rindex(quoted) :])
    return archive([*each, Item(b"inner.bin", b"\0" * 64, packed=b"", compressed=64, offset=place)])


def _without(name: str) -> Build:
    return lambda: with_items(BASE, lambda entries: [item for key, item in entries.items() if key != name])


def _reordered() -> bytes:
    first, second, *rest = items(BASE)
    return archive([second, first, *rest])


def _bomb(declared: bool) -> Build:
    def build() -> bytes:
        zeros = bytes(8 << 20)
        item = Item(b"note.txt", zeros, deflate=True, length=None if declared else len(NOTE))
        listed = type(BASE)(BASE.manifest, BASE.parts | {"note.txt": zeros if declared else NOTE})
        return archive([*items(listed)[:-2], item, *items(listed)[-1:]])

    return build


CONTAINER: dict[str, tuple[str, Build]] = {
    "empty file": (CORRUPT, lambda: b""),
    "one byte": (CORRUPT, lambda: b"P"),
    "text": (CORRUPT, lambda: b"I am no bundle at all, just some text that goes on for a while.\n" * 4),
    "another zip": (CORRUPT, lambda: archive([Item(b"readme.txt", NOTE)])),
    "empty zip": (CORRUPT, lambda: archive([])),
    "mimetype missing": (CORRUPT, _without("mimetype")),
    "mimetype not first": (CORRUPT, _reordered),
    "mimetype of a book": (CORRUPT, lambda: with_items(BASE, lambda e: setattr(e["mimetype"], "data", b"epub" * 7))),
    "mimetype deflated": (CORRUPT, lambda: with_items(BASE, lambda e: setattr(e["mimetype"], "deflate", True))),
    "mimetype said twice": (UNSAFE, lambda: _extra(Item(b"mimetype", MIMETYPE))),
    "manifest missing": (CORRUPT, _without("manifest.json")),
    "part missing": (CORRUPT, _without("bank.safetensors")),
    "part not listed": (UNSAFE, _named(b"virus.exe")),
    "part swapped": (CORRUPT, lambda: _note(data=NOTE[::-1])),
    "part longer than listed": (CORRUPT, lambda: _note(data=NOTE + b"!")),
    "name climbs": (UNSAFE, _named(b"../evil")),
    "name absolute": (UNSAFE, _named(b"/etc/passwd")),
    "name with backslash": (UNSAFE, _named(b"a\\b")),
    "name with drive": (UNSAFE, _named(b"C:evil")),
    "name with nul": (UNSAFE, _named(b"evil\0.txt")),
    "name empty": (UNSAFE, _named(b"")),
    "name of two dots": (UNSAFE, _named(b"..")),
    "name hidden": (UNSAFE, _named(b".profile")),
    "name in a folder": (UNSAFE, _named(b"folder/part.bin")),
    "name with escape sequence": (UNSAFE, _named(b"\x1b]0;owned\x07")),
    "name with newline": (UNSAFE, _named(b"a\nb")),
    "name right to left": (UNSAFE, _named("\u202egnp.exe".encode())),
    "name of other bytes": (UNSAFE, _named(b"\xff\xfe")),
    "name too long": (UNSAFE, _named(b"n" * 129)),
    "name twice": (UNSAFE, lambda: archive([*items(BASE), Item(b"bank.safetensors", NOTE)])),
    "name twice but for case": (UNSAFE, _named(b"BANK.safetensors")),
    "entry is a link": (UNSAFE, lambda: _note(attributes=0o120777 << 16)),
    "entry is a folder": (UNSAFE, lambda: _note(attributes=0o040755 << 16)),
    "entry is a device": (UNSAFE, lambda: _note(attributes=0o060666 << 16)),
    "entry encrypted": (UNSAFE, lambda: _note(flags=1)),
    "entry streamed": (UNSAFE, lambda: _note(flags=8)),
    "entry masked": (UNSAFE, lambda: _note(flags=0x2000)),
    "entry compressed by bzip2": (UNSAFE, lambda: _note(method=12)),
    "entry compressed by nothing known": (UNSAFE, lambda: _note(method=99)),
    "entry with extra field": (UNSAFE, lambda: _note(extra=b"\x75\x70\x04\x00\x01\x00\x00\x00")),
    "entry with extra field in one place": (UNSAFE, lambda: _note(local={"extra": b"\0\0\0\0"})),
    "entry with comment": (UNSAFE, lambda: _note(comment=b"hello")),
    "entry on another disk": (UNSAFE, lambda: _note(disk=1)),
    "entry with wrong checksum": (CORRUPT, lambda: _note(crc=1)),
    "entry longer than said": (CORRUPT, lambda: _note(length=len(NOTE) - 1)),
    "entry shorter than said": (CORRUPT, lambda: _note(length=len(NOTE) + 1)),
    "entry reaching into the next": (UNSAFE, lambda: _note(compressed=len(NOTE) + 9, length=len(NOTE) + 9)),
    "entry with two names": (UNSAFE, lambda: _note(local={"name": b"nute.txt"})),
    "entry with two sizes": (UNSAFE, lambda: _note(local={"length": 7, "compressed": 7})),
    "entry with two checksums": (UNSAFE, lambda: _note(local={"crc": 7})),
    "entry with two methods": (UNSAFE, lambda: _note(local={"method": 8})),
    "entry beyond the end": (UNSAFE, lambda: _note(offset=1 << 30)),
    "entry with garbage for deflate": (CORRUPT, lambda: _note(deflate=True, packed=b"\xff" * 30)),
    "entry with deflate cut short": (CORRUPT, lambda: _note(deflate=True, packed=zlib.compress(NOTE)[2:-6])),
    "entry with bytes behind its deflate": (
        CORRUPT,
        lambda: _note(deflate=True, packed=Item(b"", NOTE, deflate=True).body() + b"more"),
    ),
    "entries overlap": (UNSAFE, _overlapping),
    "entries inside one another": (UNSAFE, _quoted),
    "entries with room between": (UNSAFE, lambda: _note(behind=b"hidden")),
    "entries too many": (UNSAFE, lambda: archive([*items(BASE), *(Item(b"p%d" % n, b"") for n in range(64))])),
    "entries said to be 65,535": (UNSAFE, lambda: archive(items(BASE), count=0xFFFF)),
    "entries said to be fewer": (UNSAFE, lambda: archive(items(BASE), count=3)),
    "bytes before": (CORRUPT, lambda: archive(items(BASE), before=b"#!/bin/sh\n")),
    "bytes behind": (CORRUPT, lambda: archive(items(BASE), behind=b"\0" * 8)),
    "archive comment": (CORRUPT, lambda: archive(items(BASE), comment=b"PK")),
    "archive on two disks": (UNSAFE, lambda: archive(items(BASE), disk=1)),
    "archive of zip64": (UNSAFE, lambda: archive(items(BASE), offset=0xFFFFFFFF)),
    "directory elsewhere": (CORRUPT, lambda: archive(items(BASE), offset=31)),
    "bomb": (UNSAFE, _bomb(declared=True)),
    "bomb that lies": (UNSAFE, _bomb(declared=False)),
    "cut in the first header": (CORRUPT, lambda: archive(items(BASE))[:17]),
    "cut behind the mimetype": (CORRUPT, lambda: archive(items(BASE))[:63]),
    "cut in the manifest": (CORRUPT, _cut(0.15)),
    "cut in a part": (CORRUPT, _cut(0.6)),
    "cut before the last entry": (CORRUPT, _cut_at(b"PK\x03\x04")),
    "cut behind the last header": (CORRUPT, _cut_at(b"PK\x03\x04", 30)),
    "cut before the directory's last": (CORRUPT, _cut_at(b"PK\x01\x02")),
    "cut in the directory": (CORRUPT, _cut_at(b"PK\x01\x02", 20)),
    "cut before the end record": (CORRUPT, _cut_at(b"PK\x05\x06")),
    "cut in the end record": (CORRUPT, _cut_at(b"PK\x05\x06", 21)),
}


def _manifest(verdict: str, change: Callable[[dict[str, Any]], Any]) -> tuple[str, Build]:
    return verdict, lambda: with_manifest(BASE, change)


def _raw(old: str, new: str) -> Callable[[dict[str, Any]], str]:
    """The manifest as text, with something replaced that Python's JSON would not write."""

    def change(manifest: dict[str, Any]) -> str:
        text = json.dumps(manifest)
        assert old in text
        return text.replace(old, new, 1)

    return change


def _put(*path: str | int, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(manifest: dict[str, Any]) -> None:
        place: Any = manifest
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return change


def _both(*changes: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    def change(manifest: dict[str, Any]) -> None:
        for each in changes:
            each(manifest)

    return change


MANIFEST: dict[str, tuple[str, Build]] = {
    "manifest empty": _manifest(CORRUPT, lambda m: b""),
    "manifest no json": _manifest(CORRUPT, lambda m: "format_version: 1.0"),
    "manifest a list": _manifest(CORRUPT, lambda m: [m]),
    "manifest of other bytes": _manifest(
        CORRUPT, lambda m: json.dumps(m).encode().replace(b"ring", b"\xff\xfe\xfd\xfc")
    ),
    "manifest in UTF-16": _manifest(CORRUPT, lambda m: json.dumps(m).encode("utf-16")),
    "manifest with something behind": _manifest(CORRUPT, lambda m: json.dumps(m) + "{}"),
    "manifest too long": _manifest(UNSAFE, lambda m: json.dumps(m) + " " * (1 << 20)),
    "manifest deep": _manifest(CORRUPT, _raw('"figures": {}', '"figures": {"a": ' + "[" * 90_000 + "]" * 90_000 + "}")),
    "manifest deep in what is unknown": _manifest(
        CORRUPT, _raw('"figures": {}', '"later": ' + '{"a":' * 40_000 + "1" + "}" * 40_000)
    ),
    "manifest with a lone surrogate": _manifest(CORRUPT, _raw('"ring"', '"\\ud800"')),
    "frame rate a word": _manifest(CORRUPT, _put("source", "fps", value="fast")),
    "frame rate next to zero": _manifest(CORRUPT, _put("source", "fps", value=1e-300)),
    "frame rate zero": _manifest(CORRUPT, _put("source", "fps", value=0)),
    "frame rate not a number": _manifest(CORRUPT, _raw('"fps": 10.0', '"fps": NaN')),
    "frame rate infinite": _manifest(CORRUPT, _raw('"fps": 10.0', '"fps": Infinity')),
    "frame rate beyond doubles": _manifest(CORRUPT, _raw('"fps": 10.0', '"fps": 1e999')),
    "frame rate of a thousand digits": _manifest(CORRUPT, _raw('"fps": 10.0', '"fps": ' + "9" * 1000)),
    "temperature below zero": _manifest(CORRUPT, _put("defaults", "temperature", value=-1)),
    "seed too large": _manifest(CORRUPT, _put("defaults", "seed", value=2**63)),
    "width below one": _manifest(CORRUPT, _put("defaults", "width", value=0)),
    "picture of ten billion pixels": _manifest(
        UNSAFE, _both(_put("defaults", "width", value=100_000), _put("defaults", "height", value=100_000))
    ),
    "steps without end": _manifest(
        UNSAFE, _both(_put("behavior", "steps_per_frame", value=64), _put("defaults", "temperature", value=100))
    ),
    "title of another type": _manifest(CORRUPT, _put("title", value=["ring"])),
    "title too long": _manifest(CORRUPT, _put("title", value="long " * 1000)),
    "part with unsafe name": _manifest(CORRUPT, lambda m: m["parts"].update({"../a": m["parts"][BANK_NAME]})),
    "part with a short digest": _manifest(CORRUPT, _put("parts", BANK_NAME, "sha256", value="00")),
    "part with a length below zero": _manifest(CORRUPT, _put("parts", BANK_NAME, "bytes", value=-1)),
    "another format": _manifest(UNSUPPORTED, _put("format_version", value="2.0")),
    "newer reader needed": _manifest(
        UNSUPPORTED, _both(_put("format_version", value="1.9"), _put("min_reader_version", value="1.9"))
    ),
    "unknown feature needed": _manifest(UNSUPPORTED, _put("features_required", value=["smell"])),
    "version a number": _manifest(CORRUPT, _put("format_version", value=1.0)),
    "version of a million digits": _manifest(CORRUPT, _put("format_version", value="1." + "0" * 500_000)),
    "graph file missing": _manifest(CORRUPT, _put("drawing", "trunk", "file", value="nothing.onnx")),
    "graph with another signature": _manifest(CORRUPT, _put("drawing", "trunk", "inputs", 0, "name", value="place")),
    "graph of another size": _manifest(CORRUPT, _put("encoder", "dimension", value=5)),
    "state of 2^80 elements": _manifest(UNSAFE, _put("behavior", "state", 1, "shape", value=[2**20] * 4)),
    "noise of 2^40 elements": _manifest(UNSAFE, _put("behavior", "noise", 0, "shape", value=[2**20, 2**20])),
    "noise of unknown distribution": _manifest(CORRUPT, _put("behavior", "noise", 0, "distribution", value="cauchy")),
    "state begins nowhere": _manifest(CORRUPT, _put("behavior", "state", 0, "initial", value="nothing")),
    "state of another type": _manifest(CORRUPT, _put("behavior", "state", 0, "dtype", value="float32")),
    "bank feeds nothing": _manifest(CORRUPT, _put("behavior", "bank", 0, "input", value="nothing")),
    "transitions without node": _manifest(CORRUPT, _put("behavior", "transitions", "node", value="state_phase")),
    "background not there": _manifest(CORRUPT, _put("drawing", "background", value="nothing.png")),
    "background no picture": _manifest(CORRUPT, _put("drawing", "background", value=BANK_NAME)),
}


def _graph(verdict: str, name: str, change: Callable[[onnx.ModelProto], Any]) -> tuple[str, Build]:
    def apply(model: onnx.ModelProto) -> None:
        change(model)

    return verdict, lambda: with_graph(BASE, name, apply)


def _first(*nodes: onnx.NodeProto, **tensors: np.ndarray) -> Callable[[onnx.ModelProto], None]:
    """The generator with these nodes before its own; what they give is never read."""

    def change(model: onnx.ModelProto) -> None:
        own = list(model.graph.node)
        del model.graph.node[:]
        model.graph.node.extend([*nodes, *own])
        model.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in tensors.items())

    return change


def _last(*nodes: onnx.NodeProto, **tensors: np.ndarray) -> Callable[[onnx.ModelProto], None]:
    """The generator with these nodes between `rgb` as it was, now `old`, and the output."""

    def change(model: onnx.ModelProto) -> None:
        model.graph.node[-1].output[0] = "old"
        model.graph.node.extend(nodes)
        model.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in tensors.items())

    return change


def _operator(operator: str, **attributes: Any) -> Callable[[onnx.ModelProto], None]:
    return _last(helper.make_node(operator, ["old"], ["rgb"], **attributes))


def _branch() -> onnx.GraphProto:
    value = helper.make_tensor_value_info("out", TensorProto.FLOAT, [1])
    return helper.make_graph([helper.make_node("Identity", ["old"], ["out"])], "branch", [], [value])


def _external(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../../../etc/passwd")


def _external_constant(model: onnx.ModelProto) -> None:
    tensor = TensorProto(name="c", data_type=1, dims=[1], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="/etc/passwd")
    _first(helper.make_node("Constant", [], ["secret"], value=tensor))(model)


def _function(model: onnx.ModelProto) -> None:
    opset = [helper.make_opsetid("", 20)]
    model.functions.append(helper.make_function("d", "F", ["x"], ["y"], [], opset))


def _tensor(**fields: Any) -> Callable[[onnx.ModelProto], None]:
    def change(model: onnx.ModelProto) -> None:
        model.graph.initializer.append(TensorProto(name="odd", **fields))

    return change


def _doubling(model: onnx.ModelProto) -> None:
    """A value that is joined to itself fifty times."""
    nodes = [helper.make_node("Concat", [f"d{n}", f"d{n}"], [f"d{n + 1}"], axis=0) for n in range(50)]
    _first(helper.make_node("Identity", ["features"], ["d0"]), *nodes)(model)


def _many_constants(model: onnx.ModelProto) -> None:
    """Each within the limit, all of them far beyond: a runtime would compute them when it loads the graph."""
    side = np.array([1 << 22])
    nodes = [helper.make_node("ConstantOfShape", ["side"], [f"z{number}"]) for number in range(500)]
    _first(*nodes, side=side)(model)


def _working(model: onnx.ModelProto) -> None:
    """Products of matrices, small ones, far too many."""
    names = ["big", *(f"w{number}" for number in range(4000))]
    nodes = [helper.make_node("MatMul", [a, "big"], [b]) for a, b in pairwise(names)]
    column, row = np.ones((512, 1), np.float32), np.ones((1, 512), np.float32)
    _first(helper.make_node("MatMul", ["column", "row"], ["big"]), *nodes, column=column, row=row)(model)


def _two_values(model: onnx.ModelProto) -> None:
    """A constant with two values, of which checkers and runtimes may believe different ones."""
    node = helper.make_node("Constant", [], ["s"], value_ints=[1 << 29])
    node.attribute.append(helper.make_attribute("value_ints", [1]))
    _first(node, helper.make_node("ConstantOfShape", ["s"], ["t"]))(model)


def _scattering(model: onnx.ModelProto) -> None:
    """Little is given, but much is read."""
    index = helper.make_node("ConstantOfShape", ["many"], ["i"], value=numpy_helper.from_array(np.array([0])))
    update = helper.make_node("ConstantOfShape", ["many"], ["u"])
    nodes = [helper.make_node("ScatterElements", ["zero", "i", "u"], [f"s{number}"]) for number in range(2000)]
    _first(index, update, *nodes, many=np.array([1 << 23]), zero=np.zeros(1, np.float32))(model)


def _outer(model: onnx.ModelProto) -> None:
    """Every pixel with every other, every one of those with every feature."""
    turned = helper.make_node("Transpose", ["features"], ["turned"], perm=[1, 0])
    product = helper.make_node("MatMul", ["features", "turned"], ["pairs"])
    _first(
        turned,
        product,
        helper.make_node("Concat", ["pairs"] * 9, ["wide"], axis=1),
        helper.make_node("Relu", ["wide"], ["w"]),
    )(model)


def _garbage(name: str, data: bytes) -> tuple[str, Build]:
    return CORRUPT, lambda: with_part(BASE, name, data)


def _nodes(model: onnx.ModelProto) -> None:
    _first(*(helper.make_node("Relu", ["features"], [f"r{number}"]) for number in range(4097)))(model)


def _wide_output(model: onnx.ModelProto) -> None:
    _last(helper.make_node("Concat", ["old", "old"], ["rgb"], axis=-1))(model)


_SHAPE = np.array([1 << 20, 1 << 20])

GRAPHS: dict[str, tuple[str, Build]] = {
    "graph garbage": _garbage(GENERATOR_NAME, b"\x99" * 64),
    "graph empty": (UNSAFE, lambda: with_part(BASE, GENERATOR_NAME, b"")),
    "graph a pickle": _garbage(GENERATOR_NAME, b"\x80\x04\x95cposix\nsystem\n(S'id'\ntR."),
    "graph nested without end": _garbage(GENERATOR_NAME, b"\x3a\xff\xff\xff\x0f" * 2000),
    "graphs swapped": _garbage(GENERATOR_NAME, BASE.parts[TRUNK_NAME]),
    "graph with custom operator": _graph(UNSAFE, GENERATOR_NAME, _operator("Evil", domain="evil")),
    "graph with custom domain": _graph(
        UNSAFE, GENERATOR_NAME, lambda m: m.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    ),
    "graph with If": _graph(UNSAFE, GENERATOR_NAME, _operator("If", then_branch=_branch(), else_branch=_branch())),
    "graph with Loop": _graph(UNSAFE, GENERATOR_NAME, _operator("Loop", body=_branch())),
    "graph with Scan": _graph(UNSAFE, GENERATOR_NAME, _operator("Scan", body=_branch(), num_scan_inputs=1)),
    "graph with a subgraph in Relu": _graph(UNSAFE, GENERATOR_NAME, _operator("Relu", body=_branch())),
    "graph with RandomNormalLike": _graph(UNSAFE, GENERATOR_NAME, _operator("RandomNormalLike")),
    "graph with NonZero": _graph(UNSAFE, GENERATOR_NAME, _operator("NonZero")),
    "graph with Resize": _graph(UNSAFE, GENERATOR_NAME, _operator("Resize")),
    "graph with StringNormalizer": _graph(UNSAFE, GENERATOR_NAME, _operator("StringNormalizer")),
    "graph with a function": _graph(UNSAFE, GENERATOR_NAME, _function),
    "graph with training": _graph(UNSAFE, GENERATOR_NAME, lambda m: m.training_info.add()),
    "graph with external weights": _graph(UNSAFE, GENERATOR_NAME, _external),
    "graph with an external constant": _graph(UNSAFE, GENERATOR_NAME, _external_constant),
    "graph with sparse weights": _graph(UNSAFE, GENERATOR_NAME, lambda m: m.graph.sparse_initializer.add()),
    "graph with words": _graph(UNSAFE, GENERATOR_NAME, _tensor(data_type=8, dims=[1], string_data=[b"hello"])),
    "graph that casts to words": _graph(UNSAFE, GENERATOR_NAME, _operator("Cast", to=8)),
    "graph of opset 1": _graph(UNSAFE, GENERATOR_NAME, lambda m: setattr(m.opset_import[0], "version", 1)),
    "graph of opset 99": _graph(UNSAFE, GENERATOR_NAME, lambda m: setattr(m.opset_import[0], "version", 99)),
    "graph of too many nodes": _graph(UNSAFE, GENERATOR_NAME, _nodes),
    "graph with weights shorter than said": _graph(
        CORRUPT, GENERATOR_NAME, _tensor(data_type=1, dims=[1 << 20], raw_data=b"\0\0\0\0")
    ),
    "graph with weights of a terabyte": _graph(
        CORRUPT, GENERATOR_NAME, _tensor(data_type=1, dims=[1 << 20, 1 << 20], raw_data=b"\0\0\0\0")
    ),
    "graph with weights of no rows and 2^62 columns": _graph(
        UNSAFE, GENERATOR_NAME, _tensor(data_type=7, dims=[0, 1 << 62])
    ),
    "graph with names that are no text": (
        CORRUPT,
        lambda: with_part(BASE, GENERATOR_NAME, BASE.parts[GENERATOR_NAME].replace(b"features", b"\xff\xfeatures")),
    ),
    "graph that reshapes nothing into 2^62 columns": _graph(
        UNSAFE,
        GENERATOR_NAME,
        _first(helper.make_node("ConstantOfShape", ["s"], ["t"]), s=np.array([0, 1 << 62])),
    ),
    "graph with weights of negative size": _graph(UNSAFE, GENERATOR_NAME, _tensor(data_type=1, dims=[-1])),
    "graph that fills a terabyte": _graph(
        UNSAFE, GENERATOR_NAME, _first(helper.make_node("ConstantOfShape", ["s"], ["t"]), s=_SHAPE)
    ),
    "graph that expands to a terabyte": _graph(
        UNSAFE,
        GENERATOR_NAME,
        _first(helper.make_node("Expand", ["o", "s"], ["t"]), s=_SHAPE, o=np.ones((1, 1), np.float32)),
    ),
    "graph that tiles a terabyte": _graph(
        UNSAFE, GENERATOR_NAME, _first(helper.make_node("Tile", ["features", "s"], ["t"]), s=_SHAPE)
    ),
    "graph that doubles fifty times": _graph(UNSAFE, GENERATOR_NAME, _doubling),
    "graph of many large constants": _graph(UNSAFE, GENERATOR_NAME, _many_constants),
    "graph that works for hours": _graph(UNSAFE, GENERATOR_NAME, _working),
    "graph that pairs all pixels": _graph(UNSAFE, GENERATOR_NAME, _outer),
    "graph with a size from data": _graph(
        UNSAFE,
        GENERATOR_NAME,
        _first(
            helper.make_node("ReduceMax", ["features"], ["m"], keepdims=0),
            helper.make_node("Cast", ["m"], ["n"], to=7),
            helper.make_node("Reshape", ["n", "one"], ["s"]),
            helper.make_node("ConstantOfShape", ["s"], ["t"]),
            one=np.array([1]),
        ),
    ),
    "graph that reads what is not there": _graph(
        CORRUPT, GENERATOR_NAME, _first(helper.make_node("Relu", ["nothing"], ["t"]))
    ),
    "graph that reads itself": _graph(CORRUPT, GENERATOR_NAME, _first(helper.make_node("Relu", ["t"], ["t"]))),
    "graph that writes twice": _graph(
        CORRUPT,
        GENERATOR_NAME,
        _first(helper.make_node("Relu", ["features"], ["t"]), helper.make_node("Relu", ["features"], ["t"])),
    ),
    "graph without its output": _graph(CORRUPT, GENERATOR_NAME, lambda m: m.graph.node.pop()),
    "graph with sizes that don't fit": _graph(
        CORRUPT,
        GENERATOR_NAME,
        _first(helper.make_node("Add", ["features", "t"], ["u"]), t=np.ones((7, 5), np.float32)),
    ),
    "graph with an input renamed": _graph(
        CORRUPT, GENERATOR_NAME, lambda m: setattr(m.graph.input[0], "name", "embeddings")
    ),
    "graph with an input of doubles": _graph(
        CORRUPT, GENERATOR_NAME, lambda m: setattr(m.graph.input[0].type.tensor_type, "elem_type", 11)
    ),
    "graph with a wider output than declared": _graph(CORRUPT, GENERATOR_NAME, _wide_output),
    "graph in another format as well": (
        UNSAFE,
        lambda: with_part(BASE, GENERATOR_NAME, b"\x82\x80\x80\x01ORTM" + BASE.parts[GENERATOR_NAME]),
    ),
    "graph with an output that has no name": _graph(
        CORRUPT,
        GENERATOR_NAME,
        _first(helper.make_node("Split", ["features", "s"], ["t", ""], axis=1), s=np.array([2, 4])),
    ),
    "graph with a node that gives nothing": _graph(
        CORRUPT, GENERATOR_NAME, _first(helper.make_node("Relu", ["features"], []))
    ),
    "graph that divides the least number by -1": _graph(
        UNSAFE,
        GENERATOR_NAME,
        _first(
            helper.make_node("Cast", ["features"], ["n"], to=7),
            helper.make_node("Mul", ["n", "o"], ["m"]),
            helper.make_node("Add", ["m", "l"], ["k"]),
            helper.make_node("Div", ["k", "d"], ["t"]),
            o=np.array([0]),
            l=np.array([-(2**63)]),
            d=np.array([-1]),
        ),
    ),
    "graph that divides by data": _graph(
        UNSAFE,
        GENERATOR_NAME,
        _first(
            helper.make_node("Cast", ["features"], ["n"], to=7),
            helper.make_node("Mod", ["n", "n"], ["t"]),
        ),
    ),
    "graph with one attribute twice": _graph(UNSAFE, GENERATOR_NAME, _two_values),
    "graph with a size from fractions": _graph(
        UNSAFE,
        GENERATOR_NAME,
        _first(
            helper.make_node("Cast", ["a"], ["b"], to=1),
            helper.make_node("Cast", ["c"], ["d"], to=1),
            helper.make_node("Div", ["b", "d"], ["e"]),
            helper.make_node("Cast", ["e"], ["f"], to=7),
            helper.make_node("ConstantOfShape", ["f"], ["t"]),
            a=np.array([1 << 30]),
            c=np.array([2]),
        ),
    ),
    "graph that squeezes no axes": _graph(
        CORRUPT,
        GENERATOR_NAME,
        _first(helper.make_node("Squeeze", ["one", "none"], ["t"]), one=np.ones((1, 7)), none=np.zeros(0, np.int64)),
    ),
    "graph that slices backwards from before the first": _graph(
        UNSAFE,
        GENERATOR_NAME,
        _first(
            helper.make_node("Slice", ["five", "from", "to", "axes", "by"], ["s"]),
            helper.make_node("Shape", ["s"], ["n"]),
            helper.make_node("Mul", ["n", "many"], ["m"]),
            helper.make_node("ConstantOfShape", ["m"], ["t"]),
            **{"five": np.arange(5), "from": np.array([-100]), "to": np.array([-(2**62)]), "axes": np.array([0])},
            by=np.array([-1]),
            many=np.array([1 << 29]),
        ),
    ),
    "graph that scatters for hours": _graph(UNSAFE, GENERATOR_NAME, _scattering),
    "graph of doubles": _graph(
        UNSAFE,
        GENERATOR_NAME,
        _first(
            helper.make_node("Cast", ["features"], ["d"], to=11),
            helper.make_node("Concat", ["d"] * 1400, ["t"], axis=1),
        ),
    ),
    "graph of two sets of operators": _graph(
        UNSAFE, GENERATOR_NAME, lambda m: m.opset_import.append(helper.make_opsetid("ai.onnx", 11))
    ),
    "graph without an attribute": _graph(
        CORRUPT, GENERATOR_NAME, _first(helper.make_node("Concat", ["features", "features"], ["t"]))
    ),
}


def _bank(verdict: str, **tensors: Any) -> tuple[str, Build]:
    def build() -> bytes:
        whole = bank() | {"nodes": np.arange(6)}
        for name, change in tensors.items():
            whole[name] = np.ascontiguousarray(change(whole[name]))
        return with_part(BASE, BANK_NAME, pack_tensors(whole))

    return verdict, build


def _header(header: str | bytes, length: int | None = None, data: bytes = b"") -> tuple[str, Build]:
    packed = header.encode() if isinstance(header, str) else header
    size = len(packed) if length is None else length
    return CORRUPT, lambda: with_part(BASE, BANK_NAME, struct.pack("<Q", size) + packed + data)


def _entry(dtype: str, shape: str, begin: int, end: int) -> str:
    return f'{{"embedding":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{begin},{end}]}}}}'


BANK: dict[str, tuple[str, Build]] = {
    "bank empty": (CORRUPT, lambda: with_part(BASE, BANK_NAME, b"")),
    "bank a pickle": (CORRUPT, lambda: with_part(BASE, BANK_NAME, b"\x80\x04cposix\nsystem\n(S'id'\ntR.")),
    "bank with a header of exabytes": _header("{}", length=1 << 62),
    "bank with a header of 90 MB": _header("{}", length=90_000_000),
    "bank with a deep header": _header('{"a":' * 5000 + "1" + "}" * 5000),
    "bank beyond its end": _header(_entry("F32", "[6,4]", 0, 96)),
    "bank of 2^80 elements": _header(_entry("F32", f"[{2**40},{2**40}]", 0, 96), data=bytes(96)),
    "bank of no rows and 2^62 columns": _header(_entry("F32", f"[0,{2**62}]", 0, 0)),
    "bank of negative size": _header(_entry("F32", "[-6,-4]", 0, 96), data=bytes(96)),
    "bank backwards": _header(_entry("F32", "[6,4]", 96, 0), data=bytes(96)),
    "bank of an unknown type": _header(_entry("F128", "[6,4]", 0, 96), data=bytes(96)),
    "bank of 300 tensors": (
        CORRUPT,
        lambda: with_part(BASE, BANK_NAME, pack_tensors({f"t{n}": np.zeros(1, np.float32) for n in range(300)})),
    ),
    "bank without moments": _bank(CORRUPT, embedding=lambda e: e[:0]),
    "bank of doubles": _bank(CORRUPT, embedding=lambda e: e.astype(np.float64)),
    "bank of no numbers": _bank(CORRUPT, embedding=lambda e: np.full_like(e, np.nan)),
    "bank of infinities": _bank(CORRUPT, embedding=lambda e: np.full_like(e, np.inf)),
    "bank of another width": _bank(CORRUPT, embedding=lambda e: e[:, :3]),
    "bank of 65,537 moments": _bank(UNSAFE, embedding=lambda e: np.ones(((1 << 16) + 1, 4), np.float32)),
    "edges beyond the bank": _bank(CORRUPT, targets=lambda t: t + 1000),
    "edges below zero": _bank(CORRUPT, targets=lambda t: t - 6),
    "edges of another type": _bank(CORRUPT, targets=lambda t: t.astype(np.int32)),
    "costs below zero": _bank(CORRUPT, costs=lambda c: c - 1),
    "costs no numbers": _bank(CORRUPT, costs=lambda c: c * np.float32(np.nan)),
    "moments after the last": _bank(CORRUPT, following=lambda f: f + 2),
    "initial states too few": _bank(CORRUPT, phases=lambda p: p[:3]),
}


def _picture(verdict: str, data: Build, name: str = BACKGROUND_NAME) -> tuple[str, Build]:
    return verdict, lambda: with_part(LAYERED, name, data())


def _png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of 8-bit RGB that claims a size, with some data."""
    header = struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)
    body = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(bytes(64))), (b"IEND", b"")]
    packed = (
        struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data)) for kind, data in body
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def _saved(kind: str, mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (12, 8)).save(buffer, kind)
    return buffer.getvalue()


PICTURES: dict[str, tuple[str, Build]] = {
    "picture of 100,000 pixels a side": _picture(CORRUPT, lambda: _png(100_000, 100_000)),
    "picture of 8,192 pixels a side": _picture(UNSAFE, lambda: _png(8192, 8192)),
    "picture 16,384 pixels wide": _picture(UNSAFE, lambda: _png(16_384, 2)),
    "picture cut short": _picture(CORRUPT, lambda: _saved("PNG")[:45]),
    "picture of no size": _picture(CORRUPT, lambda: _png(0, 0)),
    "picture with a text bomb": _picture(
        CORRUPT, lambda: _png(12, 8, (b"zTXt", b"Comment\0\0" + zlib.compress(bytes(64 << 20), 9)))
    ),
    "picture a JPEG": _picture(CORRUPT, lambda: _saved("JPEG")),
    "picture a drawing": _picture(CORRUPT, lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "picture with a palette": _picture(CORRUPT, lambda: _saved("PNG", "P")),
    "mask in colour": _picture(CORRUPT, lambda: _saved("PNG"), MASK_NAME),
    "mask of another size": _picture(CORRUPT, lambda: _png_grey(3, 3), MASK_NAME),
}


def _png_grey(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (width, height)).save(buffer, "PNG")
    return buffer.getvalue()


INVALID: dict[str, tuple[str, Build]] = {**CONTAINER, **MANIFEST, **GRAPHS, **BANK, **PICTURES}
"""Name → expected verdict, and what makes the file."""
