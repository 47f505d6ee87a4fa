"""Which recipe draws best in a given time: both on real clips, even frames fitted, odd ones withheld.

    python tests/benchmarks/generator.py run --clips portrait insect --sizes 256 --budgets 60 --seeds 0 1 2 \
        --candidates original living living@high --results FOLDER [--workers 2]
    python tests/benchmarks/generator.py table --results FOLDER

Budgets are seconds of training on one thread. Each run is a fit by the real command, which leaves its scene and one
JSON file; a run whose file is there isn't repeated.
"""

import argparse
import itertools
import json
import math
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

CLIPS = Path(__file__).parents[3] / "shared" / "clips"
HELD_OUT = ("psnr", "psnr_moving", "ssim", "nearest_frame", "cross_fade", "linear_decode")
"""The table shows these figures of the withheld frames."""
FITTED = ("psnr", "psnr_moving", "ssim")
"""The table shows these figures of the fitted frames."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run")
    run.add_argument("--clips", nargs="+", default=["portrait", "insect", "cat", "film_dialogue"])
    run.add_argument("--sizes", nargs="+", type=int, default=[256])
    run.add_argument("--budgets", nargs="+", type=int, default=[60])
    run.add_argument("--seeds", nargs="+", type=int, default=[0])
    run.add_argument("--candidates", nargs="+", default=["living", "original"])
    run.add_argument("--workers", type=int, default=2)
    for command in (run, commands.add_parser("table")):
        command.add_argument("--results", type=Path, required=True)
    arguments = parser.parse_args()
    if arguments.command == "run":
        run_all(arguments)
    print_table(arguments.results)


def run_all(arguments: argparse.Namespace) -> None:
    from concurrent.futures import ThreadPoolExecutor

    arguments.results.mkdir(parents=True, exist_ok=True)
    a = arguments
    grid = itertools.product(a.budgets, a.seeds, a.sizes, a.clips, a.candidates)
    with ThreadPoolExecutor(a.workers) as pool:
        list(pool.map(lambda item: run_one(a.results, *item), grid))


def run_one(results: Path, budget: int, seed: int, size: int, clip: str, candidate: str) -> None:
    """Fit a clip; behind the @ of a candidate is the quality."""
    name = f"{clip}-{size}px-{budget}s-seed{seed}-{candidate}"
    if (results / f"{name}.json").exists():
        return
    recipe, _, quality = candidate.partition("@")
    scene = results / f"{name}.alive"
    command = [sys.executable, "-m", "alive_cli.cli", "fit", str(next(CLIPS.glob(f"{clip}.*"))), "-o", str(scene)]
    command += ["--recipe", recipe, "--quality", quality or "standard", "--budget", str(budget), "--size", str(size)]
    command += ["--seed", str(seed), "--holdout", "--encoder", "pca", "--device", "cpu", "--force", "--json-progress"]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[2], env=os.environ | threads
    )
    event = json.loads(done.stdout.splitlines()[-1])
    figures = {"clip": clip, "size": size, "budget": budget, "seed": seed, "candidate": candidate}
    figures |= {name: event[name] for name in ("steps", "bytes", "seconds")} | event["figures"]["fidelity"]
    (results / f"{name}.json").write_text(json.dumps(figures, indent=1))
    print(json.dumps(figures), flush=True)


def print_table(results: Path) -> None:
    groups: dict[tuple, list[dict[str, Any]]] = {}
    for run in (json.loads(path.read_text()) for path in sorted(results.glob("*.json"))):
        groups.setdefault((run["clip"], run["size"], run["budget"], run["candidate"]), []).append(run)
    keys = [*FITTED, *(f"withheld {name}" for name in HELD_OUT)]
    print("| clip | px | s | candidate | seeds | " + " | ".join(keys) + " |")
    print("| --- " * (len(keys) + 5) + "|")
    for (clip, size, budget, candidate), members in sorted(groups.items()):
        rows = [*([run.get(key) for run in members] for key in FITTED)]
        rows += [[run["held_out"].get(key) for run in members] for key in HELD_OUT]
        medians = [f"{statistics.median(math.nan if each is None else each for each in row):.2f}" for row in rows]
        print(f"| {clip} | {size} | {budget} | {candidate} | {len(members)} | " + " | ".join(medians) + " |")


if __name__ == "__main__":
    main()
