"""The way of a scene through its embedding space, in two dimensions."""

import base64
import html
import io
import json
import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from alive_cli.errors import InputError
from alive_cli.runtime.scene import Scene

METHODS = ("pca", "umap", "tsne")
"""A map is made by one of these methods; the last two need the extra `map`."""
MARGIN = 0.16
"""The map leaves this share of its side free around the path, which makes room for thumbnails."""
THUMBNAIL = 0.13
"""The longest side of a thumbnail takes this share of the side of the map."""
MOST_CROSSINGS = 4
"""A map shows at most so many frames at which the path crosses itself, so that thumbnails don't hide it."""
APART = 0.2
"""Crossings are at least this share of the side of the map away from each other and from the ends of the path."""
TIME_COLOURS = np.array([[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]], float)
"""The path has these colours, early to late: viridis, which works in print and for colour-blind people (Smith & van der
Walt 2015)."""
BACK, INK, ROLLOUT, SOFT = (18, 18, 20), (236, 233, 226), (186, 183, 176), (120, 118, 112)
"""These colours, on a dark ground, draw the text, the path of the rollout, and the lines to thumbnails."""
HTML_THUMBNAIL = 160
"""The longest side of a picture in the interactive page has so many pixels."""
MOST_HTML_FRAMES = 1000
"""The interactive page holds at most so many frames, because it contains all their pictures."""


@dataclass(frozen=True)
class Map:
    """The observed frames and one rollout as points of the plane, float [N, 2] and [M, 2], 0…1, y downwards."""

    observed: np.ndarray
    rollout: np.ndarray
    following: np.ndarray
    """int [N]: the frame after each, −1 at cuts and the end."""
    method: str


def make_map(scene: Scene, rollout: np.ndarray, method: str = "pca", seed: int = 0) -> Map:
    """Project observed embeddings [N, D] and a rollout [M, D] on the plane.

    PCA is exact. UMAP (McInnes et al. 2018) and t-SNE (van der Maaten & Hinton 2008) are fitted to the observed
    frames; a point of the rollout lies among its nearest observed frames.

    Raises:
        InputError: the method is unknown, or its package is not installed.
    """
    bank = scene.embeddings.astype(np.float64)
    if method == "pca":
        centre = bank.mean(0)
        _, _, axes = np.linalg.svd(bank - centre, full_matrices=False)
        plane = axes[:2] if len(axes) > 1 else np.concatenate([axes, np.zeros_like(axes)])
        observed, path = (bank - centre) @ plane.T, (rollout - centre) @ plane.T
    else:
        observed = _neighbour_embedding(bank, method, seed)
        path = _placed(rollout, bank, observed)
    low, high = observed.min(0), observed.max(0)
    scale = (1 - 2 * MARGIN) / max(float((high - low).max()), 1e-12)

    def fit(points: np.ndarray) -> np.ndarray:
        placed: np.ndarray = 0.5 + (points - (low + high) / 2) * scale * np.array([1, -1])
        return placed

    following = scene.graph.following if scene.graph else np.append(np.arange(1, len(bank)), -1)
    return Map(fit(observed), fit(path), following, method)


def _neighbour_embedding(bank: np.ndarray, method: str, seed: int) -> np.ndarray:
    try:
        if method == "umap":
            from umap import UMAP

            return np.asarray(UMAP(n_neighbors=min(15, len(bank) - 1), random_state=seed, n_jobs=1).fit_transform(bank))
        if method == "tsne":
            from sklearn.manifold import TSNE

            return np.asarray(TSNE(perplexity=min(30, (len(bank) - 1) / 3), random_state=seed).fit_transform(bank))
    except ModuleNotFoundError as error:
        raise InputError(f"--method {method} needs {error.name}: pip install 'alive-scene[map]'.") from None
    raise InputError(f"There is no method {method!r}; choose {', '.join(METHODS)}.")


def _placed(points: np.ndarray, bank: np.ndarray, placed: np.ndarray, neighbours: int = 5) -> np.ndarray:
    """Points among their nearest observed frames, weighted by closeness: [M, 2]."""
    result = np.empty((len(points), 2))
    for row, point in enumerate(points):
        distances = np.square(bank - point).sum(1)
        near = np.argpartition(distances, min(neighbours, len(bank) - 1))[:neighbours]
        weights = 1 / np.maximum(distances[near], 1e-9)
        result[row] = weights @ placed[near] / weights.sum()
    return result


def colour_of(share: np.ndarray | float) -> np.ndarray:
    """The colour of a share, 0…1, of the clip: uint8 [..., 3]."""
    place = np.clip(np.asarray(share, float), 0, 1) * (len(TIME_COLOURS) - 1)
    before = np.minimum(place.astype(int), len(TIME_COLOURS) - 2)
    rest = (place - before)[..., None]
    colours: np.ndarray = ((1 - rest) * TIME_COLOURS[before] + rest * TIME_COLOURS[before + 1]).round().astype(np.uint8)
    return colours


