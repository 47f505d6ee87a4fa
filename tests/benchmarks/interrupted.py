"""Does a fit that is interrupted at any moment, again and again, come to the same scene as one that isn't?

    OMP_NUM_THREADS=1 python tests/benchmarks/interrupted.py FOLDER [--trials 50] [--steps 800] [--seed 0]
        [--recipe original]

Each trial fits a small clip and stops it at random moments with SIGINT, SIGTERM or SIGKILL in turn, going on with
--resume, two to four times before it is left to finish. One of these times is chosen at random to come when a
training has been kept; where a run ends before that, its trial begins anew. Trainings are kept every half second
instead of every 20. Prints a table and JSON: how often the bundle is the same bit by bit, by signal and by what was
kept.
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
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import alive_cli.export.exporter
import alive_cli.fitting.pipeline
import alive_cli.training.checkpoint
from alive_cli import cli
from alive_cli.fitting.pipeline import checkpoint_of
from alive_cli.media.encode import write_video
from tests.conftest import moving_frames

assert alive_cli.export.exporter
KEPT_SECONDS = 0.5
MOST_BEGINNINGS = 10
"""Times that a trial is begun whose runs end before they are interrupted."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)


def start(arguments: list[str], log: Path) -> int:
    """Run a command line in a fork, as `alive` does."""
    child = os.fork()
    if child == 0:
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        alive_cli.training.checkpoint.SECONDS = KEPT_SECONDS
        sys.argv = ["alive", *arguments]
        try:
            cli.main()
        except SystemExit as left:
            os._exit(int(left.code or 0))
        os._exit(0)
    return child


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def stopped(child: int, sent: signal.Signals, after: float, kept: Path | None = None) -> int:
    """Its exit code, when it was sent a signal after so many seconds, or ended before.

    Args:
        kept: a file; seconds count from when it is there.
    """
    until = time.monotonic() + after
    while time.monotonic() < until or kept:
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return ended(child)
        if kept and kept.exists():
            until, kept = time.monotonic() + after, None
        time.sleep(0.02)
    os.kill(child, sent)
    return ended(child)


@dataclass(frozen=True)
class Trials:
    """What all trials have in common."""

    command: list[str]
    log: Path
    lasts: float
    """Seconds that a fit takes when it isn't interrupted."""
    chance: random.Random
    counts: collections.Counter[str]

    def interrupted(self, trial: int, output: Path) -> bool:
        """Fit with interruptions; whether one of them came when a training had been kept, and the fit was finished."""
        kept = checkpoint_of(output)
        training = kept / f"{alive_cli.training.checkpoint.TRAINING}.safetensors"
        interruptions = self.chance.randint(2, 4)
        sure, met = self.chance.randrange(interruptions), False
        for number in range(interruptions + 1):
            resume = ["--resume"] if (kept / alive_cli.training.checkpoint.SETTINGS).exists() else []
            child = start([*self.command, "-o", str(output), *resume], self.log)
            if number == interruptions:
                code = ended(child)
                self.counts[f"failed: {code}"] += code != 0
                break
            sent = SIGNALS[(trial + number) % len(SIGNALS)]
            if number == sure:
                code = stopped(child, sent, self.chance.uniform(0, 0.3) * self.lasts, training)
            else:
                code = stopped(child, sent, self.chance.uniform(0.05, 0.9) * self.lasts)
            if code == 0:
                break
            self.counts[f"{sent.name}: {code}"] += 1
            self.counts["with a training kept"] += training.exists()
            met = met or training.exists()
        return met and output.exists()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--recipe", default="living")
    arguments = parser.parse_args()
    folder = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    clip, log = folder / "clip.mp4", folder / "log.txt"
    write_video(clip, moving_frames(24, 64, 48), fps=12)
    command = ["fit", str(clip), "--encoder", "pca", "--steps", str(arguments.steps), "--device", "cpu", "--no-export"]
    command += ["--recipe", arguments.recipe]
    whole = folder / "whole.alive"
    whole.unlink(missing_ok=True)
    began = time.perf_counter()
    assert ended(start([*command, "-o", str(whole)], log)) == 0
    lasts = time.perf_counter() - began
    expected = hashlib.sha256(whole.read_bytes()).hexdigest()
    counts: collections.Counter[str] = collections.Counter()
    trials = Trials(command, log, lasts, random.Random(arguments.seed), counts)
    for trial in range(arguments.trials):
        output = folder / f"trial{trial}.alive"
        for _ in range(MOST_BEGINNINGS):
            shutil.rmtree(checkpoint_of(output), ignore_errors=True)
            output.unlink(missing_ok=True)
            met = trials.interrupted(trial, output)
            same = output.exists() and hashlib.sha256(output.read_bytes()).hexdigest() == expected
            if met or not same:
                break
            counts["begun again"] += 1
        counts["same bits" if same else "other bits"] += 1
        counts["never interrupted with a training kept"] += not met
        counts["left behind"] += checkpoint_of(output).exists() or any(folder.glob(f".{output.name}*"))
        output.unlink(missing_ok=True)
        print(f"{trial + 1}: {dict(+counts)}", file=sys.stderr)
    print("| what | how often |\n| --- | --- |")
    for what, times in sorted((+counts).items()):
        print(f"| {what} | {times} |")
    print(json.dumps({"trials": arguments.trials, "uninterrupted_seconds": round(lasts, 2), **+counts}))


if __name__ == "__main__":
    main()
