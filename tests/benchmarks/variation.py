"""What temperature, speed and novelty do to lives: liveness, distance from the bank, naturalness; noise beside novelty.

    python tests/benchmarks/variation.py BUNDLE… --clips FOLDER_OR_CLIP… [--seeds 5] [--frames 10000] \\
        [--pictures 100] [--set temperature=0.3,novelty=0 …] [--json FILE]

Each `--set` is a row; by default there are eight. `distance` is the mean distance to the nearest observed frame, in
median steps. The row `noise` has the life of novelty 0, disturbed by noise that has the covariance, and the correlation
from frame to frame, of what novelty 1 adds to the same life: the VAE's yardstick. The last two columns are the same in
all rows of a scene: in how many of ten seeds the order of the clip is left within three seconds, and how far two
seeds are from each other after one second, in median steps (median over pairs).
"""

import argparse
import json
import sys
from itertools import combinations, islice
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from alive_cli.media.sampling import evenly_spread, read_frames
from alive_cli.report.liveness import nearest_frames
from alive_cli.report.living import evaluate_liveness, observed_path
from alive_cli.report.naturalness import Reference, draw_judged, judge, reference_of
from alive_cli.report.rollouts import is_jump
from alive_cli.runtime.scene import Scene
from tests.benchmarks.naturalness import clip_of

ROWS = (
    {"novelty": 0.0},
    {},
    {"temperature": 0.3, "novelty": 0.0},
    {"temperature": 0.3},
    {"temperature": 2.0},
    {"novelty": 0.5},
    {"novelty": 1.0},
    {"speed": 0.5},
)
LIFE_FRAMES = 900
"""Pictures are judged of so many frames of each of two lives."""
FIGURES = ("verdict", "coverage", "freeze", "jump", "drift", "distance", "replay", "energy")
COLUMNS = (*FIGURES, "naturalness", "ratio", "broken", "left in 3 s", "apart after 1 s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundles", nargs="+", type=Path)
    parser.add_argument("--clips", nargs="+", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--frames", type=int, default=10_000)
    parser.add_argument("--pictures", type=int, default=100)
    parser.add_argument("--set", nargs="+", type=settings, default=ROWS)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for bundle in arguments.bundles:
        scene = Scene.open(bundle, device="cpu")
        clip = read_frames(scene.manifest, clip_of(scene, arguments.clips), lambda text: print(text, file=sys.stderr))
        reference = reference_of(clip.fitted, scene.fps)
        beginnings = {"left in 3 s": left_soon(scene), "apart after 1 s": apart_soon(scene)}
        for setting in arguments.set:
            words = ", ".join(f"{name} {value:g}" for name, value in setting.items()) or "defaults"
            controls = scene.controls(setting)
            seeds = tuple(range(arguments.seeds))
            living = evaluate_liveness(scene, controls=controls, seeds=seeds, frames=arguments.frames)
            row = {name: living[name] for name in FIGURES if name in living}
            lives = [life_of(scene, setting, seed) for seed in (0, 1)]
            row |= judged(scene, np.concatenate(lives), reference, arguments.pictures)
            rows.append({"scene": bundle.stem, "life": words, **row, **beginnings})
            print(bundle.stem, words, "done", file=sys.stderr, flush=True)
        noisy = np.concatenate([noise_beside(scene, seed) for seed in (0, 1)])
        row = {"distance": distance_of(scene, noisy)} | judged(scene, noisy, reference, arguments.pictures)
        rows.append({"scene": bundle.stem, "life": "noise", **row})
        if arguments.json:
            arguments.json.write_text(json.dumps(rows, indent=1))
    print("| scene | life | " + " | ".join(COLUMNS) + " |")
    print("| --- " * (len(COLUMNS) + 2) + "|")
    for row in rows:
        print(f"| {row['scene']} | {row['life']} | " + " | ".join(cell(row.get(name)) for name in COLUMNS) + " |")


def settings(text: str) -> dict[str, float]:
    """Controls by name, from `temperature=0.3,novelty=0`."""
    pairs = (part.split("=") for part in text.split(","))
    return {name: float(value) for name, value in pairs}


def life_of(scene: Scene, setting: dict[str, float], seed: int) -> np.ndarray:
    """The beginning of a life, [F, D]."""
    return np.stack(list(islice(scene.live(scene.life(scene.controls(setting), seed=seed)), LIFE_FRAMES)))


def judged(scene: Scene, embeddings: np.ndarray, reference: Reference | None, pictures: int) -> dict[str, Any]:
    """Naturalness of some of the pictures of embeddings."""
    if reference is None:
        return {}
    chosen = embeddings[evenly_spread(len(embeddings), pictures)]
    figures = judge(draw_judged(scene, chosen, reference), reference)
    return {"naturalness": figures.rollout, "ratio": figures.ratio, "broken": figures.broken}


def distance_of(scene: Scene, embeddings: np.ndarray) -> float:
    """Mean distance to the nearest observed frame, in median steps."""
    observed = observed_path(scene)
    return round(float(nearest_frames(embeddings.astype(np.float64), observed.embeddings)[1].mean() / observed.unit), 3)


def noise_beside(scene: Scene, seed: int) -> np.ndarray:
    """The life of novelty 0 with noise like what novelty 1 adds to it, [F, D]."""
    plain, novel = (life_of(scene, {"novelty": value}, seed).astype(np.float64) for value in (0.0, 1.0))
    added = novel - plain
    random = np.random.default_rng(seed)
    spreads, directions = np.linalg.eigh(np.cov(added.T))
    own = (added - added.mean(0)) @ directions
    kept = np.clip((own[1:] * own[:-1]).sum(0) / np.maximum(np.square(own[:-1]).sum(0), 1e-12), 0, 0.999)
    noise = np.zeros_like(own)
    state = random.standard_normal(own.shape[1])
    for row in noise:
        state = kept * state + np.sqrt(1 - kept**2) * random.standard_normal(len(state))
        row[:] = state * np.sqrt(np.maximum(spreads, 0))
    moved = plain + added.mean(0) + noise @ directions.T
    unit: np.ndarray = (moved / np.linalg.norm(moved, axis=1, keepdims=True)).astype(np.float32)
    return unit


def left_soon(scene: Scene) -> str:
    """In how many of ten lives the order of the clip is left within three seconds."""
    left = 0
    for seed in range(10):
        life = scene.life(seed=seed)
        for _ in range(round(3 * scene.fps)):
            before = life.node
            life.advance()
            if scene.graph is not None and is_jump(scene.graph, before, life.node, life.steps_per_frame):
                left += 1
                break
    return f"{left}/10"


def apart_soon(scene: Scene) -> float:
    """How far two lives are from each other after a second, in median steps: median over pairs of ten seeds."""
    unit = observed_path(scene).unit
    ends = [next(islice(scene.live(scene.life(seed=seed)), round(scene.fps), None)) for seed in range(10)]
    return round(float(np.median([np.linalg.norm(one - two) for one, two in combinations(ends, 2)]) / unit), 1)


def cell(value: Any) -> str:
    return "–" if value is None else value if isinstance(value, str) else f"{value:.3g}"


if __name__ == "__main__":
    main()
