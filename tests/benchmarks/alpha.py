"""Transparency: a keyed scene beside the same clip unkeyed, and alpha through every format.

    python -m tests.benchmarks.alpha KEYED PLAIN CLIP [--judge natural.py] [--sheet FILE.png]

KEYED and PLAIN are scenes of CLIP, fitted with `--key` and without. Prints a table and JSON:

- milliseconds of a picture, and bytes of the bundle;
- naturalness by the judge, a program that takes a clip and rollouts: the keyed scene and the keyed clip over the
  neutral grey, and the plain ones as they are;
- for each format, how far alpha is from what was drawn once the file is read back, in levels of 255: in the edge band
  (0 < alpha < 255, and the pixels beside it), mean and largest. The fit reads files in the same way.

The sheet shows consecutive frames around the largest change, over red.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from alive_cli.media.alpha import NEUTRAL
from alive_cli.media.decode import decode, plan_sampling
from alive_cli.media.encode import write_sequence, write_video
from alive_cli.media.probe import probe
from alive_cli.media.sampling import read_frames
from alive_cli.runtime.scene import Scene

TIMED, FORMATTED, JUDGED = 100, 25, 150
"""So many pictures are timed, written into each format, and judged for each of SEEDS."""
SEEDS = (0, 1)
FORMATS = (("pictures.png", 80), ("a.apng", 80), ("a.webp", 80), ("a.mov", 80), ("a.webm", 80), ("a.webm", 100))
"""Files and their qualities."""
RED = (200, 0, 0)
ACROSS, DOWN = 6, 2
"""The sheet has so many frames."""


def lives(scene: Scene, count: int, seed: int = 0) -> list[np.ndarray]:
    """Embeddings of a life."""
    return list(islice(scene.live(scene.life(scene.controls(), seed=seed)), count))


def milliseconds(scenes: list[Scene]) -> list[float]:
    """The median time of a picture of each scene, once keyframes are decoded. They take turns, so that other programs
    slow all of them alike."""
    times: list[list[float]] = [[] for _ in scenes]
    embeddings = [lives(scene, TIMED) for scene in scenes]
    for number in (*range(TIMED), *range(TIMED)):
        for own, scene, each in zip(times, scenes, embeddings, strict=True):
            began = time.perf_counter()
            scene.draw(each[number])
            own.append(1000 * (time.perf_counter() - began))
    return [float(np.median(own[TIMED:])) for own in times]


def natural(judge: Path, scene: Scene, clip: np.ndarray, folder: Path) -> dict[str, float]:
    """What the judge says of a scene's pictures, over the neutral grey where they are transparent."""
    shown = scene.on(NEUTRAL)
    np.save(folder / "clip.npy", clip)
    names = []
    for seed in SEEDS:
        names.append(str(folder / f"{seed}.npy"))
        np.save(names[-1], np.stack([shown.draw(each) for each in lives(scene, JUDGED, seed)]))
    command = [sys.executable, str(judge), str(folder / "clip.npy"), *names]
    return dict(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))


def round_trip(pictures: np.ndarray, name: str, quality: int, folder: Path) -> dict[str, float]:
    """Errors of alpha once a file is read back, and the file's size."""
    path = folder / name
    if name.endswith(".png"):
        path = folder / "pictures"
        path.mkdir()
        write_sequence(path / "frame_%04d.png", iter(pictures))
        size = sum(each.stat().st_size for each in path.iterdir())
    else:
        write_video(path, iter(pictures), fps=25, quality=quality)
        size = path.stat().st_size
    info = probe(path, 25)
    clip = decode(info, plan_sampling(info, fps=25), alpha=True)
    assert clip.alpha is not None
    assert len(clip.alpha) == len(pictures)
    alpha = pictures[..., 3]
    soft = ((alpha > 0) & (alpha < 255)).astype(np.uint8)
    edge = np.stack([cv2.dilate(each, np.ones((3, 3))) for each in soft]) > 0
    off = np.abs(clip.alpha.astype(int) - alpha)
    return {
        "edge mean": round(float(off[edge].mean()), 2),
        "edge max": int(off[edge].max()),
        "mean": round(float(off.mean()), 3),
        "kB": round(size / 1000),
    }


def sheet(scene: Scene) -> Image.Image:
    """Consecutive frames over red, around where the nearest observed frame changes most."""
    embeddings = lives(scene, 8 * TIMED, seed=3)
    nearest = np.array([int(np.argmax(scene.embeddings @ each)) for each in embeddings])
    first = max(0, int(np.abs(np.diff(nearest)).argmax()) - ACROSS * DOWN // 2)
    drawn = [scene.on(RED).draw(each) for each in embeddings[first : first + ACROSS * DOWN]]
    rows = [np.concatenate(drawn[row * ACROSS : (row + 1) * ACROSS], 1) for row in range(DOWN)]
    return Image.fromarray(np.concatenate(rows))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("keyed", type=Path)
    parser.add_argument("plain", type=Path)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--judge", type=Path)
    parser.add_argument("--sheet", type=Path)
    arguments = parser.parse_args()
    figures: dict[str, dict[str, object]] = {}
    paths = {"plain": arguments.plain, "keyed": arguments.keyed}
    scenes = {name: Scene.open(path, device="cpu") for name, path in paths.items()}
    drawn = [*scenes.values(), scenes["keyed"].on(RED)]
    times = dict(zip(("plain", "keyed", "keyed on red"), milliseconds(drawn), strict=True))
    for name, path in paths.items():
        scene = scenes[name]
        own: dict[str, object] = {"ms": round(times[name], 1), "MB": round(path.stat().st_size / 1e6, 2)}
        own["psnr"] = scene.manifest.figures["psnr"]
        if arguments.judge:
            frames = read_frames(scene.manifest, arguments.clip, print).fitted
            with tempfile.TemporaryDirectory() as folder:
                own |= natural(arguments.judge, scene, frames, Path(folder))
        figures[name] = own
    columns = list(figures["plain"])
    print("| |", " | ".join(columns), "|\n" + "| --- " * (len(columns) + 1) + "|")
    for name, own in figures.items():
        print(f"| {name} |", " | ".join(str(own[column]) for column in columns), "|")
    print(f"\nOn a colour, a picture of the keyed scene takes {times['keyed on red']:.1f} ms.")
    keyed = scenes["keyed"]
    pictures = np.stack([keyed.draw(each) for each in lives(keyed, FORMATTED)])
    formats = {}
    for name, quality in FORMATS:
        with tempfile.TemporaryDirectory() as folder:
            formats[f"{name.split('.')[-1]} {quality}"] = round_trip(pictures, name, quality, Path(folder))
    columns = list(next(iter(formats.values())))
    print("\n| |", " | ".join(columns), "|\n" + "| --- " * (len(columns) + 1) + "|")
    for name, errors in formats.items():
        print(f"| {name} |", " | ".join(str(errors[column]) for column in columns), "|")
    print("\n" + json.dumps({"scenes": figures, "formats": formats}))
    if arguments.sheet:
        sheet(keyed).save(arguments.sheet)


if __name__ == "__main__":
    main()
