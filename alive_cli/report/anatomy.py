"""Pictures of what a scene is made of: its keyframes, its motion modes, its motion graph with a life, and a drag."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from alive_cli.errors import InputError
from alive_cli.media.alpha import DARK
from alive_cli.media.board import BACK, INK, Board
from alive_cli.report.embedding_map import SOFT, colour_of
from alive_cli.runtime.frame import Frame
from alive_cli.runtime.renderers.warp import WarpDrawing
from alive_cli.runtime.scene import Scene
from alive_cli.runtime.steering import Steering
from bundle_spec.container import Bundle

NAMES = ("keyframes", "modes", "graph", "drag")
"""The pictures have these names, in the order in which they are drawn."""
WIDTH = 960
"""A picture is about so many pixels wide, which fits a page and stays small."""
MOST_KEYFRAMES = 20
"""The sheet shows at most so many keyframes, evenly spread."""
KEYFRAME_COLUMNS = 5
"""The sheet of keyframes has so many columns."""
MOST_MODES, MODE_COLUMNS = 6, 3
"""The picture of the motion modes shows at most so many, in so many columns: the rest move little."""
LEAST_SHARE = 0.01
"""A mode with less than this share of the motion is only said to have less."""
ARROWS_ACROSS = 22
"""So many arrows stand side by side along the longest side of a motion mode's picture."""
LONGEST_ARROW = 2.2
"""The longest arrow of a mode spans so many gaps between arrows, whatever the mode's size, so that all can be read."""
LEAST_ARROW = 0.12
"""Arrows of less than this share of the longest one are left out."""
ARROW, EDGE = (255, 196, 84), (30, 22, 10)
"""Arrows have this colour, with a dark edge, so that they are seen on every picture."""
FIELD_ARROW, DRAG_ARROW = 1.6, 4.0
"""The arrows of a motion mode, and that of the drag, are so many pixels wide."""
LARGER = 3
"""Arrows are drawn so many times larger than they are shown."""
DIMMED = 0.5
"""Pictures behind arrows have this share of their brightness."""
LIFE_SECONDS = 20.0
"""The picture of the motion graph shows a life of so many seconds."""
MOST_ARCS = 200
"""The picture of the motion graph shows about so many transitions, the cheapest of each part of the clip."""
ARC_PARTS = 40
"""The clip has so many parts, so that wherever transitions begin, some are seen."""
LEAST_FAR = 0.5
"""It shows transitions over at least so many seconds of the clip, because shorter ones are hardly seen."""
STRIP = 9
"""The strip of the clip in the picture of the motion graph has so many pictures."""
FORWARD, BACKWARD = (94, 170, 214), (232, 140, 84)
"""Transitions to later and to earlier frames have these colours, which colour-blind people can tell apart."""
DRAG = 0.3
"""What is dragged is pulled by this share of the longest side, or until it gives way no further."""
EDGE_SHARE = 0.15
"""Nothing is dragged within this share of a side from the edge, where the arrow would leave the picture."""
HELD_SECONDS, SWING_SECONDS = 1.0, 0.35
"""The pictures of the drag show what is held after so many seconds, and so many seconds after it was let go."""


@dataclass(frozen=True)
class _Parts:
    """A scene, with what draws it."""

    scene: Scene
    drawing: WarpDrawing
    steering: Steering | None


def draw_anatomy(bundle: Bundle) -> Iterator[tuple[str, Image.Image]]:
    """Yield the pictures of a verified bundle, each with its name; those that the scene has nothing for are left out.

    Raises:
        InputError: the scene draws without keyframes.
        NotExportedError: the bundle has no graphs.
        BundleError: the graphs can't be played.
    """
    scene = Scene(bundle, device="cpu")
    drawing = scene.drawing
    if not isinstance(drawing, WarpDrawing):
        raise InputError("This scene draws without keyframes, as those of 0.1 do; fit its clip again to see its parts.")
    if scene.transparent:
        scene = scene.on(DARK)
    parts = _Parts(scene, drawing, scene.steering)
    for name, draw in zip(NAMES, (_keyframes, _modes, _graph, _drag), strict=True):
        picture = draw(parts)
        if picture is not None:
            yield name, picture


