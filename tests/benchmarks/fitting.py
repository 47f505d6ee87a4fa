"""What a fit takes, from the command to the prompt: seconds by stage, peak memory, size, and figures.

    python tests/benchmarks/fitting.py FOLDER CLIP[@SIZE] … [--device auto] [--recipe living] [--steps N]
        [--against CHECKOUT] [--repeats 1]

Each row is an `alive fit` of its own, as a user runs it, with the built-in encoder; `@128` gives it `--size 128`. With
`--against`, the same fit by another checkout comes before each one, so that both meet the same machine. `--device
cuda` measures a GPU, imports and the start of CUDA included. Memory is the peak of the process: what it holds itself
(anonymous), and with mapped files (resident). Prints a table and JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LOOK_SECONDS = 0.05
NAMES = ("clip", "checkout", "seconds", "anonymous_gb", "resident_gb", "bundle_mb", "psnr", "natural", "verdict")


def memory(process: int) -> tuple[int, int]:
    """Anonymous and resident memory of a process, bytes; 0 when it is gone."""
    try:
        fields = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
        return int(fields["RssAnon"].split()[0]) << 10, int(fields["VmRSS"].split()[0]) << 10
    except (OSError, KeyError):
        return 0, 0


def measured(clip: Path, output: Path, options: list[str], checkout: Path = ROOT) -> dict[str, Any]:
    """Run one fit; `options` are those of `alive fit`."""
    command = [sys.executable, "-c", "from alive_cli.cli import main; main()", "fit", str(clip), "-o", str(output)]
    command += ["--encoder", "pca", "--force", "--json-progress", *options]
    began = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=checkout, env={**os.environ, "PYTHONPATH": str(checkout)}, stdout=subprocess.PIPE, text=True
    )
    peaks = [0, 0]

    def look() -> None:
        while process.poll() is None:
            peaks[:] = (max(pair) for pair in zip(peaks, memory(process.pid), strict=True))
            time.sleep(LOOK_SECONDS)

    watcher = threading.Thread(target=look)
    watcher.start()
    events = [json.loads(line) for line in process.communicate()[0].splitlines()]
    watcher.join()
    done = events[-1]
    assert done["event"] == "done", events[-3:]
    figures = done["figures"]
    return {
        "clip": clip.name,
        "checkout": checkout.name,
        "seconds": round(time.perf_counter() - began, 1),
        "by_stage": done["seconds"],
        "anonymous_gb": round(peaks[0] / 1e9, 2),
        "resident_gb": round(peaks[1] / 1e9, 2),
        "bundle_mb": round(done["bytes"] / 1e6, 1),
        "psnr": figures.get("fidelity", figures).get("psnr"),
        "natural": figures.get("naturalness", {}).get("rollout"),
        "verdict": figures["liveness"]["verdict"],
    }


def print_table(rows: list[dict[str, Any]], names: tuple[str, ...] = NAMES) -> None:
    stages = list(dict.fromkeys(stage for row in rows for stage in row["by_stage"]))
    print("| " + " | ".join([*names, *stages]) + " |")
    print("|" + " --- |" * (len(names) + len(stages)))
    for row in rows:
        times = [f"{row['by_stage'].get(stage, 0):.1f}" for stage in stages]
        print("| " + " | ".join([*(str(row[name]) for name in names), *times]) + " |")
    print(json.dumps(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("clips", nargs="+")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--recipe", default="living")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--repeats", type=int, default=1)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    options = ["--device", arguments.device, "--recipe", arguments.recipe]
    if arguments.steps:
        options += ["--steps", str(arguments.steps)]
    rows = []
    for clip in arguments.clips * arguments.repeats:
        name, _, size = clip.partition("@")
        path = Path(name).resolve()
        for checkout in filter(None, (arguments.against and arguments.against.resolve(), ROOT)):
            output = arguments.folder.resolve() / f"{path.stem}{size}-{checkout.name}.alive"
            rows.append(measured(path, output, options + (["--size", size] if size else []), checkout))
            print(json.dumps(rows[-1]), file=sys.stderr)
    print_table(rows)


if __name__ == "__main__":
    main()
