"""What playing costs: pictures of both nets at sizes people use, against the published generator.

    python tests/benchmarks/playback.py CLIP_OR_BUNDLE … [--sizes 256x256 1280x720] [--json FILE]

Speed doesn't depend on how well a scene was trained, so each clip is fitted for a moment only.
`naive` is recipe `original` as published, one graph over [embedding, encoded coordinates] for every
pixel, on one thread, without cached trunk, split first layer or tiles. `lived` is the frame rate of a whole
life, behavior and drawing, with the next embedding made while a picture is drawn. Timings are medians;
compare them within one run only.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import onnxruntime
import torch

from alive_cli import Scene
from alive_cli.export.onnx_graph import export_graph
from alive_cli.generators.positional import PositionalEncoding
from alive_cli.generators.siren.network import Siren, SirenSettings
from alive_cli.runtime.prefetch import prefetch
from alive_cli.runtime.renderers.implicit import pixel_coordinates
from bundle_spec.container import WEIGHTS_NAME, read_bundle

SIDE = 256
LIVED_FRAMES = 150
PICTURES = 15


def median_seconds(work: Callable[[], object], repeats: int) -> float:
    work()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


class Naive(torch.nn.Module):
    """The published generator as one network of (embedding, coordinates), with nothing shared or cached."""

    def __init__(self, siren: Siren) -> None:
        super().__init__()
        self.siren, self.encoding = siren, PositionalEncoding()

    def forward(self, embedding: torch.Tensor, coords: torch.Tensor) -> torch.Tensor:
        features = self.encoding(coords)
        hidden = torch.cat([embedding.expand(features.shape[0], -1), features], -1)
        for layer in (self.siren.first, *self.siren.hidden):
            hidden = torch.sin(self.siren.settings.w0 * layer(hidden))
        return self.siren.last(hidden)


def naive_seconds() -> float:
    """One 256² picture of the published generator on one thread."""
    siren = Siren(SirenSettings())
    coords = torch.rand(9, 2)
    inputs = {"embedding": torch.rand(1, siren.settings.embedding), "coords": coords}
    graph = export_graph(Naive(siren).eval(), inputs, ["rgb"], {"coords": ("P",)}, {"rgb": ("P",)})
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph.SerializeToString(), options, providers=["CPUExecutionProvider"])
    feeds = {"embedding": inputs["embedding"].numpy(), "coords": pixel_coordinates(SIDE, SIDE)}
    return median_seconds(lambda: session.run(None, feeds), 3)


def drawing_seconds(bundle: Path, net: str, size: tuple[int, int], threads: int) -> float:
    """One picture of a net."""
    scene = Scene.open(bundle, device="cpu", net=net, threads=threads)
    return median_seconds(lambda: scene.draw(scene.embeddings[0], size), PICTURES)


def lived_fps(bundle: Path, net: str, size: tuple[int, int]) -> float:
    """Frames per second of a whole life on all cores."""
    scene = Scene.open(bundle, device="cpu", net=net)
    embeddings = islice(prefetch(scene.live(scene.life())), LIVED_FRAMES)
    scene.draw(next(embeddings), size)
    began = time.perf_counter()
    for embedding in embeddings:
        scene.draw(embedding, size)
    return (LIVED_FRAMES - 1) / (time.perf_counter() - began)


def first_picture_seconds(bundle: Path) -> float:
    """From the command to the first picture, in a new process."""
    command = [sys.executable, "-m", "alive_cli.cli", "play", str(bundle), "--view", "none", "--frames", "1"]
    return median_seconds(lambda: subprocess.run(command, check=True, capture_output=True), 3)


def measure(clip: Path, sizes: list[tuple[int, int]], naive: float, folder: Path) -> dict[str, Any]:
    bundle = clip
    if clip.suffix != ".alive":
        bundle = folder / f"{clip.stem}.alive"
        command = [sys.executable, "-m", "alive_cli.cli", "fit", str(clip), "-o", str(bundle), "--encoder", "pca"]
        subprocess.run([*command, "--steps", "50"], check=True, capture_output=True)
    manifest = read_bundle(bundle).manifest
    playing = {name: part.bytes for name, part in manifest.parts.items() if name != WEIGHTS_NAME}
    row: dict[str, Any] = {
        "clip": clip.name,
        "frames": manifest.source.frames,
        "fitted": f"{manifest.source.width}x{manifest.source.height}",
        "moving": manifest.figures["moving"],
        "playing_bytes": sum(playing.values()),
        "parts": playing,
        "first_picture_s": round(first_picture_seconds(bundle), 2),
    }
    for width, height in sizes:
        for net in ("fine", "fast"):
            one, two = (drawing_seconds(bundle, net, (width, height), threads) for threads in (1, 2))
            row[f"{net} {width}x{height}"] = {
                "ms_1_thread": round(one * 1e3, 2),
                "ms_2_threads": round(two * 1e3, 2),
                "lived_fps": round(lived_fps(bundle, net, (width, height)), 1),
                "times_naive": round(naive * width * height / SIDE**2 / two, 1),
            }
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--sizes", nargs="+", default=["256x256", "1280x720"])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    sizes = [(int(size.split("x")[0]), int(size.split("x")[1])) for size in options.sizes]
    naive = naive_seconds()
    with tempfile.TemporaryDirectory() as folder:
        rows = [measure(clip, sizes, naive, Path(folder)) for clip in options.clips]
    names = [name for name in rows[0] if isinstance(rows[0][name], dict) and name != "parts"]
    print(f"naive {SIDE}×{SIDE}, one thread: {naive * 1e3:.0f} ms")
    print("| clip | moving | first picture, s | net and size | ms, 1 thread | ms, 2 threads | lived fps | × naive |")
    print("| --- " * 8 + "|")
    for row in rows:
        for name in names:
            figures = " | ".join(str(value) for value in row[name].values())
            print(f"| {row['clip']} | {row['moving']} | {row['first_picture_s']} | {name} | {figures} |")
    if options.json:
        options.json.write_text(json.dumps({"naive_s": round(naive, 4), "clips": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
