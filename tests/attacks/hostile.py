"""Files that strangers might send: those that every reader must refuse, and more that this program meets."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from bundle_spec.archive import MIMETYPE
from bundle_spec.conformance.forge import Item, archive, items, with_graph, with_manifest, with_part
from bundle_spec.conformance.invalid import BASE, INVALID
from bundle_spec.conformance.valid import VALID
from bundle_spec.conformance.warp import KEYFRAMES, keyframes, warped
from bundle_spec.container import (
    BEHAVIOR_NAME,
    GENERATOR_NAME,
    KEYFRAMES_NAME,
    TRUNK_NAME,
    WEIGHTS_NAME,
    Bundle,
    pack_tensors,
)
from bundle_spec.features.warp import pack_keyframes
from tests.attacks.keyframes import DEMANDING, REFUSED_WHEN_DRAWN, TOO_MUCH

REFUSED, NEUTRALISED = "refused", "neutralised"
PLAYING = ("inspect", "verify", "play")
WARPED = warped(masked=True, shifts=True)
"""Attacks on the drawing of keyframes begin with this valid scene."""


@dataclass(frozen=True)
class Attack:
    """A hostile file, the commands that meet it, and how that has to end."""

    outcome: str
    write: Callable[[Path], object]
    """Writes the file."""
    commands: tuple[str, ...] = PLAYING


def _bytes(build: Callable[[], bytes]) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(build())


def _giving(name: str, output: str, value: float | int, bundle: Bundle = BASE) -> Callable[[], bytes]:
    """A scene, by default the plain one, one of whose outputs is multiplied by a number."""

    def change(model: onnx.ModelProto) -> None:
        for node in model.graph.node:
            node.output[:] = ["old" if each == output else each for each in node.output]
            node.input[:] = ["old" if each == output else each for each in node.input]
        model.graph.initializer.append(numpy_helper.from_array(number, "odd"))
        model.graph.node.append(helper.make_node("Mul", ["old", "odd"], [output]))

    number = np.array(value, np.int64 if isinstance(value, int) else np.float32)
    return lambda: with_graph(bundle, name, change)


def _lost() -> bytes:
    """A behavior whose state leaves the bank: the next step reads beyond it."""

    def change(model: onnx.ModelProto) -> None:
        for node in model.graph.node:
            node.output[:] = ["old" if each == "after_node" else each for each in node.output]
        model.graph.initializer.append(numpy_helper.from_array(np.int64(10**12), "far"))
        model.graph.node.append(helper.make_node("Add", ["old", "far"], ["after_node"]))

    def renamed(model: onnx.ModelProto) -> None:
        for node in model.graph.node:
            node.input[:] = ["old" if each == "after_node" else each for each in node.input]

    return with_graph(BASE, BEHAVIOR_NAME, lambda model: (change(model), renamed(model))[0])


def _sparse(path: Path) -> None:
    """A gigabyte that takes no room."""
    with path.open("wb") as file:
        file.write(archive(items(BASE)))
        file.truncate(1 << 30)


def _bomb_inside() -> bytes:
    """A ZIP bomb as a part: it is listed, and nothing ever opens it."""
    bomb = archive([Item(b"zeros", bytes(50 << 20), deflate=True)])
    return with_part(BASE, "inner.zip", bomb)


def _damaged_keyframes() -> bytes:
    """Keyframes whose headers are sound and whose pixels are not: only drawing tells."""
    damaged = [picture[:-40] + bytes(40) for picture in keyframes()]
    return with_part(warped(), KEYFRAMES_NAME, pack_keyframes(damaged))


def _weights(data: bytes) -> Callable[[], bytes]:
    return lambda: with_part(BASE, WEIGHTS_NAME, data)


def _ambitious() -> bytes:
    """Training settings that ask for nets of any size; the weights hold nothing."""
    shapes = ("width", "layers", "grid_depth", "motion_modes", "colour_modes", "embedding", "entries", "mixed_frames")
    grids = ("aspect_width", "aspect_height", "motion_columns", "motion_rows", "colour_columns", "colour_rows")
    sizes = dict.fromkeys((*shapes, *grids, "keyframes", "compared_frames", "behavior_hidden"), 16_000)
    sizes |= {"pose_first": 0, "masked": True, "entries": 6, "mixed_frames": 12}
    weighted = Bundle(BASE.manifest, BASE.parts | {WEIGHTS_NAME: pack_tensors({"a": np.zeros(4, np.float32)})})

    def change(manifest: dict[str, Any]) -> None:
        manifest["recipe"]["settings"].update(sizes)
        manifest["encoder"]["slices"] = {"pose": [0, 3], "constant": [3, 4]}

    return with_manifest(weighted, change)


def _many_bombs() -> bytes:
    """Sixty parts, each within the limits, that inflate to far more than all parts may."""
    zeros = bytes(40 << 20)
    packed = Item(b"", zeros, deflate=True).body()
    names = [f"part{number}.bin" for number in range(58)]
    listed = Bundle(BASE.manifest, BASE.parts | dict.fromkeys(names, b""))
    each = [item if item.name.decode() not in names else Item(item.name, zeros, packed=packed, method=8)
            for item in items(listed)]  # fmt: skip
    return archive(each)


ATTACKS: dict[str, Attack] = {
    **{name: Attack(REFUSED, _bytes(build)) for name, (_, build) in INVALID.items()},
    "a gigabyte of nothing": Attack(REFUSED, _sparse),
    "a pipe without a writer": Attack(REFUSED, os.mkfifo),
    "a folder": Attack(REFUSED, Path.mkdir),
    "a link to endless zeros": Attack(REFUSED, lambda path: path.symlink_to("/dev/zero")),
    "a link to itself": Attack(REFUSED, lambda path: path.symlink_to(path)),
    "random bytes": Attack(REFUSED, lambda path: path.write_bytes(np.random.default_rng(0).bytes(1 << 20))),
    "random bytes behind the mimetype": Attack(
        REFUSED,
        lambda path: path.write_bytes(
            archive([Item(b"mimetype", MIMETYPE)])[:63] + np.random.default_rng(1).bytes(1 << 20)
        ),
    ),
    "many bombs": Attack(REFUSED, _bytes(_many_bombs)),
    "a bomb inside": Attack(NEUTRALISED, _bytes(_bomb_inside)),
    "escape sequences in every text": Attack(NEUTRALISED, _bytes(VALID["rude"].build)),
    "a title that a page would read again": Attack(
        NEUTRALISED, _bytes(lambda: with_manifest(BASE, lambda m: m.update(title="TOLD" * 1024))), ("inspect", "map")
    ),
    "lines of its own in what is required": Attack(
        REFUSED,
        _bytes(lambda: with_manifest(BASE, lambda m: m.update(features_required=["x\nEverything is fine.\n\u2028"]))),
    ),
    "markup in the title": Attack(
        NEUTRALISED, _bytes(lambda: with_manifest(BASE, lambda m: m.update(title="[red]x[/red] [/] :smile: [link=x]")))
    ),
    "pictures of no numbers": Attack(NEUTRALISED, _bytes(_giving(GENERATOR_NAME, "rgb", float("nan")))),
    "pictures of infinities": Attack(NEUTRALISED, _bytes(_giving(GENERATOR_NAME, "rgb", float("inf")))),
    "pictures far too bright": Attack(NEUTRALISED, _bytes(_giving(GENERATOR_NAME, "rgb", 1e30))),
    **{
        f"{what} of keyframes {how}": Attack(NEUTRALISED, _bytes(_giving(GENERATOR_NAME, what, value, WARPED)))
        for what in ("weight", "motion", "shift", "colour")
        for how, value in (
            *(("no numbers", float("nan")), ("infinite", float("inf")), ("far too large", 3e38)),
            *(("large", 1e30), ("the other way round", -1.0), ("nothing", 0.0), ("tiny", 1e-42)),
        )
    },
    "modes infinite": Attack(NEUTRALISED, _bytes(_giving(TRUNK_NAME, "features", float("-inf"), WARPED))),
    "modes of no numbers": Attack(NEUTRALISED, _bytes(_giving(TRUNK_NAME, "features", float("nan"), WARPED))),
    "modes far too large": Attack(NEUTRALISED, _bytes(_giving(TRUNK_NAME, "features", 3e38, WARPED))),
    "keyframes far beyond the last": Attack(NEUTRALISED, _bytes(_giving(GENERATOR_NAME, "keyframe", 10**12, WARPED))),
    "keyframes before the first": Attack(NEUTRALISED, _bytes(_giving(GENERATOR_NAME, "keyframe", -KEYFRAMES, WARPED))),
    **{name: Attack(REFUSED, _bytes(build), ("play",)) for name, build in REFUSED_WHEN_DRAWN.items()},
    **{name: Attack(REFUSED, _bytes(build)) for name, build in TOO_MUCH.items()},
    **{name: Attack(NEUTRALISED, _bytes(build), ("play",)) for name, build in DEMANDING.items()},
    "keyframes damaged under sound headers": Attack(REFUSED, _bytes(_damaged_keyframes), ("play",)),
    "embeddings far too long": Attack(REFUSED, _bytes(_giving(BEHAVIOR_NAME, "embedding", 1e20)), ("verify", "play")),
    "embeddings of no numbers": Attack(
        REFUSED, _bytes(_giving(BEHAVIOR_NAME, "embedding", float("nan"))), ("verify", "play")
    ),
    "embeddings of infinities": Attack(
        REFUSED, _bytes(_giving(BEHAVIOR_NAME, "embedding", float("inf"))), ("verify", "play")
    ),
    "a state that leaves the bank": Attack(REFUSED, _bytes(_lost), ("verify", "play")),
    "weights a pickle": Attack(REFUSED, _bytes(_weights(b"\x80\x04cposix\nsystem\n(S'id'\ntR.")), ("export",)),
    "settings of a terabyte": Attack(REFUSED, _bytes(_ambitious), ("export",)),
    "weights of nothing": Attack(REFUSED, _bytes(_weights(b"\x02" + bytes(7) + b"{}")), ("export",)),
}


def command(name: str, bundle: Path, folder: Path) -> list[str]:
    """The arguments of a command that meets a bundle."""
    return {
        "inspect": ["inspect", str(bundle)],
        "verify": ["inspect", "--verify", str(bundle)],
        "play": ["play", str(bundle), "--frames", "3", "--out", str(folder / f"{bundle.stem}.gif"), "--force"],
        "export": ["export", str(bundle)],
        "map": ["map", str(bundle), "-o", str(folder / "m.png"), "--html", str(folder / "m.html"), "--force"],
    }[name]
