"""Does it stay alive? Recipe `living` beside the published one and the yardsticks, on the same embeddings and seeds.

    python tests/benchmarks/liveness.py run --folder FOLDER [--clips portrait cat] [--encoders pca clip] \
        [--methods living original replay pingpong textures walk] [--temperatures 0.3 1 2] [--seeds 5]
    python tests/benchmarks/liveness.py table --folder FOLDER
    python tests/benchmarks/liveness.py endure BUNDLE --steps 1000000     is it alive and finite after all those?
    python tests/benchmarks/liveness.py grow --frames 1000 20000         what fitting the behavior takes

Scenes are fitted once (draft, 128 px) and kept in the folder as bundles; each clip, encoder and method
leaves one JSON file, and what is there isn't repeated. The encoder `clip` is a ViT-B-32 whose weights
are random: it shows that nothing depends on the encoder. Steps are timed through onnxruntime, on one thread.
"""

import argparse
import json
import math
import sys
import time
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from alive_cli.encoders.choose import EncoderChoice
from alive_cli.fitting.options import FitOptions
from alive_cli.fitting.pipeline import fit_scene
from alive_cli.progress import Listener
from alive_cli.report.liveness import ObservedPath, at_times, frames_needed, liveness, pingpong
from alive_cli.report.living import observed_path
from alive_cli.runtime.scene import Scene

CLIPS = Path(__file__).parents[3] / "shared" / "clips"
LEAST_FRAMES = 10_000
SIZE = 128
METHODS = ["living", "original", "replay", "pingpong", "textures", "walk"]
COLUMNS = [
    "energy", "freeze", "jump", "coverage", "distance", "drift", "spectrum", "spectrum_pingpong", "motion_cosine",
    "motion_cosine_video", "replay",
]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run")
    clips = ["portrait", "insect", "cat", "mouse_open_field", "film_dialogue", "coffee"]
    run.add_argument("--clips", nargs="+", default=clips)
    run.add_argument("--encoders", nargs="+", default=["pca", "clip"])
    run.add_argument("--methods", nargs="+", default=METHODS)
    run.add_argument("--temperatures", nargs="+", type=float, default=[0.3, 1.0, 2.0])
    run.add_argument("--novelty", type=float)
    run.add_argument("--seeds", type=int, default=5)
    for command in (run, commands.add_parser("table")):
        command.add_argument("--folder", type=Path, required=True)
    longest = commands.add_parser("endure")
    longest.add_argument("bundle", type=Path)
    longest.add_argument("--steps", type=int, default=1_000_000)
    commands.add_parser("grow").add_argument("--frames", nargs="+", type=int, default=[1000, 5000, 20000])
    arguments = parser.parse_args()
    if arguments.command == "endure":
        endure(arguments.bundle, arguments.steps)
        return
    if arguments.command == "grow":
        grow(arguments.frames)
        return
    arguments.folder.mkdir(parents=True, exist_ok=True)
    if arguments.command == "run":
        for clip in arguments.clips:
            for encoder in arguments.encoders:
                for method in arguments.methods:
                    measure(clip, encoder, method, arguments)
    print_table(arguments.folder)


def measure(clip: str, encoder: str, method: str, arguments: argparse.Namespace) -> None:
    label = method if arguments.novelty is None else f"{method}@{arguments.novelty:g}"
    path = arguments.folder / f"{clip}-{encoder}-{label}.json"
    if path.exists():
        return
    scene = Scene.open(bundle(clip, encoder, "original" if method == "original" else "living", arguments.folder))
    observed = observed_path(scene)
    result: dict[str, Any] = {"clip": clip, "encoder": encoder, "method": label, "frames": len(observed.embeddings)}
    result["lives"] = []
    for temperature in arguments.temperatures:
        frames = max(LEAST_FRAMES, frames_needed(len(observed.embeddings), temperature))
        for seed in range(arguments.seeds):
            rollout = ROLLOUTS[method](scene, observed, temperature, frames, seed, arguments.novelty)
            figures = liveness(rollout.astype(np.float64), observed, temperature=temperature, fps=scene.fps)
            result["lives"].append({"temperature": temperature, "seed": seed, "frames": frames, **figures})
    if method == "living":
        result["step_ms"] = step_time(scene)
        result["variations"] = variations(scene, observed)
        result["figures"] = scene.manifest.figures
    path.write_text(json.dumps(result, indent=1))
    print(clip, encoder, label, "done", file=sys.stderr)


