"""The yardsticks of a life: other ways to go on from a clip, judged by the same figures of their pictures.

    python tests/benchmarks/liveness.py BUNDLE… --clips FOLDER_OR_CLIP… --folder FOLDER \
        [--original BUNDLE…] [--released FOLDER] [--methods living vgpnn …] [--again living …] [--size 128]

The methods are:
    drawn      the clip's embeddings in order, drawn by the scene: what drawing alone does to each figure
    living     a life at the defaults, through onnxruntime
    original   the same of a bundle of recipe `original`, if one of the clip's name is given
    walk       a random walk with pull in the embedding space, drawn by the scene
    replay     the clip again and again
    pingpong   the clip forward and back
    textures   Video Textures (Schödl et al. 2000), which jumps between the clip's own frames
    faded      the same, with cross-fades
    vgpnn      patches of a part of the clip, put together anew (Haim et al. 2022), written here from the paper
Samples that others released are judged with `--released FOLDER`, where FOLDER/CLIP/METHOD/NUMBER/ holds pictures, CLIP
is the clip's name without its ending, and METHOD any name but `original`: `data` of github.com/nivha/nnf_diversity has
this form. Fit its clips as `alive fit fish --fps 10` from folders named for them.

Each clip leaves FOLDER/CLIP.json, and a sheet of pictures that follow each other. Methods that are there aren't
repeated, except where the bundle has changed, or with `--again`. So the same command remakes the table.
`yardsticks/figures.py` defines the figures.
"""

import argparse
import hashlib
import json
import math
import sys
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from alive_cli.media.sampling import read_frames
from alive_cli.media.warping import reduce
from alive_cli.report.living import observed_path
from alive_cli.report.naturalness import reference_of
from alive_cli.runtime.scene import Scene
from tests.benchmarks.naturalness import clip_of
from tests.benchmarks.yardsticks.figures import Clip, board, figures_of, within
from tests.benchmarks.yardsticks.vgpnn import patchwork
from tests.benchmarks.yardsticks.video_textures import Texture, cross_faded, fade_frames