def _keyframes(parts: _Parts) -> Image.Image:
    """The keyframes by their order, each with the second at which the scene shows most of it."""
    scene, drawing = parts.scene, parts.drawing
    count = drawing.warp.count
    best, second = np.zeros(count), np.zeros(count)
    for frame, embedding in enumerate(scene.embeddings):
        mixture = drawing.mixture(Frame(embedding))
        for place, weight in zip(mixture.places, mixture.weights, strict=True):
            if weight > best[place]:
                best[place], second[place] = weight, scene.manifest.source.start + frame / scene.fps
    shown = np.unique(np.linspace(0, count - 1, min(count, MOST_KEYFRAMES)).round().astype(int))
    columns = min(KEYFRAME_COLUMNS, len(shown))
    size = scene.size_across(max(1, WIDTH // columns))
    board = Board(columns, math.ceil(len(shown) / columns), size)
    for place, keyframe in enumerate(shown):
        board.label(place, f"keyframe {keyframe + 1} of {count}: {second[keyframe]:.1f} s")
    return Image.fromarray(board.show([_opaque(drawing.keyframe(int(keyframe), size), size) for keyframe in shown]))


def _opaque(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A keyframe, uint8 [h, w, 4], laid on a dark ground in a size: uint8 [H, W, 3]."""
    ground = Image.new("RGBA", picture.shape[1::-1], (*DARK, 255))
    ground.alpha_composite(Image.fromarray(picture))
    return np.asarray(ground.convert("RGB").resize(size, Image.Resampling.LANCZOS))


def _modes(parts: _Parts) -> Image.Image | None:
    """The motion modes that move most, as arrows over a calm frame: where and which way each moves the picture."""
    if parts.steering is None:
        return None
    modes = parts.steering.modes  # [S, gh, gw, 2]
    energy = np.square(modes).sum((1, 2, 3))
    shown = [int(mode) for mode in np.argsort(-energy, kind="stable")[:MOST_MODES] if energy[mode] > 0]
    if not shown:
        return None
    columns = min(MODE_COLUMNS, len(shown))
    size = parts.scene.size_across(WIDTH // columns)
    board = Board(columns, math.ceil(len(shown) / columns), size)
    for place, mode in enumerate(shown):
        share = energy[mode] / energy.sum()
        words = f"{share:.0%}" if share >= LEAST_SHARE else f"less than {LEAST_SHARE:.0%}"
        board.label(place, f"mode {place + 1}: {words} of the motion")
    back = _grey(parts.scene.draw(parts.scene.embeddings[_calm_frame(parts)], size))
    # A displacement says from where a picture is taken, so what is seen moves the other way.
    return Image.fromarray(board.show([_with_field(back, -modes[mode]) for mode in shown]))


def _calm_frame(parts: _Parts) -> int:
    """The observed frame whose pose is nearest to the mean of all."""
    assert parts.steering is not None
    return int(np.argmin([np.square(parts.steering.own(each)).sum() for each in parts.scene.embeddings]))


def _grey(picture: np.ndarray) -> np.ndarray:
    """A picture, uint8 [H, W, 3], dimmed and nearly without colour."""
    luma = picture.mean(-1, keepdims=True)
    return np.asarray((DIMMED * (0.7 * luma + 0.3 * picture)).astype(np.uint8))


def _with_field(back: np.ndarray, field: np.ndarray) -> np.ndarray:
    """A picture, uint8 [H, W, 3], with arrows of a field, [gh, gw, 2]."""
    rows, columns, _ = field.shape
    size = np.array(back.shape[1::-1])
    gap = max(size) / ARROWS_ACROSS
    across, down = (max(1, round(side / gap)) for side in size)
    places = [((x + 0.5) / across, (y + 0.5) / down) for y in range(down) for x in range(across)]
    arrows = np.array([field[int(y * rows), int(x * columns)] for x, y in places])
    lengths = np.hypot(*arrows.T)
    longest = max(float(lengths.max()), float(np.finfo(float).tiny))
    shown = np.flatnonzero(lengths >= LEAST_ARROW * longest)
    starts = np.array(places) * size
    ways = arrows * (LONGEST_ARROW * gap / longest)
    return _with_arrows(back, [(starts[place], starts[place] + ways[place]) for place in shown], FIELD_ARROW)


def _with_arrows(picture: np.ndarray, arrows: list[tuple[np.ndarray, np.ndarray]], width: float) -> np.ndarray:
    """A picture, uint8 [H, W, 3], with arrows of a width, each between two points in pixels. They are drawn larger and
    then reduced, so that their edges are smooth."""
    size = picture.shape[1::-1]
    board = Image.fromarray(picture).resize((size[0] * LARGER, size[1] * LARGER), Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(board)
    for start, end in arrows:
        _draw_arrow(pen, start * LARGER, end * LARGER, width * LARGER)
    return np.asarray(board.resize(size, Image.Resampling.LANCZOS))


def _draw_arrow(pen: ImageDraw.ImageDraw, start: np.ndarray, end: np.ndarray, width: float) -> None:
    """An arrow with a dark edge, between two points in pixels."""
    way = end - start
    length = float(np.hypot(*way))
    if length <= 0:
        return
    along, aside = way / length, np.array([-way[1], way[0]]) / length
    head = min(3.2 * width, 0.6 * length)
    for colour, more in ((EDGE, 0.5 * width), (ARROW, 0.0)):
        neck = end - along * head
        pen.line([tuple(start - along * more), tuple(neck)], colour, round(width + 2 * more))
        tip = [end + along * 2 * more, neck + aside * (head * 0.62 + more) - along * more]
        pen.polygon([tuple(point) for point in [*tip, neck - aside * (head * 0.62 + more) - along * more]], colour)


def _graph(parts: _Parts) -> Image.Image | None:
    """The transitions as arcs over a strip of the clip, and below it which frames a life shows."""
    scene = parts.scene
    if scene.graph is None or len(scene.embeddings) < 2:
        return None
    scale = 2
    width, left, right = WIDTH * scale, 66 * scale, 14 * scale
    room = width - left - right
    count, start = len(scene.embeddings), scene.manifest.source.start
    size = scene.size_across(room // STRIP // scale)
    arcs, strip, plot, foot = 140 * scale, size[1] * scale, 220 * scale, 30 * scale
    board = Image.new("RGB", (width, arcs + strip + plot + foot + 34 * scale), BACK)
    pen = ImageDraw.Draw(board)
    font = ImageFont.load_default(12 * scale)

    def across(frame: float) -> float:
        return left + room * frame / (count - 1)

    top = arcs
    nodes = _lived(scene)
    transitions = _transitions(scene, nodes)
    farthest = max((abs(target - source) for source, target, _ in transitions), default=1)
    for source, target, share in transitions:
        a, b = sorted((across(source), across(target)))
        height = (arcs - 26 * scale) * abs(target - source) / farthest
        colour = FORWARD if target > source else BACKWARD
        faint = tuple(round(share * c + (1 - share) * ground) for c, ground in zip(colour, BACK, strict=True))
        pen.arc([a, top - height, b, top + height], 180, 360, faint, scale)
    words = "The cheapest transitions: on to later frames"
    pen.text((left, 2 * scale), words, FORWARD, font)
    after = left + pen.textlength(f"{words}   ", font)
    pen.text((after, 2 * scale), "back to earlier ones", BACKWARD, font)
    for place in range(STRIP):
        frame = round((place + 0.5) / STRIP * (count - 1))
        picture = Image.fromarray(scene.draw(scene.embeddings[frame], size)).resize((room // STRIP, strip))
        board.paste(picture, (left + place * (room // STRIP), top))
    top += strip + 34 * scale
    steps = len(nodes)

    def at(step: int, node: int) -> tuple[float, float]:
        return left + room * step / max(1, steps - 1), top + plot * node / (count - 1)

    for step, (before, node) in enumerate(pairwise(nodes)):
        observed = node in (before, int(scene.graph.following[before]))
        colour = tuple(colour_of(node / (count - 1)).tolist()) if observed else SOFT
        pen.line([at(step, before), at(step + 1, node)], colour, 2 * scale if observed else scale)
    pen.line([(left, top), (left, top + plot), (left + room, top + plot)], SOFT, scale)
    for share in (0.0, 0.5, 1.0):
        second = f"{start + share * (count - 1) / scene.fps:.1f} s"
        pen.text((left - 8 * scale, top + share * plot), second, INK, font, "rm")
        second = f"{share * LIFE_SECONDS:.0f} s"
        pen.text(
            (left + share * room, top + plot + 14 * scale), second, INK, font, ("lm", "mm", "rm")[round(2 * share)]
        )
    words = "A life: its time from left to right, the clip from top to bottom; grey lines are transitions"
    pen.text((left, top - 22 * scale), words, INK, font)
    return board.resize((WIDTH, board.height // scale), Image.Resampling.LANCZOS)


def _lived(scene: Scene) -> list[int]:
    """The frames that a life of LIFE_SECONDS is near, one a frame."""
    life = scene.life()
    nodes = []
    for _ in range(round(LIFE_SECONDS * scene.fps)):
        life.advance()
        nodes.append(life.node or 0)
    return nodes


def _transitions(scene: Scene, nodes: list[int]) -> list[tuple[int, int, float]]:
    """The cheapest transitions from each part of the clip that are not observed motion, and those that a life takes.

    Args:
        nodes: the frames that the life is near.

    Returns:
        Source, target, and 1 … 0.25 from cheap to dear, the dearest first.
    """
    assert scene.graph is not None
    targets, costs, following = scene.graph.targets, scene.graph.costs, scene.graph.following
    sources = np.broadcast_to(np.arange(len(targets))[:, None], targets.shape)
    far = min(round(LEAST_FAR * scene.fps), len(targets) // 4)
    apart = (np.abs(targets - sources) > far) & (targets != following[:, None]) & np.isfinite(costs)
    parts = np.argwhere(apart)[:, 0] * ARC_PARTS // len(targets)
    order = np.argsort(costs[apart], kind="stable")
    kept = [place for part in range(ARC_PARTS) for place in order[parts[order] == part][: MOST_ARCS // ARC_PARTS]]
    leaps = {(before, node) for before, node in pairwise(nodes) if abs(node - before) > far}
    dear = float(costs[apart].max(initial=0))
    cost_of = {jump: dear for jump in leaps if jump[1] != following[jump[0]]}
    cost_of |= {(int(row), int(targets[row, at])): float(costs[row, at]) for row, at in np.argwhere(apart)[kept]}
    rows = sorted(cost_of, key=lambda jump: -cost_of[jump])
    return [(*row, 0.25 + 0.75 * number / max(1, len(rows) - 1)) for number, row in enumerate(rows)]


def _drag(parts: _Parts) -> Image.Image | None:
    """What moves most, dragged: before, held, and just after it was let go."""
    scene, steering = parts.scene, parts.steering
    if steering is None:
        return None
    energy = np.square(steering.modes).sum((0, 3))  # [gh, gw]
    inner = np.zeros_like(energy)
    down_edge, across_edge = (round(EDGE_SHARE * side) for side in energy.shape)
    kept = slice(down_edge, energy.shape[0] - down_edge), slice(across_edge, energy.shape[1] - across_edge)
    inner[kept] = energy[kept]
    row, column = np.unravel_index(int(inner.argmax()), energy.shape)
    across, down = steering.longest
    x, y = ((2 * column + 1) / energy.shape[1] - 1) * across, ((2 * row + 1) / energy.shape[0] - 1) * down
    way = steering.way(float(x), float(y))
    if not way.any():
        return None
    moved = -way @ steering.displacements(float(x), float(y))
    # It is dragged toward the middle of the picture, where there is room.
    moved = moved * (1 if moved @ np.array([-x, -y]) >= 0 else -1) / float(np.hypot(*moved))
    dx, dy = 2 * DRAG * moved
    embedding = scene.embeddings[_calm_frame(parts)]
    life = scene.life()
    size = scene.size_across(WIDTH // 3)
    pictures = [scene.draw(embedding, size)]
    life.touch(float(x), float(y), float(dx), float(dy))
    held = _held(life.steer, embedding, HELD_SECONDS, scene.fps)
    life.let_go()
    pictures += [scene.draw(frame, size) for frame in (held, _held(life.steer, embedding, SWING_SECONDS, scene.fps))]
    board = Board(3, 1, size)
    for place, words in enumerate(("before", "held and dragged", "let go: it swings back")):
        board.label(place, words)
    start = (np.array([x / across, y / down]) + 1) / 2 * np.array(size)
    end = start + np.array([dx, dy]) / 2 * max(size)
    pictures[1] = _with_arrows(pictures[1], [(start, end)], DRAG_ARROW)
    return Image.fromarray(board.show(pictures))


def _held(steer: Callable[[np.ndarray, float], Frame], embedding: np.ndarray, seconds: float, fps: float) -> Frame:
    """The frame of an embedding, [D], after so many seconds of steering."""
    for _ in range(max(1, round(seconds * fps)) - 1):
        steer(embedding, 1 / fps)
    return steer(embedding, 1 / fps)
