"""What casting costs: the processor's time of the whole process, and pictures a second, at the rate of a camera.

    python -m tests.benchmarks.cast BUNDLE … [--seconds 30] [--size 1280x720] [--fps 30] [--options=--fit=cover]

Runs `alive cast --to camera` as a user does, to a stand-in of pyvirtualcam that turns every picture into YUV, as the
library does for the camera. Shares are of one CPU core: user and system time, which a busy machine hardly changes.
`sharp` is how many of the pixels that would be drawn really are, because a busy machine draws coarser pictures. Prints
a table and JSON.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.views import cpu_seconds
from tests.conftest import REPOSITORY

BOUND = 0.6
"""Casting a portrait should take at most this share of a core."""
WARM_SECONDS = 20.0
"""So long pictures become finer, and keyframes are decoded; that isn't measured, because a cast goes on for hours."""
STAND_IN = """
import atexit, enum, json, os, time
import cv2
from alive_cli.runtime.live_renderer import LiveRenderer

class PixelFormat(enum.Enum):
    RGB = "raw "

class Camera:
    def __init__(self, width, height, fps, *, fmt=PixelFormat.RGB, device=None, backend=None, print_fps=False):
        self.device, self.times, self.pixels = device or "/dev/video0", [], []
        atexit.register(self.write)

    def send(self, frame):
        cv2.cvtColor(frame, cv2.COLOR_RGB2YUV_I420)
        self.times.append(time.time())
        self.pixels.append(drawn[0])

    def close(self):
        pass

    def write(self):
        with open(os.environ["ALIVE_CAST_TIMES"], "w") as file:
            json.dump([self.times, self.pixels], file)

drawn = [0]
draw = LiveRenderer.draw

def counted(self, *arguments, **named):
    picture = draw(self, *arguments, **named)
    drawn[0] = picture.shape[0] * picture.shape[1]
    return picture

LiveRenderer.draw = counted
"""
"""A stand-in of pyvirtualcam, which also notes when pictures come and how many pixels were drawn."""


def measure(bundle: Path, seconds: float, size: str, fps: float, options: list[str]) -> dict[str, object]:
    """Cast a bundle. Returns the figures."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pyvirtualcam.py").write_text(STAND_IN)
        times = Path(folder) / "times.json"
        path = os.pathsep.join([folder, str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = os.environ | {"PYTHONPATH": path, "ALIVE_CAST_TIMES": str(times), "ALIVE_CACHE": folder}
        command = [sys.executable, "-m", "alive_cli.cli", "cast", str(bundle), "--to", "camera", "--size", size]
        process = subprocess.Popen(
            [*command, "--fps", f"{fps:g}", *options],
            env=environment,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )
        time.sleep(WARM_SECONDS)
        began, before = time.time(), cpu_seconds(process.pid)
        time.sleep(seconds)
        ended, after = time.time(), cpu_seconds(process.pid)
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        sent, pixels = json.loads(times.read_text())
    within = [count for when, count in zip(sent, pixels, strict=True) if began <= when < ended]
    share, rate = (after - before) / (ended - began), len(within) / (ended - began)
    return {
        "scene": bundle.stem,
        "share": share,
        "pictures": rate,
        "milliseconds": 1000 * share / rate if rate else 0.0,
        "sharp": sum(within) / len(within) / max(pixels) if within else 0.0,
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundles", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--fps", type=float, default=30)
    parser.add_argument(
        "--options", nargs="*", default=[], help="further options of alive cast, as --options=--fit=cover"
    )
    arguments = parser.parse_args()
    rows = [
        measure(bundle, arguments.seconds, arguments.size, arguments.fps, arguments.options)
        for bundle in arguments.bundles
    ]
    print(f"bound: {BOUND:.0%} of one core for a portrait\n")
    print("| scene | CPU | pictures/s | CPU a picture | sharp |\n| --- | --- | --- | --- | --- |")
    for row in rows:
        print("| {scene} | {share:.0%} | {pictures:.1f} | {milliseconds:.1f} ms | {sharp:.0%} |".format(**row))
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