SEEDS = (0, 1, 2)
LEAST_FRAMES = 300
"""A sample has at least so many frames, and at least as many as the clip."""
OWN_JUDGED = 50
"""So many of the clip's own frames are judged for naturalness."""
DRAWN_SIDE = 256
"""Pictures are drawn with so many pixels and then reduced, because small ones would have aliases."""
PATCH_FRAMES = 40
"""VGPNN knows only so many of the clip's frames, its first, because a whole clip takes too long."""
PATCH_SEEDS = SEEDS[:2]
"""VGPNN makes one sample a seed; one takes about a minute of a core."""
PULL = 0.1
"""Each step of the random walk is pulled so far to the nearest observed embedding."""
DRAWN = ("drawn", "living", "original", "walk")
METHODS = (*DRAWN, "replay", "pingpong", "textures", "faded", "vgpnn")
COLUMNS = (
    "naturalness",
    "broken",
    "coverage",
    "replay",
    "stretch",
    "distance",
    "energy",
    "second_order",
    "largest_step",
    "diversity",
    "nnf_diversity",
    "nnf_distance",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundles", nargs="+", type=Path)
    parser.add_argument("--clips", nargs="+", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--original", nargs="*", type=Path, default=[])
    parser.add_argument("--released", type=Path)
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--again", nargs="*", default=[])
    parser.add_argument("--size", type=int, default=128)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    originals = {Path(Scene.open(path).manifest.source.name).stem: path for path in arguments.original}
    tables = {}
    for bundle in arguments.bundles:
        name = Path(Scene.open(bundle).manifest.source.name).stem
        tables[name] = compare(name, bundle, originals.get(name), arguments)
    print_tables(tables)


def compare(name: str, bundle: Path, original: Path | None, arguments: argparse.Namespace) -> dict[str, Any]:
    """The figures of each method for one clip."""
    path = arguments.folder / f"{name}.json"
    results: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    released = released_samples(arguments.released, name)
    methods = [method for method in arguments.methods if method != "original" or original]
    missing = []
    for method in (*methods, *released):
        made = made_of(method, bundle, original, arguments.size)
        if method in arguments.again or results.get(method, {}).get("made_of") != made:
            missing.append(method)
    if not missing:
        return results
    scene = Scene.open(bundle, device="cpu")
    whole = read_frames(scene.manifest, clip_of(scene, arguments.clips), lambda text: print(text, file=sys.stderr))
    frames, following = within(whole.fitted, arguments.size), observed_path(scene).following
    reference = reference_of(whole.fitted, scene.fps, own=OWN_JUDGED)
    clip = Clip(frames[: len(following)], following, scene.fps, reference)
    count = max(LEAST_FRAMES, len(clip.frames))
    for method in missing:
        began = time.process_time()
        if method in released:
            samples = [read_pictures(folder, clip) for folder in released[method]]
        else:
            own = Scene.open(original, device="cpu") if method == "original" and original else scene
            samples = SAMPLES[method](own, clip, count)
        figures = figures_of(samples, clip, shown=PATCH_FRAMES if method == "vgpnn" else None)
        figures["made_of"] = made_of(method, bundle, original, arguments.size)
        # Another program may have measured other methods meanwhile.
        results = (json.loads(path.read_text()) if path.exists() else {}) | {method: figures}
        path.write_text(json.dumps(results, indent=1))
        sheet = board({f"{name} {method} {number}": sample for number, sample in enumerate(samples)})
        cv2.imwrite(str(arguments.folder / f"{name}-{method}.png"), sheet[..., ::-1])
        print(f"{name} {method} {time.process_time() - began:.0f} CPU s", file=sys.stderr, flush=True)
    return results


def made_of(method: str, bundle: Path, original: Path | None, size: int) -> str:
    """What figures depend on: they are measured again if it has changed."""
    source = original if method == "original" else bundle if method in DRAWN else None
    return f"{size} px" + (f", {hashlib.sha256(source.read_bytes()).hexdigest()[:16]}" if source else "")


def lived(scene: Scene, clip: Clip, count: int) -> list[np.ndarray]:
    lives = [np.stack(list(islice(scene.live(scene.life(seed=seed)), count))) for seed in SEEDS]
    return [draw(scene, clip, life) for life in lives]


def drawn(scene: Scene, clip: Clip, count: int) -> list[np.ndarray]:
    return [draw(scene, clip, scene.embeddings[: len(clip.frames)])]


def walked(scene: Scene, clip: Clip, count: int) -> list[np.ndarray]:
    """A random walk with the covariance of the clip's own motion, and pull to the nearest observed embedding."""
    bank = scene.embeddings.astype(np.float64)
    motion = np.diff(bank, axis=0) / math.sqrt(len(bank) - 1)
    samples = []
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        point, path = bank[0], []
        for _ in range(count):
            point = point + random.standard_normal(len(motion)) @ motion
            point = (1 - PULL) * point / np.linalg.norm(point) + PULL * bank[(bank @ point).argmax()]
            point /= np.linalg.norm(point)
            path.append(point)
        samples.append(draw(scene, clip, np.stack(path).astype(np.float32)))
    return samples


def draw(scene: Scene, clip: Clip, embeddings: np.ndarray) -> np.ndarray:
    size = scene.size_up_to(DRAWN_SIDE)
    own = clip.frames.shape[2], clip.frames.shape[1]
    return np.stack([reduce(scene.draw(embedding, size), own) for embedding in embeddings])


def replayed(scene: Scene, clip: Clip, count: int) -> list[np.ndarray]:
    return [clip.frames[np.arange(count) % len(clip.frames)]]


def to_and_fro(scene: Scene, clip: Clip, count: int) -> list[np.ndarray]:
    lap = np.concatenate([np.arange(len(clip.frames)), np.arange(len(clip.frames) - 2, 0, -1)])
    return [clip.frames[lap[np.arange(count) % len(lap)]]]


def textured(scene: Scene, clip: Clip, count: int) -> list[np.ndarray]:
    texture = Texture(clip.frames, clip.following, clip.fps)
    return [clip.frames[texture.play(count, seed)] for seed in SEEDS]


def faded(scene: Scene, clip: Clip, count: int) -> list[np.ndarray]:
    texture = Texture(clip.frames, clip.following, clip.fps)
    return [cross_faded(clip.frames, texture.play(count, seed), fade_frames(clip.fps)) for seed in SEEDS]


def patched(scene: Scene, clip: Clip, count: int) -> list[np.ndarray]:
    return [patchwork(clip.frames[:PATCH_FRAMES], seed) for seed in PATCH_SEEDS]


SAMPLES: dict[str, Callable[[Scene, Clip, int], list[np.ndarray]]] = {
    "drawn": drawn,
    "living": lived,
    "original": lived,
    "walk": walked,
    "replay": replayed,
    "pingpong": to_and_fro,
    "textures": textured,
    "faded": faded,
    "vgpnn": patched,
}
"""What each method shows, uint8 [F, h, w, 3] each, of a scene, its clip, and the number of frames wanted."""


def released_samples(folder: Path | None, name: str) -> dict[str, list[Path]]:
    """Folders of pictures by method."""
    if folder is None or not (folder / name).is_dir():
        return {}
    methods = sorted(path for path in (folder / name).iterdir() if path.is_dir() and path.name != "original")
    return {f"{path.name}, released": sorted(part for part in path.iterdir() if part.is_dir()) for path in methods}


def read_pictures(folder: Path, clip: Clip) -> np.ndarray:
    """The pictures 0.png, 1.png, … of a folder at the clip's size."""
    paths = sorted(folder.glob("*.png"), key=lambda path: int(path.stem))
    size = clip.frames.shape[2], clip.frames.shape[1]
    return np.stack([reduce(cv2.imread(str(path))[..., ::-1], size) for path in paths])


def print_tables(tables: dict[str, dict[str, Any]]) -> None:
    """A table of each clip, and one of the means over those clips that a method was measured on."""
    methods = dict.fromkeys([*METHODS, *(method for results in tables.values() for method in results)])
    for name, results in tables.items():
        print_table(name, {method: results[method] for method in methods if method in results})
    if len(tables) > 1:
        means: dict[str, Any] = {}
        for method in methods:
            every = [results[method] for results in tables.values() if method in results]
            if every:
                means[f"{method} ({len(every)})"] = {column: mean(every, column) for column in COLUMNS}
        print_table("mean (of so many clips)", means)


def print_table(title: str, rows: dict[str, Any]) -> None:
    print(f"\n| {title} | " + " | ".join(COLUMNS) + " |")
    print("| --- " * (len(COLUMNS) + 1) + "|")
    for method, figures in rows.items():
        print(f"| {method} | " + " | ".join(cell(figures.get(column)) for column in COLUMNS) + " |")


def mean(every: list[dict[str, Any]], column: str) -> float | None:
    values = [figures[column] for figures in every if figures.get(column) is not None]
    return float(np.mean(values)) if values else None


def cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


if __name__ == "__main__":
    main()
