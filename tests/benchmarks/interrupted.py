"""Does a fit that is interrupted at any moment, again and again, come to the same scene as one that isn't?

    OMP_NUM_THREADS=1 python tests/benchmarks/interrupted.py FOLDER [--trials 50] [--steps 800] [--seed 0]

Each trial fits a small clip and stops it at random moments with SIGINT, SIGTERM or SIGKILL in turn, going on with
--resume, two to four times before it is left to finish. Trainings are kept every half second instead of every
20. Prints a table and JSON: how often the bundle is the same bit by bit, by signal and by what was kept.
"""

import argparse
import collections
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import alive_cli.checkpoint
import alive_cli.commands.conduct
import alive_cli.export.exporter
from alive_cli import cli
from alive_cli.commands.conduct import checkpoint_of
from alive_cli.media.encode import write_video
from tests.conftest import moving_frames

assert alive_cli.export.exporter
KEPT_SECONDS = 0.5
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)


def start(arguments: list[str], log: Path) -> int:
    """Run a command line in a fork, as `alive` does."""
    child = os.fork()
    if child == 0:
        told = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(told, 1)
        os.dup2(told, 2)
        alive_cli.checkpoint.SECONDS = KEPT_SECONDS
        sys.argv = ["alive", *arguments]
        try:
            cli.main()
        except SystemExit as left:
            os._exit(int(left.code or 0))
        os._exit(0)
    return child


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def stopped(child: int, sent: signal.Signals, after: float) -> int:
    """Its exit code, when it was sent a signal after so many seconds, or ended before."""
    until = time.monotonic() + after
    while time.monotonic() < until:
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return ended(child)
        time.sleep(0.02)
    os.kill(child, sent)
    return ended(child)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    folder, chance = arguments.folder, random.Random(arguments.seed)
    folder.mkdir(parents=True, exist_ok=True)
    clip, log = folder / "clip.mp4", folder / "log.txt"
    write_video(clip, moving_frames(24, 64, 48), fps=12)
    common = ["--encoder", "pca", "--steps", str(arguments.steps), "--device", "cpu", "--no-export"]
    whole = folder / "whole.alive"
    whole.unlink(missing_ok=True)
    began = time.perf_counter()
    assert ended(start(["fit", str(clip), "-o", str(whole), *common], log)) == 0
    lasts = time.perf_counter() - began
    expected = hashlib.sha256(whole.read_bytes()).hexdigest()
    counts: collections.Counter[str] = collections.Counter()
    for trial in range(arguments.trials):
        output = folder / f"trial{trial}.alive"
        shutil.rmtree(checkpoint_of(output), ignore_errors=True)
        output.unlink(missing_ok=True)
        interruptions, number = chance.randint(2, 4), 0
        while not output.exists():
            kept = checkpoint_of(output)
            going_on = (kept / alive_cli.checkpoint.SETTINGS).exists()
            resume = ["--resume"] if going_on else []
            child = start(["fit", str(clip), "-o", str(output), *common, *resume], log)
            if number < interruptions:
                sent = SIGNALS[(trial + number) % len(SIGNALS)]
                code = stopped(child, sent, chance.uniform(0.05, 0.9) * lasts)
                if code != 0:
                    counts[f"{sent.name}: {code}"] += 1
                    counts["with a training kept"] += (kept / "training.safetensors").exists()
                number += 1
            else:
                code = ended(child)
                if code != 0:
                    counts[f"failed: {code}"] += 1
                    break
        same = output.exists() and hashlib.sha256(output.read_bytes()).hexdigest() == expected
        counts["same bits" if same else "other bits"] += 1
        counts["left behind"] += checkpoint_of(output).exists() or any(folder.glob(f".{output.name}*"))
        output.unlink(missing_ok=True)
        print(f"{trial + 1}: {dict(counts)}", file=sys.stderr)
    print("| what | how often |\n| --- | --- |")
    for what, times in sorted(counts.items()):
        print(f"| {what} | {times} |")
    print(json.dumps({"trials": arguments.trials, "uninterrupted_seconds": round(lasts, 2), **counts}))


if __name__ == "__main__":
    main()
