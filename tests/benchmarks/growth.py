"""What longer clips and larger pictures cost: time by stage, peak memory, size and PSNR of a draft fit.

    python tests/benchmarks/growth.py FOLDER [--frames 200 2000] [--sizes 128 256] [--clip mouse_open_field.mp4]
        [--steps 2000]

Each row is an `alive fit` of its own, as a user runs it. Frames beyond those of the clip come from the clip played
to and fro. Memory is the peak of the process: what it holds itself (anonymous), and with mapped files (resident).
Prints a table and JSON.
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe

ROOT = Path(__file__).parents[2]
CLIPS = ROOT.parent / "shared" / "clips"
LOOK_SECONDS = 0.05
SMOOTH = "-v error -y -c:v libx264 -crf 14 -preset veryfast -pix_fmt yuv420p"


def lengthened(clip: Path, frames: int, folder: Path) -> Path:
    """The first `frames` frames of a clip played to and fro for as long as it takes, 30 a second."""
    path = folder / f"{clip.stem}-{frames}.mp4"
    if path.exists():
        return path
    round_trip = folder / f"{clip.stem}-there-and-back.mp4"
    if not round_trip.exists():
        twice = "scale=512:-2,split[a][b];[b]reverse[c];[a][c]concat"
        ffmpeg("-i", clip, "-an", "-vf", twice, round_trip)
    ffmpeg("-stream_loop", "-1", "-i", round_trip, "-frames:v", frames, path)
    return path


def ffmpeg(*arguments: object) -> None:
    *options, target = arguments
    subprocess.run([get_ffmpeg_exe(), *map(str, options), *SMOOTH.split(), str(target)], check=True)


def memory(process: int) -> tuple[int, int]:
    """Anonymous and resident memory of a process, bytes; 0 when it is gone."""
    try:
        fields = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
        return int(fields["RssAnon"].split()[0]) << 10, int(fields["VmRSS"].split()[0]) << 10
    except (OSError, KeyError):
        return 0, 0


def measured(clip: Path, frames: int, size: int, steps: int, folder: Path) -> dict[str, object]:
    output = folder / f"{frames}-{size}.alive"
    command = [sys.executable, "-m", "alive_cli.cli", "fit", clip, "-o", output, "--encoder", "pca", "--force"]
    command += ["--steps", steps, "--size", size, "--max-frames", frames, "--device", "cpu", "--json-progress"]
    began = time.perf_counter()
    process = subprocess.Popen(list(map(str, command)), cwd=ROOT, stdout=subprocess.PIPE, text=True)
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
        "frames": frames,
        "size": size,
        "seconds": round(time.perf_counter() - began, 1),
        "by_stage": done["seconds"],
        "anonymous_gb": round(peaks[0] / 1e9, 2),
        "resident_gb": round(peaks[1] / 1e9, 2),
        "bundle_mb": round(done["bytes"] / 1e6, 1),
        "psnr": figures["psnr"],
        "verdict": figures["liveness"]["verdict"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--frames", nargs="+", type=int, default=[200, 2000])
    parser.add_argument("--sizes", nargs="+", type=int, default=[128, 256])
    parser.add_argument("--clip", default="mouse_open_field.mp4")
    parser.add_argument("--steps", type=int, default=2000)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for frames in arguments.frames:
        clip = lengthened(CLIPS / arguments.clip, frames, arguments.folder)
        for size in arguments.sizes:
            rows.append(measured(clip, frames, size, arguments.steps, arguments.folder))
            print(json.dumps(rows[-1]), file=sys.stderr)
    stages = list(dict.fromkeys(stage for row in rows for stage in row["by_stage"]))
    names = ("frames", "size", "seconds", "anonymous_gb", "resident_gb", "bundle_mb", "psnr", "verdict")
    print("| " + " | ".join([*names, *stages]) + " |")
    print("|" + " --- |" * (len(names) + len(stages)))
    for row in rows:
        times = [f"{row['by_stage'].get(stage, 0):.1f}" for stage in stages]
        print("| " + " | ".join([*(str(row[name]) for name in names), *times]) + " |")
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
