"""Which generator draws best in a given time: every candidate on real clips, even frames fitted, odd ones withheld.

    python tests/benchmarks/generator.py run --clips portrait insect --sizes 128 --budgets 60 --seeds 0 1 2 \
        --candidates original@1e-3 living --results FOLDER [--sheets FOLDER] [--workers 2]
    python tests/benchmarks/generator.py table --results FOLDER

Budgets are CPU seconds on one thread, for everything between the encoded frames and the finished
weights. Each run leaves one JSON file, and a run whose file is there isn't repeated.
"""

import argparse
import itertools
import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[2]))

from alive_cli.encoders.pca import PcaEncoder
from alive_cli.media.decode import read_clip
from alive_cli.report import fidelity
from alive_cli.report.pictures import psnr, sharpness, ssim

CLIPS = Path(__file__).parents[3] / "shared" / "clips"
SAMPLES = 32
TESTED = 48
SHEET_COLUMNS, SHEET_SIDE = 8, 128
WALKED, EASED = 600, 12
TIMED_STEPS = 40
TIMED = 0.02
"""Share of the budget that measuring the speed of a step may take."""

Draw = Callable[[np.ndarray], np.ndarray]
"""Unit embeddings [N, D] to pictures, uint8 [N, H, W, 3]."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run")
    run.add_argument("--clips", nargs="+", default=["portrait", "insect", "cat", "film_dialogue"])
    run.add_argument("--sizes", nargs="+", type=int, default=[128])
    run.add_argument("--budgets", nargs="+", type=float, default=[60])
    run.add_argument("--seeds", nargs="+", type=int, default=[0])
    run.add_argument("--candidates", nargs="+", default=["living", "original@1e-4", "original@3e-4", "original@1e-3"])
    run.add_argument("--workers", type=int, default=2)
    run.add_argument("--sheets", type=Path)
    one = commands.add_parser("one")
    for name, kind in (("clip", str), ("size", int), ("budget", float), ("seed", int), ("candidate", str)):
        one.add_argument(name, type=kind)
    one.add_argument("--sheets", type=Path)
    for command in (run, one, commands.add_parser("table")):
        command.add_argument("--results", type=Path, required=True)
    arguments = parser.parse_args()
    if arguments.command == "run":
        run_all(arguments)
    elif arguments.command == "one":
        run_one(arguments)
    else:
        print_table(arguments.results)


def result_path(results: Path, clip: str, size: int, budget: float, seed: int, candidate: str) -> Path:
    return results / f"{clip}-{size}px-{budget:g}s-seed{seed}-{candidate}.json"


def run_all(arguments: argparse.Namespace) -> None:
    from concurrent.futures import ThreadPoolExecutor

    arguments.results.mkdir(parents=True, exist_ok=True)
    a = arguments
    grid = itertools.product(a.budgets, a.seeds, a.sizes, a.clips, a.candidates)
    sheets = ["--sheets", str(a.sheets)] if a.sheets else []

    def work(item: tuple[float, int, int, str, str]) -> None:
        budget, seed, size, clip, candidate = item
        if result_path(a.results, clip, size, budget, seed, candidate).exists():
            return
        own = [clip, str(size), str(budget), str(seed), candidate, "--results", str(a.results), *sheets]
        subprocess.run([sys.executable, __file__, "one", *own], check=True)

    with ThreadPoolExecutor(a.workers) as pool:
        list(pool.map(work, grid))
    print_table(a.results)


def run_one(arguments: argparse.Namespace) -> None:
    import torch

    torch.set_num_threads(1)
    path = next(CLIPS.glob(f"{arguments.clip}.*"))
    frames = read_clip(path, size=arguments.size).frames
    fitted, odd = frames[::2], frames[1:-1:2]
    encoder = PcaEncoder.fit(fitted)
    embeddings = encoder.encode(frames)
    known, withheld = embeddings[::2], embeddings[1:-1:2]
    draw, notes = CANDIDATES[arguments.candidate.split("@")[0]](
        fitted, known, encoder, arguments.budget, arguments.seed, arguments.candidate
    )
    centre = known.mean(0)
    some = slice(None, None, max(1, len(known) // SAMPLES))
    between = fidelity.in_betweens(known, SAMPLES)
    walk = eased_walk(known, WALKED, arguments.seed)[:: WALKED // SAMPLES]
    at_fitted, at_between, at_walk = draw(known[some]), draw(between), draw(walk)

    def fifth(pictures: np.ndarray, targets: np.ndarray) -> float:
        return float(np.percentile(fidelity.consistency(encoder.encode, pictures, targets, centre), 5))

    # Every so many frames: drawing all of a long clip would take longer than some budgets.
    tests = slice(None, None, max(1, len(withheld) // TESTED))
    drawn = draw(withheld[tests])
    fast = notes.pop("fast", None)
    if fast is not None:
        notes["psnr_fast"] = psnr(fast(known[tests]), fitted[tests])
        notes["held_out_psnr_fast"] = psnr(fast(withheld[tests]), odd[tests])
    figures: dict[str, Any] = {
        **{name: getattr(arguments, name) for name in ("clip", "size", "budget", "seed", "candidate")},
        "psnr": psnr(draw(known[tests]), fitted[tests]),
        "ssim": ssim(at_fitted, fitted[some]),
        "held_out_psnr": psnr(drawn, odd[tests]),
        "held_out_ssim": ssim(drawn, odd[tests]),
        "nearest": psnr(fidelity.nearest_frames(known, fitted, withheld[tests]), odd[tests]),
        "cross_fade": psnr(fidelity.cross_fades(fitted[:-1], fitted[1:])[: len(odd)][tests], odd[tests]),
        "linear": psnr(fidelity.linear_decode(known, fitted, withheld[tests]), odd[tests]),
        "consistency_fitted": fifth(at_fitted, known[some]),
        "consistency_between": fifth(at_between, between),
        "consistency_walk": fifth(at_walk, walk),
        "sharpness_walk": sharpness(at_walk) / sharpness(at_fitted),
        "sharpness_between": sharpness(at_between) / sharpness(at_fitted),
        "sharpness_fitted": sharpness(at_fitted) / sharpness(fitted[some]),
        **notes,
    }
    figures = {name: round(value, 4) if isinstance(value, float) else value for name, value in figures.items()}
    target = result_path(
        arguments.results, arguments.clip, arguments.size, arguments.budget, arguments.seed, arguments.candidate
    )
    target.write_text(json.dumps(figures, indent=1))
    if arguments.sheets:
        arguments.sheets.mkdir(parents=True, exist_ok=True)
        sheet(draw, fitted, odd, known, withheld).save(arguments.sheets / f"{target.stem}.png")
    print(json.dumps(figures), flush=True)


def eased_walk(embeddings: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Unit embeddings [count, D] of a walk along the clip that often jumps to a near moment, eased over 12 frames.

    It stands in for rollouts: every jump passes through embeddings that nobody filmed.
    """
    random = np.random.default_rng(seed)
    pairs = random.integers(len(embeddings), size=(4096, 2))
    reach = fidelity.NEAR * np.median(np.linalg.norm(embeddings[pairs[:, 0]] - embeddings[pairs[:, 1]], axis=1))
    now, left, offset, path = 0, 0, np.zeros(embeddings.shape[1]), []
    while len(path) < count:
        weight = 0.5 * (1 - np.cos(np.pi * left / EASED)) if left else 0.0
        path.append(embeddings[now] + weight * offset)
        following, left = now + 1, max(0, left - 1)
        if left == 0:
            origin = embeddings[min(following, len(embeddings) - 1)]
            distances = np.linalg.norm(embeddings - origin, axis=1)
            distances[max(0, now - fidelity.APART) : now + fidelity.APART + 2] = np.inf
            near = np.flatnonzero(distances < reach)
            if len(near) or following >= len(embeddings):
                following = int(random.choice(near)) if len(near) else int(distances.argmin())
                offset, left = origin - embeddings[following], EASED
        now = min(following, len(embeddings) - 1)
    walk = np.stack(path)
    return (walk / np.linalg.norm(walk, axis=1, keepdims=True)).astype(np.float32)


