"""Does anyone lose a scene? `alive fit` and `alive export` killed at random moments.

    python tests/benchmarks/crash.py FOLDER [--trials 100] [--seed 0]

Each trial begins with a whole bundle, runs `fit --force` over it, `export` in place, or `export` of a bundle that
has no graphs yet, and kills it (SIGKILL): half of the time at any moment of its run, half of the time as soon as
it has begun to write. The file must be the old bundle or the new one, whole; and whatever else was left must be
gone after the next run. Prints a table and JSON.
"""

import argparse
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import alive_cli.export.exporter
import alive_cli.fitting.pipeline
from alive_cli import cli
from alive_cli.media.encode import write_video
from bundle_spec.container import read_bundle, write_bundle
from tests.conftest import moving_frames

assert alive_cli.fitting.pipeline
assert alive_cli.export.exporter


def start(arguments: list[str]) -> int:
    """Run a command line in a fork, silently."""
    child = os.fork()
    if child == 0:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        os._exit(cli.run(arguments))
    return child


def lasting(arguments: list[str]) -> float:
    began = time.perf_counter()
    assert os.waitstatus_to_exitcode(os.waitpid(start(arguments), 0)[1]) == 0
    return time.perf_counter() - began


def litter(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(".")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    folder = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    clip, path = folder / "swing.mp4", folder / "swing.alive"
    write_video(clip, moving_frames(), fps=10)
    fit = ["fit", str(clip), "-o", str(path), "--encoder", "pca", "--steps", "40", "--device", "cpu", "--force"]
    commands = {"fit": fit, "export": ["export", str(path)], "export again": ["export", str(path)]}
    durations = {"fit": lasting(fit), "export": lasting(commands["export"])}
    exported = read_bundle(path)
    lasting([*fit, "--no-export", "--seed", "1"])
    plain = read_bundle(path)
    olds = {"fit": plain, "export": plain, "export again": exported}

    rng = random.Random(arguments.seed)
    ends: Counter[tuple[str, str]] = Counter()
    left = 0
    for trial in range(arguments.trials):
        name = rng.choice(list(commands))
        for file in litter(folder):
            left += 1
            ends[name, "litter"] += 1
            file.unlink()
        write_bundle(path, olds[name].manifest, olds[name].parts)
        before = path.read_bytes()
        child = start(commands[name])
        if trial % 2:
            while not litter(folder) and os.waitpid(child, os.WNOHANG)[0] == 0:
                time.sleep(0.0002)
            time.sleep(rng.uniform(0, 0.02))
        else:
            time.sleep(rng.uniform(0, durations["fit" if name == "fit" else "export"]))
        try:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        except (ProcessLookupError, ChildProcessError):
            ends[name, "had ended"] += 1
        half = len(litter(folder))
        read_bundle(path)
        ends[name, "old" if path.read_bytes() == before else "new"] += 1
        ends[name, "half-written beside"] += half
        # The next run takes away what was left.
        write_bundle(path, olds[name].manifest, olds[name].parts)
    rows = {
        name: {what: ends[name, what] for what in ("old", "new", "had ended", "half-written beside", "litter")}
        for name in commands
    }
    columns = list(rows["fit"])
    print("| killed | " + " | ".join(columns) + " |\n| --- |" + " --- |" * len(columns))
    for name, row in rows.items():
        print(f"| {name} | " + " | ".join(str(row[column]) for column in columns) + " |")
    print(json.dumps({"trials": arguments.trials, "left": left, "ends": rows}))


if __name__ == "__main__":
    main()