def bundle(clip: str, encoder: str, recipe: str, folder: Path) -> Path:
    path = folder / f"{clip}-{encoder}-{recipe}.alive"
    if not path.exists():
        choice = EncoderChoice("pca") if encoder == "pca" else EncoderChoice("clip", "ViT-B-32", random_clip(folder))
        options = FitOptions(size=SIZE, quality="draft", recipe=recipe, encoder=choice, device="cpu")
        video = next(CLIPS.glob(f"{clip}.*"))
        began = time.process_time()
        fit_scene(video, path, options, Listener())
        print(clip, encoder, recipe, f"fitted in {time.process_time() - began:.0f} CPU s", file=sys.stderr)
    return path


def random_clip(folder: Path) -> str:
    import open_clip
    import torch

    path = folder / "random_clip.pt"
    if not path.exists():
        torch.manual_seed(0)
        torch.save(open_clip.create_model("ViT-B-32").state_dict(), path)
    return str(path)


def lived(
    scene: Scene, observed: ObservedPath, temperature: float, frames: int, seed: int, novelty: float | None
) -> Any:
    life = scene.life(scene.controls(temperature=temperature, novelty=novelty), seed=seed)
    return np.stack(list(islice(scene.live(life), frames)))


def replayed(scene: Scene, observed: ObservedPath, temperature: float, frames: int, *_: Any) -> Any:
    return at_times(observed.embeddings, np.arange(frames) * temperature % (len(observed.embeddings) - 1))


def to_and_fro(scene: Scene, observed: ObservedPath, temperature: float, frames: int, *_: Any) -> Any:
    return pingpong(observed.embeddings, frames, temperature)


def textures(scene: Scene, observed: ObservedPath, temperature: float, frames: int, seed: int, *_: Any) -> Any:
    """Video Textures (Schödl et al. 2000): binomial dynamics filter, anticipated future cost, then played at T."""
    bank = observed.embeddings
    count = len(bank)
    squares = np.square(bank).sum(1)
    distances = np.sqrt(np.maximum(squares[:, None] + squares - 2 * bank @ bank.T, 0))
    filtered = np.zeros_like(distances)
    for offset, weight in zip(range(-2, 2), np.array([1, 3, 3, 1]) / 8, strict=True):
        shifted = np.clip(np.arange(count) + offset, 0, count - 1)
        filtered += weight * distances[np.ix_(shifted, shifted)]
    costs = np.concatenate([filtered[1:], filtered[-1:]])  # of following i by j: how like i+1 is j
    costs[-1, -1] = np.inf
    costs = (costs / observed.unit) ** 0.95
    future = costs
    for _ in range(500):
        future = costs + 0.995 * future.min(1)[None]
    chances = np.exp(-(future - future.min(1, keepdims=True)) / 0.3)
    cumulative = np.cumsum(chances / chances.sum(1, keepdims=True), 1)
    random = np.random.default_rng(seed)
    path = [0]
    for draw in random.random(math.ceil(frames * temperature) + 1):
        path.append(min(int(np.searchsorted(cumulative[path[-1]], draw)), count - 1))
    return at_times(bank[path], np.arange(frames) * temperature)


def walked(scene: Scene, observed: ObservedPath, temperature: float, frames: int, seed: int, *_: Any) -> Any:
    """A random walk with the clip's own covariance of motion, and post-curing of 0.1."""
    bank = observed.embeddings
    motion = np.diff(bank, axis=0) / math.sqrt(len(bank) - 1)
    random = np.random.default_rng(seed)
    point, path = bank[0], []
    for _ in range(frames):
        point = point + temperature * random.standard_normal(len(motion)) @ motion
        point = 0.9 * point / np.linalg.norm(point) + 0.1 * bank[(bank @ point).argmax()]
        point /= np.linalg.norm(point)
        path.append(point)
    return np.stack(path)


ROLLOUTS = {
    "living": lived,
    "original": lived,
    "replay": replayed,
    "pingpong": to_and_fro,
    "textures": textures,
    "walk": walked,
}


