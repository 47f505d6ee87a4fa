"""PSNR against size: a scene with its keyframes compressed more and more, beside H.264 of the same frames.

    python tests/benchmarks/size.py BUNDLE CLIP [--megabytes 1 2 3 6] [--rates 18 24 30 36 42] [--plot FILE.png]

A point of a scene is the whole file of `alive export --slim`, alone and with `--max-size`, drawn by the player; a point
of H.264 is the whole file of x264 at its preset `medium`, at a constant rate factor. Both are compared with the same
frames, in RGB. Prints a table and JSON, and draws the curves into a picture.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image, ImageDraw

from alive_cli import Scene
from alive_cli.errors import InputError
from alive_cli.export.exporter import export_bundle
from alive_cli.export.slim import slim_bundle
from alive_cli.fitting.recipes import recipe_of
from alive_cli.media.sampling import evenly_spread, read_frames
from alive_cli.report.pictures import decibels, mean_squared_error
from bundle_spec.container import Bundle, pack_bundle, read_bundle

COMPARED = 40
"""PSNR is that of so many evenly spread frames."""
PLOT = (720, 480)
MARGIN = 60
COLOURS = {"scene": (190, 40, 60), "H.264": (40, 90, 190)}


class Point(NamedTuple):
    """One file."""

    kind: str
    setting: str
    megabytes: float
    psnr: float


def of_scene(bundle: Bundle, frames: np.ndarray, megabytes: float | None) -> Point:
    recipe = recipe_of(bundle.manifest)

    def export(coarse: Bundle) -> Bundle:
        return export_bundle(coarse, recipe.generator, recipe.behavior)[0]

    most = None if megabytes is None else round(megabytes * 1e6)
    smaller = slim_bundle(bundle, recipe.generator, export, most).bundle
    scene = Scene(smaller, device="cpu")
    chosen = evenly_spread(len(frames), COMPARED)
    errors = [mean_squared_error(scene.draw(scene.embeddings[number])[None], frames[number][None]) for number in chosen]
    length = len(pack_bundle(smaller.manifest, smaller.parts))
    return Point(
        "scene", "slim" if megabytes is None else f"{megabytes:g} MB", length / 1e6, decibels(float(np.mean(errors)))
    )


def of_h264(frames: np.ndarray, fps: float, rate: int, folder: Path) -> Point:
    height, width = frames.shape[1:3]
    path = folder / f"{rate}.mp4"
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}"]
    command = [get_ffmpeg_exe(), "-v", "error", "-y", *raw, "-r", f"{fps:g}", "-i", "-"]
    command += ["-c:v", "libx264", "-preset", "medium", "-crf", str(rate), "-pix_fmt", "yuv420p", str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        for frame in frames:
            process.stdin.write(np.ascontiguousarray(frame).tobytes())
    command = [get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    data = subprocess.run(command, check=True, capture_output=True).stdout
    decoded = np.frombuffer(data, np.uint8).reshape(-1, height, width, 3)
    chosen = evenly_spread(len(frames), COMPARED)
    errors = [mean_squared_error(decoded[number][None], frames[number][None]) for number in chosen]
    return Point("H.264", f"crf {rate}", path.stat().st_size / 1e6, decibels(float(np.mean(errors))))


def draw(points: list[Point], title: str) -> Image.Image:
    """Curves: megabytes on a logarithmic scale across, decibels up."""
    picture = Image.new("RGB", PLOT, "white")
    pen = ImageDraw.Draw(picture)
    across = np.log2([point.megabytes for point in points])
    up = np.array([point.psnr for point in points])
    left, right = np.floor(across.min()), np.ceil(across.max())
    low, high = 2 * np.floor(up.min() / 2), 2 * np.ceil(up.max() / 2)

    def place(x: float, y: float) -> tuple[float, float]:
        wide, tall = PLOT[0] - 2 * MARGIN, PLOT[1] - 2 * MARGIN
        return MARGIN + wide * (x - left) / (right - left), PLOT[1] - MARGIN - tall * (y - low) / (high - low)

    for x in np.arange(left, right + 1):
        pen.line([place(x, low), place(x, high)], fill=(225, 225, 225))
        pen.text((place(x, low)[0] - 12, PLOT[1] - MARGIN + 8), f"{2.0**x:g} MB", fill="black")
    for y in np.arange(low, high + 1, 2):
        pen.line([place(left, y), place(right, y)], fill=(225, 225, 225))
        pen.text((12, place(left, y)[1] - 6), f"{y:g} dB", fill="black")
    for number, (kind, colour) in enumerate(COLOURS.items()):
        own = sorted((point for point in points if point.kind == kind), key=lambda point: point.megabytes)
        places = [place(float(np.log2(point.megabytes)), point.psnr) for point in own]
        pen.line(places, fill=colour, width=2)
        for x, y in places:
            pen.ellipse((x - 4, y - 4, x + 4, y + 4), fill=colour)
        pen.text((MARGIN + 12, MARGIN + 8 + 16 * number), kind, fill=colour)
    pen.text((MARGIN, 20), title, fill="black")
    return picture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--megabytes", nargs="+", type=float, default=[1.5, 2, 3, 4.5, 6])
    parser.add_argument("--rates", nargs="+", type=int, default=[18, 24, 30, 36, 42])
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    bundle = read_bundle(arguments.bundle)
    frames = read_frames(bundle.manifest, arguments.clip, print).fitted
    points: list[Point] = []
    for megabytes in [None, *arguments.megabytes]:
        try:
            points.append(of_scene(bundle, frames, megabytes))
        except InputError as error:
            print(f"{megabytes:g} MB: {error}")
    with tempfile.TemporaryDirectory() as folder:
        points += [of_h264(frames, bundle.manifest.source.fps, rate, Path(folder)) for rate in arguments.rates]
    print("| file | setting | MB | PSNR, dB |\n| --- | --- | --- | --- |")
    for point in points:
        print(f"| {point.kind} | {point.setting} | {point.megabytes:.2f} | {point.psnr:.1f} |")
    print(json.dumps([point._asdict() for point in points]))
    if arguments.plot:
        height, width = frames.shape[1:3]
        draw(points, f"{arguments.clip.name}, {len(frames)} frames of {width} x {height}").save(arguments.plot)


if __name__ == "__main__":
    main()
