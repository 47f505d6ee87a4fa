"""What longer clips and larger pictures cost: time by stage, peak memory, size and PSNR of a fit.

    python -m tests.benchmarks.growth FOLDER [--frames 200 2000] [--sizes 128 256] [--clip mouse_open_field.mp4]
        [--steps N]

Each row is measured as `fitting.py` does. Frames beyond those of the clip come from the clip played to and fro. Prints
a table and JSON.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe

from tests.benchmarks.fitting import measured, print_table

ROOT = Path(__file__).parents[2]
CLIPS = ROOT.parent / "shared" / "clips"
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--frames", nargs="+", type=int, default=[200, 2000])
    parser.add_argument("--sizes", nargs="+", type=int, default=[128, 256])
    parser.add_argument("--clip", default="mouse_open_field.mp4")
    parser.add_argument("--steps", type=int)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for frames in arguments.frames:
        clip = lengthened(CLIPS / arguments.clip, frames, arguments.folder)
        for size in arguments.sizes:
            options = ["--steps", str(arguments.steps)] if arguments.steps else []
            options += ["--size", str(size), "--max-frames", str(frames), "--device", "cpu"]
            output = arguments.folder.resolve() / f"{frames}-{size}.alive"
            rows.append({"frames": frames, "size": size, **measured(clip.resolve(), output, options)})
            print(json.dumps(rows[-1]), file=sys.stderr)
    print_table(rows, ("frames", "size", "seconds", "anonymous_gb", "resident_gb", "bundle_mb", "psnr", "verdict"))


if __name__ == "__main__":
    main()