def variations(scene: Scene, observed: ObservedPath) -> float:
    """Mean distance, in median steps, between lives that come to the same frames with other noise."""
    path = []
    leader = scene.life(seed=0)
    for _ in range(400):
        leader.advance()
        path.append(leader.node)
    paths = []
    for seed in range(4):
        life = scene.life(seed=seed)
        life.follow([node for node in path if node is not None])
        paths.append(np.stack([life.advance() for _ in range(400)]))
    apart = [np.linalg.norm(a - b, axis=1)[50:].mean() for i, a in enumerate(paths) for b in paths[:i]]
    return float(np.mean(apart)) / observed.unit


def step_time(scene: Scene) -> float:
    """Median milliseconds of a step, noise included."""
    life = scene.life(seed=0)
    times = []
    for _ in range(2000):
        began = time.perf_counter()
        life.advance()
        times.append(time.perf_counter() - began)
    return 1000 * float(np.median(times))


def endure(path: Path, steps: int) -> None:
    """Live for very long; report the figures of the beginning and the end, and the memory at both."""
    scene = Scene.open(path)
    observed = observed_path(scene)
    life = scene.life(scene.controls(temperature=1.0), seed=0)
    measured = frames_needed(len(observed.embeddings), 1.0)
    for name, skipped in (("beginning", 0), ("end", steps - 2 * measured)):
        for _ in range(skipped):
            life.advance()
        rollout = np.stack([life.advance() for _ in range(measured)]).astype(np.float64)
        figures = liveness(rollout, observed, temperature=1.0, fps=scene.fps)
        row = {"part": name, "step": life.number, "resident_MB": resident(), **figures}
        print(json.dumps({key: round(value, 3) if isinstance(value, float) else value for key, value in row.items()}))


def grow(sizes: list[int]) -> None:
    """Fit the behavior to embeddings of something that swings in eight ways, of so many frames."""
    import torch

    from alive_cli.behaviors.motion_graph.learn import learn
    from alive_cli.behaviors.motion_graph.train import MotionTraining

    torch.set_num_threads(1)
    for count in sizes:
        times = np.arange(count)[:, None]
        swings = np.sin(times / (7 + 5.3 * np.arange(8)) + np.arange(8))
        noise = 0.02 * np.random.default_rng(0).standard_normal((count, 40))
        noise[:, :8] += 0.3 * swings
        embeddings = np.zeros((count, 512), np.float32)
        embeddings[:, :40], embeddings[:, -1] = noise, 1
        embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
        began = time.process_time()
        _, bank, _ = learn(torch.from_numpy(embeddings), MotionTraining())
        size = sum(array.nbytes for array in bank.values()) / 1e6
        row = {
            "frames": count,
            "cpu_s": round(time.process_time() - began, 1),
            "peak_MB": peak(),
            "bank_MB": round(size, 1),
        }
        print(json.dumps(row))


def resident() -> int:
    """Memory of this process now, MB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 // 1_000_000


def peak() -> int:
    """Most memory this process ever took, MB (Linux)."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000


def print_table(folder: Path) -> None:
    print("| clip | encoder | method | T | verdicts | " + " | ".join(COLUMNS) + " |")
    print("| --- " * (5 + len(COLUMNS)) + "|")
    results = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    for result in results:
        for temperature in sorted({life["temperature"] for life in result["lives"]}):
            lives = [life for life in result["lives"] if life["temperature"] == temperature]
            alive = sum(life["verdict"] == "alive" for life in lives)
            others = {life["verdict"] for life in lives} - {"alive"}
            verdicts = f"alive {alive}/{len(lives)}" + "".join(f", {verdict}" for verdict in sorted(others))
            cells = [f"{np.mean([life[name] for life in lives if name in life]):.3f}" for name in COLUMNS]
            head = [result["clip"], result["encoder"], result["method"], f"{temperature:g}", verdicts]
            print("| " + " | ".join([*head, *cells]) + " |")
    for result in results:
        if "step_ms" in result:
            words = f"same frames, other noise: {result['variations']:.2f} apart, {result['step_ms']:.2f} ms a step"
            print(f"{result['clip']} {result['encoder']} {result['method']}: {words}")


if __name__ == "__main__":
    main()