def draw_map(scene: Scene, points: Map, side: int, *, upto: int | None = None) -> Image.Image:
    """The map as a picture of `side`² pixels: the path coloured by time, thumbnails, and the rollout above them.

    Args:
        upto: number of points of the rollout to draw; all by default.
    """
    scale = 2  # drawn twice as large, so that lines are smooth
    board = Image.new("RGB", (side * scale, side * scale), BACK)
    pen = ImageDraw.Draw(board)
    count = len(points.observed)
    width = max(2, round(side * scale / 250))

    def at(point: np.ndarray) -> tuple[float, float]:
        return float(point[0]) * side * scale, float(point[1]) * side * scale

    for frame in range(count):
        after = int(points.following[frame])
        if after >= 0:
            colour = tuple(colour_of(frame / max(1, count - 1)).tolist())
            pen.line([at(points.observed[frame]), at(points.observed[after])], fill=colour, width=width)
    path = points.rollout[:upto]
    if len(path) > 1:
        pen.line([at(point) for point in path], fill=ROLLOUT, width=max(1, width // 2))
    if upto is not None and len(path):
        x, y = at(path[-1])
        pen.ellipse([x - 3 * width, y - 3 * width, x + 3 * width, y + 3 * width], fill=INK)
    board = board.resize((side, side), Image.Resampling.LANCZOS)
    _thumbnails(board, scene, points)
    return board


def _thumbnails(board: Image.Image, scene: Scene, points: Map) -> None:
    side = board.width
    longest = max(24, round(side * THUMBNAIL))
    pen = ImageDraw.Draw(board)
    text = max(10, side / 55)
    font = ImageFont.load_default(text)
    size = scene.size_within(longest)
    source = scene.manifest.source
    for frame in _frames_to_show(points):
        x, y = points.observed[frame] * side
        toward = points.observed[frame] - points.observed.mean(0)
        toward = toward / max(float(np.hypot(*toward)), 1e-9) * longest
        left = float(np.clip(x + toward[0] - size[0] / 2, 2, side - size[0] - 2))
        top = float(np.clip(y + toward[1] - size[1] / 2, 2, side - size[1] - text - 4))
        pen.line([(x, y), (left + size[0] / 2, top + size[1] / 2)], fill=SOFT)
        board.paste(Image.fromarray(scene.draw(scene.embeddings[frame], size)), (round(left), round(top)))
        pen.text((left, top + size[1] + 1), f"{source.start + frame / source.fps:.1f} s", INK, font)


def _frames_to_show(points: Map) -> list[int]:
    """Frames that get a thumbnail: both ends, and frames at which the path comes near itself after a long time."""
    count = len(points.observed)
    chosen = [0, count - 1]
    gaps = np.linalg.norm(points.observed[:, None] - points.observed[None], axis=-1) if count <= 2000 else None
    if gaps is not None:
        numbers = np.arange(count)
        gaps[np.abs(numbers[:, None] - numbers[None]) < max(2, count // 10)] = np.inf
        for frame in gaps.min(1).argsort():
            away = np.linalg.norm(points.observed[chosen] - points.observed[frame], axis=1)
            if len(chosen) < 2 + MOST_CROSSINGS and np.isfinite(gaps[frame].min()) and away.min() > APART:
                chosen.append(int(frame))
    return chosen


def write_html(path: Path, scene: Scene, points: Map) -> None:
    """An interactive page, one file that needs nothing else: hovering over the path shows the nearest frame."""
    from bundle_spec.atomic import replacing

    count = len(points.observed)
    shown = np.unique(np.linspace(0, count - 1, min(count, MOST_HTML_FRAMES)).round().astype(int))
    size = scene.size_within(HTML_THUMBNAIL)
    source = scene.manifest.source
    rows = []
    for frame in shown.tolist():
        buffer = io.BytesIO()
        Image.fromarray(scene.draw(scene.embeddings[frame], size)).save(buffer, "JPEG", quality=80)
        x, y = points.observed[frame].tolist()
        colour = "#{:02x}{:02x}{:02x}".format(*colour_of(frame / max(1, count - 1)).tolist())
        picture = base64.b64encode(buffer.getvalue()).decode()
        second = round(source.start + frame / source.fps, 2)
        after = int(points.following[frame])
        rows.append([round(x, 4), round(y, 4), colour, second, picture, int(after >= 0)])
    content = {"frames": rows, "rollout": points.rollout.round(4).tolist()}
    template = files("alive_cli.report").joinpath("map.html").read_text("utf-8")
    # "</" in a value must not end the script. All places are filled at once, so that no value is read as a place.
    parts = {
        "TITLE": html.escape(scene.manifest.title),
        "WIDTH": str(size[0]),
        "MAP_DATA": json.dumps(content).replace("</", "<\\/"),
    }
    page = re.sub("|".join(parts), lambda match: parts[match[0]], template)
    with replacing(path) as temporary:
        temporary.write_text(page, "utf-8")
