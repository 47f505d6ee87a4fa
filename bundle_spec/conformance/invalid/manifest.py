"""Manifests that a reader must refuse: wrong JSON, types, ranges and versions (SPEC.md, §2)."""

import json
from collections.abc import Callable
from typing import Any

from bundle_spec.conformance.forge import with_manifest
from bundle_spec.conformance.invalid.base import BASE, CORRUPT, UNSAFE, UNSUPPORTED, Build, Cases
from bundle_spec.container import BANK_NAME


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


MANIFEST: Cases = {
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
    "painting a word": _manifest(CORRUPT, _put("painting", value="mona_lisa.jpg")),
    "painting without a digest": _manifest(
        CORRUPT, _put("painting", value={"name": "a", "bytes": 1, "width": 1, "height": 1})
    ),
    "painting of a wrong digest": _manifest(
        CORRUPT, _put("painting", value={"name": "a", "sha256": "F" * 64, "bytes": 1, "width": 1, "height": 1})
    ),
    "painting of no width": _manifest(
        CORRUPT, _put("painting", value={"name": "a", "sha256": "5" * 64, "bytes": 1, "width": 0, "height": 1})
    ),
    "frame rate a word": _manifest(CORRUPT, _put("source", "fps", value="fast")),
    "frame rate next to zero": _manifest(CORRUPT, _put("source", "fps", value=1e-300)),
    "frame rate zero": _manifest(CORRUPT, _put("source", "fps", value=0)),
    "frame rate not a number": _manifest(CORRUPT, _raw('"fps": 10.0', '"fps": NaN')),
    "frame rate infinite": _manifest(CORRUPT, _raw('"fps": 10.0', '"fps": Infinity')),
    "frame rate beyond doubles": _manifest(CORRUPT, _raw('"fps": 10.0', '"fps": 1e999')),
    "frame rate of a thousand digits": _manifest(CORRUPT, _raw('"fps": 10.0', '"fps": ' + "9" * 1000)),
    "every frame of none": _manifest(CORRUPT, _put("source", "every", value=0)),
    "every 17th frame": _manifest(CORRUPT, _put("source", "every", value=17)),
    "every frame and a half": _manifest(CORRUPT, _put("source", "every", value=1.5)),
    "pictures without a rate": _manifest(CORRUPT, _put("source", "pictures_fps", value=0)),
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
    "names a list": _manifest(CORRUPT, _put("names", value=["smile"])),
    "names of 65 frames": _manifest(CORRUPT, _put("names", value={f"n{number}": [0, 0] for number in range(65)})),
    "name without a letter": _manifest(CORRUPT, _put("names", value={"": [0, 0]})),
    "name of 33 letters": _manifest(CORRUPT, _put("names", value={"s" * 33: [0, 0]})),
    "name that begins with a digit": _manifest(CORRUPT, _put("names", value={"3f": [0, 0]})),
    "name of frames named proto": _manifest(CORRUPT, _put("names", value={"__proto__": [0, 0]})),
    "name with an escape sequence": _manifest(CORRUPT, _put("names", value={"smile\x1b[2J": [0, 0]})),
    "name with a line break behind": _manifest(CORRUPT, _put("names", value={"smile\n": [0, 0]})),
    "name with markup": _manifest(CORRUPT, _put("names", value={"<b>": [0, 0]})),
    "name of one number": _manifest(CORRUPT, _put("names", value={"smile": [1]})),
    "name of three numbers": _manifest(CORRUPT, _put("names", value={"smile": [1, 2, 3]})),
    "name of a fraction": _manifest(CORRUPT, _put("names", value={"smile": [0.5, 2]})),
    "name of a frame below zero": _manifest(CORRUPT, _put("names", value={"smile": [-1, 2]})),
    "name that ends before it begins": _manifest(CORRUPT, _put("names", value={"smile": [3, 2]})),
    "name beyond the last frame": _manifest(CORRUPT, _put("names", value={"smile": [2, 6]})),
    "name beyond any frame": _manifest(CORRUPT, _put("names", value={"smile": [2, 2**40]})),
    "actions a list": _manifest(CORRUPT, _put("actions", value=["left"])),
    "actions of 17": _manifest(CORRUPT, _put("actions", value={f"a{number}": [[0, 1]] for number in range(17)})),
    "action named proto": _manifest(CORRUPT, _put("actions", value={"__proto__": [[0, 1]]})),
    "action without occurrences": _manifest(CORRUPT, _put("actions", value={"left": []})),
    "action of 65 occurrences": _manifest(CORRUPT, _put("actions", value={"left": [[0, 1]] * 65})),
    "action of frames": _manifest(CORRUPT, _put("actions", value={"left": [0, 1]})),
    "action of three numbers": _manifest(CORRUPT, _put("actions", value={"left": [[0, 1, 2]]})),
    "action of a fraction": _manifest(CORRUPT, _put("actions", value={"left": [[0.5, 2]]})),
    "action of a frame below zero": _manifest(CORRUPT, _put("actions", value={"left": [[-1, 2]]})),
    "action that ends before it begins": _manifest(CORRUPT, _put("actions", value={"left": [[0, 1], [3, 2]]})),
    "action beyond the last frame": _manifest(CORRUPT, _put("actions", value={"left": [[0, 1], [2, 6]]})),
    "action without transitions": _manifest(
        CORRUPT, _both(_put("actions", value={"left": [[0, 1]]}), _put("behavior", "transitions", value=None))
    ),
    "moods a list": _manifest(CORRUPT, _put("moods", value=["calm"])),
    "moods of 17": _manifest(CORRUPT, _put("moods", value={f"m{number}": "embedding" for number in range(17)})),
    "mood named proto": _manifest(CORRUPT, _put("moods", value={"__proto__": "embedding"})),
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
"""Manifests with one thing wrong, by name."""
