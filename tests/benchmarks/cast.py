"""What casting costs: the processor's time of the whole process, and pictures a second, at the rate of a camera.

    python -m tests.benchmarks.cast BUNDLE … [--seconds 30] [--size 1280x720] [--fps 30] [--real]

Casts to a stand-in of pyvirtualcam that turns every picture into YUV, as the library does for the camera. A second is
one of this process's processor time, or of waiting, which is skipped (see calm.py); so the cast keeps its rate and its
pixels although other programs run. `--real` runs `alive cast --to camera` as a user does, in real time. Shares are of
one CPU core; `sharp` is how many of the pixels that would be drawn really are. Prints a table and JSON.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np

from alive_cli.runtime import live_renderer
from alive_cli.runtime.pace import Pace
from alive_cli.runtime.scene import Scene
from alive_cli.views import loop
from alive_cli.views.cast import casting, surface
from alive_cli.views.cast.frame_size import fitted, read_size
from alive_cli.views.cast.sender import Order
from alive_cli.views.cast.targets import TARGETS
from alive_cli.views.performance import Performance
from bundle_spec.container import read_bundle
from tests.benchmarks.calm import Clock, Inline
from tests.benchmarks.views import cpu_seconds
from tests.conftest import REPOSITORY

BOUND = 0.6
"""Casting a portrait should take at most this share of a core."""
WARM_SECONDS = 10.0
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


class Camera:
    """A camera that turns pictures into YUV."""

    device = "/dev/video0"

    def __init__(
        self, width: int, height: int, fps: float, *, fmt: object = None, device: str | None = None
    ) -> None: ...

    def send(self, frame: np.ndarray) -> None:
        cv2.cvtColor(frame, cv2.COLOR_RGB2YUV_I420)

    def close(self) -> None: ...


def row(scene: str, share: float, rate: float, pixels: list[int]) -> dict[str, object]:
    """A row of the table."""
    return {
        "scene": scene,
        "share": share,
        "pictures": rate,
        "milliseconds": 1000 * share / rate if rate else 0.0,
        "sharp": sum(pixels) / len(pixels) / max(pixels) if pixels else 0.0,
    }


def measure(bundle: Path, seconds: float, size: str, fps: float) -> dict[str, object]:
    """Cast a bundle by the clock of this process. Returns the figures."""
    opened = read_bundle(bundle, to_play=True)
    own = opened.manifest.defaults.width, opened.manifest.defaults.height
    frame = read_size(size, own)
    fitting = fitted(own, frame)
    scene = Scene(opened, device="cpu", threads=fitting.threads)
    clock = Clock(real=False)
    loop.ThreadPoolExecutor = live_renderer.ThreadPoolExecutor = Inline  # type: ignore[assignment, misc]
    loop.time = SimpleNamespace(perf_counter=clock)  # type: ignore[assignment]
    loop.Pace = partial(Pace, clock=clock)  # type: ignore[assignment, misc]
    live_renderer.perf_counter = clock
    surface.time = SimpleNamespace(sleep=clock.wait, monotonic=clock)  # type: ignore[assignment]
    show = Performance(scene, scene.controls(), name="cast", fps=fps, seed=1, drawing_share=casting.PATIENCE)
    pixels: list[int] = []
    draw = show.draw

    def drawn(*arguments: object) -> np.ndarray:
        picture = draw(*arguments)  # type: ignore[arg-type]
        pixels.append(picture.shape[0] * picture.shape[1])
        return picture

    show.draw = drawn  # type: ignore[method-assign, assignment]
    marks: list[tuple[float, float, int]] = []

    def mark() -> None:
        marks.append((clock(), time.process_time(), len(pixels)))
        if len(marks) > 1:
            show.leave()

    clock.at = [(clock() + WARM_SECONDS, mark), (clock() + WARM_SECONDS + seconds, mark)]
    library = SimpleNamespace(Camera=Camera, PixelFormat=SimpleNamespace(RGB="raw "))
    casting.cast(show, TARGETS["camera"], library, Order(None, frame, fps), fitting, lambda _: None)
    (began, used, first), (ended, all_used, last) = marks
    return row(bundle.stem, (all_used - used) / (ended - began), (last - first) / (ended - began), pixels[first:last])


def measure_really(bundle: Path, seconds: float, size: str, fps: float) -> dict[str, object]:
    """Run a cast as a user does. Returns the figures."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pyvirtualcam.py").write_text(STAND_IN)
        times = Path(folder) / "times.json"
        path = os.pathsep.join([folder, str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = os.environ | {"PYTHONPATH": path, "ALIVE_CAST_TIMES": str(times), "ALIVE_CACHE": folder}
        command = [sys.executable, "-m", "alive_cli.cli", "cast", str(bundle), "--to", "camera", "--size", size]
        process = subprocess.Popen(
            [*command, "--fps", f"{fps:g}"],
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
    rate = len(within) / (ended - began)
    return row(bundle.stem, (after - before) / (ended - began), rate, within)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundles", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--fps", type=float, default=30)
    parser.add_argument("--real", action="store_true", help="run the command in real time")
    arguments = parser.parse_args()
    way = measure_really if arguments.real else measure
    rows = [way(bundle, arguments.seconds, arguments.size, arguments.fps) for bundle in arguments.bundles]
    print(f"bound: {BOUND:.0%} of one core for a portrait\n")
    print("| scene | CPU | pictures/s | CPU a picture | sharp |\n| --- | --- | --- | --- | --- |")
    for each in rows:
        print("| {scene} | {share:.0%} | {pictures:.1f} | {milliseconds:.1f} ms | {sharp:.0%} |".format(**each))
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