def sheet(draw: Draw, fitted: np.ndarray, odd: np.ndarray, known: np.ndarray, withheld: np.ndarray) -> Image.Image:
    """Rows: truth, fitted moments drawn, withheld truth, withheld drawn, halfway embeddings, cross-fades, a walk."""
    columns = np.linspace(0, len(withheld) - 1, SHEET_COLUMNS).round().astype(int)
    distances = np.linalg.norm(known[:, None] - known[None], axis=-1)
    middle = np.median(distances)
    pairs = [(i, j) for i, j in np.argwhere(distances < fidelity.NEAR * middle) if j - i > fidelity.APART]
    pairs = [pairs[n] for n in np.linspace(0, len(pairs) - 1, SHEET_COLUMNS).round().astype(int)] if pairs else [(0, 1)]
    first, second = np.array(pairs).T
    halves = known[first] + known[second]
    halves = (halves / np.linalg.norm(halves, axis=1, keepdims=True)).astype(np.float32)
    rows = [fitted[columns], draw(known[columns]), odd[columns], draw(withheld[columns])]
    rows += [draw(halves), fidelity.cross_fades(fitted[first], fitted[second])]
    rows.append(draw(eased_walk(known, WALKED, 0)[EASED // 2 :: WALKED // SHEET_COLUMNS]))
    height, width = fitted.shape[1:3]
    size = (SHEET_SIDE * width // max(width, height), SHEET_SIDE * height // max(width, height))
    picture = Image.new("RGB", (SHEET_COLUMNS * size[0], len(rows) * size[1]))
    for (r, row), c in itertools.product(enumerate(rows), range(SHEET_COLUMNS)):
        if c < len(row):
            picture.paste(Image.fromarray(row[c]).resize(size, Image.Resampling.LANCZOS), (c * size[0], r * size[1]))
    return picture


def print_table(results: Path) -> None:
    runs = [json.loads(path.read_text()) for path in sorted(results.glob("*.json"))]
    keys = ["psnr", "held_out_psnr", "psnr_fast", "ssim", "held_out_ssim", "nearest", "cross_fade", "linear"]
    keys += ["consistency_fitted", "consistency_between", "consistency_walk"]
    keys += ["sharpness_between", "sharpness_walk"]
    groups: dict[tuple, list[dict]] = {}
    for run in runs:
        groups.setdefault((run["clip"], run["size"], run["budget"], run["candidate"]), []).append(run)
    print("| clip | px | CPU s | candidate | seeds | " + " | ".join(keys) + " |")
    print("| --- " * (len(keys) + 5) + "|")
    for (clip, size, budget, candidate), members in sorted(groups.items()):
        medians = [f"{statistics.median(run.get(key, math.nan) for run in members):.2f}" for key in keys]
        print(f"| {clip} | {size} | {budget:g} | {candidate} | {len(members)} | " + " | ".join(medians) + " |")


def original(
    frames: np.ndarray, embeddings: np.ndarray, _: Any, budget: float, seed: int, name: str
) -> tuple[Draw, dict[str, Any]]:
    """Recipe `original` at the learning rate behind the @."""
    import torch

    from alive_cli.generators.siren import fit as recipe
    from alive_cli.generators.siren.network import Siren, SirenSettings
    from alive_cli.generators.siren.train import SirenDrawer, SirenTrainer
    from alive_cli.observation.observation import Observation, pixel_coordinates
    from alive_cli.training.trainer import train

    data = Observation.of(frames, embeddings, torch.device("cpu"))
    config = replace(recipe.TRAINING, seed=seed, learning_rate=float(name.split("@")[1]))

    def trainer(steps: int) -> tuple[Any, Any]:
        torch.manual_seed(seed)
        drawer = SirenDrawer(Siren(SirenSettings(embedding=embeddings.shape[1])))
        return drawer, SirenTrainer(drawer, data, replace(config, steps=steps))

    trial = trainer(100_000)[1]
    trial.step()
    began = time.process_time()
    while time.process_time() - began < TIMED * budget:
        trial.step()
    spent = time.process_time() - began
    steps = int((budget - spent) / spent * (trial.step_number - 1))
    began = time.process_time()
    drawer, real = trainer(steps)
    train(real)
    spent = time.process_time() - began
    coords, height, width = pixel_coordinates(*data.size), *frames.shape[1:3]

    @torch.no_grad()
    def draw(inputs: np.ndarray) -> np.ndarray:
        pictures = [drawer(torch.from_numpy(row[None]), coords)[0].clamp(0, 1) for row in inputs]
        return (torch.stack(pictures) * 255).round().byte().view(-1, height, width, 3).numpy()

    return draw, {"steps": steps, "cpu_seconds": round(spent, 1)}


def living(
    frames: np.ndarray, embeddings: np.ndarray, encoder: PcaEncoder, budget: float, seed: int, name: str
) -> tuple[Draw, dict[str, Any]]:
    """Recipe `living`; behind the @ `high` for that quality."""
    import torch
    from alive_cli.generators.basis import fit as recipe

    from alive_cli.observation.observation import Observation

    options = name.split("@")[1:]
    quality = "high" if "high" in options else "standard"
    began = time.process_time()
    data = Observation.of(frames, embeddings, torch.device("cpu"))
    # A trial finds how much there is to do beside the steps, and how long a step takes.
    trial = recipe.GeneratorFit(data, quality, seed)
    trial.train(1)
    spent = time.process_time() - began
    trainer = trial.trainer(100_000, of_copy=True)
    trainer.step()
    began = time.process_time()
    for _ in range(TIMED_STEPS):
        trainer.step()
    per_step = (time.process_time() - began) / TIMED_STEPS
    steps = max(1, int((budget - spent) / per_step))
    began = time.process_time()
    generator = recipe.GeneratorFit(data, quality, seed)
    generator.train(steps)
    spent = time.process_time() - began
    features = generator.features()
    leading = features[:, : generator.siren.settings.fast_features]

    def draw(inputs: np.ndarray, features: torch.Tensor = features) -> np.ndarray:
        pictures = torch.stack(list(generator.draw(torch.from_numpy(inputs), features)))
        return (pictures * 255).round().byte().view(-1, *frames.shape[1:]).numpy()

    notes = {"steps": steps, "cpu_seconds": round(spent, 1), "features": generator.siren.settings.features}
    notes["fast"] = lambda inputs: draw(inputs, leading)
    return draw, notes


CANDIDATES: dict[str, Callable[..., tuple[Draw, dict[str, Any]]]] = {"original": original, "living": living}

if __name__ == "__main__":
    main()
