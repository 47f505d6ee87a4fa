"""A player written from SPEC.md alone, slow and plain. It shares only the table of the five controls with the real one.

The conformance bundles expect of every player what this one computes.
"""

import io
import json
import math
import statistics
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
import onnx
import safetensors.numpy
from onnx.reference import ReferenceEvaluator
from PIL import Image

from bundle_spec.features.controls import STANDARD_CONTROLS

WORD = 2**32
"""The noise generator computes with words of 32 bits, so its numbers are taken modulo this."""
OPTIONS = ("seed", "start", "frames", "path", "moods")
"""These keys of a life are the player's own options, so a control of such a name stays at its default."""


class Player:
    """Plays a bundle that a reader has verified."""

    def __init__(self, data: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            self.parts = {name: archive.read(name) for name in archive.namelist()}
        self.manifest = json.loads(self.parts["manifest.json"])
        self.bank = safetensors.numpy.load(self.parts["bank.safetensors"])

    def live(self, life: dict[str, Any]) -> Iterator[tuple[np.ndarray, int]]:
        """Embedding [D] and node of each frame; the node is −1 where the behavior has no transitions (SPEC.md, §4)."""
        behavior = self.manifest["behavior"]
        graph, outputs = self._graph(behavior["graph"]), [each["output"] for each in behavior["state"]]
        controls = self._controls()
        values = {each["name"]: self._value(each, life) for each in controls}
        roles = {each.get("role", "plain"): each["name"] for each in controls}
        if life.get("moods"):
            weight = values[roles["frame_weight"]] * self._mood_weights(life["moods"])
            values[roles["frame_weight"]] = weight.astype(np.float32)
        start = life["start"] if "start" in life else self._start(life["seed"])
        state = {each["input"]: self._initial(each, start) for each in behavior["state"]}
        path, step = list(life.get("path", [])), 0
        parts = 1
        if "clock" in roles:
            largest = behavior.get("largest_step")
            (default,) = (each["default"] for each in controls if each["name"] == roles["clock"])
            clock = life.get(roles["clock"], default)
            parts = max(1, math.ceil(clock / largest)) if largest else 1
            values[roles["clock"]] = np.array(clock / parts, np.float32)
        for _ in range(life["frames"]):
            for _ in range(parts * behavior["steps_per_frame"]):
                feeds = state | values
                for stream, each in enumerate(behavior["noise"]):
                    shape = (1, *each["shape"])
                    feeds[each["input"]] = noise(each["distribution"], shape, stream, step, life["seed"])
                for each in behavior["bank"]:
                    feeds[each["input"]] = self.bank[each["tensor"]]
                if path:
                    feeds[roles["next_frame"]] = np.array([path[0]], np.int64)
                before = self._node(state)
                embedding, *after = graph.run(["embedding", *outputs], feeds)
                state = {each["input"]: value for each, value in zip(behavior["state"], after, strict=True)}
                if path and self._node(state) != before:
                    path.pop(0)
                step += 1
            yield embedding[0], self._node(state)

    def _start(self, seed: int) -> int:
        """The observed frame at which a rollout begins where nothing else is asked (SPEC.md, §4)."""
        name = self.manifest["behavior"].get("starts")
        return int(self.bank[name][seed % len(self.bank[name])]) if name else 0

    def _controls(self) -> list[dict[str, Any]]:
        """The declared controls, or the five of version 1.0 with the values of `defaults` (SPEC.md, §5)."""
        controls = self.manifest["behavior"].get("controls")
        if controls is not None:
            return list(controls)
        defaults = self.manifest["defaults"]
        standard = msgspec.to_builtins(STANDARD_CONTROLS)
        return [each | {"default": defaults.get(each["name"], each["default"])} for each in standard]

    def _value(self, control: dict[str, Any], life: dict[str, Any]) -> np.ndarray:
        """What a control feeds the graph with, unless its role says otherwise."""
        value = control["default"] if control["name"] in OPTIONS else life.get(control["name"], control["default"])
        sizes = {"B": 1, "N": len(self.bank["embedding"])}
        shape = [sizes.get(size, size) for size in control["shape"]]
        return np.broadcast_to(np.array(value, control["dtype"]), shape)

    def _mood_weights(self, strengths: dict[str, float]) -> np.ndarray:
        """How moods weigh the observed frames, [N] (SPEC.md, §5)."""
        names, frames = self.manifest["behavior"]["transitions"], range(len(self.bank["embedding"]))
        targets, costs = self.bank[names["targets"]], self.bank[names["costs"]].astype(float)
        likings = [
            strength * self.bank[self.manifest["moods"][name]].astype(float) for name, strength in strengths.items()
        ]
        reward = [3.5 * sum(liking[i] for liking in likings) for i in frames]
        ahead = [0.0 for _ in frames]
        for _ in range(200):
            total = []
            for i in frames:
                chances = [math.exp(-cost / 0.35) for cost in costs[i]]
                onward = sum(chance * math.exp(ahead[j]) for chance, j in zip(chances, targets[i], strict=True))
                total.append(0.97 * (reward[i] + math.log(onward / sum(chances))))
            ahead = total
        liked = [math.exp(each) for each in reward]
        mean = sum(share * each for share, each in zip(liked, ahead, strict=True)) / sum(liked)
        return np.array([math.exp(min(80, max(-80, round(4096 * (each - mean)) / 4096))) for each in ahead])

    def _node(self, state: dict[str, np.ndarray]) -> int:
        transitions = self.manifest["behavior"].get("transitions")
        return int(state[transitions["node"]][0]) if transitions else -1

    def draw(
        self,
        embedding: np.ndarray,
        width: int,
        height: int,
        net: str,
        offset: Sequence[float] = (),
        view: Sequence[float] = (0, 0),
    ) -> np.ndarray:
        """A picture, uint8 [H, W, 3] (SPEC.md, Drawing). A warp drawing may be moved by an offset and a view, and has
        alpha, which its colours are multiplied by, if the bundle requires `alpha`: [H, W, 4]."""
        drawing = self.manifest["drawing"]
        if drawing.get("warp"):
            return self._draw_warp(embedding, width, height, offset, view)
        longest = max(width, height)
        coords = [
            ((2 * i + 1 - width) / longest, (2 * j + 1 - height) / longest) for j in range(height) for i in range(width)
        ]
        features = self._graph(drawing["trunk"]).run(["features"], {"coords": np.array(coords, np.float32)})[0]
        graph = drawing["fast"] if net == "fast" else drawing["generator"]
        count = next(each["shape"][1] for each in graph["inputs"] if each["name"] == "features")
        still = np.zeros((height, width, 3), np.uint8)
        if drawing.get("background"):
            picture = Image.open(io.BytesIO(self.parts[drawing["background"]]))
            still = np.asarray(picture.resize((width, height), Image.Resampling.LANCZOS))
        background = still.reshape(-1, 3).astype(np.float32) / 255
        feeds = {"embedding": embedding[None], "features": features[:, :count], "background": background}
        rgb = self._graph(graph).run(["rgb"], feeds)[0][0].reshape(height, width, 3)
        drawn = np.round(255 * rgb).astype(np.uint8)
        return np.where(self._moving(width, height)[..., None], drawn, still)

    def _moving(self, width: int, height: int) -> np.ndarray:
        """The pixels that move, bool [H, W]: those where the largest mask value under their area is above 0."""
        name = self.manifest["drawing"].get("mask")
        if not name:
            return np.ones((height, width), bool)
        mask = np.asarray(Image.open(io.BytesIO(self.parts[name])))
        rows, columns = mask.shape
        moving = np.zeros((height, width), bool)
        for j in range(height):
            for i in range(width):
                above, below = j * rows // height, -(-(j + 1) * rows // height)
                left, right = i * columns // width, -(-(i + 1) * columns // width)
                moving[j, i] = mask[above:below, left:right].max() > 0
        return moving

    def _draw_warp(
        self, embedding: np.ndarray, width: int, height: int, offset: Sequence[float], view: Sequence[float]
    ) -> np.ndarray:
        """A picture of displaced keyframes, uint8 [H, W, 3], or [H, W, 4] with alpha (SPEC.md, Keyframes)."""
        drawing, warp = self.manifest["drawing"], self.manifest["drawing"]["warp"]
        modes, longest = warp["motion_modes"], max(warp["width"], warp["height"])
        scale = np.array([longest / warp["width"], longest / warp["height"]])
        feeds = {each["input"]: self.bank[each["tensor"]] for each in warp["bank"]}
        feeds = {name: each.astype(np.float32) if each.dtype == np.float16 else each for name, each in feeds.items()}
        moved = np.array([offset or [0] * modes], np.float32)
        feeds |= {"embedding": embedding[None], "offset": moved}
        outputs = ["keyframe", "weight", "motion", "shift", "colour"]
        keyframe, weight, motion, shift, colour = (
            finite(each[0]) for each in self._graph(drawing["generator"]).run(outputs, feeds)
        )

        def modes_at(points: np.ndarray) -> np.ndarray:
            """The trunk's features [rows, columns, 2·S + R] at points [rows, columns, 2]."""
            coords = ((2 * points - 1) / scale).reshape(-1, 2).astype(np.float32)
            features = self._graph(drawing["trunk"]).run(["features"], {"coords": coords})[0]
            return finite(features).reshape(*points.shape[:2], -1)

        motion_cells, colour_cells = centres(*warp["motion_grid"]), centres(*warp["colour_grid"])
        moving = modes_at(motion_cells)[..., : 2 * modes].reshape(*motion_cells.shape[:2], modes, 2)
        viewed = np.zeros(motion_cells.shape)
        if warp.get("depth"):
            viewed = np.stack([view[axis] * self.bank[warp["depth"]][axis].astype(float) for axis in range(2)], -1)
        shifts = bounded(np.einsum("s,yxsd->yxd", shift, moving) + viewed)
        shifted = motion_cells + shifts * scale
        displacements = [bounded(shifts + bilinear(np.einsum("s,yxsd->yxd", each, moving), shifted)) for each in motion]
        colours = modes_at(colour_cells)[..., 2 * modes :] @ colour
        colours = bilinear(colours, colour_cells + bilinear(shifts, colour_cells) * scale)
        pixels = centres(width, height)
        alpha = "alpha" in self.manifest.get("features_required", [])
        drawn = np.zeros((height, width, 4 if alpha else 3))
        drawn[..., :3] = bilinear(colours, pixels)
        for number, share, displacement in zip(keyframe, weight, displacements, strict=True):
            picture = self._keyframe(int(np.clip(number, 0, warp["count"] - 1)), width, height)
            drawn += share * bilinear(picture, pixels + bilinear(displacement, pixels) * scale)
        if drawing.get("mask"):
            mask = np.asarray(Image.open(io.BytesIO(self.parts[drawing["mask"]])))[..., None] / 255
            places = pixels + bilinear(bounded(viewed), pixels) * scale
            still = bilinear(self._keyframe(warp["count"], width, height), places)
            drawn = still + bilinear(mask, places) * (drawn - still)
        drawn = np.clip(drawn, 0, 1)
        if alpha:
            drawn[..., :3] = np.minimum(drawn[..., :3], drawn[..., 3:])
        result: np.ndarray = np.floor(255 * drawn + 0.5).astype(np.uint8)
        return result

    def _keyframe(self, number: int, width: int, height: int) -> np.ndarray:
        """Picture `number` of the keyframes, 0…1, reduced where it is larger than the picture to draw. With alpha, its
        colours are multiplied by it."""
        part = safetensors.numpy.load(self.parts[self.manifest["drawing"]["warp"]["keyframes"]])
        start, end = part["offsets"][number], part["offsets"][number + 1]
        file = Image.open(io.BytesIO(part["data"][start:end].tobytes()))
        if "alpha" in self.manifest.get("features_required", []):
            pixels = np.asarray(file.convert("RGBA")) / 255
            pixels[..., :3] *= pixels[..., 3:]
        else:
            pixels = np.asarray(file) / 255
        across = averaging(pixels.shape[1], min(width, pixels.shape[1]))
        down = averaging(pixels.shape[0], min(height, pixels.shape[0]))
        reduced: np.ndarray = np.einsum("jy,yxc,ix->jic", down, pixels, across)
        return reduced

    def _graph(self, graph: dict[str, Any]) -> Any:
        return ReferenceEvaluator(onnx.load_from_string(self.parts[graph["file"]]))

    def _initial(self, state: dict[str, Any], start: int) -> np.ndarray:
        if state.get("initial") is None:
            return np.zeros((1, *state["shape"]), state["dtype"])
        initial: np.ndarray = self.bank[state["initial"]][start][None]
        return initial


def finite(array: np.ndarray) -> np.ndarray:
    """The same numbers in double precision, with 0 for what is not finite."""
    result: np.ndarray = np.where(np.isfinite(array), array.astype(np.float64), 0)
    return result


def bounded(displacement: np.ndarray) -> np.ndarray:
    """A displacement of at most four longest sides in each direction."""
    result: np.ndarray = np.where(np.isnan(displacement), 0, np.clip(displacement, -4, 4))
    return result


def centres(columns: int, rows: int) -> np.ndarray:
    """The centres (u, v) of the cells of a grid, or of the pixels of a picture, [rows, columns, 2]."""
    across, down = (np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows
    return np.stack(np.meshgrid(across, down), -1)


def bilinear(grid: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The values [..., C] of a grid [rows, columns, C] at points (u, v), [..., 2]."""
    rows, columns = grid.shape[:2]
    across = np.clip(points[..., 0] * columns - 0.5, 0, columns - 1)
    down = np.clip(points[..., 1] * rows - 0.5, 0, rows - 1)
    left, above = across.astype(int), down.astype(int)
    right, below = np.minimum(left + 1, columns - 1), np.minimum(above + 1, rows - 1)
    x, y = (across - left)[..., None], (down - above)[..., None]
    upper = (1 - x) * grid[above, left] + x * grid[above, right]
    lower = (1 - x) * grid[below, left] + x * grid[below, right]
    result: np.ndarray = (1 - y) * upper + y * lower
    return result


def averaging(old: int, new: int) -> np.ndarray:
    """The share of each of `old` pixels in each of `new` ones that cover them, [new, old]; rows add up to 1."""
    shares = np.zeros((new, old))
    for i in range(new):
        for x in range(old):
            shares[i, x] = max(0, min((i + 1) * old / new, x + 1) - max(i * old / new, x)) * new / old
    return shares


def noise(distribution: str, shape: tuple[int, ...], stream: int, step: int, seed: int) -> np.ndarray:
    """A noise tensor, float32 of `shape` (SPEC.md, Noise)."""
    values = []
    for element in range(math.prod(shape)):
        words = philox((element // 4, step % WORD, step // WORD, stream), (seed % WORD, seed // WORD))
        values.append(quantile(distribution, words[element % 4] >> 20))
    return np.array(values, np.float32).reshape(shape)


def quantile(distribution: str, number: int) -> float:
    """Entry `number` of a distribution's table of 4,096."""
    share = (number + 0.5) / 4096
    if distribution == "uniform":
        return share
    value = statistics.NormalDist().inv_cdf(share) if distribution == "normal" else -math.log(-math.log(share))
    return round(value * 4096) / 4096


def philox(counter: tuple[int, int, int, int], key: tuple[int, int]) -> tuple[int, int, int, int]:
    """Philox4x32-10 (Salmon et al. 2011): four words of 32 bits."""
    a, b, c, d = counter
    first, second = key
    for _ in range(10):
        low, high = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = high // WORD ^ b ^ first, high % WORD, low // WORD ^ d ^ second, low % WORD
        first, second = (first + 0x9E3779B9) % WORD, (second + 0xBB67AE85) % WORD
    return a, b, c, d
